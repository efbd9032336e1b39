"""Exim's main log: what its lines tell of messages, which of them are about one try, and what is no reply."""

import json
from datetime import UTC, datetime

import pytest

from monitor.mtas.catalogue import mta_named
from monitor.mtas.log import Became, GaveUp, Left, Queued, Tried

NOW = datetime(2026, 11, 28, 20, 0, tzinfo=UTC).timestamp()
ID = "1xXOFI-00057V-2G"
NEW_ID = "1xXOFI-000000057V0-2GaB"
SIX, FOUR = "mx.r.example [2001:db8:99::9]", "mx.r.example [192.0.2.109]"
AFTER = "SMTP error from remote mail server after"
TAKEN = 'C="250-2.0.0 taken\\\\n250 2.0.0 in the queue"'


def reader():
    """Exim's, as the catalogue has it."""
    make = mta_named("exim").log
    assert make is not None
    return make(lambda: NOW)


def line(text: str, queue_id: str = ID, stamp: str = "2026-11-28 19:38:04") -> bytes:
    """As the main log has it."""
    return f"{stamp} {queue_id} {text}".encode()


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
            f"=> ann@r.example R=dns T=remote H={SIX} {TAKEN}",
            (
                250,
                "mx.r.example",
                "2001:db8:99::9",
                ("ann@r.example",),
                Became.SENT,
                "250-2.0.0 taken\n250 2.0.0 in the queue",
            ),
            id="sent",
        ),
        pytest.param(
            "-> ann@r.example <list@a.example> F=<x@a.example> P=<y@a.example> R=dns T=remote S=1234 H=MX.r.example DS [192.0.2.9]:25* "
            'I=[192.0.2.25]:4711 X=TLS1.3:ECDHE_SECP256R1__RSA_PSS_RSAE_SHA256__AES_256_GCM:256 CV=yes DN="CN=mx [1.2.3.4]" A=plain K '
            'C="251 2.1.5 \\"so\\" H=evil [203.0.113.9] be it" QT=2s DT=0.3s',
            (
                251,
                "mx.r.example",
                "192.0.2.9",
                ("ann@r.example",),
                Became.SENT,
                '251 2.1.5 "so" H=evil [203.0.113.9] be it',
            ),
            id="everything that can be logged",
        ),
        pytest.param(
            '>> "a H=evil [203.0.113.9] b"@r.example R=dns T=remote H=mx.r.example [::ffff:192.0.2.9]',
            (250, "mx.r.example", "192.0.2.9", ('"a H=evil [203.0.113.9] b"@r.example',), Became.SENT, ""),
            id="cut through, a quoted recipient, an IPv4-mapped address, no confirmation",
        ),
        pytest.param(
            f"== ann@r.example R=dns T=remote defer (-44) H={SIX}: {AFTER} RCPT TO:<ann@r.example>: 450-4.7.26 a\\n450 4.7.26 b",
            (
                450,
                "mx.r.example",
                "2001:db8:99::9",
                ("ann@r.example",),
                Became.DEFERRED,
                f"{AFTER} RCPT TO:<ann@r.example>: 450-4.7.26 a\n450 4.7.26 b",
            ),
            id="deferred",
        ),
        pytest.param(
            f"** ann@r.example F=<> R=dns T=remote H={FOUR} X=TLS1.2:x:256 CV=no: {AFTER} pipelined MAIL FROM:<> SIZE=2: 550 5.7.1 no",
            (
                550,
                "mx.r.example",
                "192.0.2.109",
                ("ann@r.example",),
                Became.BOUNCED,
                f"{AFTER} pipelined MAIL FROM:<> SIZE=2: 550 5.7.1 no",
            ),
            id="failed, as 4.96 has it",
        ),
        pytest.param(
            f"** ann@r.example R=dns T=remote H={FOUR} : {AFTER} end of data: 554 no DT=1.2s",
            (554, "mx.r.example", "192.0.2.109", ("ann@r.example",), Became.BOUNCED, f"{AFTER} end of data: 554 no"),
            id="failed, as newer ones have it",
        ),
        pytest.param(
            f'== a@r.example R=dns T=remote defer (-44) H={SIX}: {AFTER} RCPT TO:<"x>: 250 y"@r.example>: 452 said: 550 5.7.1 no',
            (
                452,
                "mx.r.example",
                "2001:db8:99::9",
                ("a@r.example",),
                Became.DEFERRED,
                f'{AFTER} RCPT TO:<"x>: 250 y"@r.example>: 452 said: 550 5.7.1 no',
            ),
            id="codes in the recipient and in the reply",
        ),
        pytest.param(
            "== ann@r.example R=dns T=remote defer (111): Connection refused",
            (0, "", "", ("ann@r.example",), Became.DEFERRED, "Connection refused"),
            id="no connection",
        ),
        pytest.param(
            f"== ann@r.example R=dns T=remote defer (110): Connection timed out H={SIX}: SMTP timeout after RCPT TO:<ann@r.example>",
            (
                0,
                "mx.r.example",
                "2001:db8:99::9",
                ("ann@r.example",),
                Became.DEFERRED,
                "SMTP timeout after RCPT TO:<ann@r.example>",
            ),
            id="no reply",
        ),
        pytest.param(
            f"== ann@r.example R=dns T=remote defer (-37) H={SIX}: TLS session: (gnutls_handshake): rxd alert: 550 no",
            (
                0,
                "mx.r.example",
                "2001:db8:99::9",
                ("ann@r.example",),
                Became.DEFERRED,
                "TLS session: (gnutls_handshake): rxd alert: 550 no",
            ),
            id="no TLS",
        ),
        pytest.param(
            "== ann@r.example R=dns defer (-1): host lookup did not complete",
            (0, "", "", ("ann@r.example",), Became.DEFERRED, "host lookup did not complete"),
            id="no answer of DNS",
        ),
        pytest.param(
            f'== ann@r.example R=dns T=remote defer (-44) H={FOUR} X=TLS1.3:A:256 CV=yes DN="CN=mx: 1" DT=1.2s: {AFTER} RCPT TO:<ann@r.example>: 451 no',
            (
                451,
                "mx.r.example",
                "192.0.2.109",
                ("ann@r.example",),
                Became.DEFERRED,
                f"{AFTER} RCPT TO:<ann@r.example>: 451 no",
            ),
            id="fields of TLS and time behind the server",
        ),
        pytest.param(
            f"** ann@r.example R=dns T=remote: {AFTER} RCPT TO:<ann@r.example>: host {FOUR}: 550 5.1.1 no",
            (
                550,
                "mx.r.example",
                "192.0.2.109",
                ("ann@r.example",),
                Became.BOUNCED,
                f"{AFTER} RCPT TO:<ann@r.example>: host {FOUR}: 550 5.1.1 no",
            ),
            id="before 4.83: the server stands before the reply",
        ),
        pytest.param(
            "== ann@r.example R=dns T=remote defer (111): Connection refused",
            (0, "", "", ("ann@r.example",), Became.DEFERRED, "Connection refused"),
            id="no connection, no server named",
        ),
        pytest.param(
            "** ann@r.example: Unrouteable address",
            (0, "", "", ("ann@r.example",), Became.BOUNCED, "Unrouteable address"),
            id="no such domain",
        ),
    ],
)
def test_a_recipients_own_line_says_who_answered_and_what(text, expected):
    (found,) = [each for each in events(text) if isinstance(each, Tried)]
    assert (found.code, found.host, found.address, found.recipients, found.became, found.text) == expected
    assert (found.number, found.opens, found.queue_id) == (1, True, ID)


