"""The published suites, RFC 7208's and pyspf's own, against zones in memory."""

from datetime import UTC, datetime
from ipaddress import ip_address

import pytest

from monitor.model.dns import Identity
from monitor.spf.check_host import evaluate
from tests.fakes import ZoneResolver
from tests.suites import NOT_OF_THE_RFC, Case, load

NOW = datetime(2026, 1, 5, tzinfo=UTC)
CASES = load("rfc7208-tests.yml") + load("pyspf-tests.yml")


@pytest.mark.parametrize("case", [pytest.param(case, id=f"{case.name} §{case.section}") for case in CASES])
def test_published_case(case: Case):
    """The result, and where the suite names one the explanation, is the suite's."""
    resolver = ZoneResolver(case.scenario.zones, dict.fromkeys(case.scenario.silent, "timeout"))
    verdict = evaluate(
        resolver,
        client_ip=ip_address(case.host),
        reverse_path=case.mailfrom,
        helo=case.helo,
        identity=Identity.MAILFROM,
        now=NOW,
        explain=case.explanation is not None,
    )
    assert verdict.outcome.result in case.results, verdict.outcome
    if case.explanation is not None:
        assert (verdict.explanation or "DEFAULT") == case.explanation


def test_the_suites_are_whole():
    """A suite that is not read passes too."""
    assert len(CASES) == 219
    assert set(NOT_OF_THE_RFC) <= {case.name for case in CASES}
