"""Postfix's log: what its lines tell of messages, which of them belong to one try, and what is no reply."""

import json
from datetime import UTC, datetime

import pytest

from monitor.mtas.catalogue import mta_named
from monitor.mtas.log import Became, GaveUp, Left, Queued, Tried

NOW = datetime(2026, 11, 28, 20, 0, tzinfo=UTC).timestamp()
A = "mx1.r.example[2001:db8:1::25]"
B = "mx2.r.example[192.0.2.25]"
SAID = f"host {A} said: 450 4.7.26 no SPF"
TO_A = f"relay={A}:25, delay=1.1, delays=0.1/0.02/0.3/0.7"
TO_B = f"relay={B}:25, delay=1.9, delays=0.1/0.02/1.1/0.7"


def line(text: str, program: str = "postfix/smtp[7]") -> bytes:
    """As syslog writes it."""
    return f"2026-11-28T19:01:02Z list {program}: {text}".encode()


def reader():
    """Postfix's, as the catalogue has it."""
    make = mta_named("postfix").log
    assert make is not None
    return make(lambda: NOW)


def tries(*texts: str | bytes, of=None):
    """Code, address, recipients, whether it opens, and what it became, of all that was tried."""
    log = of or reader()
    events = [event for each in texts for event in log.read(each if isinstance(each, bytes) else line(each))]
    assert log.unread == 0, log.sample
    return [(e.code, e.address, e.number, e.opens, e.became.value) for e in events if isinstance(e, Tried)]


def to(name: str, relay: str, dsn: str, status: str, said: str) -> str:
    """A line that tells what became of one recipient."""
    return f"4D3C2B1A09: to=<{name}@r.example>, {relay}, dsn={dsn}, status={status} ({said})"


