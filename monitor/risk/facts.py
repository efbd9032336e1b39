"""What the risk of a list is judged from: its set-up, what receivers answer now, and what was seen before."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from monitor.admission.rules import RuleSet
from monitor.evidence.catalogue import observations
from monitor.evidence.checks.admission import admission_now
from monitor.evidence.checks.source import CHECKS
from monitor.evidence.observation import Observation
from monitor.evidence.seen_mail import dkim_of, mail_of
from monitor.evidence.source import ListEvidence
from monitor.model.dns import IpAddress
from monitor.model.evidence import Admission, Arrival, Roster
from monitor.model.lists import USUAL_TRAFFIC, MailingList
from monitor.model.risk import RiskLevel
from monitor.risk.reach import reach

TRAFFIC_OVER = timedelta(days=28)
FEWEST_POSTS = 5  # from which on their rate is worth more than the usual one


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskFacts:
    """Everything that `assess` looks at."""

    manager: str
    bounce_policy: Mapping[str, Any] = field(default_factory=dict)
    mta: str
    messages_per_day: float
    subscribers: Mapping[str, int] = field(default_factory=dict)  # by receiver id or domain; empty: not known
    outbound: tuple[IpAddress, ...] = ()
    admission: tuple[Admission, ...] = ()  # per receiver and client address, by what was last seen
    shown: tuple[Admission, ...] = ()  # likewise, but what the newest check could not see is unknown
    observations: tuple[Observation, ...] = ()  # newest first
    previous_level: RiskLevel = RiskLevel.UNKNOWN
    failing_since: Mapping[str, datetime] = field(default_factory=dict)  # by receiver, as the last assessment knew it
    paused_days: int = 0  # for so many days from now bounce processing is off: the question of a what-if
    mx: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # MX hosts of subscribers' domains, where looked up


def facts_of(evidence: ListEvidence) -> RiskFacts:
    """What the risk is judged from: the list's set-up, and what the evidence says of each receiver that counts."""
    listed, previous, roster = evidence.listed, evidence.previous, evidence.roster
    newest = next(iter(evidence.of(CHECKS)), None)
    mail = mail_of(evidence)
    shown, standing = admission_now(
        evidence.of(CHECKS), evidence.rules, dkim=dkim_of(mail, now=evidence.now), now=evidence.now
    )
    hosts = {} if newest is None else newest.mail_hosts
    subscribers = subscribers_of(listed, roster)
    relevant = relevant_receivers(evidence.rules, subscribers, hosts)
    imported = roster.settings if roster is not None and roster.manager == listed.manager else {}
    return RiskFacts(
        manager=listed.manager,
        bounce_policy={**imported, **listed.bounce_policy},
        mta=listed.mta,
        messages_per_day=traffic_of(listed, mail, now=evidence.now, roster=roster),
        subscribers=subscribers,
        mx=hosts,
        outbound=listed.outbound,
        admission=tuple(each for each in standing if each.receiver in relevant),
        shown=tuple(each for each in shown if each.receiver in relevant),
        observations=observations(evidence),
        previous_level=RiskLevel.UNKNOWN if previous is None else previous.level,
        failing_since={
            one.receiver: one.failing_since
            for one in (() if previous is None else previous.forecasts)
            if one.receiver is not None and one.failing_since is not None
        },
    )


def subscribers_of(listed: MailingList, roster: Roster | None) -> Mapping[str, int]:
    """Counts by domain: as configured, else as imported from the list manager."""
    return listed.subscribers or ({} if roster is None else roster.subscribers)


def traffic_of(
    listed: MailingList, arrivals: Sequence[Arrival], *, now: datetime, roster: Roster | None = None
) -> float:
    """Posts a day: as configured, else as seen at our subscribed address, else as imported, else the default."""
    if listed.messages_per_day is not None:
        return listed.messages_per_day
    posts = [each.received_at for each in arrivals if each.probe_id is None]
    imported = None if roster is None else roster.messages_per_day
    return posts_per_day(posts, now=now) or imported or USUAL_TRAFFIC


def posts_per_day(seen: Sequence[datetime], *, now: datetime) -> float | None:
    """Posts a day over the last four weeks, or since the first of them; None where too few were seen to say."""
    recent = [at for at in seen if now - TRAFFIC_OVER <= at <= now]
    if len(recent) < FEWEST_POSTS:
        return None
    return len(recent) / max((now - min(recent)) / timedelta(days=1), 1.0)


def relevant_receivers(
    rules: RuleSet, subscribers: Mapping[str, int], mail_hosts: Mapping[str, Sequence[str]] | None = None
) -> frozenset[str]:
    """Receivers that count for this list: where it has subscribers; where nearly every list has, unless it has none."""
    placed = reach(subscribers, mail_hosts)
    return frozenset(
        each.id for each in rules.receivers if (placed.at(each.id) or 0) > 0 or (each.common and placed.counts(each.id))
    )
