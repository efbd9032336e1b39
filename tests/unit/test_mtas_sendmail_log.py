"""Sendmail's log: what its lines tell of messages, which of them are about one try, and what is no reply."""

import json
from datetime import UTC, datetime

import pytest

from monitor.mtas.catalogue import mta_named
from monitor.mtas.log import Became, GaveUp, Left, Queued, Tried

NOW = datetime(2026, 11, 28, 20, 0, tzinfo=UTC).timestamp()
AT = NOW - 773
ID = "6ASJl7fu026339"
SIX = "relay=mx.r.example. [IPv6:2001:db8:99:0:0:0:0:9]"
FOUR = "relay=mx.r.example. [192.0.2.109]"


def reader():
    """Sendmail's, as the catalogue has it."""
    make = mta_named("sendmail").log
    assert make is not None
    return make(lambda: NOW)


def line(text: str, queue_id: str = ID, process: int = 26341, program: str = "sendmail") -> bytes:
    """As syslog has it."""
    return f"Nov 28 19:47:07 mail {program}[{process}]: {queue_id}: {text}".encode()


def to(recipients: str, ended: str, relay: str = SIX, mailer: str = "esmtp") -> str:
    """What became of some recipients."""
    return f"to={recipients}, delay=00:00:00, xdelay=00:00:00, mailer={mailer}, pri=90075, {relay}, {ended}"


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


LATER = "dsn=4.2.0, reply=450 4.7.26 over IPv6 [2001:db8::1], stat=Deferred: 450 4.7.26 over IPv6 [2001:db8::1]"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(
            to("<c-1@r.example>,<b-1@r.example>,<a-1@r.example>", "dsn=2.0.0, stat=Sent (2.0.0 taken)"),
            (
                250,
                "2001:db8:99::9",
                ("c-1@r.example", "b-1@r.example", "a-1@r.example"),
                Became.SENT,
                "250 2.0.0 taken",
            ),
            id="sent to several",
        ),
        pytest.param(
            to("<a@r.example>", LATER),
            (450, "2001:db8:99::9", ("a@r.example",), Became.DEFERRED, "450 4.7.26 over IPv6 [2001:db8::1]"),
            id="deferred",
        ),
        pytest.param(
            to("<a@r.example>", "dsn=5.1.1, reply=550-5.7.26 Your email has been blocked., stat=User unknown", FOUR),
            (550, "192.0.2.109", ("a@r.example",), Became.BOUNCED, "550-5.7.26 Your email has been blocked."),
            id="refused, the first of several lines",
        ),
        pytest.param(
            "to=a@r.example,b@r.example, ctladdr=<dev@l.example> (8/8), delay=1+02:03:04, xdelay=00:00:01, mailer=relay, pri=1, "
            f"{FOUR}, dsn=4.7.1, stat=Deferred: 451 4.7.1 Greylisted",
            (451, "192.0.2.109", ("a@r.example", "b@r.example"), Became.DEFERRED, "451 4.7.1 Greylisted"),
            id="without reply=, as 8.15 and before, and without brackets",
        ),
        pytest.param(
            to("<a@r.example>", "dsn=5.7.26, stat=Service unavailable"),
            (554, "2001:db8:99::9", ("a@r.example",), Became.BOUNCED, "554 5.7.26 Service unavailable"),
            id="refused without its reply",
        ),
        pytest.param(
            to("<a@r.example>", "dsn=5.2.0, reply=550 5.7.1 no, stat=Sent (250 ok), stat=Service unavailable"),
            (550, "2001:db8:99::9", ("a@r.example",), Became.BOUNCED, "550 5.7.1 no"),
            id="a field in the reply",
        ),
        pytest.param(
            to('<"a, b>"@r.example>,<c@r.example>', "dsn=2.0.0, stat=Sent (ok to=<x@y>, stat=Deferred: 450 no)"),
            (
                250,
                "2001:db8:99::9",
                ('"a, b>"@r.example', "c@r.example"),
                Became.SENT,
                "250 ok to=<x@y>, stat=Deferred: 450 no",
            ),
            id="quoted recipients, fields in the confirmation",
        ),
        pytest.param(
            to("<a@r.example>", "dsn=4.4.2, stat=Deferred: Connection reset by mx.r.example."),
            (0, "2001:db8:99::9", ("a@r.example",), Became.DEFERRED, "Deferred: Connection reset by mx.r.example."),
            id="connection lost",
        ),
        pytest.param(
            to("<a@r.example>", "dsn=4.0.0, stat=Deferred: Connection timed out with mx.r.example.", FOUR),
            (0, "192.0.2.109", ("a@r.example",), Became.DEFERRED, "Deferred: Connection timed out with mx.r.example."),
            id="no connection",
        ),
        pytest.param(
            to("<a@r.example>", "dsn=4.7.0, stat=Deferred: 403 4.7.0 TLS handshake failed.", FOUR),
            (0, "192.0.2.109", ("a@r.example",), Became.DEFERRED, "Deferred: 403 4.7.0 TLS handshake failed."),
            id="Sendmail's own code: its policy about TLS is not met",
        ),
        pytest.param(
            to(
                "<a@r.example>",
                "dsn=4.4.3, stat=Deferred: Name server: r.example.: host name lookup failure",
                "relay=r.example.",
            ),
            (0, "", ("a@r.example",), Became.DEFERRED, "Deferred: Name server: r.example.: host name lookup failure"),
            id="no answer of DNS",
        ),
    ],
)
def test_a_line_says_who_answered_and_what(text, expected):
    """To whom, and what it was."""
    (found,) = [each for each in events(text) if isinstance(each, Tried)]
    assert (found.code, found.address, found.recipients, found.became, found.text) == expected
    assert (found.number, found.opens, found.queue_id, found.at) == (len(found.recipients), True, ID, AT)
    assert found.host == ("mx.r.example" if found.address else "")


