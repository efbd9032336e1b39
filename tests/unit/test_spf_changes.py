"""Changes of records are found from two stored checks, named and dated."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address

import pytest

from monitor.model.dns import Identity
from monitor.model.evidence import CheckOutcome
from monitor.model.findings import CheckStatus
from monitor.spf.changes import change_findings
from monitor.spf.check_host import check_host
from tests.fakes import ZoneResolver

FIRST = datetime(2026, 1, 5, 12, tzinfo=UTC)
OWN, INCLUDED = "v=spf1 include:b.example -all", "v=spf1 ip4:192.0.2.0/24 ~all"


def check(own=OWN, included=INCLUDED, *, errors=None, at=FIRST):
    zones = {name: {"TXT": [text]} for name, text in (("example.org", own), ("b.example", included)) if text}
    outcome = check_host(
        ZoneResolver(zones, errors),
        client_ip=ip_address("2001:db8::1"),
        reverse_path="b@example.org",
        helo="mx.example.org",
        identity=Identity.MAILFROM,
        now=at,
    )
    return CheckOutcome(domain="example.org", evaluated_at=at, status=CheckStatus.OK, results=(outcome,))


@pytest.mark.parametrize(
    ("later", "names"),
    [
        pytest.param(check(), [], id="nothing"),
        pytest.param(check(own=OWN + " x-a=b"), ["example.org"], id="own record"),
        pytest.param(check(included=INCLUDED.replace("ip4", "ip6").replace("192.0.2.0/24", "2001:db8::/32")), ["b.example"], id="include"),
        pytest.param(check(included=None), ["b.example"], id="gone"),
        pytest.param(check(errors={"b.example": "timeout"}), [], id="DNS trouble is no change"),
        pytest.param(check(own="v=spf1 ip6:2001:db8::/32 -all"), ["example.org"], id="an include no longer asked for is no change of its own"),
    ],
)  # fmt: skip
def test_what_changed(later, names):
    assert [finding.evidence["name"] for finding in change_findings(check(), later)] == names


def test_a_change_is_told_with_old_new_terms_and_times():
    later = check(included="v=spf1 ip4:192.0.2.0/24 ip6:2001:db8::/32 -all", at=FIRST + timedelta(minutes=15))
    (finding,) = change_findings(check(), later)
    assert finding.code == "spf.changed"
    assert finding.message == (
        "The SPF record of b.example, which yours leads to, was changed between 5 January 2026, 12:00 UTC and 5 January 2026, 12:15 UTC."
    )
    assert finding.evidence["old"] == INCLUDED
    assert finding.evidence["removed_terms"] == ["~all"]
    assert finding.evidence["added_terms"] == ["ip6:2001:db8::/32", "-all"]


def test_a_damaged_trace_is_no_change():
    stored = check()
    (result,) = stored.results
    damaged = replace(result, trace=tuple(replace(line, answers=("\\",)) for line in result.trace))
    assert change_findings(stored, replace(stored, results=(damaged,))) == ()