@pytest.mark.parametrize(
    "text",
    [
        "=> ann <ann@lists.example> R=local T=mail_spool",
        "=> |/usr/lib/mailman <dev@lists.example> R=lists T=address_pipe",
        '=> ann@lists.example R=lmtp T=lmtp H=localhost [127.0.0.1]:8024 C="250 ok"',
        "=> ann@lists.example R=scan T=scan H=::1 [::1]:10024",
        '=> dev@lists.example R=mailman3 T=mailman3_lmtp H=core [10.0.0.5]:8024 C="250 ok"',
        "== dev@lists.example R=core T=lmtp_to_core defer (111) H=core [10.0.0.5]: Connection refused",
        "** ann@r.example R=lmtp T=dovecot: LMTP error from remote mail server after RCPT TO:<ann@r.example>: 550 no",
        "** ann@r.example R=lmtp T=dovecot: LMTP error after RCPT TO:<ann@r.example>: 550 no",
        "** dev@lists.example R=lists T=pipe: Child process of pipe transport returned 127 from command: /usr/bin/mailman",
        "== ann@lists.example R=local T=mail_spool defer (-22): mailbox is full (MTA-imposed quota exceeded while writing)",
        "== ann@lists.example R=local T=mail_spool defer (13): Permission denied: failed to chdir to /var/mail",
        "** ann@r.example R=dns T=remote: retry timeout exceeded",
        "*> ann@r.example R=dns T=remote H=mx.r.example [192.0.2.9]",
        "== ann@r.example R=dns T=remote defer (-54): retry time not reached for any host for 'r.example'",
        "== ann@r.example routing defer (-52): retry time not reached",
        "== ann@r.example R=dns T=remote defer (-1): SMTP delivery explicitly queued",
        "== ann@r.example defer (-1): domain is held",
        "H=(helo) [192.0.2.9] F=<x@y.example> rejected after DATA: no",
        "H=a.example [192.0.2.9] Warning: odd",
        "H=a.example (helo) [192.0.2.9]:25 I=[192.0.2.25]:25 F=<x@y.example> rejected RCPT <z@lists.example>: no",
        "DKIM: d=a.example s=k c=relaxed/relaxed [verification succeeded]",
        "Message is frozen",
        "no immediate delivery: more than 10 messages received in one connection",
        b"2026-11-28 19:38:03 Start queue run: pid=19655",
        b" Suggested action: use keep_environment.",
        b"2026-11-28 19:38:03 H=a.example [192.0.2.9] F=<x@y.example> rejected RCPT <z@lists.example>: relay not permitted",
        b"",
    ],
)
def test_what_no_receiver_said_is_no_try(text):
    assert [each for each in events(text) if isinstance(each, Tried)] == []


