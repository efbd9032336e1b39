"""Subscribers' domains are placed by their MX hosts; DNS trouble places nobody; traffic is learned."""

from datetime import UTC, datetime, timedelta

import pytest

from monitor.evidence.entry import Entry
from monitor.evidence.sketch import digest
from monitor.operations.mail_hosts import DOMAINS_ASKED, mail_hosts
from monitor.risk.facts import traffic_of
from monitor.risk.reach import reach
from tests.builders import a_ledger, a_list, an_arrival, ledger_of
from tests.fakes import ZoneResolver
from tests.unit.test_risk_judge import LIST

ZONES = {
    "example.edu": {"MX": [(20, "backup.example.edu"), (10, "example-edu.mail.protection.outlook.com")]},
    "example.org": {"A": ["192.0.2.1"]},
    "example.net": {"MX": [(10, "mx.example.net")]},
    "null.example": {"MX": [(0, "")]},
}
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


def test_domains_are_placed_by_their_best_mx():
    counts = {"example.edu": 4, "example.org": 3, "example.net": 2, "gone.example": 1, "gmail.com": 9}
    resolver = ZoneResolver(ZONES)
    hosts = mail_hosts(resolver, counts)
    assert hosts["example.edu"] == ("example-edu.mail.protection.outlook.com", "backup.example.edu")
    assert hosts["example.org"] == ("example.org",)  # RFC 5321 section 5.1: without MX the domain is its own host
    assert ("gmail.com", "MX") not in resolver.asked
    placed = reach(counts, hosts)
    assert (placed.at("microsoft-365"), placed.at("generic"), placed.at("gmail"), placed.elsewhere) == (4, 5, 9, 1)


def test_dns_trouble_ends_the_asking():
    """The domains with the most subscribers come first; after the first silence nothing more is asked."""
    resolver = ZoneResolver(ZONES, {"example.org": "timeout"})
    assert set(mail_hosts(resolver, {"example.edu": 4, "example.org": 3, "example.net": 2})) == {"example.edu"}


def test_questions_are_bounded():
    resolver = ZoneResolver({})
    mail_hosts(resolver, {f"d{n}.example": 1 for n in range(100)})
    assert len(resolver.asked) == DOMAINS_ASKED


def test_receiver_ids_are_not_asked_about():
    resolver = ZoneResolver({})
    assert mail_hosts(resolver, {"generic": 3, "microsoft-365": 4}) == {}
    assert resolver.asked == []


def test_null_mx_is_no_provider():
    assert mail_hosts(ZoneResolver(ZONES), {"null.example": 1}) == {"null.example": ("",)}


def posts(every, number=100):
    """The ledger of posts that came to the canary, the newest one just now."""
    times = [NOW - n * every for n in range(number)]
    return a_ledger(*(Entry(source="canary", at=at, post=digest(f"post {at}")) for at in reversed(times)))


@pytest.mark.parametrize(
    ("every", "number", "rate"),
    [
        pytest.param(timedelta(hours=4), 100, 6.0, id="six a day"),
        pytest.param(timedelta(hours=1), 200, 24.0, id="one an hour"),
        pytest.param(timedelta(minutes=10), 2000, 144.0, id="more a day than are known one by one"),
        pytest.param(timedelta(days=4), 7, 7 / 25, id="one each four days"),
        pytest.param(timedelta(days=7), 9, 4 / 22, id="one a week, those of four weeks"),
        pytest.param(timedelta(hours=1), 2, None, id="too few"),
    ],
)
def test_traffic_is_learned_from_posts(every, number, rate):
    """Configured traffic stands; else posts count. The first and the last day are cut short by no more than a day."""
    ledger = posts(every, number)
    assert traffic_of(LIST, ledger, now=NOW) == 12.0
    learned = traffic_of(a_list(), ledger, now=NOW)
    assert learned is None if rate is None else learned == pytest.approx(rate, rel=0.12)


def test_traffic_is_not_learned_from_probes():
    probes = [an_arrival(received_at=NOW - timedelta(hours=4 * n)) for n in range(100)]
    assert traffic_of(a_list(), ledger_of({"arrival": probes}), now=NOW) is None
