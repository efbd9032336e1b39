"""A reply that quotes another host's: the first one decides, what it quotes is no reply to the client."""

import pytest

from monitor.admission.data import load_rules
from monitor.admission.replies import match, read_reply
from monitor.trace.stage import stage_told
from tests.unit.test_trace_diagnosis import diagnosed

RULES = load_rules()
GMAIL = "550-5.7.26 This mail has been blocked because the sender is unauthenticated. 550 5.7.26 x - gsmtp"
PROBED = "<a@b.example>: Recipient address rejected: undeliverable address"
QUOTES = [
    pytest.param(f"450 4.1.1 {PROBED} (host g said: {GMAIL})", 450, "4.1.1", "transient", id="in brackets"),
    pytest.param(f"450 4.1.1 {PROBED}: host g.example[2001:db8::1] said: {GMAIL}", 450, "4.1.1", "transient", id="behind a colon"),
    pytest.param(
        f"host mx.b.example[192.0.2.1]:25 said: 450 4.7.1 {PROBED}: host g[192.0.2.2] said: {GMAIL} (in reply to MAIL FROM command)"
        " (in reply to RCPT TO command)", 450, "4.7.1", "transient", id="both by Postfix",
    ),
    pytest.param(
        f"SMTP error from remote mail server after RCPT TO:<a@b.example>: 451 try later, response: {GMAIL}", 451, None, "transient", id="Exim",
    ),
    pytest.param(f"192.0.2.1 does not like recipient. Remote host said: 451 later; remote host said: {GMAIL}", 451, None, "transient", id="qmail"),
    pytest.param(f"450: try again, host g said: {GMAIL}", 450, None, "transient", id="a colon behind the code"),
    pytest.param(f"450 4.1.1 {PROBED}: host g refused to talk to me: 554 5.7.1 blocked", 450, "4.1.1", "transient", id="refused to talk"),
    pytest.param(f"550 5.1.1 {PROBED}: host g[192.0.2.2] said: 450 4.7.26 unauthenticated", 550, "5.1.1", "address", id="harder than what it quotes"),
    pytest.param(f"550 5.1.1 {PROBED}: host g refused to talk to me: 554 5.7.1 blocked", 550, "5.1.1", "address", id="a greeting is quoted"),
    pytest.param("550-Callback failed 550-The mail server said: 554 5.1.1 no such user 550 Sender verify failed", 550, None, "policy", id="its own next line"),
    pytest.param("450 4.2.0 Later, please; said: 550 5.1.1 user unknown", 450, "4.2.0", "transient", id="forged"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "code", "enhanced", "kind"), QUOTES)
def test_the_first_reply_decides(text, code, enhanced, kind):
    """Code, enhanced code and class are those of the host that was spoken to, and no rule is that of the quotation."""
    read = read_reply(text)
    assert (read.code, read.enhanced) == (code, enhanced)
    assert match(RULES, text) is None
    found = diagnosed(text)
    assert (found.kind, found.receiver, found.soft) == (kind, None, code < 500)


def test_a_reply_that_only_hands_another_on_means_the_same():
    """A gateway that adds no word of its own says what its next hop said, as hard as its own code."""
    found = match(RULES, f"450 host gmail-smtp-in.l.google.com said: {GMAIL}")
    assert found is not None
    assert (found.receiver, found.permanence) == ("gmail", "soft")


@pytest.mark.parametrize(
    ("text", "stage"),
    [
        pytest.param("host mx[192.0.2.1] said: 550 host g refused to talk to me: 554 no (in reply to RCPT TO command)", "rcpt", id="Postfix"),
        pytest.param("SMTP error from remote mail server after RCPT TO:<a@b.example>: 550 no (in reply to MAIL FROM command)", "rcpt", id="Exim"),
        pytest.param("host mx[192.0.2.1] refused to talk to me: 554 no (in reply to end of DATA command)", "greeting", id="greeting"),
    ],
)  # fmt: skip
def test_no_stage_is_taken_from_a_quotation(text, stage):
    """The mail server's own words tell it."""
    assert stage_told(text) == stage
