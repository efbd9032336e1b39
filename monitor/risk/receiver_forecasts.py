"""What will become of a list's subscribers at each receiver, when, and how bad that is. Pure."""

import math
from dataclasses import replace
from datetime import datetime, timedelta

from monitor.managers.machine import AnyMachine
from monitor.model.risk import ReceiverForecast, RiskLevel, Thresholds
from monitor.mtas.kind import MtaKind
from monitor.mtas.parties import parties
from monitor.risk.facts import RiskFacts
from monitor.risk.failure_rate import Rate
from monitor.risk.forecast import NO_HARM, Forecast, forecast, mixture, within
from monitor.risk.level import DEFAULTS, list_level, receiver_level
from monitor.risk.reach import Reach, reach
from monitor.risk.retry import Outcome, seen_by
from monitor.risk.worlds import Index, World, family_of, worlds, worst

UNREMARKABLE = 0.05  # failure rate below which a family is as good as sound
DAY = timedelta(days=1)
RATIO = 1.1  # from one value that is reckoned with to the next
GRID = 4  # quarters, and so whole numbers, are reckoned with exactly


def receiver_forecasts(
    facts: RiskFacts, *, now: datetime, thresholds: Thresholds = DEFAULTS
) -> tuple[tuple[ReceiverForecast, ...], RiskLevel]:
    """A forecast for each receiver that an admission names, and the list's level.

    No evidence gives no forecast and the level UNKNOWN for that receiver; the list's level never moves on that.
    Receivers where the list is known to have no subscribers do not count for the list's level.
    Raises ConfigError where the manager, its overrides or the MTA are wrong.
    """
    machine, mta = parties(facts.manager, facts.mta, facts.bounce_policy)
    there = reach(facts.subscribers, facts.mx)
    receivers = list(dict.fromkeys(a.receiver for a in facts.admission))
    index = Index(facts)
    forecasts = tuple(
        _receiver(facts, index, receiver, machine=machine, mta=mta, there=there, now=now, thresholds=thresholds)
        for receiver in receivers
    )
    reached = [f.level for f in forecasts if there.counts(f.receiver)]
    return forecasts, list_level(reached or [f.level for f in forecasts], facts.previous_level)


def outlooks(facts: RiskFacts, receiver: str, *, now: datetime) -> tuple[tuple[float, Forecast], ...] | None:
    """The weighted curves of disabling and removal at one receiver from now on; None where nothing is known."""
    machine, mta = parties(facts.manager, facts.mta, facts.bounce_policy)
    known = _worlds(facts, Index(facts), receiver, mta, now=now)
    if known is None:
        return None
    found = []
    for world in known[1]:
        seen, rest = _forecast(machine, mta, world.outcome, facts.messages_per_day), facts.paused_days
        age = 0 if rest else _age(world, now)
        disabled, removed = (curve.later(rest).sooner(age) for curve in (seen.disabled, seen.removed))
        found.append((world.weight, Forecast(disabled=disabled, removed=removed)))
    return tuple(found)


def _worlds(
    facts: RiskFacts, index: Index, receiver: str, mta: MtaKind, *, now: datetime
) -> tuple[dict[str, Rate], list[World]] | None:
    six, four = (family_of(facts, index, receiver, family, now=now) for family in (6, 4))
    families = {name: family for name, family in (("6", six), ("4", four)) if family is not None}
    rates = {name: family.rate for name, family in families.items() if family.rate is not None}
    if not rates or (len(rates) < len(families) and all(rate.mean < UNREMARKABLE for rate in rates.values())):
        return None  # good news over one family says nothing of the other
    return rates, worlds(mta, six, four)


def _receiver(
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
    action = worst([a for family in (6, 4) for a in index.admissions.get((receiver, family), ())])
    unknown = ReceiverForecast(
        receiver=receiver,
        action=action,
        failure_rate=None,
        post_bounces=None,
        disabled=None,
        removed=None,
        subscribers=there.at(receiver),
    )
    known = _worlds(facts, index, receiver, mta, now=now)
    if known is None:
        return unknown
    rates, parts = known
    worst_rate = max(rates.values(), key=lambda rate: rate.mean)
    rest = facts.paused_days
    found = [(world, _forecast(machine, mta, world.outcome, facts.messages_per_day)) for world in parts]
    disabled = mixture([(world.weight, f.disabled.later(rest)) for world, f in found])
    removed = mixture([(world.weight, f.removed.later(rest)) for world, f in found])
    from_now = within(
        [(world.weight, f.disabled.later(rest).sooner(0 if rest else _age(world, now))) for world, f in found]
    )
    bounces = min(1.0, sum(world.weight * world.outcome.bounces for world in parts))
    since = None if rest else max(parts, key=lambda world: world.weight).since
    return replace(
        unknown,
        failure_rate=worst_rate.summary(),
        failure_rates={family: rate.summary() for family, rate in rates.items()},
        post_bounces=bounces,
        disabled=disabled,
        removed=removed,
        level=receiver_level(
            from_now, post_bounces=bounces, action=action, previous=facts.previous_level, thresholds=thresholds
        ),
        disabled_on=_on(disabled.median_days, since or now),
        removed_on=_on(removed.median_days, since or now),
        failing_since=since,
    )


def _forecast(machine: AnyMachine, mta: MtaKind, outcome: Outcome, messages_per_day: float) -> Forecast:
    seen = seen_by(machine, mta, outcome)
    if seen.bounces <= 0:
        return NO_HARM
    return forecast(
        machine,
        post_bounces=_rounded(seen.bounces),
        messages_per_day=_rounded(messages_per_day),
        latency_s=seen.latency_s,
        bounce=seen.bounce,
        notices=seen.notices,
    )


def _age(world: World, now: datetime) -> int:
    """Whole days that this state of things has lasted."""
    return 0 if world.since is None else max(0, (now - world.since) // DAY)


def _rounded(value: float) -> float:
    """Within five percent, which is finer than any evidence, so that the same work is done once for many lists.

    The shares that follow from the order of address families (all, half, none) stay as they are.
    """
    if value <= 0 or value * GRID == round(value * GRID):
        return value
    return min(1.0, RATIO ** round(math.log(value, RATIO))) if value < 1 else RATIO ** round(math.log(value, RATIO))


def _on(day: int | None, first: datetime) -> datetime | None:
    return None if day is None else first + (day - 1) * DAY
