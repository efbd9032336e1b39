"""What an answer means, and how it is shown."""

from datetime import UTC, date, datetime

import pytest

from monitor.admission.data import load_rules
from monitor.evidence.replies.counted import Row, RowKey
from monitor.evidence.replies.document import delay_until, rows_document
from monitor.evidence.replies.meaning import Meanings, code_of_taken, shown
from monitor.model.evidence import AdmissionAction
from monitor.mtas.log import Became, Tried

RULES = load_rules()
T = datetime(2026, 11, 20, 12, tzinfo=UTC).timestamp()
UNLIKELY = "550 5.7.26 This mail has been blocked because the sender is unauthenticated. abc - gsmtp"


def meaning(text, code, *, host="mx.club.example", address="192.0.2.9", to=("anna@club.example",)):
    return Meanings(RULES).of(
        Tried(at=T, queue_id="A", host=host, address=address, code=code, text=text, recipients=to, number=1)
    )


@pytest.mark.parametrize(
    ("text", "code", "host", "found"),
    [
        pytest.param(f"host gmail-smtp-in.l.google.com[192.0.2.9] said: {UNLIKELY}", 550, "gmail-smtp-in.l.google.com", ("gmail", 4, "policy", "goog.unauth.5726.v3", "5.7.26"), id="provider"),
        pytest.param("host mx.club.example[192.0.2.9] said: 550 5.1.1 User unknown", 550, "mx.club.example", ("generic", 4, "address", "", "5.1.1"), id="nobody in particular"),
        pytest.param("host mx.club.example[192.0.2.9] said: 451 4.7.1 Greylisting in action, please come back later", 451, "mx.club.example", ("generic", 4, "transient", "generic.grey", "4.7.1"), id="greylisting"),
        pytest.param("host mx.club.example[192.0.2.9] said: 450 4.1.1 <anna@club.example>: Recipient address rejected: undeliverable address: host g[192.0.2.1] said: 550-5.7.26 This mail has been blocked because the sender is unauthenticated", 450, "mx.club.example", ("generic", 4, "transient", "", "4.1.1"), id="a quotation"),
        pytest.param("host mx.club.example[192.0.2.9] refused to talk to me: 554 no", 554, "mx.club.example", ("generic", 4, "policy", "", ""), id="greeting"),
        pytest.param("SMTP error from remote mail server after RCPT TO:<anna@club.example>: 550 no such user here (#5.1.1)", 550, "mx.club.example", ("generic", 4, "address", "", "5.1.1"), id="Exim; code at the end"),
        pytest.param("Deferred: 452 4.2.2 mailbox full", 452, "mx.club.example", ("generic", 4, "mailbox", "", "4.2.2"), id="Sendmail"),
        pytest.param("host smtp.relay.example[192.0.2.9] said: 550 5.7.64 TenantAttribution; Relay Access Denied", 550, "smtp.relay.example", ("generic", 4, "policy", None, "5.7.64"), id="words of a provider, another's host"),
    ],
)  # fmt: skip
def test_an_answer_is_understood(text, code, host, found):
    """Who, over which family, what about, under which rule, with which enhanced code."""
    read = meaning(text, code, host=host)[:5]
    assert read[1:3] + read[4:] == found[1:3] + found[4:]
    if found[3] is not None:
        assert read == found


@pytest.mark.parametrize(
    ("text", "code", "sample"),
    [
        pytest.param("host mx[192.0.2.9] said: 550-5.7.1 one 550 5.7.1 two (in reply to RCPT TO command)", 550, "550 5.7.1 one two", id="joined"),
        pytest.param("250 2.0.0 Ok: queued as 4X", 250, "250 2.0.0 Ok: queued as 4X", id="taken"),
        pytest.param('C="250 2.0.0 OK 17 - gsmtp"', 250, '250 2.0.0 OK 17 - gsmtp"', id="Exim"),
        pytest.param("host mx[192.0.2.9] said: 550 <anna@club.example> anna is unknown", 550, "550 <address> <address> is unknown", id="addresses"),
        *(
            pytest.param(f"550 5.1.1 {each} is unknown", 550, "550 5.1.1 <address> is unknown", id=each)
            for each in ("zebra%40r.example", "u=zebra%2540r.example", "zebra&#64;r.example", "=3Czebra=40r.example=3E", '"a\\"zebra b"@r.example', "zebra\\@r.example")
        ),
        pytest.param("550 user ANNA has no room", 550, "550 user <address> has no room", id="a name alone"),
        pytest.param("something else", 450, "450 something else", id="no code in it"),
        pytest.param("450", 450, "450", id="nothing said"),
        pytest.param("host mx450.example[192.0.2.9] said: 550 no 450", 550, "550 no 450", id="a host like a code"),
        pytest.param("host mx[192.0.2.9] said: 550 \x1b[31mno\x07", 550, "550 \x1b[31mno\x07", id="controls are made inert where it is shown"),
    ],
)  # fmt: skip
def test_a_sample_begins_with_its_code_and_has_no_address(text, code, sample):
    """One line, nobody in it."""
    assert shown(text, code, ("anna@club.example",)) == sample


