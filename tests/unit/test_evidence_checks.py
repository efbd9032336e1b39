"""What checks tell over time: DNS of the list that fails now and then, and not our own."""

from datetime import UTC, datetime, timedelta

import pytest

from monitor.evidence.checks.source import CHECKS
from monitor.evidence.checks.sporadic import sporadic_findings
from monitor.model.findings import Severity
from tests.builders import a_check, a_list

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
GOOD = "v=spf1 ip4:192.0.2.25 ip6:2001:db8:25::25 -all"
LIST = a_list()
DOMAIN, HELO, (V4, V6) = "lists.example.org", LIST.helo, LIST.outbound


def checked(*, minutes_ago, errors):
    return a_check(GOOD, at=NOW - timedelta(minutes=minutes_ago), errors=errors)


@pytest.mark.parametrize(
    ("failing", "found"),
    [
        pytest.param(0, False, id="never"),
        pytest.param(1, False, id="once is a lost packet"),
        pytest.param(2, True, id="twice"),
        pytest.param(9, True, id="nearly always"),
        pytest.param(10, False, id="always is no coming and going"),
    ],
)
def test_dns_that_fails_now_and_then_is_the_lists_own_trouble(failing, found):
    checks = [checked(minutes_ago=n, errors={(DOMAIN, "TXT"): "servfail"} if n < failing else None) for n in range(10)]
    findings = sporadic_findings(checks)
    assert bool(findings) is found
    if found:
        assert findings[0].evidence["failed"] == failing
        assert findings[0].severity is Severity.WARNING


def test_a_check_in_which_nobody_answered_us_is_no_sign_of_the_lists_dns():
    everything = {DOMAIN: "timeout", HELO: "timeout", V4.reverse_pointer: "timeout", V6.reverse_pointer: "timeout"}
    checks = [checked(minutes_ago=n, errors=everything if n < 5 else None) for n in range(10)]
    assert sporadic_findings(checks) == ()


def test_a_check_that_only_reverse_dns_kept_something_from_was_answered():
    ptrs = {(each.reverse_pointer, "PTR"): "servfail" for each in (V4, V6)}
    assert CHECKS.stream.success(checked(minutes_ago=0, errors=ptrs)) == "check"
    assert CHECKS.stream.success(checked(minutes_ago=0, errors={(DOMAIN, "TXT"): "timeout", **ptrs})) is None


def test_it_names_whose_name_servers_fail():
    """A provider's record that is included is not the list's own DNS."""
    failing = {("_spf.provider.example", "TXT"): "servfail", (V4.reverse_pointer, "PTR"): "servfail"}
    record = "v=spf1 ptr:elsewhere.example include:_spf.provider.example -all"
    checks = [a_check(record, at=NOW - timedelta(minutes=n), errors=failing if n < 2 else None) for n in range(5)]
    (found,) = sporadic_findings(checks)
    assert "The DNS of _spf.provider.example fails" in found.message
    assert found.fix.name == "whoever runs the name servers of _spf.provider.example"
