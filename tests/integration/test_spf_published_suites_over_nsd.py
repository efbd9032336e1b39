"""The published suites through our own resolver against a real NSD: one zone per scenario."""

from datetime import UTC, datetime
from ipaddress import ip_address
from itertools import groupby

import pytest

from monitor.dns.resolver import SystemResolver
from monitor.dns.servers import Server
from monitor.model.dns import Identity
from monitor.spf.batch import Request, evaluate_many
from monitor.spf.check_host import check_host
from monitor.spf.differences import known_difference
from monitor.spf.second_opinion import second_opinion
from tests.servers import Gate, needs_nsd, nsd, zone_text
from tests.suites import Case, load

NOW = datetime(2026, 1, 5, tzinfo=UTC)
SCENARIOS = {
    name: list(cases)
    for name, cases in groupby(load("rfc7208-tests.yml") + load("pyspf-tests.yml"), key=lambda case: case.scenario.name)
}
PATIENCE_S = 0.5  # for questions that nobody answers

pytestmark = [pytest.mark.integration, needs_nsd]


@pytest.mark.parametrize("cases", [pytest.param(cases, id=name) for name, cases in SCENARIOS.items()])
def test_scenario_over_nsd(cases: list[Case], tmp_path):
    """One by one, many at once, and pyspf over what was recorded; nobody answers where the suite says so."""
    scenario = cases[0].scenario

    def rule(name: str, rrtype: str) -> str | None:
        return "drop" if (name, rrtype) in scenario.silent else None

    wrong = []
    with nsd(tmp_path, {"": zone_text(scenario.zones)}) as port, Gate(port, rule) as gate:
        resolver = SystemResolver((Server("127.0.0.1", gate.port),), timeout_s=PATIENCE_S)
        for case in cases:
            ours = check_host(
                resolver,
                client_ip=ip_address(case.host),
                reverse_path=case.mailfrom,
                helo=case.helo,
                identity=Identity.MAILFROM,
                now=NOW,
            )
            if ours.result not in case.results:
                wrong.append((case.name, case.results, ours))
            opinion = second_opinion(ours)
            if opinion is not None and opinion.result not in case.results:
                known = known_difference(ours, opinion.result, opinion.problem)
                if known is None:
                    wrong.append((case.name, case.results, opinion))
        many = SystemResolver((Server("127.0.0.1", gate.port),), timeout_s=PATIENCE_S)
        requests = [
            Request(reverse_path=case.mailfrom, helo=case.helo, client_ips=[ip_address(case.host)]) for case in cases
        ]
        for case, (outcome,) in zip(cases, evaluate_many(many, requests, now=NOW), strict=True):
            if outcome.result not in case.results:
                wrong.append((case.name, case.results, outcome))
        assert gate.asked
    assert not wrong
