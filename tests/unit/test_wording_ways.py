"""What could be done, as it is shown: publishing never looks worse than doing nothing, and is shown where it helps."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address

import dns.zone
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.admission.rules import load_rules
from monitor.demo.stories import STORIES, story, zones
from monitor.evidence.arrivals.source import ARRIVALS
from monitor.evidence.checks.source import CHECKS
from monitor.evidence.fold import changes as folded
from monitor.evidence.ledger import DAYS_KEPT
from monitor.evidence.ledger_text import read_ledger
from monitor.evidence.source import ListEvidence
from monitor.model.dns import Identity
from monitor.model.evidence import Admission, AdmissionAction
from monitor.model.order import RANK
from monitor.model.risk import RiskLevel
from monitor.risk.facts import RiskFacts, facts_of
from monitor.risk.receiver_forecasts import receiver_forecasts
from monitor.risk.reckoned import Reckoned, Stretch
from monitor.risk.whatif import what_if
from monitor.spf.check import Subject, check
from monitor.wording.ways import no_worse, ways
from tests.builders import a_list, a_signature, an_arrival
from tests.fakes import ZoneResolver
from tests.refusals import refused

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
V4, V6 = ip_address("192.0.2.25"), ip_address("2001:db8:25::25")


def facts_of_story(list_id):
    """What is known of a list of the demonstration after a day of checks, a quarter of an hour apart."""
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
    )
    subject = Subject(
        list_id=one.id, domain=one.domain, reverse_path=listed.reverse_path, helo=one.helo, outbound=listed.outbound
    )
    fields: dict[str, str] = {}
    newest, arrived = None, None
    for slot in range(96):
        at = NOW - timedelta(minutes=15 * (95 - slot))
        newest = check(subject, resolver(), now=at, slot=slot) if newest is None else replace(newest, evaluated_at=at)
        arrived = _arrival(one, listed, newest, at=at)
        for entry in (CHECKS.entry(newest), ARRIVALS.entry(arrived)):
            for name, value in folded(entry, fields).items():
                fields.pop(name, None) if value is None else fields.update({name: value})
    evidence = ListEvidence(
        listed=listed,
        rules=load_rules(),
        now=NOW,
        reports={"check": (newest,), "arrival": (arrived,)},
        ledger=read_ledger(fields, days=DAYS_KEPT),
    )
    return facts_of(evidence)


def _arrival(one, listed, newest, *, at):
    """A probe that came over IPv6 just then, signed where the story says so."""
    seen = next(each for each in newest.results if each.identity is Identity.MAILFROM and each.client_ip == one.ipv6)
    return an_arrival(
        list_id=one.id,
        received_at=at,
        client_ip=one.ipv6,
        helo=one.helo,
        reverse_path=listed.reverse_path,
        ptr=next(each for each in newest.ptrs if each.client_ip == one.ipv6),
        spf=(seen,),
        dkim=(a_signature(one.domain, selector="demo", algorithm="ed25519-sha256"),) if one.signs else (),
    )


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


def numbers(forecasts):
    """Every number and date that is shown, so turned that more is worse; by name."""
    found = {}
    for each in forecasts:
        found[each.receiver, "level"] = RANK.get(each.level)
        found[each.receiver, "bounces"] = each.post_bounces
        for name, days, on in (
            ("disabled", each.disabled, each.disabled_on),
            ("removed", each.removed, each.removed_on),
        ):
            for span, share in ({} if days is None else days.within).items():
                found[each.receiver, name, span] = share
            found[each.receiver, name, "on"] = 0.0 if on is None else 1.0 / (on.timestamp() - NOW.timestamp() + 1e9)
    return found


def held(facts):
    """Publishing, where it is shown, is better or equal in all; the words of those that are shown."""
    forecasts, level = receiver_forecasts(facts, now=NOW)
    shown = ways(facts, forecasts, level, now=NOW)
    listed = {each.change for each in no_worse(what_if(facts, now=NOW), forecasts, level)}
    before = numbers(forecasts)
    for change in shown:
        if change.word != "publish":
            continue
        assert change.word in listed, "the page shows what the command does not"
        after, then = receiver_forecasts(change.facts, now=NOW)
        assert RANK.get(then, -1) <= RANK.get(level, 9)
        for name, value in numbers(after).items():
            if before.get(name) is not None:
                assert value is not None, name
                assert value <= before[name] + 0.0005, name  # half of 0.1 %, the last digit that is shown
    return {each.word for each in shown}


@pytest.mark.parametrize(
    ("list_id", "publish"),
    [
        ("garden-club", False),
        ("ipv6-ops", True),
        ("village-news", True),
        ("choir", True),
        ("radio-hams", False),
        ("law-review", False),
    ],
)
def test_publishing_is_a_way_where_spf_is_why_and_looks_no_worse(list_id, publish):
    assert ("publish" in held(facts_of_story(list_id))) is publish


def test_each_list_of_the_demonstration_is_looked_at():
    assert {each.id for each in STORIES} - {"chess-club"} >= {"garden-club", "ipv6-ops", "village-news", "choir"}
    held(facts_of_story("chess-club"))


@pytest.mark.parametrize("days", [2, 6])
def test_where_a_sound_record_is_refused_publishing_is_no_way(days):
    story = refused(subscribers=22, there=22, days=days)
    assert "publish" not in held(facts_of(story))


ACTIONS = st.sampled_from(list(AdmissionAction))
REASONS = st.sampled_from([("spf=fail",), ("spf=fail", "ptr=missing"), ("spf=temperror",), ("spf=none", "ptr=unknown")])


@st.composite
def generated(draw):
    """Facts of any kind: two receivers, both families, with whatever past."""
    admission, reckoned = [], {}
    for receiver in ("gmail", "microsoft-365"):
        for family, ip in ((4, V4), (6, V6)):
            action = draw(ACTIONS)
            because = ("spf=pass",) if action is AdmissionAction.ACCEPT else draw(REASONS)
            admission.append(Admission(receiver=receiver, client_ip=ip, action=action, because=because))
            if draw(st.booleans()):
                begun = NOW - timedelta(hours=draw(st.integers(0, 400)))
                refusing = action in {AdmissionAction.REJECT, AdmissionAction.DEFER}
                reckoned[receiver, family] = Reckoned(
                    failed=draw(st.floats(0, 40)),
                    passed=draw(st.floats(0, 400)),
                    refusal=action if refusing else AdmissionAction.REJECT,
                    stretch=Stretch(
                        since=begun,
                        looks=draw(st.integers(1, 60)),
                        certain=draw(st.booleans()),
                        first=draw(st.booleans()),
                    )
                    if refusing
                    else None,
                )
    return RiskFacts(
        manager=draw(st.sampled_from(["mailman3", "mlmmj", "listmonk"])),
        mta=draw(st.sampled_from(["postfix", "exim", "sendmail"])),
        messages_per_day=draw(st.sampled_from([0.3, 1.0, 12.0])),
        subscribers=draw(st.sampled_from([{}, {"gmail.com": 22}, {"gmail.com": 22, "microsoft.com": 5}])),
        outbound=(V4, V6),
        admission=tuple(admission),
        shown=tuple(admission),
        reckoned=reckoned,
        previous_level=draw(st.sampled_from(list(RiskLevel))),
    )


@given(generated())
@settings(max_examples=60, deadline=None)
def test_no_way_looks_worse_whatever_the_facts(facts):
    held(facts)