@pytest.mark.parametrize(
    ("text", "event"),
    [
        pytest.param(
            to("ann", TO_A, "2.0.0", "sent", "250 2.0.0 Ok: queued as 1"),
            (250, "mx1.r.example", "2001:db8:1::25", ("ann@r.example",), Became.SENT),
            id="sent over IPv6",
        ),
        pytest.param(
            f"3bQz9T1xYcz5Lq: to=<ann@r.example>, orig_to=<a@b>, relay={B}:25, conn_use=3, delay=9, delays=1/2/3/3, dsn=5.7.1,"
            f" status=bounced (host {B} said: 550-5.7.1 no 550 5.7.1 no (in reply to end of DATA command))",
            (550, "mx2.r.example", "192.0.2.25", ("ann@r.example",), Became.BOUNCED),
            id="long queue id, conn_use, orig_to",
        ),
        pytest.param(
            to("ann", TO_A, "4.7.26", "deferred", f"host {A} refused to talk to me: 550 5.7.26 no"),
            (550, "mx1.r.example", "2001:db8:1::25", ("ann@r.example",), Became.DEFERRED),
            id="smtp_skip_5xx_greeting: the code is the reply's own",
        ),
        pytest.param(
            to("ann", TO_A, "4.0.0", "SOFTBOUNCE", f"host {A} said: 550 no (in reply to RCPT TO command)"),
            (550, "mx1.r.example", "2001:db8:1::25", ("ann@r.example",), Became.DEFERRED),
            id="soft_bounce",
        ),
        pytest.param(
            f'4D3C2B1A09: to=<"a>, relay=x[192.0.2.9]:25"@r.example>, {TO_A}, dsn=2.0.0, status=sent (250 ok)',
            (250, "mx1.r.example", "2001:db8:1::25", ('"a>, relay=x[192.0.2.9]:25"@r.example',), Became.SENT),
            id="RFC 5321 4.1.2: a quoted local part",
        ),
        pytest.param(
            f"4D3C2B1A09: to=<jürgen@bücher.example>, {TO_A}, dsn=2.0.0, status=sent (250 ok)",
            (250, "mx1.r.example", "2001:db8:1::25", ("jürgen@bücher.example",), Became.SENT),
            id="RFC 6531",
        ),
        pytest.param(
            f"4D3C2B1A09: to=<ann@r.example>, {TO_A}, tls=may/verified, dsn=2.0.0, status=sent (250 ok)",
            (250, "mx1.r.example", "2001:db8:1::25", ("ann@r.example",), Became.SENT),
            id="fields that later versions have",
        ),
        pytest.param(
            to(
                "ann",
                f"relay={A.upper()}:25, delay=1, delays=0/0/0/1",
                "4.7.1",
                "deferred",
                f"host {A} said: 450 host x said: 550 no",
            ),
            (450, "mx1.r.example", "2001:db8:1::25", ("ann@r.example",), Became.DEFERRED),
            id="the first code decides, not one that it quotes",
        ),
        pytest.param(
            to(
                "ann",
                TO_A,
                "4.7.1",
                "deferred",
                f"host {A} said: 450 no, to=<x@y>, {TO_B}, dsn=2.0.0, status=sent (250 ok#012x",
            ),
            (450, "mx1.r.example", "2001:db8:1::25", ("ann@r.example",), Became.DEFERRED),
            id="a forged line inside a reply",
        ),
        pytest.param(
            to("ann", "relay=m[::ffff:192.0.2.25]:25, delay=1, delays=0/0/0/1", "2.0.0", "sent", "250 ok"),
            (250, "m", "192.0.2.25", ("ann@r.example",), Became.SENT),
            id="IPv4-mapped is IPv4",
        ),
        *(
            pytest.param(
                to("ann", relay, "4.4.1", "deferred", said),
                (0, host, address, ("ann@r.example",), Became.DEFERRED),
                id=said[:40],
            )
            for relay, said, host, address in (
                (
                    "relay=none, delay=1, delays=0/0/1/0",
                    f"connect to {A}:25: Connection refused",
                    "mx1.r.example",
                    "2001:db8:1::25",
                ),
                (
                    "relay=none, delay=1, delays=0/0/1/0",
                    f"connect to {A}:25: Network is unreachable",
                    "mx1.r.example",
                    "2001:db8:1::25",
                ),
                (
                    "relay=none, delay=1, delays=0/0/1/0",
                    "Host or domain name not found. Name service error for name=r.example type=MX: Host not found, try again",
                    "",
                    "",
                ),
                (TO_A, f"lost connection with {A} while sending RCPT TO", "mx1.r.example", "2001:db8:1::25"),
                (
                    TO_A,
                    f"conversation with {A} timed out while receiving the initial server greeting",
                    "mx1.r.example",
                    "2001:db8:1::25",
                ),
                (TO_A, f"TLS is required, but was not offered by host {A}", "mx1.r.example", "2001:db8:1::25"),
                (TO_A, "Server certificate not verified", "mx1.r.example", "2001:db8:1::25"),
                (TO_A, "Cannot start TLS: handshake failure", "mx1.r.example", "2001:db8:1::25"),
            )
        ),
    ],
)
def test_a_line_with_a_recipient_tells_one_try(text, event):
    """Reply, server, recipient and what became of it; code 0 where no receiver answered."""
    log = reader()
    (found,) = log.read(line(text))
    assert (found.code, found.host, found.address, found.recipients, found.became) == event
    assert (found.number, found.opens, found.at, log.unread) == (1, True, NOW - 3538, 0)
    assert found.queue_id == text.partition(":")[0]


