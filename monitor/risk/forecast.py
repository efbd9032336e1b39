"""When a subscriber is disabled, and removed: the exact distribution by days, without sampling."""

import math
from dataclasses import dataclass
from functools import lru_cache

from monitor.managers.calendar import DAY_S
from monitor.managers.machine import AnyMachine, Bounce, Posts
from monitor.risk.chain import (
    EARLIER_OR_LATER,
    EITHER,
    LATER,
    REPLY_S,
    Position,
    Setting,
    certain_lag,
    graph,
    heeds_posts,
)
from monitor.risk.curve import ALREADY, HORIZON_DAYS, NEVER, Curve
from monitor.risk.flow import affordable, flow, followed, looked_up, table
from monitor.risk.standing import Standing

HARD = Bounce()
MANY_BOUNCES = 200  # a day; more make no difference to any manager's limits
NEVER_BELOW = 1e-12  # a post that bounces more rarely than this never does
SEVERAL = 3  # posts a day, one of which nearly always comes after any given hour


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """What becomes of one subscriber: when disabled, when removed.

    Day 1 is the first failing day, or the day on which the standing begins.
    """

    disabled: Curve
    removed: Curve


NO_HARM = Forecast(disabled=NEVER, removed=NEVER)


def bounce_day(post_bounces: float, messages_per_day: float) -> tuple[float, float]:
    """(P(a day has a post), P(a day has a bounce)), where each post bounces independently.

    A day has the whole number of posts below or above the mean, so that 2.5 a day is 2 or 3 with equal chance,
    and a post a week is one day in seven.
    """
    whole = math.floor(messages_per_day)
    part = messages_per_day - whole
    if post_bounces >= 1:
        return (1.0, 1.0) if whole else (part, part)
    clean = whole * math.log1p(-post_bounces) + math.log1p(-part * post_bounces)
    return (1.0 if whole else part), -math.expm1(clean)


def forecast(
    machine: AnyMachine,
    *,
    post_bounces: float,
    messages_per_day: float,
    probe_bounces: float | None = None,
    latency_s: float = REPLY_S,
    bounce: Bounce = HARD,
    notices: int = 1,
    horizon: int = HORIZON_DAYS,
    start: Standing | None = None,
) -> Forecast:
    """The distribution under a constant probability that a post bounces.

    `probe_bounces` is that of the manager's own probes (None: as posts); `latency_s` is how long a bounce takes: a
    minute where the receiver rejects, the queue's lifetime where it defers; `bounce` is what the manager then reads in
    it, and `notices` how many of them come of one post (most managers count dates, or the first alone).

    `start` is where the member stands after bounces that are counted already: then day 1 is `start.begins`, bounces go
    on to come in whatever their latency, and whoever is disabled, or removed, is so from day 0 on. None, or a standing
    without anything on record, is a member in good standing.
    """
    if start is not None and start.removed:
        return Forecast(disabled=ALREADY, removed=ALREADY)
    return forecast_from(
        machine if start is None else machine.begun(start.days),
        None if start is None or start.good else start.position,
        post_bounces=post_bounces,
        messages_per_day=messages_per_day,
        probe_bounces=post_bounces if probe_bounces is None else probe_bounces,
        latency_s=latency_s,
        bounce=bounce,
        notices=notices,
        horizon=horizon,
    )


@lru_cache(maxsize=8192)
def forecast_from(
    machine: AnyMachine,
    position: Position | None,
    *,
    post_bounces: float,
    messages_per_day: float,
    probe_bounces: float,
    latency_s: float,
    bounce: Bounce,
    notices: int,
    horizon: int,
) -> Forecast:
    """The same from a position of the machine's chain; kept."""
    bounces = post_bounces >= NEVER_BELOW and messages_per_day > 0
    if not bounces and position is None:
        return NO_HARM
    shift = int(latency_s // DAY_S) if position is None else 0
    posts = Posts(messages_per_day, post_bounces, first_day=shift, soft=not bounce.permanent, notices=notices)
    gone = machine.removed_by_day(posts, horizon=horizon, state=None if position is None else position.member)
    if gone is not None:
        return Forecast(disabled=Curve(gone), removed=Curve(gone))
    machine = machine.coarse()
    steps_a_day = max(1, math.ceil(messages_per_day)) if machine.timeless else 1
    if steps_a_day > 1:
        machine = machine.by_post()
        with_post = messages_per_day / steps_a_day
        with_bounce = with_post * post_bounces
    else:
        with_post, with_bounce = bounce_day(post_bounces, messages_per_day)
    setting = Setting(
        latency_s=latency_s,
        step_s=DAY_S / steps_a_day,
        bounces=_bounces(machine, post_bounces * messages_per_day / with_bounce) if bounces else 1,
        bounce=bounce,
        times=machine.times_of_day if steps_a_day == 1 else 1,
        orders=_orders(machine, messages_per_day),
    )
    chance = (1.0 - with_post, with_post - with_bounce, with_bounce)
    disabled, removed = _curves(
        machine, setting, chance, probe_bounces, position=position, horizon=horizon * steps_a_day
    )
    disabled, removed = (curve.daily(steps_a_day).later(shift) for curve in (disabled, removed))
    return Forecast(disabled=ALREADY if position is not None and position.disabled else disabled, removed=removed)


def _curves(
    machine: AnyMachine,
    setting: Setting,
    chance: tuple[float, float, float],
    probe: float,
    *,
    position: Position | None,
    horizon: int,
) -> tuple[Curve, Curve]:
    """(disabled, removed), by steps of the chain."""
    if position is None:
        return followed(flow(machine, setting, chance, probe), horizon, settles=True)
    start = position._replace(member=machine.rebased(position.member, 0))
    if start.disabled:
        lag, certain = certain_lag(machine, start, setting)
        if certain:
            return ALREADY, NEVER if lag is None else Curve((*(0.0,) * lag, 1.0))
    chain = graph(machine, setting)
    place = chain.numbers.get(start)
    if place is not None and chain.courses[place]:
        known = flow(machine, setting, chance, probe)
        if affordable(known, horizon):
            return looked_up(table(machine, setting, chance, probe, horizon), place, known.lags)
    return followed(flow(machine, setting, chance, probe, start), horizon, settles=False)


def _orders(machine: AnyMachine, messages_per_day: float) -> tuple[float, ...]:
    """Which of two posts at the same time of two days is the later; of several posts a day, one is."""
    if not machine.compares_times:
        return EITHER
    return LATER if heeds_posts(machine) and messages_per_day >= SEVERAL else EARLIER_OR_LATER


def _bounces(machine: AnyMachine, expected: float) -> int:
    """How many bounces a day with any brings: the mean, where the machine counts them one by one; else one will do."""
    return max(1, min(round(expected), MANY_BOUNCES)) if machine.counts_each and not machine.timeless else 1
