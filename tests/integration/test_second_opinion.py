"""A list's check with its second opinion: asked when answers changed, counted and told once."""

from datetime import UTC, datetime
from functools import partial
from ipaddress import ip_address

import pytest

from monitor.admission.rules import load_rules
from monitor.config.settings import Settings
from monitor.dns.authority import Authorities
from monitor.evidence.checks.source import CHECKS
from monitor.metrics import SECOND_OPINIONS
from monitor.model.dns import SpfResult
from monitor.model.vantage import Vantage
from monitor.operations import check as check_operation
from monitor.operations.services import Services
from monitor.spf.comparison import compare
from monitor.spf.second_opinion import Opinion
from tests.builders import a_list
from tests.fakes import ZoneResolver

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
DOMAIN = "lists.example.org"
OPS = a_list(
    id="ops",
    address=f"ops@{DOMAIN}",
    reverse_path=f"ops-bounces@{DOMAIN}",
    helo=f"mail.{DOMAIN}",
    outbound=(ip_address("192.0.2.25"), ip_address("2001:db8:25::25")),
    owners=("owner@example.net",),
    submission="smtp://[2001:db8:25::25]:587",
)
SETTINGS = Settings(receiver=Vantage(domain="v6.probe.example.org", hostname="mx.v6.probe.example.org"), list=[OPS])
TWICE = "v=spf1 x=1 x=2 ip4:192.0.2.25 ip6:2001:db8:25::25 -all"  # pyspf refuses what RFC 7208 section 6 ignores


@pytest.fixture
def check(store):
    """Check the list in a slot while this record is published; the newest outcome."""

    def run(slot, record):
        resolver = ZoneResolver({DOMAIN: {"TXT": [record]}})
        services = Services(
            settings=lambda: SETTINGS,
            store=store,
            resolver=lambda: resolver,
            authorities=lambda: Authorities(ZoneResolver({})),
            rules=load_rules(),
            now=lambda: NOW,
        )
        check_operation.check(services, "ops", slot=slot)
        return store.evidence.read(CHECKS, "ops", 1)[0]

    return run


def told(outcome):
    return [one.evidence["difference"] for one in outcome.findings if one.code == "spf.verifier-disagreement"]


def said(store):
    counts = store.metric_totals.all()
    return {word: counts.get(SECOND_OPINIONS.field(word), 0) for word in ("same", "known", "differs", "unknown")}


def test_a_known_difference_is_told_as_long_as_the_answers_stand(store, check):
    for slot in (1, 1, 2):  # the first is delivered twice
        assert told(check(slot, TWICE)) == ["modifier-twice"]
        assert said(store) == {"same": 2, "known": 2, "differs": 0, "unknown": 0}
    assert told(check(3, TWICE.replace("x=2 ", ""))) == []
    assert said(store) == {"same": 6, "known": 2, "differs": 0, "unknown": 0}


def test_where_one_of_us_is_wrong_is_logged_and_counted_once_and_not_told_of_the_list(
    store, check, monkeypatch, caplog
):
    wrong = partial(compare, ask=lambda ours: Opinion(SpfResult.FAIL) if ours.result == "pass" else None)
    monkeypatch.setattr("monitor.operations.examine.compare", wrong)
    for _ in range(2):
        assert told(check(1, TWICE.replace("x=2 ", ""))) == []
    assert said(store) == {"same": 0, "known": 0, "differs": 2, "unknown": 2}
    logged = [record for record in caplog.records if record.msg == "verifiers_differ"]
    assert [(one.domain, one.family, one.result, one.pyspf_result) for one in logged] == [
        (DOMAIN, 4, "pass", "fail"),
        (DOMAIN, 6, "pass", "fail"),
    ]