@pytest.mark.parametrize(
    ("text", "program"),
    [
        (
            to("a", "relay=127.0.0.1[127.0.0.1]:10024, delay=1, delays=0/0/0/1", "2.0.0", "sent", "250 ok"),
            "postfix/smtp[7]",
        ),
        (
            to("a", "relay=f[::1]:10024, delay=1, delays=0/0/0/1", "4.3.0", "deferred", "host f[::1] said: 450 no"),
            "postfix/smtp[7]",
        ),
        (
            to(
                "a",
                "relay=none, delay=1, delays=0/0/0/1",
                "4.4.1",
                "deferred",
                "connect to f[127.0.0.1]:10024: Connection refused",
            ),
            "postfix/smtp[7]",
        ),
        ("connect to 127.0.0.1[127.0.0.1]:10024: Connection refused", "postfix/smtp[7]"),
        (to("a", "relay=l[private/lmtp], delay=1, delays=0/0/0/1", "2.0.0", "sent", "250 ok"), "postfix/lmtp[7]"),
        (
            to("a", f"relay={A}:24, delay=1, delays=0/0/0/1", "5.1.1", "bounced", f"host {A} said: 550 no"),
            "postfix/lmtp[7]",
        ),
        (to("a", "relay=local, delay=1, delays=0/0/0/1", "2.0.0", "sent", "delivered to mailbox"), "postfix/local[7]"),
        (
            to("a", "relay=virtual, delay=1, delays=0/0/0/1", "2.0.0", "sent", "delivered to maildir"),
            "postfix/virtual[7]",
        ),
        (
            to("a", "relay=mailman, delay=1, delays=0/0/0/1", "2.0.0", "sent", "delivered via mailman service"),
            "postfix/pipe[7]",
        ),
        (to("a", "relay=none, delay=1, delays=0/0/0/1", "2.0.0", "sent", "x"), "postfix/discard[7]"),
        (
            to("a", "relay=none, delay=1, delays=0/0/0/1", "5.0.0", "bounced", f"host {A} said: 550 no"),
            "postfix/error[7]",
        ),
        (
            to(
                "a",
                "relay=none, delay=1, delays=0/0/0/1",
                "4.0.0",
                "deferred",
                f"delivery temporarily suspended: host {A} refused to talk to me: 421 no",
            ),
            "postfix/retry[7]",
        ),
        (
            to(
                "a",
                "relay=none, delay=1, delays=0/0/0/1",
                "4.0.0",
                "deferred",
                f"delivery temporarily suspended: connect to {A}:25: Connection refused",
            ),
            "postfix/smtp[7]",
        ),
        (to("a", TO_A, "2.1.5", "deliverable", "250 2.1.5 Ok"), "postfix/smtp[7]"),
        (
            to("a", TO_A, "4.1.5", "undeliverable", f"host {A} said: 450 no (in reply to RCPT TO command)"),
            "postfix/smtp[7]",
        ),
        (
            "NOQUEUE: reject: RCPT from x[192.0.2.1]: 550 5.1.1 <a@b>: no; from=<c@d> to=<a@b> proto=ESMTP helo=<x>",
            "postfix/smtpd[7]",
        ),
        ("4D3C2B1A09: uid=0 from=<root>", "postfix/pickup[7]"),
        ("4D3C2B1A09: client=x[192.0.2.1]", "postfix/submission/smtpd[7]"),
        (
            "Untrusted TLS connection established to mx[192.0.2.1]:25: TLSv1.3 with cipher X (256/256 bits)",
            "postfix/smtp[7]",
        ),
        ("warning: host mx[192.0.2.1]:25 greeted me with my own hostname list.example", "postfix/smtp[7]"),
        ("message repeated 2 times: [ connect to mx[192.0.2.1]:25: Connection refused]", "postfix/smtp[7]"),
        ("statistics: max connection rate 1/60s for (smtp:192.0.2.1) at Nov 28 19:00:00", "postfix/anvil[7]"),
        ("PASS OLD [192.0.2.1]:4711", "postfix/postscreen[7]"),
        ("4D3C2B1A09: sender non-delivery notification: 5D3C2B1A09", "postfix/bounce[7]"),
        ("4D3C2B1A09: replace: header Received: x from local; from=<a@b> to=<c@d>: y", "postfix/cleanup[7]"),
        (to("a", TO_A, "2.0.0", "sent", "250 ok"), "dovecot"),
    ],
)
def test_what_is_no_reply_of_a_receiver_tells_nothing(text, program):
    """Content filters, other agents, what was not tried, probes, inbound mail and other programs: none is unread."""
    log = reader()
    assert log.read(line(text, program)) == ()
    assert (log.lines, log.unread, log.sample) == (1, 0, "")