@pytest.mark.parametrize(
    "text",
    [
        to("<a@r.example>", "dsn=4.0.0, stat=Deferred", "relay=mx.r.example."),
        to("<a@r.example>", "dsn=4.0.0, stat=Deferred: Connection reset by mx.r.example.", "relay=mx.r.example."),
        to("<a@l.example>", "dsn=2.0.0, stat=Sent", "relay=l.example", mailer="local"),
        to('"|/usr/lib/mailman post dev"', "dsn=2.0.0, stat=Sent", "relay=l", mailer="prog"),
        to("<a@r.example>", "dsn=2.0.0, stat=Sent (taken)", "relay=[127.0.0.1] [127.0.0.1]", mailer="relay"),
        to("<a@r.example>", "dsn=2.0.0, stat=Sent (taken)", "relay=[IPv6:::1] [IPv6:0:0:0:0:0:0:0:1]", mailer="relay"),
        "to=<a@r.example>, delay=00:00:00, mailer=esmtp, pri=30000, stat=queued",
        "to=root, delay=00:00:00, pri=30000, stat=quarantined",
        "[IPv6:0:0:0:0:0:0:0:1] did not issue MAIL/EXPN/VRFY/ETRN during connection to MTA",
        "ruleset=check_rcpt, arg1=<a@r.example>, relay=x [192.0.2.1], reject=550 5.7.1 <a@r.example>... Relaying denied",
        b"Nov 28 19:47:07 mail sendmail[1]: starting daemon (8.17.1.9): SMTP+queueing@00:00:02",
        b"Nov 28 19:47:07 mail sendmail[1]: STARTTLS=client, relay=mx.r.example., version=TLSv1.3, verify=OK",
        b"Nov 28 19:47:07 mail postfix/smtp[1]: 6ASJl7fu026339: to=<a@r.example>, relay=x[192.0.2.1]:25, status=sent (250 ok)",
        b"",
    ],
)
def test_what_no_receiver_said_is_no_try(text):
    """A server that failed a moment ago and is not asked, files and programs, a server here, what comes in."""
    assert [each for each in events(text) if isinstance(each, Tried)] == []


def test_a_message_comes_in_is_split_and_leaves():
    """Its sender, also the null one of a notice, its Message-ID."""
    other = "6ASJl7fu026340"
    assert events(
        "from=<dev-bounces@l.example>, size=74, class=0, nrcpts=3, msgid=<0@l.example>, proto=ESMTP, relay=[192.0.2.1]",
        line("from=<>, size=74, class=0, nrcpts=1", other, program="sm-mta"),
        line("clone: owner=<dev-owner@l.example>", other, program="sm-mta"),
        f"{other}: DSN: User unknown",
        line("done; delay=00:00:01, ntries=1"),
    ) == [
        Queued(at=AT, queue_id=ID, reverse_path="dev-bounces@l.example", message_id="0@l.example"),
        Queued(at=AT, queue_id=other, reverse_path=""),
        Queued(at=AT, queue_id=other, reverse_path="dev-owner@l.example"),
        Queued(at=AT, queue_id=other, reverse_path=""),
        Left(at=AT, queue_id=ID),
    ]


