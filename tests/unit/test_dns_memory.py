"""Resolvers that ask nobody: zones in memory, an overlay, a replayed trace."""

import pytest

from monitor.dns.answer import Unanswered
from monitor.dns.memory import Overlay, Replay
from tests.fakes import ZoneResolver

ZONES = {
    "example.org": {"TXT": ["v=spf1 mx -all"], "MX": [(10, "mx.example.org")]},
    "mx.example.org": {"A": ["192.0.2.1"]},
    "alias.example.org": {"CNAME": ["mx.example.org."]},
    "dangling.example.org": {"CNAME": ["gone.example.org"]},
    "loop.example.org": {"CNAME": ["pool.example.org"]},
    "pool.example.org": {"CNAME": ["loop.example.org"]},
    "long.example.org": {"TXT": [b"a" * 300]},
}


@pytest.mark.parametrize(
    ("name", "rrtype", "rcode", "records"),
    [
        pytest.param("example.org", "TXT", "NOERROR", ((b"v=spf1 mx -all",),), id="TXT"),
        pytest.param("Example.ORG.", "MX", "NOERROR", ((10, "mx.example.org"),), id="case and dot"),
        pytest.param("mx.example.org", "AAAA", "NOERROR", (), id="no data"),
        pytest.param("gone.example.org", "A", "NXDOMAIN", (), id="no name"),
        pytest.param("org", "A", "NOERROR", (), id="empty non-terminal, RFC 8020"),
        pytest.param("alias.example.org", "A", "NOERROR", ("192.0.2.1",), id="alias"),
        pytest.param("dangling.example.org", "A", "NXDOMAIN", (), id="alias to nothing"),
        pytest.param("long.example.org", "TXT", "NOERROR", ((b"a" * 255, b"a" * 45),), id="long TXT is split"),
    ],
)
def test_zones_in_memory(name, rrtype, rcode, records):
    answer = ZoneResolver(ZONES).lookup(name, rrtype)
    assert (answer.rcode, answer.records) == (rcode, records)


def test_errors_are_raised_and_are_not_absence():
    resolver = ZoneResolver(ZONES, {"broken.example": "servfail", ("example.org", "MX"): "timeout"})
    with pytest.raises(Unanswered) as raised:
        resolver.lookup("broken.example", "TXT")
    assert raised.value.question.rcode == "SERVFAIL"
    with pytest.raises(Unanswered):
        resolver.lookup("example.org", "MX")
    assert resolver.lookup("example.org", "TXT").records
    with pytest.raises(Unanswered):
        resolver.lookup("loop.example.org", "A")


def test_an_overlay_changes_one_record_set():
    resolver = Overlay(ZoneResolver(ZONES), {("example.org", "TXT"): ["v=spf1 -all"]})
    assert resolver.lookup("example.org.", "TXT").texts == (b"v=spf1 -all",)
    assert resolver.lookup("example.org", "MX").exchanges == ((10, "mx.example.org"),)


def test_a_trace_replays_what_was_answered():
    asked = [("example.org", "TXT"), ("example.org", "MX"), ("gone.example.org", "A"), ("alias.example.org", "A")]
    live = ZoneResolver(ZONES)
    trace = [live.lookup(*question).question for question in asked]
    replay = Replay(trace)
    for question in asked:
        assert replay.lookup(*question) == live.lookup(*question)
    with pytest.raises(Unanswered):
        replay.lookup("example.net", "TXT")