@pytest.mark.parametrize("name", ["postfix", "postfix-out", "postfix/relay", "postfix/out/bulk", "mx1"])
def test_an_instance_is_called_as_it_likes(name):
    """syslog_name and multi-instance names stand before the agent's."""
    (found,) = reader().read(line(to("a", TO_A, "2.0.0", "sent", "250 ok"), f"{name}/smtp[9]"))
    assert found.code == 250


def test_a_line_may_end_as_on_other_systems():
    """A carriage return is none of what was said."""
    (found,) = reader().read(line(to("a", TO_A, "2.0.0", "sent", "250 ok")) + b"\r")
    assert found.text == "250 ok"


def test_a_message_s_way_through_the_queue_is_told():
    """Its Message-ID, its reverse-path, that the queue gave it up, and that its id may come again."""
    log = reader()
    told = [
        *log.read(line("4D3C2B1A09: message-id=<1.a@lists.example>", "postfix/cleanup[3]")),
        *log.read(
            line("4D3C2B1A09: from=<dev-bounces@lists.example>, size=9, nrcpt=2 (queue active)", "postfix/qmgr[3]")
        ),
        *log.read(line("5D3C2B1A09: from=<>, size=9, nrcpt=2 (queue active)", "postfix/qmgr[3]")),
        *log.read(
            line("4D3C2B1A09: from=<dev-bounces@lists.example>, status=expired, returned to sender", "postfix/qmgr[3]")
        ),
        *log.read(line("4D3C2B1A09: from=<d@l.example>, status=force-expired, returned to sender", "postfix/qmgr[3]")),
        *log.read(line("4D3C2B1A09: removed", "postfix/qmgr[3]")),
        *log.read(line("5D3C2B1A09: removed", "postfix/postsuper[3]")),
    ]
    at = NOW - 3538
    assert told == [
        Queued(at=at, queue_id="4D3C2B1A09", message_id="1.a@lists.example"),
        Queued(at=at, queue_id="4D3C2B1A09", reverse_path="dev-bounces@lists.example"),
        Queued(at=at, queue_id="5D3C2B1A09", reverse_path=""),
        GaveUp(at=at, queue_id="4D3C2B1A09"),
        GaveUp(at=at, queue_id="4D3C2B1A09"),
        Left(at=at, queue_id="4D3C2B1A09"),
        Left(at=at, queue_id="5D3C2B1A09"),
    ]
    assert log.unread == 0


def test_recipients_of_one_transaction_are_one_try():
    """The first line opens it, whatever each is told."""
    rcpt = f"host {A} said: 550 5.1.1 no (in reply to RCPT TO command)"
    assert tries(
        to("a", TO_A, "5.1.1", "bounced", rcpt),
        to("b", TO_A, "2.0.0", "sent", "250 ok 1"),
        to("c", TO_A, "2.0.0", "sent", "250 ok 1"),
    ) == [
        (550, "2001:db8:1::25", 1, True, "bounced"),
        (250, "2001:db8:1::25", 1, False, "sent"),
        (250, "2001:db8:1::25", 1, False, "sent"),
    ]


@pytest.mark.parametrize(
    ("relay", "said", "program"),
    [
        pytest.param(
            TO_A.replace("delay=", "conn_use=2, delay="), "250 ok 1", "postfix/smtp[7]", id="next in the session"
        ),
        pytest.param(TO_A.replace("0.02", "0.9"), "250 ok 1", "postfix/smtp[7]", id="handed over later"),
        pytest.param(TO_A, "250 ok 2", "postfix/smtp[7]", id="another reply to all of them"),
        pytest.param(TO_A, "250 ok 1", "postfix/smtp[8]", id="another process"),
        pytest.param(TO_B, "250 ok 1", "postfix/smtp[7]", id="another server"),
    ],
)
def test_another_transaction_is_another_try(relay, said, program):
    """Of the same message to the same destination."""
    log = reader()
    first, second = (
        log.read(line(to("a", TO_A, "2.0.0", "sent", "250 ok 1")))[0],
        log.read(line(to("b", relay, "2.0.0", "sent", said), program))[0],
    )
    assert (first.opens, second.opens) == (True, True)