def test_the_queue_gives_up():
    """All that were still deferred bounce; the notice has the null reverse-path."""
    assert events("6ASJlJ7Z026576: DSN: Cannot send message for 5 days") == [
        Queued(at=AT, queue_id="6ASJlJ7Z026576", reverse_path=""),
        GaveUp(at=AT, queue_id=ID),
    ]


def test_recipients_who_fared_differently_were_in_one_try():
    """Those who were refused have lines of their own, then one for all others, which may be long."""
    assert tries(
        to("<c@r.example>", "dsn=5.1.1, reply=550 5.1.1 no such user, stat=User unknown"),
        to("<b@r.example>", LATER),
        to("<d@r.example>,<e@r.example>, [more]", "dsn=2.0.0, stat=Sent (taken)"),
        to("<f@r.example>", "dsn=2.0.0, stat=Sent (taken)"),
        to("<g@r.example>", "dsn=2.0.0, stat=Sent (taken, too: too many for one transaction)"),
    ) == [
        (550, 6, 1, True, "bounced"),
        (450, 6, 1, False, "deferred"),
        (250, 6, 2, False, "sent"),
        (250, 6, 1, False, "sent"),
        (250, 6, 1, True, "sent"),
    ]


@pytest.mark.parametrize(
    "again",
    [
        pytest.param(line(to("<b@r.example>", LATER), process=26489), id="another process"),
        pytest.param(line(to("<b@r.example>", LATER, FOUR)), id="another server"),
        pytest.param(line(to("<a@r.example>", LATER)), id="the same recipient"),
        pytest.param(line(to("<b@r.example>", LATER)).replace(b"19:47", b"19:59"), id="much later"),
    ],
)
def test_another_try_is_told_from_the_one_before(again):
    assert [each[3] for each in tries(to("<a@r.example>", LATER), again)] == [True, True]


@pytest.mark.parametrize("again", [False, True])
def test_a_reply_over_the_connection_of_the_message_before_is_a_try(again):
    """Sendmail 8.17 names the server's address for the first message of a connection alone; also read in two pieces."""
    log, other = reader(), "6ASJl7fu026340"
    first = log.read(line(to("<a@r.example>,<b@r.example>", LATER)))
    if again:
        state = json.loads(json.dumps(log.state()))
        log = reader()
        log.resume(state)
    (tried,) = log.read(line(to("<c@r.example>,<d@r.example>", LATER, "relay=mx.r.example."), queue_id=other))
    assert (tried.code, tried.number, tried.opens, tried.host) == (450, 2, True, "mx.r.example")
    assert tried.address == first[0].address
    (elsewhere,) = log.read(line(to("<c@r.example>", LATER, "relay=mx.r.example."), queue_id=other, process=7))
    assert (elsewhere.code, elsewhere.address) == (450, ""), "another process has connections of its own"


@pytest.mark.parametrize(
    "octets",
    [
        b"nothing of Sendmail's",
        line("to=<a@r.example>, delay=00:00:00, xdelay=00:0"),
        line("to=<a@r.example"),
        line(to("<a@r.example>", "dsn=2.0.0, stat=Sent (ok)", "relay=mx [2001:db8::zz]")),
        line("from=<dev@l.example"),
        b"\x00\xff a@r.example",
    ],
)
def test_a_line_of_no_known_form_is_counted(octets):
    log = reader()
    assert log.read(octets) == ()
    assert (log.lines, log.unread) == (1, 1)
    assert "@" not in log.sample


def test_it_goes_on_from_what_it_had():
    """Between any two lines; without an address in what is kept."""
    lines = [
        to("<secret@r.example>", LATER),
        to("<b@r.example>", LATER),
        to("<secret@r.example>", LATER),
        to("<c@r.example>,<d@r.example>", LATER),
    ]
    whole, parts, log = tries(*lines), [], reader()
    for each in lines:
        parts += tries(each, of=log)
        state = json.dumps(log.state())
        assert "secret" not in state
        log = reader()
        log.resume(json.loads(state))
    assert parts == whole


@pytest.mark.parametrize("state", [{}, {"tries": 1, "newest": 0}, {"tries": {"a": [1]}, "newest": 0}, {"tries": {}}])
def test_a_state_that_cannot_be_read_is_none(state):
    log = reader()
    log.resume(state)
    assert log.state() == reader().state()
