"""OpenSMTPD's log: what its lines tell of messages, which of them are about one try, and what is no reply."""

import json
from datetime import UTC, datetime

import pytest

from monitor.mtas.catalogue import mta_named
from monitor.mtas.log import Became, GaveUp, Queued, Tried

NOW = datetime(2026, 11, 28, 21, 0, tzinfo=UTC).timestamp()
AT = NOW - 2761
SESSION, OTHER, NONE = "7832ec6497e4ec76", "7832ec87c7d4ab70", "0000000000000000"
SIX, FOUR = "[2001:db8:99::7] (mx.r.example)", "192.0.2.107 (192.0.2.107)"
SENDER = "dev-bounces@l.example"
LATER = "450 4.7.26 over IPv6 [2001:db8:25::25]"


def reader():
    """OpenSMTPD's, as the catalogue has it."""
    make = mta_named("opensmtpd").log
    assert make is not None
    return make(lambda: NOW)


def line(text: str, program: str = "smtpd") -> bytes:
    """As syslog has it."""
    return f"Nov 28 20:13:59 mail {program}[19826]: {text}".encode()


def delivery(
    to: str, said: str, result: str = "TempFail", *, session: str = SESSION, relay: str = SIX, message: str = "0a43510a"
):
    """What became of a recipient."""
    source = "-" if session == NONE else "[2001:db8:25::25]"
    return (
        f"{session} mta delivery evpid={message}6d785fcd from=<{SENDER}> to=<{to}> rcpt=<-> "
        f'source="{source}" relay="{relay}" delay=1s result="{result}" stat="{said}"'
    )


def events(*texts: str | bytes, of=None):
    """All that lines tell; every one of them can be read."""
    log = of or reader()
    found = [event for each in texts for event in log.read(each if isinstance(each, bytes) else line(each))]
    assert log.unread == 0, log.sample
    return found


def tries(*texts: str | bytes, of=None):
    """Code, family, recipients, whether it opens, and what it became, of all that was tried."""
    return [
        (each.code, 6 if ":" in each.address else 4 if each.address else 0, each.number, each.opens, each.became.value)
        for each in events(*texts, of=of)
        if isinstance(each, Tried)
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(
            delivery("a@r.example", "250-2.0.0 taken in the queue", "Ok"),
            (250, "mx.r.example", "2001:db8:99::7", Became.SENT, "250-2.0.0 taken in the queue"),
            id="sent",
        ),
        pytest.param(
            delivery("a@r.example", LATER),
            (450, "mx.r.example", "2001:db8:99::7", Became.DEFERRED, LATER),
            id="deferred",
        ),
        pytest.param(
            delivery("a@r.example", '550-5.7.1 no " stat="250 ok', "PermFail", relay=FOUR),
            (550, "", "192.0.2.107", Became.BOUNCED, '550-5.7.1 no " stat="250 ok'),
            id="refused by a server without a name, a field in the reply",
        ),
        pytest.param(
            delivery("a@r.example", "Connection closed unexpectedly"),
            (0, "mx.r.example", "2001:db8:99::7", Became.DEFERRED, "Connection closed unexpectedly"),
            id="connection lost",
        ),
        pytest.param(
            delivery("a@r.example", "Network error on destination MXs", session=NONE, relay="r.example"),
            (0, "", "", Became.DEFERRED, "Network error on destination MXs"),
            id="no connection",
        ),
        pytest.param(
            delivery("a@r.example", "Domain does not exist", "PermFail", session=NONE, relay="r.example"),
            (0, "", "", Became.BOUNCED, "Domain does not exist"),
            id="no such domain",
        ),
    ],
)
def test_a_recipients_line_says_who_answered_and_what(text, expected):
    """With the message's sender, the first time."""
    queued, found = events(text)
    assert queued == Queued(at=AT, queue_id="0a43510a", reverse_path=SENDER)
    assert isinstance(found, Tried)
    assert (found.code, found.host, found.address, found.became, found.text) == expected
    assert (found.recipients, found.number, found.opens, found.at) == (("a@r.example",), 1, True, AT)
    assert found.source == ("2001:db8:25::25" if found.address else "")


def test_recipients_of_one_message_in_one_session_are_one_try():
    """However each of them fared; another message, another session, and the same recipient again are others."""
    assert tries(
        delivery("b@r.example", "550 5.1.1 no", "PermFail"),
        delivery("a@r.example", LATER),
        delivery("a@r.example", LATER, message="ba53a992"),
        delivery("c@r.example", LATER, session=OTHER),
        delivery("a@r.example", LATER),
    ) == [
        (550, 6, 1, True, "bounced"),
        (450, 6, 1, False, "deferred"),
        (450, 6, 1, True, "deferred"),
        (450, 6, 1, True, "deferred"),
        (450, 6, 1, True, "deferred"),
    ]


