"""The demonstration's lists have the dates that follow from their stories, each worked out by hand."""

from datetime import UTC, datetime, timedelta

import dns.zone
import pytest

from monitor.admission.rules import load_rules
from monitor.demo.stories import story, zones
from monitor.evidence.source import ListEvidence
from monitor.model.dns import Identity
from monitor.risk.judge import judge
from monitor.spf.check import Subject, check
from tests.builders import a_list, a_signature, an_arrival, ledger_of
from tests.fakes import ZoneResolver

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
RULES = load_rules()


def resolver():
    """The demonstration's world as its name server serves it, nothing mended."""
    data = {}
    for text in zones((), serial=1, dkim_key="AAAA").values():
        zone = dns.zone.from_text(text, relativize=False, check_origin=False)
        for name, node in zone.nodes.items():
            for rdataset in node.rdatasets:
                kind = dns.rdatatype.to_text(rdataset.rdtype)
                values = [
                    b"".join(each.strings).decode() if kind == "TXT" else each.to_text().rstrip(".")
                    for each in rdataset
                ]
                if kind in {"A", "AAAA", "TXT", "PTR"}:
                    data.setdefault(name.to_text().rstrip("."), {})[kind] = values
    return ZoneResolver(data)


def assessment(list_id):
    """After three checks, a quarter of an hour apart, and one message that arrived."""
    one = story(list_id)
    listed = a_list(
        id=one.id,
        address=f"{one.id}@{one.domain}",
        reverse_path=f"{one.id}-bounces@{one.domain}",
        helo=one.helo,
        outbound=(one.ipv4, one.ipv6),
        manager=one.manager,
        mta=one.mta,
        messages_per_day=one.messages_per_day,
        subscribers=dict(one.subscribers),
        author_domains=one.author_domains,
    )
    subject = Subject(
        list_id=one.id, domain=one.domain, reverse_path=listed.reverse_path, helo=one.helo, outbound=listed.outbound
    )
    checks = [check(subject, resolver(), now=NOW - timedelta(minutes=15 * n), slot=9 - n) for n in range(3)]
    seen = next(each for each in checks[0].results if each.identity is Identity.MAILFROM and each.client_ip == one.ipv6)
    arrived = an_arrival(
        list_id=one.id,
        received_at=NOW - timedelta(minutes=1),
        client_ip=one.ipv6,
        helo=one.helo,
        reverse_path=listed.reverse_path,
        delay=timedelta(seconds=2),
        ptr=next(each for each in checks[0].ptrs if each.client_ip == one.ipv6),
        spf=(seen,),
        dkim=(a_signature(one.domain, selector="demo", algorithm="ed25519-sha256"),) if one.signs else (),
    )
    reports = {"check": checks, "arrival": [arrived]}
    return judge(ListEvidence(listed=listed, rules=RULES, now=NOW, reports=reports, ledger=ledger_of(reports)))


@pytest.mark.parametrize(
    ("list_id", "receiver", "days"),
    [
        pytest.param("garden-club", "gmail", None, id="all is well"),
        pytest.param("ipv6-ops", "gmail", (5, 26), id="refused over IPv6: half of 25 posts bounce, so each day does"),
        pytest.param("ipv6-ops", "microsoft-365", None, id="put off over IPv6: Postfix goes on over IPv4"),
        pytest.param("village-news", "gmail", (5, 26), id="Exim tries IPv6 first: every post bounces"),
        pytest.param("village-news", "microsoft-365", None, id="put off over IPv6: Exim goes on over IPv4"),
        pytest.param("choir", "gmail", None, id="mlmmj forgives whoever takes one of 66 probes over IPv4"),
        pytest.param(
            "radio-hams", "gmail", (5, 26), id="no PTR: refused, Mailman 2.1 counts to five, then three weeks"
        ),
        pytest.param("radio-hams", "microsoft-365", (10, 31), id="put off: Sendmail keeps to IPv6 for five days"),
        pytest.param("law-review", "gmail", None, id="a member's p=reject is the member's"),
    ],
)
def test_dates_follow_from_the_story(list_id, receiver, days):
    found = next(one for one in assessment(list_id).forecasts if one.receiver == receiver)
    medians = (found.disabled.median_days, found.removed.median_days)
    assert medians == ((None, None) if days is None else days)
    if days is not None:  # day 1 is that of the oldest check
        assert found.disabled_on == found.failing_since + timedelta(days=days[0] - 1)
        assert found.failing_since == NOW - timedelta(minutes=30)


def test_lost_posts_are_told_where_nobody_is_dropped():
    """The choir loses every second post to Gmail, and no subscriber: at risk, not critical."""
    found = next(one for one in assessment("choir").forecasts if one.receiver == "gmail")
    assert found.post_bounces == pytest.approx(0.5, abs=0.01)
    assert found.level == "at-risk"
