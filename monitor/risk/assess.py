"""The one question that the rest of the house asks: what will become of this list's subscribers, and how bad is that?"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from monitor.managers import Machine, policy_for
from monitor.model import Admission, AdmissionAction, ReceiverForecast, RiskLevel
from monitor.risk.facts import Observation, RiskFacts
from monitor.risk.failure_rate import Rate, estimate
from monitor.risk.forecast import NEVER, Forecast, forecast, mixture
from monitor.risk.level import DEFAULTS, REFUSES, Thresholds, list_level, receiver_level
from monitor.risk.retry import Mta, Outcome, Route, ipv6_share, mta_named, persisting, sporadic

SEVERITY = (AdmissionAction.UNKNOWN, AdmissionAction.ACCEPT, AdmissionAction.DEFER, AdmissionAction.REJECT)
COMES_AND_GOES = "temperror"  # in an admission's reasons it says: perhaps not the next time (RFC 7208 section 2.6.6)
UNREMARKABLE = 0.05  # failure rate below which a family is as good as sound
NEGLIGIBLE = 1e-4  # parts of a mixture that are left out


def assess(
    facts: RiskFacts, *, now: datetime, thresholds: Thresholds = DEFAULTS
) -> tuple[tuple[ReceiverForecast, ...], RiskLevel]:
    """A forecast for each receiver that an admission names, and the list's level.

    No evidence gives no forecast and the level UNKNOWN for that receiver; the list's level never moves on that.
    Raises ConfigError where the manager, its overrides or the MTA are wrong.
    """
    machine = machine_of(facts.manager, _frozen(facts.bounce_policy))
    mta = mta_named(facts.mta)
    receivers = list(dict.fromkeys(a.receiver for a in facts.admission))
    forecasts = tuple(
        _receiver(facts, receiver, machine=machine, mta=mta, now=now, thresholds=thresholds) for receiver in receivers
    )
    return forecasts, list_level((f.level for f in forecasts if f.subscribers != 0), facts.previous_level)


def _receiver(
    facts: RiskFacts, receiver: str, *, machine: Machine[Any], mta: Mta, now: datetime, thresholds: Thresholds
) -> ReceiverForecast:
    six, four = (_family(facts, receiver, family, now) for family in (6, 4))
    admissions = [a for a in facts.admission if a.receiver == receiver]
    action = worst(admissions)
    subscribers = facts.subscribers.get(receiver)
    unknown = ReceiverForecast(
        receiver=receiver,
        action=action,
        failure_rate=None,
        post_bounces=None,
        disabled=None,
        removed=None,
        subscribers=subscribers,
    )
    ways = [way for way in (six, four) if way is not None]
    known = [(route, rate) for route, rate in ways if rate is not None]
    if not known or (len(known) < len(ways) and all(rate.mean < UNREMARKABLE for _, rate in known)):
        return unknown  # good news over one family says nothing of the other
    parts = _parts(mta, six, four)
    curves = [(weight, _curves(machine, outcome, facts.messages_per_day)) for weight, outcome in parts]
    disabled = mixture([(weight, f.disabled) for weight, f in curves])
    removed = mixture([(weight, f.removed) for weight, f in curves])
    bounces = min(1.0, sum(weight * outcome.bounces for weight, outcome in parts))
    shown = max((rate for _, rate in known), key=lambda rate: rate.mean)
    return replace(
        unknown,
        failure_rate=shown.summary(),
        post_bounces=bounces,
        disabled=disabled,
        removed=removed,
        level=receiver_level(
            disabled, post_bounces=bounces, action=action, previous=facts.previous_level, thresholds=thresholds
        ),
        disabled_on=_on(disabled.median_days, now),
        removed_on=_on(removed.median_days, now),
    )


Family = tuple[Route, Rate | None]


def _family(facts: RiskFacts, receiver: str, family: int, now: datetime) -> Family | None:
    """What the receiver answers over one family and how often it refuses; None where no mail goes that way."""
    admissions = [a for a in facts.admission if a.receiver == receiver and a.client_ip.version == family]
    if not admissions:
        return None
    action = worst(admissions)
    seen = [o for o in facts.observations if o.family == family and o.receiver in {receiver, None}]
    if not any(o.failed is not None for o in seen) and action is not AdmissionAction.UNKNOWN:
        seen = [
            Observation(
                at=now, receiver=receiver, family=family, failed=action in REFUSES, source="check", action=action
            )
        ]
    certain = action in REFUSES and not any(
        COMES_AND_GOES in reason for a in admissions if a.action is action for reason in a.because
    )
    rate = estimate(seen, certain=certain, now=now)
    refusal = action if action in REFUSES else _usual_refusal(seen)
    return Route(action=refusal), rate


def _usual_refusal(seen: Sequence[Observation]) -> AdmissionAction:
    """How the newest refusal was worded; a rejection where nobody told, since that is the worse."""
    return next((o.action for o in seen if o.failed and o.action in REFUSES), AdmissionAction.REJECT)


def _parts(mta: Mta, six: Family | None, four: Family | None) -> list[tuple[float, Outcome]]:
    """(weight, what becomes of a post) for each state of the world: broken, sporadic, sound, over either family."""
    parts: list[tuple[float, Outcome]] = []
    for weight6, route6, rate6 in _states(six):
        for weight4, route4, rate4 in _states(four):
            weight = weight6 * weight4
            if weight < NEGLIGIBLE:
                continue
            steady = persisting(mta, route6, route4)
            if rate6 is None and rate4 is None:
                parts.append((weight, steady))
                continue
            share = ipv6_share(mta, route6, route4)
            by_chance = 0.0
            latency = steady.latency_s
            for rate, family, part, other in ((rate6, six, share, route4), (rate4, four, 1.0 - share, route6)):
                if rate is not None and family is not None:
                    outcome = sporadic(
                        mta,
                        rate,
                        family[0].action,
                        ipv6_share=part,
                        alternative=other is not None and other.action is AdmissionAction.ACCEPT,
                    )
                    by_chance += outcome.bounces
                    if outcome.bounces > NEGLIGIBLE:
                        latency = outcome.latency_s
            parts.append((weight, Outcome(bounces=min(1.0, max(steady.bounces, by_chance)), latency_s=latency)))
    total = sum(weight for weight, _ in parts)
    return [(weight / total, outcome) for weight, outcome in parts]


def _states(family: Family | None) -> list[tuple[float, Route | None, float | None]]:
    """(weight, what the family answers, its sporadic rate): broken, sporadic, sound."""
    if family is None:
        return [(1.0, None, None)]
    route, rate = family
    if rate is None:  # unknown is not failure: the other family's evidence speaks alone
        return [(1.0, replace(route, action=AdmissionAction.ACCEPT), None)]
    sound = replace(route, action=AdmissionAction.ACCEPT)
    return [
        (rate.broken, route, None),
        ((1.0 - rate.broken) * rate.sporadic, sound, _rounded(rate.sporadic_mean)),
        ((1.0 - rate.broken) * (1.0 - rate.sporadic), sound, None),
    ]


def _curves(machine: Machine[Any], outcome: Outcome, messages_per_day: float) -> Forecast:
    if outcome.bounces <= 0:
        return Forecast(disabled=NEVER, removed=NEVER)
    return forecast(
        machine,
        post_bounces=_rounded(outcome.bounces),
        messages_per_day=_rounded(messages_per_day),
        latency_s=outcome.latency_s,
    )


def worst(admissions: Sequence[Admission]) -> AdmissionAction:
    """The worst answer among some; UNKNOWN only where none is known."""
    return max((a.action for a in admissions), key=SEVERITY.index, default=AdmissionAction.UNKNOWN)


def _rounded(value: float) -> float:
    """Two significant digits: far finer than the evidence, and the same work is done once for many lists."""
    return float(f"{value:.2g}") if value < 0.995 or value > 1 else 1.0


def _on(day: int | None, now: datetime) -> datetime | None:
    return None if day is None else now + timedelta(days=day - 1)


def _frozen(value: Any) -> Any:
    if isinstance(value, dict) or hasattr(value, "items"):
        return tuple(sorted((key, _frozen(inner)) for key, inner in value.items()))
    return tuple(_frozen(inner) for inner in value) if isinstance(value, list | tuple) else value


@lru_cache(maxsize=1024)
def machine_of(manager: str, overrides: tuple[tuple[str, Any], ...]) -> Machine[Any]:
    """The machine of a manager under overrides given as sorted pairs, kept because many lists share one."""
    return policy_for(manager, _thawed(overrides))


def _thawed(pairs: tuple[tuple[str, Any], ...]) -> dict[str, Any]:
    return {
        key: _thawed(value) if isinstance(value, tuple) and value and isinstance(value[0], tuple) else value
        for key, value in pairs
    }
