"""Whatever a peer does to be slow: each conversation ends at its deadline, as our impatience and nothing else."""

import threading
import time
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network

import pytest

from monitor.dns.exchange import Silent, exchange
from monitor.dns.resolution import Attempt
from monitor.dns.servers import Server
from monitor.dns.wire import question
from monitor.errors import RelayUnavailable, Unavailable, UsageError
from monitor.http import own_service
from monitor.http.endpoint import call
from monitor.managers.mailman3 import client as mailman
from monitor.smtp.dialogue import OWN_NAME_LATE
from monitor.smtp.rehearsal import greeting_trouble, rehearse
from monitor.smtp.submission import parse_relay, submit
from tests.integration.slow_peers import (
    drips,
    drips_each_reply,
    drips_in_handshake,
    floods,
    hangs_up_after,
    is_silent,
    slow_peer,
    stops_reading,
    thinks_before,
)

pytestmark = [pytest.mark.integration, pytest.mark.timeout(60)]

WITHIN = timedelta(seconds=1)
AT_MOST_S = 10.0  # ten times the deadline: what is waited for by the octet takes far longer, or for ever
NOW = datetime(2026, 11, 27, tzinfo=UTC)
LOCAL = (ip_network("127.0.0.0/8"),)
TLS_RECORD = b"\x16\x03\x03\x40\x00"  # RFC 8446 section 5.1: a handshake record of 16 KiB follows, octet by octet
GREETED = b"220 mx.example.org\r\n"

SPEAKS_SLOWLY = [
    pytest.param(drips(b"220-mx.example.org\r\n"), id="drips a greeting without end"),
    pytest.param(drips(b"250-x\r\n", after=GREETED), id="drips the answer to EHLO"),
    pytest.param(drips_each_reply, id="drips each reply"),
    pytest.param(drips(b"x"), id="drips a line without end"),
]
THINKS = [
    pytest.param(stops_reading, id="stops reading"),
    pytest.param(thinks_before(1), id="thinks before its answer to EHLO"),
    pytest.param(thinks_before(3), id="thinks before its answer to RCPT"),
    pytest.param(thinks_before(5), id="thinks about the message"),
]
SILENT = [pytest.param(is_silent, id="is silent"), pytest.param(thinks_before(0), id="never greets")]


@contextmanager
def ends_in_time():
    began = time.monotonic()
    yield
    assert time.monotonic() - began < AT_MOST_S


def hand_over(port, scheme="smtp"):
    return submit(
        f"{scheme}://127.0.0.1:{port}",
        reverse_path="ipv6-ops-bounces@lists.example.org",
        forward_path="token@v6.probe.example.org",
        message=b"x" * (64 << 20),  # more than the buffers of both ends hold
        timeout=WITHIN,
        helo="staysub.example.org",
    )


@pytest.mark.parametrize(
    ("talk", "reason"),
    [
        *(pytest.param(each.values[0], "slow", id=each.id) for each in SPEAKS_SLOWLY),
        *(pytest.param(each.values[0], "slow", id=each.id) for each in THINKS),
        *(pytest.param(each.values[0], "timeout", id=each.id) for each in SILENT),
    ],
)
def test_a_submission_ends_at_its_deadline(talk, reason):
    """Who ever said a word can be reached, however long it is silent then: a direct probe blames no network for it."""
    with slow_peer(talk) as port, ends_in_time(), pytest.raises(RelayUnavailable) as said:
        hand_over(port)
    assert said.value.reason == reason
    assert "within 1 s" in str(said.value)


@pytest.mark.parametrize("octets", [b"550", b"550-5.7.1 not\r\n550 5.7.1 no"])
def test_a_refusal_that_did_not_come_to_its_end_is_none(octets):
    """Cut within its line, "550" reads like the server's last word; it was not."""
    with slow_peer(hangs_up_after(octets)) as port, pytest.raises(RelayUnavailable) as said:
        hand_over(port)
    assert said.value.reason == "closed"


@pytest.mark.parametrize("octets", [b"220-mx\r\n", b"2" * 70_000], ids=["lines", "one line"])
def test_a_reply_without_end_is_read_no_further(octets):
    with slow_peer(floods(octets)) as port, ends_in_time(), pytest.raises(RelayUnavailable) as said:
        hand_over(port)
    assert said.value.reason == "closed"
    assert "no end" in str(said.value)