def test_a_reply_without_recipients_is_told_with_those_of_later_lines():
    """MAIL FROM was put off for all: each recipient that comes is one of them."""
    assert tries(
        f"4D3C2B1A09: {SAID} (in reply to MAIL FROM command)",
        to("a", TO_B, "2.0.0", "sent", "250 ok"),
        to("b", TO_B, "2.0.0", "sent", "250 ok"),
    ) == [
        (450, "2001:db8:1::25", 1, True, "next"),
        (250, "192.0.2.25", 1, True, "sent"),
        (450, "2001:db8:1::25", 1, False, "next"),
        (250, "192.0.2.25", 1, False, "sent"),
    ]


def test_replies_to_recipients_are_counted_one_by_one():
    """One bounces, two are put off and go on to the next server, one is taken in the same transaction."""
    rcpt = "(in reply to RCPT TO command)"
    assert tries(
        to("a", TO_A, "5.1.1", "bounced", f"host {A} said: 550 5.1.1 no {rcpt}"),
        f"4D3C2B1A09: {SAID} {rcpt}",
        f"4D3C2B1A09: {SAID} {rcpt}",
        to("d", TO_A, "2.0.0", "sent", "250 ok 1"),
        to("b", TO_B, "2.0.0", "sent", "250 ok 2"),
        to("c", TO_B, "2.0.0", "sent", "250 ok 2"),
    ) == [
        (550, "2001:db8:1::25", 1, True, "bounced"),
        (450, "2001:db8:1::25", 1, False, "next"),
        (450, "2001:db8:1::25", 1, False, "next"),
        (250, "2001:db8:1::25", 1, False, "sent"),
        (250, "192.0.2.25", 1, True, "sent"),
        (250, "192.0.2.25", 1, False, "sent"),
    ]


def test_a_reply_on_the_way_names_nobody_who_is_not_known_yet():
    """It was to one recipient, whose own line comes later, maybe with the next stretch of the log."""
    log = reader()
    said = f"host {A} said: 450 4.2.0 <ann>: Recipient address rejected: greylisted (in reply to RCPT TO command)"
    log.read(line(f"4D3C2B1A09: {said}"))
    (told, _) = log.read(line(to("bob", TO_A, "2.0.0", "sent", "250 ok")))
    assert told.text == said.replace("<ann>", "<address>")


def test_a_later_try_is_none_of_the_session_before():
    """The server that came last in the first try comes first in the next one, at the same process."""
    rcpt = "(in reply to RCPT TO command)"
    found = tries(
        to("a", TO_A, "4.7.26", "deferred", f"{SAID} {rcpt}"),
        to("b", TO_A, "5.1.1", "bounced", f"host {A} said: 550 5.1.1 no {rcpt}"),
        f"4D3C2B1A09: {SAID} {rcpt}",
        to("a", TO_B.replace("0.1/", "300/"), "2.0.0", "sent", "250 ok"),
    )
    assert [each[:4] for each in found] == [
        (450, "2001:db8:1::25", 1, True),
        (550, "2001:db8:1::25", 1, False),
        (450, "2001:db8:1::25", 1, True),
        (250, "192.0.2.25", 1, True),
    ]


def test_a_message_refused_after_some_recipients_were_is_not_theirs():
    """One put off at RCPT TO, the two others at the end of the data: three recipients, two replies, one try."""
    found = tries(
        f"4D3C2B1A09: {SAID} (in reply to RCPT TO command)",
        f"4D3C2B1A09: host {A} said: 451 4.3.0 later (in reply to end of DATA command)",
        *(to(each, TO_B, "2.0.0", "sent", "250 ok") for each in "abc"),
    )
    assert {code: sum(each[2] for each in found if each[0] == code) for code in (450, 451, 250)} == {
        450: 1,
        451: 2,
        250: 3,
    }
    assert sum(each[3] for each in found) == 2