def test_a_message_comes_in_and_leaves():
    """Its sender, also the null one, its Message-ID; ids of both lengths."""
    assert events(
        '<= dev-bounces@lists.example H=(x) [192.0.2.1] P=esmtp S=254 id=0@lists.example T="id=evil" for a@r.example',
        line("<= <> R=1xXOFI-00057V-2G U=Debian-exim P=local S=2350", NEW_ID),
        line('<= "a b"@lists.example U=x P=local S=1', NEW_ID),
        line("Completed", NEW_ID),
        line("Completed QT=2s", ID),
    ) == [
        Queued(at=NOW - 1316, queue_id=ID, reverse_path="dev-bounces@lists.example", message_id="0@lists.example"),
        Queued(at=NOW - 1316, queue_id=NEW_ID, reverse_path=""),
        Queued(at=NOW - 1316, queue_id=NEW_ID, reverse_path='"a b"@lists.example'),
        Left(at=NOW - 1316, queue_id=NEW_ID),
        Left(at=NOW - 1316, queue_id=ID),
    ]


def test_a_delivery_tells_the_reverse_path_that_it_left_with():
    """A transport may give each recipient one of his own."""
    first, *_ = events(f"=> a@r.example F=<dev@l.example> P=<dev+a=r.example@l.example> R=d T=r H={SIX}")
    assert first == Queued(at=NOW - 1316, queue_id=ID, reverse_path="dev+a=r.example@l.example")


def test_a_server_that_puts_off_all_is_one_try_of_as_many_as_go_on():
    """Its line names nobody; those who went on to the other address are its recipients."""
    assert tries(
        f"H={SIX}: {AFTER} initial connection: 450 4.3.2 not now",
        f"=> a@r.example R=dns T=remote H={FOUR} {TAKEN}",
        f"-> b@r.example R=dns T=remote H={FOUR} {TAKEN}",
    ) == [
        (450, 6, 0, True, "next"),
        (450, 6, 1, False, "next"),
        (250, 4, 1, True, "sent"),
        (450, 6, 1, False, "next"),
        (250, 4, 1, False, "sent"),
    ]


def test_a_server_here_that_is_away_is_no_try_of_those_who_wait_for_it():
    """The list manager's own does not answer: recipients' lines do not name it again."""
    assert tries(
        "H=localhost [127.0.0.1] Connection refused",
        "== dev@lists.example R=mailman3 T=to_mailman defer (111): Connection refused",
        "== ops@lists.example R=mailman3 T=to_mailman defer (111): Connection refused",
    ) == [(0, 0, 1, False, "deferred"), (0, 0, 1, False, "deferred")]


