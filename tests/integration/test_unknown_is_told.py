"""Reverse DNS that cannot be asked, and addresses that our resolver made up: page, API and `status` say the same."""

from datetime import UTC, datetime, timedelta

import pytest
from fastapi.testclient import TestClient

from monitor.admission.rules import load_rules
from monitor.cli.status import status_command
from monitor.config.settings import Settings
from monitor.dns.authority import Authorities
from monitor.model.risk import RiskLevel
from monitor.operations import check as worker
from monitor.operations.services import Services
from monitor.risk.judge import UNCOUNTED
from tests.builders import V6, a_list
from tests.configured import invoke
from tests.fakes import ZoneResolver
from tests.integration.test_cli_forecast_of_list import CONFIGURATION
from tests.pages import pages_of
from tests.unit.test_dns_left_out import ZONES, BehindDns64

pytestmark = pytest.mark.integration

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
LIST = a_list(id="ipv6-ops", subscribers={"gmail.com": 30})
SETTINGS = Settings(file_lists=(LIST,))
FAILING = {(V6.reverse_pointer, "PTR"): "servfail"}


@pytest.fixture
def check(store):
    """Check the list so many minutes after NOW; what is thought of it then."""

    def run(minutes, errors):
        at = NOW + timedelta(minutes=minutes)
        services = Services(
            settings=lambda: SETTINGS,
            store=store,
            resolver=lambda: BehindDns64(ZONES, errors),
            authorities=lambda: Authorities(ZoneResolver({})),
            rules=load_rules(),
            now=lambda: at,
        )
        worker.check(services, LIST.id, slot=minutes + 1)
        return store.outcomes.assessments([LIST.id])[LIST.id]

    return run


def test_reverse_dns_that_was_never_seen_is_unknown_everywhere(store, check, configure):
    assert check(0, FAILING).level is RiskLevel.UNKNOWN
    client = TestClient(pages_of(lambda: SETTINGS, store, lambda: NOW), base_url="http://127.0.0.1:8025")
    page = client.get(f"/lists/{LIST.id}").text
    for told in ("ptr.temperror", "temperror", "it depends on reverse DNS (PTR), for which DNS gave no usable answer"):
        assert told in page
    for told in ("resolver.dns64", "left out, made up by the name server (DNS64): 64:ff9b::198.51.100.1"):
        assert told in page
    for untrue in ("no reason to refuse", "Nobody is expected to be disabled soon", "DKIM signature"):
        assert untrue not in page
    told = client.get(f"/api/v1/lists/{LIST.id}").json()
    assert {each["code"]: each["severity"] for each in told["assessment"]["findings"]} == {
        "ptr.temperror": "unknown",
        "resolver.dns64": "info",
    }
    assert "reverse DNS name (PTR)" in told["reason"]
    (newest,) = client.get(f"/api/v1/lists/{LIST.id}/checks").json()["checks"]
    assert {each["client_ip"]: each["result"] for each in newest["ptrs"]}[str(V6)] == "temperror"
    ended = invoke(status_command, configure(CONFIGURATION), "--nagios", standalone_mode=False)
    assert (ended.return_value, "STAYSUB UNKNOWN" in ended.stdout) == (3, True)


def test_a_list_is_well_by_nothing_that_the_newest_check_could_not_see(store, check):
    """Also where reverse DNS fails but once; nobody is written to for it, and it ends with the next check that sees."""
    assert check(0, None).reason == UNCOUNTED
    then = check(15, FAILING)
    assert then.level is RiskLevel.UNKNOWN
    assert then.reason.startswith("DNS gave no usable answer for the reverse DNS name")
    again = check(30, None)
    assert (again.level, again.reason) == (RiskLevel.OK, UNCOUNTED)
    assert check(60 * 50, FAILING).level is RiskLevel.UNKNOWN
    assert store.outcomes.levels(LIST.id, 9) == tuple(map(RiskLevel, ("unknown", "ok", "unknown", "ok")))
    assert not store.incidents.of_list(LIST.id)
