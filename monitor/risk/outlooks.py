"""What is to become of the subscribers at one receiver from now on, as weighted curves. Pure."""

from datetime import datetime

from monitor.model.risk import Hit
from monitor.mtas.parties import parties
from monitor.risk.facts import RiskFacts
from monitor.risk.forecast import NO_HARM, Forecast
from monitor.risk.reckoned_forecast import at_risk, days_lasted, forecast_in, worlds_at
from monitor.risk.seen import day_of
from monitor.risk.seen_forecast import replies_at, seen_at, share_hit
from monitor.risk.worlds import Index


def outlooks(facts: RiskFacts, receiver: str, *, now: datetime) -> tuple[tuple[float, Forecast], ...] | None:
    """The weighted curves of disabling and removal at one receiver from now on, of all who are there.

    None where nothing is known. Who cannot be hit comes to no harm.
    """
    machine, mta = parties(facts.manager, facts.mta, facts.bounce_policy)
    there, index = facts.there, Index(facts)
    for replies in replies_at(facts, mta, now=now).get(receiver, ())[:1]:
        outlook = seen_at(facts, index, receiver, replies, machine=machine, mta=mta, there=there, now=now)
        if outlook.refusals.over_since is None and outlook.refusals.hit is not Hit.ONCE:
            today, hit = day_of(now, replies.first), share_hit(outlook.refusals)
            return (
                *((hit * weight, _sooner(each, today)) for weight, each in outlook.parts),
                *(((1.0 - hit, NO_HARM),) if hit < 1.0 else ()),
            )
    known = worlds_at(facts, index, receiver, mta, now=now)
    if known is None:
        return None
    rates, parts = known
    rest, there_at, some = (
        facts.paused_days,
        there.at(receiver),
        at_risk(facts, index, receiver, there=there, rates=rates),
    )
    hit = 1.0 if some is None or not there_at else some / there_at
    curves = (
        (
            hit * world.weight,
            _sooner(
                _later(forecast_in(machine, mta, world.outcome, facts.messages_per_day), rest),
                0 if rest else days_lasted(world, now),
            ),
        )
        for world in parts
    )
    return (*curves, *(((1.0 - hit, NO_HARM),) if hit < 1.0 else ()))


def _later(one: Forecast, days: int) -> Forecast:
    return Forecast(disabled=one.disabled.later(days), removed=one.removed.later(days))


def _sooner(one: Forecast, days: int) -> Forecast:
    return Forecast(disabled=one.disabled.sooner(days), removed=one.removed.sooner(days))