def test_a_try_that_is_told_twice_counts_once():
    """With one server, all is told by its line, and again by each recipient's own."""
    twice = (
        f"H={SIX}: {AFTER} end of data: 451 4.7.1 later",
        f"== a@r.example R=dns T=remote defer (-46) H={SIX}: {AFTER} end of data: 451 4.7.1 later",
        f"== b@r.example R=dns T=remote defer (-46) H={SIX}: {AFTER} end of data: 451 4.7.1 later",
    )
    once = [(451, 6, 0, True, "next"), (451, 6, 1, False, "deferred"), (451, 6, 1, False, "deferred")]
    assert tries(*twice, *twice) == once * 2


def test_a_recipient_whom_the_servers_line_named_counts_once():
    """The list had another server, which could not be tried."""
    refusal = f"{AFTER} RCPT TO:<a@r.example>: 450 4.7.1 later"
    assert tries(f"H={SIX} {refusal}", f"== a@r.example R=dns T=remote defer (-44) H={SIX}: {refusal}") == [
        (450, 6, 1, True, "next"),
        (450, 6, 0, False, "deferred"),
    ]


def test_recipients_who_fared_differently_were_in_one_try():
    """One server's replies to RCPT and to the message: one transaction there, one where the rest went on to."""
    assert tries(
        f"H={SIX}: {AFTER} RCPT TO:<b@r.example>: 450 4.2.2 busy",
        f"== b@r.example R=dns T=remote defer (-44) H={FOUR}: {AFTER} RCPT TO:<b@r.example>: 450 4.2.2 busy",
        f"** c@r.example R=dns T=remote H={SIX}: {AFTER} RCPT TO:<c@r.example>: 550 5.1.1 no such user",
        f"=> d@r.example R=dns T=remote H={SIX} {TAKEN}",
    ) == [
        (450, 6, 1, True, "next"),
        (450, 4, 1, True, "deferred"),
        (550, 6, 1, False, "bounced"),
        (250, 6, 1, False, "sent"),
    ]


def test_the_same_recipient_again_is_another_try():
    refusal = f"== a@r.example R=dns T=remote defer (-44) H={SIX}: {AFTER} RCPT TO:<a@r.example>: 450 4.7.1 later"
    assert tries(refusal, refusal, refusal) == [(450, 6, 1, True, "deferred")] * 3


def test_fields_may_stand_between_a_server_and_what_it_said():
    """As those of TLS do in other lines."""
    server = f"H={SIX} X=TLS1.3:A:256 CV=yes: {AFTER} initial connection: 421 4.7.0 busy"
    assert tries(server, f"=> ann@r.example R=dns T=remote H={FOUR} {TAKEN}") == [
        (421, 6, 0, True, "next"),
        (421, 6, 1, False, "next"),
        (250, 4, 1, True, "sent"),
    ]


def test_servers_of_other_receivers_have_other_recipients():
    """A message goes to several receivers at the same time: those of one server's domain went on from it."""
    found = tries(
        f"H={SIX}: {AFTER} MAIL FROM:<x@l.example>: 450 4.7.26 no",
        f"=> z@other.org R=dns T=remote H=mx.other.org [192.0.2.7] {TAKEN}",
        f"=> a@r.example R=dns T=remote H=mx2.r.example [192.0.2.8] {TAKEN}",
        "Completed",
    )
    assert found == [
        (450, 6, 0, True, "next"),
        (250, 4, 1, True, "sent"),
        (450, 6, 1, False, "next"),
        (250, 4, 1, True, "sent"),
    ]


def test_a_receivers_servers_may_be_of_several_domains():
    """Then the end of the message tells whose they were."""
    assert tries(
        f"H={SIX}: {AFTER} MAIL FROM:<x@l.example>: 450 4.7.26 no",
        f"=> a@r.org R=dns T=remote H=mx.backup.net [192.0.2.7] {TAKEN}",
        f"-> b@r.org R=dns T=remote H=mx.backup.net [192.0.2.7] {TAKEN}",
        "Completed",
    ) == [(450, 6, 0, True, "next"), (250, 4, 1, True, "sent"), (250, 4, 1, False, "sent"), (450, 6, 2, False, "next")]


def test_hosts_that_cannot_be_reached_are_one_local_try_each():
    assert tries(
        f"H={SIX} Network is unreachable",
        f"H={FOUR} Connection refused",
        "== a@r.example R=dns T=remote defer (111): Connection refused",
        "== b@r.example R=dns T=remote defer (111): Connection refused",
    ) == [
        (0, 6, 0, True, "next"),
        (0, 4, 0, True, "next"),
        (0, 0, 1, False, "deferred"),
        (0, 0, 1, False, "deferred"),
    ]