@pytest.mark.parametrize("stage", ["BANNER", "HELO"])
def test_a_session_that_is_refused_before_any_message_is_nobodys_try(stage):
    """Nothing tells whose mail would have come next."""
    (found,) = events(
        f"{SESSION} mta connecting address=smtp://[2001:db8:99::7]:25 host=mx.r.example",
        f"{SESSION} mta connected",
        f"{SESSION} mta error reason={stage} rejected: 554 5.7.1 not you",
    )
    assert found == Tried(
        at=AT, queue_id="", host="mx.r.example", address="2001:db8:99::7", code=554, text="554 5.7.1 not you"
    )


@pytest.mark.parametrize(
    "texts",
    [
        [
            f"{SESSION} mta connecting address=lmtp://192.0.2.9:24 host=store.l.example",
            delivery("a@l.example", "250 ok", "Ok", relay="192.0.2.9 (store.l.example)"),
        ],
        [delivery("a@r.example", "250 ok", "Ok", relay="127.0.0.1 (localhost)")],
        [
            f"{SESSION} mta connecting address=smtp://127.0.0.1:10025 host=localhost",
            f"{SESSION} mta error reason=BANNER rejected: 450 no",
        ],
        [f"{SESSION} mta error reason=BANNER rejected: 450 of a session that nobody knows"],
        [f"{SESSION} mta error reason=Connection timeout"],
        [f'{SESSION} mda delivery evpid=0a43510a6d785fcd from=<a@b> to=<c@l.example> rcpt=<-> user=c delay=1s result="Ok" stat="Delivered"'],
        [f'{SESSION} smtp failed-command command="RCPT TO:<a@b>" result="550 Invalid recipient: <a@b>"'],
        ["smtp-out: Disabling route [] <-> [2001:db8:99::4] (2001:db8:99::4) for 15s"],
        ["info: OpenSMTPD 6.8.0p2 starting"],
        [line(delivery("a@r.example", LATER), program="other")],
        [b""],
    ],
)  # fmt: skip
def test_what_no_receiver_said_is_no_try(texts):
    """LMTP, a server here, no reply, other programs and other lines."""
    assert [each for each in events(*texts) if isinstance(each, Tried)] == []


def test_a_message_comes_in():
    """Its sender once, also the null one."""
    assert events(
        f"{SESSION} smtp message msgid=0a43510a size=214 nrcpt=2 proto=ESMTP",
        f"{SESSION} smtp envelope evpid=0a43510a6d785fcd from=<{SENDER}> to=<a@r.example>",
        f"{SESSION} smtp envelope evpid=0a43510a6fbb0961 from=<{SENDER}> to=<b@r.example>",
        f"{SESSION} smtp envelope evpid=ba53a9926fbb0961 from=<> to=<b@r.example>",
    ) == [
        Queued(at=AT, queue_id="0a43510a", reverse_path=SENDER),
        Queued(at=AT, queue_id="ba53a992", reverse_path=""),
    ]


def test_the_queue_gives_up():
    """One recipient at a time."""
    expired = f"relay: Expire for 0a43510a6d785fcd: from=<{SENDER}>, to=<a@r.example>, rcpt=<->, delay=4d, stat=Envelope expired"
    assert events(expired)[1:] == [GaveUp(at=AT, queue_id="0a43510a", recipients=("a@r.example",))]


@pytest.mark.parametrize(
    "octets",
    [
        b"nothing of OpenSMTPD's",
        line(delivery("a@r.example", LATER)[:-1]),
        line(delivery("a@r.example", LATER)[:90]),
        line(f"{SESSION} smtp envelope evpid=0a43510a"),
        line("relay: Expire for 0a43: to=<a@r.example>"),
        b"\x00\xff a@r.example",
    ],
)
def test_a_line_of_no_known_form_is_counted(octets):
    """With a sample that names nobody."""
    log = reader()
    assert log.read(octets) == ()
    assert (log.lines, log.unread) == (1, 1)
    assert "@" not in log.sample


def test_it_goes_on_from_what_it_had():
    """Between any two lines; without an address in what is kept."""
    lines = [
        f"{OTHER} mta connecting address=smtp://[2001:db8:99::7]:25 host=mx.r.example",
        delivery("secret@r.example", LATER),
        f"{OTHER} mta error reason=BANNER rejected: 554 5.7.1 not you",
        delivery("b@r.example", LATER),
        delivery("secret@r.example", LATER),
    ]
    whole, parts, log = tries(*lines), [], reader()
    for each in lines:
        parts += tries(each, of=log)
        state = json.dumps(log.state())
        assert "secret" not in state
        log = reader()
        log.resume(json.loads(state))
    assert parts == whole


@pytest.mark.parametrize(
    "state", [{}, {"sessions": 1}, {"sessions": {"a": [1]}, "tries": {}, "newest": 0}, {"sessions": {}, "tries": {}}]
)
def test_a_state_that_cannot_be_read_is_none(state):
    """Also one that only begins well."""
    log = reader()
    log.resume(state)
    assert log.state() == reader().state()
