"""Our resolver against NSD, with a gate before it that drops, fails, truncates and talks nonsense."""

import os
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest

from monitor.dns.dns64 import NAME
from monitor.dns.resolver import SystemResolver, Unanswered, system_resolver
from monitor.dns.servers import Server
from tests.servers import Gate, needs_nsd, nsd, zone_text

pytestmark = [pytest.mark.integration, needs_nsd]

ZONES = {
    "example.org": {"TXT": ["v=spf1 mx -all", "other"], "MX": [(10, "mx.example.org")]},
    "mx.example.org": {"A": ["192.0.2.1"], "AAAA": ["2001:db8::1"]},
    "alias.example.org": {"CNAME": ["mx.example.org"]},
    "big.example.org": {"TXT": [f"{n} " + "x" * 240 for n in range(60)]},
    "weird name\\.example.org": {"A": ["192.0.2.9"]},
}


@pytest.fixture(scope="module")
def port(tmp_path_factory):
    with nsd(tmp_path_factory.mktemp("nsd"), {"": zone_text(ZONES)}, hosts=("127.0.0.1", "::1")) as port:
        yield port


def resolver(*ports, timeout_s=2.0):
    return SystemResolver([Server("127.0.0.1", port) for port in ports], timeout_s=timeout_s)


@pytest.mark.parametrize("address", ["127.0.0.1", "::1"])
def test_records_of_each_type_over_both_families(port, address):
    ours = system_resolver([str(Server(address, port))])
    assert set(ours.lookup("example.org", "TXT").texts) == {b"v=spf1 mx -all", b"other"}
    assert ours.lookup("EXAMPLE.org.", "MX").exchanges == ((10, "mx.example.org"),)
    assert ours.lookup("mx.example.org", "AAAA").strings == ("2001:db8::1",)
    assert ours.lookup("alias.example.org", "A").strings == ("192.0.2.1",)
    assert ours.lookup("gone.example.org", "A").rcode == "NXDOMAIN"
    assert ours.lookup("mx.example.org", "MX").rcode == "NOERROR"
    line = ours.lookup("mx.example.org", "A").question
    assert (line.server, line.ttl_s, line.cached) == (str(Server(address, port)), 300, False)


def test_truncated_answers_come_whole_by_tcp(port):
    assert len(resolver(port).lookup("big.example.org", "TXT").texts) == 60


def test_answers_are_cached_also_negative_ones(port):
    with Gate(port, lambda *_: None) as gate:
        ours = resolver(gate.port)
        for name in ("example.org", "gone.example.org"):
            assert not ours.lookup(name, "TXT").question.cached
            assert ours.lookup(name.upper(), "TXT").question.cached
        assert len(gate.asked) == 2


def test_one_question_is_asked_once_by_many_threads(port):
    with Gate(port, lambda *_: 0.3) as gate:
        ours = resolver(gate.port)
        with ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(lambda _: ours.lookup("example.org", "MX"), range(8)))
        assert {answer.exchanges for answer in answers} == {((10, "mx.example.org"),)}
        assert gate.asked == [("example.org", "MX", "udp")]


@pytest.mark.parametrize("say", ["drop", "SERVFAIL", "REFUSED", "garbage"])
def test_another_server_is_asked_where_one_fails(port, say):
    with Gate(port, lambda *_: say) as bad:
        ours = resolver(bad.port, port)
        for n in range(4):
            assert ours.lookup(f"h{n}.example.org", "A").rcode == "NXDOMAIN"
        assert bad.asked


@pytest.mark.parametrize("say", ["FORMERR", "NOTIMP", "SERVFAIL", "BADVERS", "drop"])
def test_a_server_that_cannot_bear_edns_is_asked_without(port, say):
    """RFC 6891 sections 6.1.3, 6.2.2 and 7; once it is known, no question is lost for it any more."""
    with Gate(port, lambda *_: f"EDNS {say}") as gate:
        ours = resolver(gate.port, timeout_s=5.0)
        assert ours.lookup("example.org", "MX").exchanges
        before = len(gate.asked)
        assert ours.lookup("mx.example.org", "A").strings
        with ours.flight() as flight:
            flight.want(("mx.example.org", "AAAA"))
            assert [kept.strings for _, kept in flight.land()] == [("2001:db8::1",)]
        assert [name for name, *_ in gate.asked[before:]] == ["mx.example.org", "mx.example.org", NAME]


@pytest.mark.parametrize("way", ["lookup", "flight"])
def test_lost_datagrams_and_late_answers_are_borne(port, way):
    """Each question's first two datagrams are lost, or answered only after the wait for them is over."""
    seen = Counter()

    def rule(name, rrtype):
        seen[name, rrtype] += 1
        return 1.0 if rrtype == "MX" else "drop" if seen[name, rrtype] < 3 else None

    with Gate(port, rule) as gate:
        ours = resolver(gate.port, timeout_s=5.0)
        keys = [("example.org", "MX"), ("mx.example.org", "A"), ("gone.example.org", "A")]
        if way == "lookup":
            answers = [ours.lookup(*key) for key in keys]
        else:
            with ours.flight() as flight:
                landed = {key: flight.want(key) for key in keys}
                while not all(landed.values()):
                    landed.update(flight.land())
            answers = list(landed.values())
    assert [len(answer.records) for answer in answers] == [1, 1, 0]


@pytest.mark.parametrize(
    ("say", "reason"),
    [
        ("drop", "timeout"),
        ("SERVFAIL", "servfail"),
        ("REFUSED", "refused"),
        ("garbage", "malformed"),
        ("FORMERR", "formerr"),
    ],
)
def test_trouble_is_told_apart_and_is_not_absence(port, say, reason):
    with Gate(port, lambda *_: say) as gate:
        ours = resolver(gate.port, timeout_s=0.6)
        with pytest.raises(Unanswered) as raised:
            ours.lookup("example.org", "TXT")
        assert raised.value.reason == reason
        before = len(gate.asked)
        with pytest.raises(Unanswered):
            ours.lookup("example.org", "TXT")
        assert len(gate.asked) == before, "a failure is remembered for a moment, RFC 9520"


def test_a_port_where_nobody_listens_is_network_trouble():
    with pytest.raises(Unanswered) as raised:
        system_resolver(["127.0.0.1:1"]).lookup("example.org", "TXT")
    assert raised.value.reason == "network"


def test_truncated_without_tcp_is_trouble(port):
    with Gate(port, lambda *_: "truncate", tcp="refuse") as gate, pytest.raises(Unanswered) as raised:
        resolver(gate.port).lookup("example.org", "TXT")
    assert raised.value.reason == "network"


def test_the_total_time_is_kept(port):
    with Gate(port, lambda *_: "drop") as gate:
        started = time.monotonic()
        with pytest.raises(Unanswered):
            resolver(*[gate.port] * 30, timeout_s=1.0).lookup("example.org", "TXT")
        assert time.monotonic() - started < 10, "each server was given a time of its own"


def test_a_forked_child_starts_afresh(port):
    """Celery forks its workers: what another thread holds locked at that moment must not hang the child."""
    with Gate(port, lambda *_: 0.5) as gate:
        ours = resolver(gate.port)
        thread = threading.Thread(target=lambda: ours.lookup("example.org", "MX"))
        thread.start()
        time.sleep(0.1)
        child = os.fork()
        if child == 0:
            os._exit(0 if ours.lookup("example.org", "MX").exchanges else 1)
        _, status = os.waitpid(child, 0)
        thread.join()
    assert os.waitstatus_to_exitcode(status) == 0