@pytest.mark.parametrize("talk", [drips(b"\x00", after=TLS_RECORD), is_silent], ids=["drips", "is silent"])
def test_a_handshake_of_tls_ends_at_the_deadline(talk):
    with slow_peer(talk) as port, ends_in_time(), pytest.raises(RelayUnavailable) as said:
        hand_over(port, "smtps")
    assert said.value.reason in {"slow", "timeout"}


def test_a_handshake_behind_starttls_ends_at_the_deadline_too():
    with slow_peer(drips_in_handshake(TLS_RECORD)) as port, pytest.raises(RelayUnavailable) as said:
        hand_over(port, "smtp+starttls")
    assert said.value.reason == "slow"


def test_our_own_name_that_is_not_found_is_no_trouble_of_the_servers(monkeypatch):
    """Without a name to say at EHLO the system is asked for one, and its DNS may take its time."""
    stop = threading.Event()
    monkeypatch.setattr("smtplib.socket.getfqdn", lambda: stop.wait() and "x")
    relay = "smtp://127.0.0.1:25"
    try:
        with ends_in_time(), pytest.raises(RelayUnavailable) as said:
            submit(relay, reverse_path="a@b.example", forward_path="c@d.example", message=b"", timeout=WITHIN)
        with ends_in_time():
            trouble = greeting_trouble(parse_relay(relay), timeout=WITHIN)
    finally:
        stop.set()
    assert said.value.reason == "resolve"
    assert str(said.value) == f"{OWN_NAME_LATE} Nothing was said to 127.0.0.1 port 25."
    assert trouble == OWN_NAME_LATE


@pytest.mark.parametrize("talk", [*SPEAKS_SLOWLY, SILENT[0]])
def test_a_greeting_is_waited_for_no_longer_than_it_may_take(talk):
    with slow_peer(talk) as port, ends_in_time():
        said = greeting_trouble(parse_relay(f"smtp://127.0.0.1:{port}"), timeout=WITHIN)
    assert said == "It did not come to an end within 1 s."


@pytest.mark.parametrize("talk", [*SPEAKS_SLOWLY, SILENT[0]])
def test_our_own_receiver_is_knocked_at_no_longer_than_that(talk):
    with slow_peer(talk) as port, ends_in_time(), pytest.raises(Unavailable) as said:
        rehearse(
            ("127.0.0.1", port),
            helo="receiver.example.org",
            forward_path="token@v6.probe.example.org",
            needs_tls=False,
            proxied=False,
            timeout=WITHIN,
        )
    assert said.value.reason == "timeout"


@pytest.mark.parametrize(
    "talk",
    [
        pytest.param(drips(b"HTTP/1.1 200 OK\r\nX: "), id="drips its head"),
        pytest.param(drips(b"HTTP/1.1 100 Continue\r\n\r\n"), id="asks to go on without end"),
        pytest.param(is_silent, id="is silent"),
    ],
)
def test_a_webhook_or_heartbeat_ends_at_its_deadline(talk):
    with slow_peer(talk) as port, ends_in_time():
        tried = call("GET", f"http://127.0.0.1:{port}/", allow_networks=LOCAL, timeout=WITHIN, now=NOW)
    assert tried.outcome == "timeout"


def test_a_list_manager_that_drips_is_told_in_one_sentence(monkeypatch):
    monkeypatch.setattr(own_service, "WITHIN", WITHIN)
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n"
    with (
        slow_peer(drips(b" ", after=answer)) as port,
        ends_in_time(),
        pytest.raises(UsageError, match="does not answer"),
    ):
        mailman.Client(f"http://127.0.0.1:{port}", "u", "p").roster("ipv6-ops", "ipv6-ops@lists.example.org", now=NOW)


def test_a_list_manager_that_answers_slowly_again_and_again_comes_to_an_end_too(monkeypatch):
    monkeypatch.setattr(mailman, "WITHIN", timedelta())
    asked = mailman.Client("http://127.0.0.1:1", "u", "p")
    with pytest.raises(UsageError, match="too slow"):
        asked.roster("ipv6-ops", "ipv6-ops@lists.example.org", now=NOW)


@pytest.mark.parametrize("talk", [drips(b"\x00", after=b"\xff\xff"), is_silent], ids=["drips", "is silent"])
def test_dns_over_tcp_ends_at_its_deadline(talk):
    with slow_peer(talk) as port, ends_in_time(), pytest.raises(Silent) as said:
        exchange(
            Attempt(
                Server("127.0.0.1", port),
                tcp=True,
                edns=True,
                asked=question((b"lists", b"example", b"org"), "TXT"),
                timeout_s=WITHIN.total_seconds(),
            )
        )
    assert said.value.reason == "timeout"
