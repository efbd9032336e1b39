"""What checks tell over time: whose DNS fails now and then, and which checks were answered at all."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from monitor.admission.rules import load_rules
from monitor.evidence.checks.outage import outages_of
from monitor.evidence.checks.source import CHECKS
from monitor.evidence.source import ListEvidence
from monitor.model.findings import Severity
from tests.builders import a_check, a_ledger, a_list, entries_of

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
GOOD = "v=spf1 ip4:192.0.2.25 ip6:2001:db8:25::25 -all"
LIST = a_list()
DOMAIN, HELO, (V4, V6) = "lists.example.org", LIST.helo, LIST.outbound


def evidence(ledger):
    return ListEvidence(listed=LIST, rules=load_rules(), now=NOW, reports={}, ledger=ledger)


def checked(*, minutes_ago, errors):
    return a_check(GOOD, at=NOW - timedelta(minutes=minutes_ago), errors=errors)


def test_a_check_that_only_reverse_dns_kept_something_from_was_answered():
    ptrs = {(each.reverse_pointer, "PTR"): "servfail" for each in (V4, V6)}
    assert CHECKS.stream.success(checked(minutes_ago=0, errors=ptrs)) == "check"
    assert CHECKS.stream.success(checked(minutes_ago=0, errors={(DOMAIN, "TXT"): "timeout", **ptrs})) is None


def test_it_names_whose_name_servers_fail():
    """A provider's record that is included is not the list's own DNS."""
    failing = {("_spf.provider.example", "TXT"): "servfail", (V4.reverse_pointer, "PTR"): "servfail"}
    record = "v=spf1 ptr:elsewhere.example include:_spf.provider.example -all"
    checks = [a_check(record, at=NOW - timedelta(minutes=n), errors=failing if n in {1, 3} else None) for n in range(5)]
    checks = [replace(each, outages=outages_of(each, None, every=timedelta(minutes=15))) for each in checks]
    newest_first = [replace(each, findings=()) for each in checks]
    ledger = a_ledger(*entries_of(CHECKS, *newest_first))
    (found,) = CHECKS.findings(newest_first[:2], evidence(ledger))
    assert found.severity is Severity.WARNING
    assert found.message.startswith(
        "The DNS of _spf.provider.example fails now and then: 2 of the last 5 checks, in 2 "
    )
    assert found.fix.name == "whoever runs the name servers of _spf.provider.example"