def test_the_queue_gives_up():
    """After its last try, or without one."""
    found = events(
        f"== a@r.example R=dns T=remote defer (-44) H={SIX}: {AFTER} RCPT TO:<a@r.example>: 450 4.7.1 later",
        "** a@r.example: retry timeout exceeded",
        "** b@r.example <c@l.example>: retry timeout exceeded",
        "** d@r.example R=dns T=remote: all hosts for 'r.example' have been failing for a long time (and retry time not reached)",
    )
    assert [each.number for each in found if isinstance(each, Tried)] == [1]
    assert [each.recipients for each in found if isinstance(each, GaveUp)] == [
        ("a@r.example",),
        ("b@r.example",),
        ("d@r.example",),
    ]


@pytest.mark.parametrize(
    "head",
    [
        "2026-11-28 19:38:04.123 +0000 [4711] ",
        "2026-11-28 20:38:04 +0100 ",
        "<22>Nov 28 19:38:04 list exim[4711]: 2026-11-28 19:38:04 ",
        "Nov 28 19:38:05 list exim[4711]: 2026-11-28 19:38:04 ",
        "Nov 28 19:38:04 list exim4[4711]: ",
        "2026-11-28T19:38:04.5+00:00 list exim[4711]: [4711] ",
    ],
)
def test_a_line_has_its_own_stamp_or_that_of_syslog(head):
    (found,) = events(f"{head}{ID} Completed".encode())
    assert found.queue_id == ID
    assert int(found.at) == NOW - 1316


def test_a_line_that_syslog_cut_is_put_together():
    """The log of one process may stand between the parts of another's."""
    said = f"=> a@r.example R=dns T=remote H={SIX} {TAKEN}"
    parts = [
        f"Nov 28 19:38:04 list exim[1]: [1/2] 2026-11-28 19:38:04 {ID} {said[:40]}".encode(),
        f"Nov 28 19:38:04 list exim[2]: {NEW_ID} Completed".encode(),
        f"Nov 28 19:38:04 list exim[1]: [2/2] {said[40:]}".encode(),
        f"Nov 28 19:38:04 list exim[3]: [2/2] {said[40:]}".encode(),
    ]
    assert tries(*parts) == [(250, 6, 1, True, "sent")]


@pytest.mark.parametrize(
    "octets",
    [
        b"nothing of Exim's",
        line("== a@r.example R=dns T=remote"),
        line("** a@r.example R=dns T=remote H=mx.r.example [2001:db8:"),
        line("=> a@r.example R=dns T=remote H=mx.r.exam"),
        line("=> a@r.example R=dns T=remote H=mx.r.example [2001:db8::zz]"),
        line("<= "),
        b"\x00\xff a@r.example",
    ],
)
def test_a_line_of_no_known_form_is_counted(octets):
    log = reader()
    assert log.read(octets) == ()
    assert (log.lines, log.unread) == (1, 1)
    assert "@" not in log.sample


def test_other_programs_lines_are_no_lines_of_exim():
    log = reader()
    log.read(b"Nov 28 19:38:04 list sshd[1]: 1xXOFI-00057V-2G => a@r.example T=x H=mx [192.0.2.1]")
    assert (log.lines, log.unread) == (1, 0)


def test_it_goes_on_from_what_it_had():
    """Between any two lines; without an address in what is kept."""
    lines = [
        f"H={SIX}: {AFTER} MAIL FROM:<dev+secret=r.example@l.example>: 450 4.7.26 to <secret@r.example>",
        f"=> secret@r.org R=dns T=remote H=mx.backup.net [192.0.2.7] {TAKEN}",
        f"-> b@r.example R=dns T=remote H={FOUR} {TAKEN}",
        f"== c@r.example R=dns T=remote defer (-44) H={FOUR}: {AFTER} RCPT TO:<c@r.example>: 450 4.7.1 later",
        f"== c@r.example R=dns T=remote defer (-44) H={FOUR}: {AFTER} RCPT TO:<c@r.example>: 450 4.7.1 later",
        "Completed",
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
    "state",
    [{}, {"open": 1, "newest": 0}, {"open": {"a": [[1]]}, "newest": 0}, {"open": {}}, {"open": {}, "newest": "x"}],
)
def test_a_state_that_cannot_be_read_is_none(state):
    log = reader()
    log.resume(state)
    assert log.state() == reader().state()
