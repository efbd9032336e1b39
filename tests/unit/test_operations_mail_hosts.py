"""Subscribers' domains are placed by their MX hosts; DNS trouble places nobody; traffic is learned."""

from datetime import UTC, datetime, timedelta

import pytest

from monitor.operations.mail_hosts import DOMAINS_ASKED, mail_hosts
from monitor.risk.facts import traffic_of
from monitor.risk.reach import reach
from tests.builders import a_list
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


class Post:
    """An arrival of a real post, or of a probe."""

    def __init__(self, hours, probe_id=None):
        self.received_at, self.probe_id = NOW - timedelta(hours=hours), probe_id


@pytest.mark.parametrize(("probe_id", "learned"), [(None, pytest.approx(6, rel=0.05)), ("p", 1.0)])
def test_traffic_is_learned_from_posts_alone(probe_id, learned):
    """Configured traffic stands; else posts count, probes do not."""
    posts = [Post(4 * n, probe_id) for n in range(100)]
    assert traffic_of(LIST, posts, now=NOW) == 12.0
    assert traffic_of(a_list(), posts, now=NOW) == learned
