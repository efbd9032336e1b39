"""The order in which a refusal's class is decided: each step beats all that come after it."""

import pytest

from monitor.trace.bounce_class import Refusal, bounce_class
from monitor.trace.wording.sentences import Said, said_in

# What each step goes by, with the class that it gives by itself.
STAGE = {"stage": "mail"}
SENDER = {"said": (Said("sender", "denied"),)}
MAILBOX = {"said": (Said("recipient", "full"),)}
UNKNOWN = {"said": (Said("recipient", "missing"),)}
SPAM = {"said": (Said("message", "spam"),)}
POLICY = {"said": (Said(None, "policy"),)}
LATER = {"said": (Said("system", "later"),), "soft": True, "deferred": True}
CODE = {"codes": ("5.7.1",)}
DEAD = {"codes": ("5.1.1",)}
WEAK = {"said": (Said(None, "blocked"),)}


def refusal(*facts):
    merged = {"stage": None, "said": (), "soft": False, "deferred": False, "codes": ()}
    for each in facts:
        merged |= {key: merged[key] + value if key in {"said", "codes"} else value for key, value in each.items()}
    return Refusal(**merged)


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        pytest.param((STAGE,), "policy", id="stage"),
        pytest.param((SENDER,), "policy", id="subject: the sender"),
        pytest.param((MAILBOX,), "mailbox", id="words of the mailbox: full"),
        pytest.param((UNKNOWN,), "address", id="words of the mailbox: unknown"),
        pytest.param((SPAM,), "policy", id="words about the message"),
        pytest.param((LATER,), "transient", id="first digit"),
        pytest.param((CODE,), "policy", id="enhanced code"),
        pytest.param((DEAD,), "address", id="enhanced code of an address"),
        pytest.param((WEAK,), "policy", id="weak words"),
        pytest.param((), "other", id="nothing"),
        pytest.param(({"soft": True},), "transient", id="nothing but 4yz"),
    ],
)
def test_each_step_alone(facts, expected):
    assert bounce_class(refusal(*facts)) == expected


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        pytest.param(STAGE, UNKNOWN, "policy", id="stage before words of the mailbox"),
        pytest.param(STAGE, MAILBOX, "policy", id="stage before a full mailbox"),
        pytest.param(STAGE, DEAD, "policy", id="stage before the code"),
        pytest.param(STAGE, LATER, "transient", id="a soft refusal at MAIL is put off like any other"),
        pytest.param(SENDER, UNKNOWN, "policy", id="sender before words of the mailbox"),
        pytest.param(SENDER, LATER, "policy", id="sender before the digit"),
        pytest.param(SENDER, DEAD, "policy", id="sender before the code"),
        pytest.param(UNKNOWN, {"codes": ("5.1.8",)}, "policy", id="a code that names the sender is its subject"),
        pytest.param(UNKNOWN, SPAM, "address", id="words of the mailbox before those of the message"),
        pytest.param(UNKNOWN, LATER, "transient", id="4yz never means that an address does not exist"),
        pytest.param(UNKNOWN, CODE, "address", id="words of the mailbox before a loose code"),
        pytest.param(MAILBOX, LATER, "mailbox", id="a full mailbox is full, soft or hard"),
        pytest.param(MAILBOX, DEAD, "mailbox", id="a full mailbox before the code of a dead address"),
        pytest.param(MAILBOX, UNKNOWN, "mailbox", id="full or closed before unknown"),
        pytest.param(SPAM, LATER, "policy", id="spam before the digit"),
        pytest.param(SPAM, DEAD, "policy", id="spam before the code"),
        pytest.param(POLICY, LATER, "transient", id="a policy that says to try later is greylisting"),
        pytest.param(LATER, {"codes": ("4.7.1",)}, "transient", id="temporary, try later, before x.7.y"),
        pytest.param(LATER, WEAK, "transient", id="digit before weak words"),
        pytest.param(DEAD, WEAK, "address", id="code before weak words"),
        pytest.param({"codes": ("5.7.1",)}, {"codes": ("5.1.1",)}, "policy", id="the reply's code before the report's"),
    ],
)
def test_each_step_beats_the_next(first, second, expected):
    assert bounce_class(refusal(first, second)) == expected
    if "codes" not in first or "codes" not in second:
        assert bounce_class(refusal(second, first)) == expected  # whatever comes first in the text


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param("User unknown", [("recipient", "missing")], id="subject, complaint"),
        pytest.param("unknown user", [("recipient", "missing")], id="complaint, subject"),
        pytest.param("RecipientNotFound", [("recipient", "missing")], id="written together"),
        pytest.param("the over_quota flag", [(None, "full")], id="underscore"),
        pytest.param("no such user - sender name could not be verified", [("recipient", "missing"), ("sender", "unverified")], id="two sentences"),
        pytest.param("relaying denied for <a@example.net>", [("relay", "denied")], id="an object is no subject"),
        pytest.param("mail from <a@example.org> refused", [("sender", "rejected")], id="from an address: the sender"),
        pytest.param("<a@example.net>: Recipient address rejected: Inactive", [("recipient", "shut")], id="the reason stands behind the colon"),
        pytest.param("<a@example.org>: Sender address rejected: Domain not found", [("sender", "rejected"), ("sender", "missing")], id="all that follows is about the sender"),
        pytest.param("the sender's MX is invalid", [("sender", "missing")], id="a part of the subject"),
        pytest.param("recipient: unknown user", [("recipient", "missing")], id="an adjective goes with the word right behind it"),
        pytest.param("<unknown[192.0.2.25]> is not here", [("client", "missing")], id="Postfix's name for a client without a name"),
        pytest.param("host spam.mailbox.example says so", [], id="names of hosts are no words"),
        pytest.param("see https://zen.spamhaus.org/q?unknown=user", [(None, "listed")], id="of links only the name of a blocking list"),
        pytest.param("unknown error", [(None, "unsaid")], id="nothing is said"),
        pytest.param("邮箱已满", [("recipient", "full")], id="no spaces between words"),
        pytest.param("", [], id="empty"),
    ],
)  # fmt: skip
def test_what_a_sentence_says(text, said):
    assert [tuple(each) for each in said_in(text)] == said