@pytest.mark.parametrize(
    ("became", "sample"),
    [(Became.NEXT, "550 5.1.1"), (Became.BOUNCED, "550 5.1.1 User <address> unknown")],
)
def test_a_person_is_not_named_plainly(became, sample):
    """On the way to another server the log does not say yet whom a reply is about."""
    text = "host mx.club.example[192.0.2.9] said: 550 5.1.1 User anna unknown (in reply to RCPT TO command)"
    to = () if became is Became.NEXT else ("anna@club.example",)
    tried = Tried(at=T, queue_id="A", host="mx.club.example", code=550, text=text, recipients=to, became=became)
    assert Meanings(RULES).of(tried).sample == sample


def test_an_id_that_differs_makes_no_other_meaning():
    """What changes from reply to reply costs no diagnosis, IP addresses aside."""
    found = Meanings(RULES)
    for n in range(50):
        text = f"host mx[192.0.2.9] said: 550 5.7.1 <a{n}@b.ee> no [CO1PEPF000{n:05d}.namprd.prod.outlook.com 2026-11-28T10:00:{n:02d}.000Z 08DE2B{n:08d}] d2e1a72fcca58-{n:03d}csi.{n}"
        found.of(Tried(at=T, queue_id="A", host="mx", code=550, text=text, recipients=(f"a{n}@b.ee",), number=1))
    assert len(found._refusals) == 1


def test_meanings_are_bounded(monkeypatch):
    """A receiver that never says the same twice fills nothing."""
    monkeypatch.setattr("monitor.evidence.replies.meaning.KNOWN_MOST", 3)
    found = Meanings(RULES)
    for n in range(10):
        found.of(Tried(at=T, queue_id="A", host=f"mx{n}", code=550, text=f"550 no {n}", number=1))
    assert len(found._refusals) <= 3
    assert len(found._hosts) <= 3


@pytest.mark.parametrize(
    ("text", "code"),
    [("250 2.1.5 Ok", "2.1.5"), ("250 Ok", ""), ("250-2.0.0 Ok", "2.0.0"), ('C="250 2.6.0 x"', "2.6.0"), ("", "")],
)
def test_the_enhanced_code_of_a_reply_that_took_the_mail(text, code):
    """RFC 3463, where it has one."""
    assert code_of_taken(text) == code


def test_rows_as_json():
    """The exact fields; none for what is not known, and lists before no list."""
    at = datetime(2026, 11, 20, 12, tzinfo=UTC)
    key = {"day": date(2026, 11, 20), "rule": "", "code": ""}
    rows = [
        ("", RowKey(receiver="gmail", family=6, action=AdmissionAction.REJECT, kind="policy", **{**key, "rule": "r", "code": "5.7.1"}), Row(attempts=1, recipients=2, first=at, last=at, sample="550 5.7.1 no")),
        ("dev", RowKey(receiver="generic", family=0, action=AdmissionAction.ACCEPT, kind="", **key), Row(attempts=1, recipients=2, first=at, last=at, sample="250 ok", delays={2: 1, 5: 1})),
    ]  # fmt: skip
    assert rows_document(rows) == [
        {"list": "dev", "receiver": None, "family": None, "action": "accept", "class": None, "rule": None, "status_code": None,
         "attempts": 1, "recipients": 2, "first": at, "last": at, "sample": "250 ok", "delay_s": {"median": 4.0, "p90": 32.0}},
        {"list": None, "receiver": "gmail", "family": 6, "action": "reject", "class": "policy", "rule": "r", "status_code": "5.7.1",
         "attempts": 1, "recipients": 2, "first": at, "last": at, "sample": "550 5.7.1 no", "delay_s": None},
    ]  # fmt: skip


@pytest.mark.parametrize(("delays", "median"), [({}, None), ({0: 1}, 1.0), ({1: 5, 12: 4}, 2.0), ({3: 0}, None)])
def test_within_how_long_half_was_taken(delays, median):
    """The upper end of the bucket."""
    assert delay_until(delays, 0.5) == median
