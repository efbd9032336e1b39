"""The published suites, RFC 7208's and pyspf's own, over zones in memory: our evaluator, and pyspf beside it."""

from datetime import UTC, datetime
from ipaddress import ip_address

import pytest

from monitor.model.dns import Identity, SpfOutcome
from monitor.spf.check_host import check_host
from monitor.spf.differences import known_difference
from monitor.spf.second_opinion import ask_pyspf, second_opinion
from tests.fakes import ZoneResolver
from tests.suites import NOT_OF_THE_RFC, Case, load

NOW = datetime(2026, 1, 5, tzinfo=UTC)
CASES = load("rfc7208-tests.yml") + load("pyspf-tests.yml")


each_case = pytest.mark.parametrize("case", [pytest.param(case, id=f"{case.name} §{case.section}") for case in CASES])

# Where pyspf fails a published case: by which known difference.
FAILED_BY_PYSPF = {"ptr-cname-loop": "trouble-at-ptr"}  # section 5.5: a name that leads nowhere is no match


def resolver_of(case: Case) -> ZoneResolver:
    return ZoneResolver(case.scenario.zones, dict.fromkeys(case.scenario.silent, "timeout"))


def ours_on(case: Case) -> SpfOutcome:
    return check_host(
        resolver_of(case),
        client_ip=ip_address(case.host),
        reverse_path=case.mailfrom,
        helo=case.helo,
        identity=Identity.MAILFROM,
        now=NOW,
    )


@each_case
def test_published_case(case: Case):
    """The result is the suite's.

    Explanations (section 6.2) are not looked up by Staysub, which refuses no mail for SPF.
    """
    ours = ours_on(case)
    assert ours.result in case.results, ours


@each_case
def test_published_case_on_pyspf(case: Case):
    """Either pyspf has the suite's result, or a known difference says why; recorded answers tell the same."""
    theirs = ask_pyspf(resolver_of(case), case.host, case.mailfrom, case.helo)
    ours = ours_on(case)
    if case.name in FAILED_BY_PYSPF:
        assert theirs.result not in case.results
        known = known_difference(ours, theirs.result, theirs.problem)
        assert known is not None
        assert known.name == FAILED_BY_PYSPF[case.name]
    else:
        assert theirs.result in case.results, theirs
    recorded = second_opinion(ours)
    assert recorded is None or recorded.result == theirs.result


def test_the_suites_are_whole():
    """A suite that is not read passes too."""
    assert len(CASES) == 219
    assert {*NOT_OF_THE_RFC, *FAILED_BY_PYSPF} <= {case.name for case in CASES}