def test_a_server_that_was_not_reached_is_a_try_of_its_own_told_once():
    """Without queue id on the way; the line with the recipient that names it again is the same try."""
    refused = f"connect to {A}:25: Connection refused"
    assert tries(refused, to("a", TO_B, "2.0.0", "sent", "250 ok")) == [
        (0, "2001:db8:1::25", 1, True, "next"),
        (250, "192.0.2.25", 1, True, "sent"),
    ]
    nowhere = "relay=none, delay=1, delays=0/0/1/0"
    assert tries(
        refused, to("a", nowhere, "4.4.1", "deferred", refused), to("b", nowhere, "4.4.1", "deferred", refused)
    ) == [
        (0, "2001:db8:1::25", 1, True, "deferred"),
        (0, "2001:db8:1::25", 1, False, "deferred"),
    ]


def test_more_recipients_of_the_same_message_go_through_the_servers_again():
    """What was said of the first ones is not said of those that the process is handed later."""
    busy = f"4D3C2B1A09: host {A} refused to talk to me: 421 busy"
    found = tries(
        busy,
        to("a", TO_B, "2.0.0", "sent", "250 ok 1"),
        busy,
        to("b", TO_B, "2.0.0", "sent", "250 ok 2"),
        to("c", TO_A, "2.0.0", "sent", "250 ok 3"),
    )
    assert [each[:4] for each in found] == [
        (421, "2001:db8:1::25", 1, True),
        (250, "192.0.2.25", 1, True),
        (421, "2001:db8:1::25", 1, True),
        (250, "192.0.2.25", 1, True),
        (250, "2001:db8:1::25", 1, True),
    ]


def test_two_transactions_of_one_reply_are_told_apart_by_what_they_took():
    """More recipients of one message than one transaction has, at a server that answers all in the same words."""
    later = TO_B.replace("delay=1.9", "delay=2.4").replace("1.1/0.7", "1.1/1.2")
    found = tries(
        *(to(each, place, "2.0.0", "sent", "250 ok") for each, place in (("a", TO_B), ("b", TO_B), ("c", later)))
    )
    assert [each[3] for each in found] == [True, False, True]


def test_another_destination_of_the_same_message_is_another_try():
    """One process is handed both within the same moment: what was said on the way to the first is not of the second."""
    elsewhere = to(
        "c", "relay=mx.o.example[192.0.2.9]:25, delay=1, delays=0.1/0.02/0.3/0.4", "2.0.0", "sent", "250 ok 2"
    )
    found = tries(
        f"4D3C2B1A09: {SAID} (in reply to MAIL FROM command)",
        to("a", TO_B, "2.0.0", "sent", "250 ok 1"),
        to("b", TO_B, "2.0.0", "sent", "250 ok 1"),
        elsewhere,
    )
    assert [each[:4] for each in found] == [
        (450, "2001:db8:1::25", 1, True),
        (250, "192.0.2.25", 1, True),
        (450, "2001:db8:1::25", 1, False),
        (250, "192.0.2.25", 1, False),
        (250, "192.0.2.9", 1, True),
    ]


def test_a_probe_s_replies_on_the_way_are_dropped():
    """Address verification goes on to the next server, too."""
    log = reader()
    assert log.read(line(f"4D3C2B1A09: {SAID} (in reply to RCPT TO command)")) == []
    assert log.read(line(to("a", TO_B, "2.1.5", "deliverable", "250 2.1.5 Ok"))) == ()
    assert tries(to("a", TO_B, "2.0.0", "sent", "250 ok"), of=log) == [(250, "192.0.2.25", 1, True, "sent")]


def test_what_a_process_never_ended_is_told_with_its_next_message():
    """It was stopped in between: what is known is told, and nothing is made of the rest."""
    found = tries(
        f"4D3C2B1A09: {SAID} (in reply to RCPT TO command)",
        f"5D3C2B1A09: host {A} said: 451 no (in reply to MAIL FROM command)",
        to("a", TO_B, "2.0.0", "sent", "250 ok"),
    )
    assert [each[:4] for each in found] == [
        (450, "2001:db8:1::25", 1, True),
        (451, "2001:db8:1::25", 0, True),
        (250, "192.0.2.25", 1, True),
    ]


