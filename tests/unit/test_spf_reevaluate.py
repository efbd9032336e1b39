"""A stored verdict is reached again from its trace alone."""

from dataclasses import replace
from datetime import UTC, datetime
from ipaddress import ip_address

import pytest

from monitor.model.dns import SpfResult
from monitor.spf.check import Subject, check
from monitor.spf.reevaluate import differing, reevaluate_check
from tests.fakes import ZoneResolver

NOW = datetime(2026, 1, 5, tzinfo=UTC)
ZONES = {
    "example.org": {"TXT": ["v=spf1 mx include:a.example exists:%{t}.x.example -all"], "MX": [(10, "mx.example.org")]},
    "mx.example.org": {"A": ["192.0.2.1"]},
    "a.example": {"TXT": ["v=spf1 ptr:example.org ip6:2001:db8::/64 -all"]},
    "helo.example": {"TXT": [(b"v=spf1 ", b'exp=x.example "\xff')]},
}


def stored(zones=ZONES, errors=None):
    subject = Subject(
        list_id="ops",
        domain="example.org",
        reverse_path="ops-bounces@example.org",
        helo="helo.example",
        outbound=tuple(map(ip_address, ("192.0.2.1", "192.0.2.2", "2001:db8::1", "2001:db8:1::1"))),
    )
    return check(subject, ZoneResolver(zones, errors), now=NOW, slot=1)


@pytest.mark.parametrize(
    ("txt", "errors"),
    [
        pytest.param("v=spf1 mx include:a.example -all", {}, id="pass and fail"),
        pytest.param("v=spf1 mx exists:%{i}.%{h}.x.example a:gone.example ?all", {}, id="macros and void lookups"),
        pytest.param("v=spf1 mx include:example.org -all", {}, id="permerror"),
        pytest.param("v=spf1 mx include:a.example -all", {"a.example": "timeout"}, id="temperror"),
        pytest.param(None, {"example.org": "servfail"}, id="no answer at all"),
    ],
)
def test_the_stored_trace_is_enough(txt, errors):
    """Every part of the verdict comes out the same, for each identity and address, and nobody is asked."""
    zones = ZONES if txt is None else {**ZONES, "example.org": {**ZONES["example.org"], "TXT": [txt]}}
    outcome = stored(zones, errors)
    again = reevaluate_check(outcome)
    assert again == outcome
    assert differing(outcome, again) == ()


def test_a_damaged_trace_is_unknown_and_said_to_differ():
    outcome = stored({**ZONES, "example.org": {"TXT": ["v=spf1 -all"]}})
    first, *rest = outcome.results
    damaged = replace(first, trace=tuple(replace(line, answers=('"cut off',)) for line in first.trace))
    was = replace(outcome, results=(damaged, *rest))
    again = reevaluate_check(was)
    assert again.results[0].result is SpfResult.TEMPERROR
    assert [(before.result, after.result) for before, after in differing(was, again)] == [("fail", "temperror")]
