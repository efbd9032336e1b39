"""The forecast by what a receiver's rules say to the facts, of all who are there. Pure."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from monitor.managers.machine import AnyMachine
from monitor.model.evidence import REFUSING, AdmissionAction
from monitor.model.reach import Reach
from monitor.model.risk import FailureRate, ReceiverForecast, Thresholds
from monitor.mtas.kind import MtaKind
from monitor.risk.authors import author_rate, refused_since, with_posts
from monitor.risk.curve import mixture, within
from monitor.risk.facts import RiskFacts
from monitor.risk.forecast import NO_HARM, Forecast, forecast
from monitor.risk.grid import rounded
from monitor.risk.level import receiver_level
from monitor.risk.retry import Outcome, seen_by
from monitor.risk.worlds import SEVERITY, Index, World, family_of, worlds, worst

UNREMARKABLE = 0.05  # failure rate below which a family is as good as sound
DAY = timedelta(days=1)
FAMILIES = (6, 4)


def forecast_by_rules(
    facts: RiskFacts,
    index: Index,
    receiver: str,
    *,
    machine: AnyMachine,
    mta: MtaKind,
    there: Reach,
    now: datetime,
    thresholds: Thresholds,
) -> ReceiverForecast:
    """The forecast of all who are there; one of level UNKNOWN where nothing is known."""
    standing = worst([a for family in FAMILIES for a in index.admissions.get((receiver, family), ())])
    actions = _actions(facts, index, receiver)
    unknown = ReceiverForecast(
        receiver=receiver,
        action=next((each for each in SEVERITY if each in actions.values()), AdmissionAction.UNKNOWN),
        actions=actions,
        failure_rate=None,
        post_bounces=None,
        disabled=None,
        removed=None,
        subscribers=there.at(receiver),
    )
    known = worlds_at(facts, index, receiver, mta, now=now)
    if known is None:
        return unknown
    rates, parts = known
    rest = facts.paused_days
    found = [(world, forecast_in(machine, mta, world.outcome, facts.messages_per_day)) for world in parts]
    disabled = mixture([(world.weight, f.disabled.later(rest)) for world, f in found])
    removed = mixture([(world.weight, f.removed.later(rest)) for world, f in found])
    from_now = within(
        [(world.weight, f.disabled.later(rest).sooner(0 if rest else days_lasted(world, now))) for world, f in found]
    )
    bounces = min(1.0, sum(world.weight * world.outcome.bounces for world in parts))
    since = None if rest else max(parts, key=lambda world: world.weight).since
    return replace(
        unknown,
        at_risk=at_risk(facts, index, receiver, there=there, rates=rates),
        failure_rate=max(rates.values(), key=lambda rate: rate.mean),
        failure_rates=rates,
        post_bounces=bounces,
        disabled=disabled,
        removed=removed,
        level=receiver_level(
            from_now, post_bounces=bounces, action=standing, previous=facts.previous_level, thresholds=thresholds
        ),
        disabled_on=date_of(disabled.median_days, since or now),
        removed_on=date_of(removed.median_days, since or now),
        failing_since=since,
    )


def worlds_at(
    facts: RiskFacts, index: Index, receiver: str, mta: MtaKind, *, now: datetime
) -> tuple[dict[str, FailureRate], list[World]] | None:
    """(failure rate by family, the states of things) at one receiver; None where too little is known."""
    six, four = (family_of(facts, index, receiver, family, now=now) for family in FAMILIES)
    families = {name: family for name, family in (("6", six), ("4", four)) if family is not None}
    rates = {name: family.rate for name, family in families.items() if family.rate is not None}
    posts = author_rate(facts, receiver) if families else None
    vague = len(rates) < len(families) and all(rate.mean < UNREMARKABLE for rate in rates.values())
    if posts is None and (not rates or vague):
        return None  # good news over one family says nothing of the other
    if posts is None:
        told = {name: rate.summary() for name, rate in rates.items()}
    else:
        told = {name: with_posts(rates.get(name), posts) for name in families}
    return told, worlds(mta, six, four, posts=posts, posts_since=refused_since(facts, receiver))


def at_risk(
    facts: RiskFacts, index: Index, receiver: str, *, there: Reach, rates: Mapping[str, FailureRate]
) -> int | None:
    """Whom mail may reach over a family that refuses; None where nothing is known of the ways there, or none refuses.

    Whose domain has no IPv6 address is not in danger from a refusal over IPv6.
    """
    ways, actions = there.ways.get(receiver), _actions(facts, index, receiver)
    refusing = {
        int(family)
        for family in {*rates, *actions}
        if (family in rates and rates[family].mean >= UNREMARKABLE) or actions.get(family) in REFUSING
    }
    return None if ways is None or not refusing else ways.over(refusing)


def _actions(facts: RiskFacts, index: Index, receiver: str) -> dict[str, AdmissionAction]:
    """What the receiver answers over each family that mail to it may take, at its worst."""
    shown = [a for a in facts.shown or facts.admission if a.receiver == receiver]
    by_family = {family: [a for a in shown if a.client_ip.version == family] for family in FAMILIES}
    return {
        str(family): worst(said)
        for family, said in by_family.items()
        if said and (receiver, family) in index.admissions
    }


def forecast_in(machine: AnyMachine, mta: MtaKind, outcome: Outcome, messages_per_day: float) -> Forecast:
    """The curves of disabling and removal in one state of things, from its first day on."""
    seen = seen_by(machine, mta, outcome)
    if seen.bounces <= 0:
        return NO_HARM
    return forecast(
        machine,
        post_bounces=rounded(seen.bounces),
        messages_per_day=rounded(messages_per_day),
        latency_s=seen.latency_s,
        bounce=seen.bounce,
        notices=seen.notices,
    )


def days_lasted(world: World, now: datetime) -> int:
    """Whole days that this state of things has lasted."""
    return 0 if world.since is None else max(0, (now - world.since) // DAY)


def date_of(day: int | None, first: datetime) -> datetime | None:
    """When that day is, where the first of them is day 1."""
    return None if day is None else first + (day - 1) * DAY