@pytest.mark.parametrize(
    "octets",
    [
        *(line(to("a", TO_A, "2.0.0", "sent", "250 ok"))[:end] for end in (10, 25, 36, 45, 60, 75, 120, 150, 165)),
        line(to("a", TO_A, "2.0.0", "sent", "250 ok")) + b"\0",
        line(to("a", TO_A, "4.0.0", "deferred", "host mx1.r.ex")),
        line(to("a", TO_A, "4.0.0", "lost", "somewhere")),
        line(to("a", TO_A, "4.0.0", "deferred", "host"))[:-1],
        line(to("a", "relay=none, delay=1, delays=0/0/1/0", "4.0.0", "deferred", "connect to mx1.r.ex"))[:-1],
        line("4D3C2B1A09: host mx1.r.ex"),
        line(
            to("a", TO_A, "2.0.0", "sent", "250 ok").replace(to("a", TO_A, "", "", "").partition(":")[0], "odd-id", 1)
        ),
        line("4D3C2B1A09: from=<dev-bou", "postfix/qmgr[3]"),
        b"\x7fELF\x02\x01" + bytes(40),
        "2026/11/28 at seven: to=<ann@r.example>, status=sent (250 ok)".encode("utf-16"),
    ],
)
def test_what_is_broken_or_of_no_known_form_is_counted(octets):
    """Never guessed, and nothing of a person is in the sample."""
    log = reader()
    assert list(log.read(octets)) == []
    assert (log.lines, log.unread) == (1, 1)
    assert log.sample.isprintable()
    assert "@" not in log.sample
    assert "<a" not in log.sample


def test_lines_of_others_are_counted_alone():
    """And empty ones, and what syslog says itself."""
    log = reader()
    for each in (
        b"",
        b"Nov 28 19:01:02 list last message repeated 2 times",
        b"Nov 28 19:01:02 list CRON[2]: (root) CMD (to=<x>)",
    ):
        assert list(log.read(each)) == []
    assert (log.lines, log.unread) == (3, 0)


def test_a_log_is_read_on_from_any_line():
    """State goes through JSON after every line: the same is told as without, and it holds no local part."""
    texts = [
        f"connect to {B}:25: Connection timed out",
        f"4D3C2B1A09: host {A} said: 450 4.7.1 <ann@r.example>: no (in reply to RCPT TO command)",
        f"4D3C2B1A09: host {A} said: 451 later (in reply to DATA command)",
        to("ann", TO_B, "2.0.0", "sent", "250 ok 1"),
        to("bob", TO_B, "2.0.0", "sent", "250 ok 1"),
        to("cyd", TO_B, "2.0.0", "sent", "250 ok 2"),
    ]
    parts = []
    state = {}
    for each in texts:
        log = reader()
        log.resume(state)
        parts += tries(each, of=log)
        state = json.loads(json.dumps(log.state()))
        assert not any(name in json.dumps(state) for name in ("ann", "bob", "cyd"))
    assert parts == tries(*texts)


@pytest.mark.parametrize(
    "state",
    [
        {},
        {"newest": "x"},
        {"newest": 1, "processes": 3},
        {"newest": 1, "processes": [["a", 1]]},
        {"processes": {}, "newest": None},
    ],
)
def test_a_state_that_cannot_be_read_is_none(state):
    """It begins anew."""
    log = reader()
    log.resume(state)
    assert tries(to("a", TO_A, "2.0.0", "sent", "250 ok"), of=log) == [(250, "2001:db8:1::25", 1, True, "sent")]


def test_memory_and_state_are_bounded():
    """However many processes and replies on the way there are."""
    log = reader()
    for number in range(5000):
        log.read(line(f"4D3C2B1A09: {SAID} (in reply to RCPT TO command)", f"postfix/smtp[{number}]"))
        log.read(line(f"4D3C2B1A09: {SAID} (in reply to RCPT TO command)", "postfix/smtp[9]"))
    assert len(json.dumps(log.state())) < 100_000
