"""When a subscriber is disabled, and removed: the exact distribution by days, without sampling."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import accumulate
from typing import NamedTuple

from monitor.managers.calendar import DAY_S
from monitor.managers.machine import AnyMachine, Bounce, Posts
from monitor.model.risk import DayDistribution
from monitor.risk.chain import EARLIER_OR_LATER, EITHER, LATER, REPLY_S, Graph, Setting, graph, heeds_posts

HORIZON_DAYS = 365  # quantiles beyond it are None
WITHIN_DAYS = (7, 30, 90)
SETTLED = 1e-10  # relative change of the daily hazard below which the chain has forgotten how it began
SETTLED_FOR = 15  # days that it must stay so: twice the longest memory by default, a week, and one more
GONE = 1e-13  # survival below which nobody is left
ROUNDING = 1e-9  # by which a share may fall short of a quantile
NOBODY = 1e-9  # likewise where rounding has had its share
HARD = Bounce()
MANY_BOUNCES = 200  # a day; more make no difference to any manager's limits
NEVER_BELOW = 1e-12  # a post that bounces more rarely than this never does
FORK = 2  # where a post leads to more positions than these, others are likely to lead there too
SEVERAL = 3  # posts a day, one of which nearly always comes after any given hour
BUDGET = 200_000  # steps of the chain, so that no policy keeps a page waiting


@dataclass(frozen=True)
class Curve:
    """A distribution of days: P(it has happened by the end of day d) is `cumulative[d]`, `cumulative[0]` is 0.

    Beyond the last entry each further day takes the share `hazard` of those who are left.
    """

    cumulative: tuple[float, ...]
    hazard: float = 0.0

    def by(self, day: int) -> float:
        """P(it has happened by the end of that day)."""
        last = len(self.cumulative) - 1
        if day <= last:
            return self.cumulative[max(day, 0)]
        left = 1.0 - self.cumulative[-1]
        if left <= 0 or self.hazard <= 0:
            return self.cumulative[-1]
        if self.hazard >= 1:
            return 1.0
        # never less than before
        return self.cumulative[-1] - left * math.expm1((day - last) * math.log1p(-self.hazard))

    @cached_property
    def mean(self) -> float | None:
        """The mean day; None where it may never happen."""
        left = 1.0 - self.cumulative[-1]
        body = sum(1.0 - c for c in self.cumulative[:-1])
        if self.hazard > 0:
            return body + left / self.hazard
        return body if left <= NOBODY else None

    def daily(self, steps: int) -> "Curve":
        """The same by days, where there were so many steps a day."""
        if steps == 1:
            return self
        hazard = 1.0 - (1.0 - self.hazard) ** steps
        days = math.ceil((len(self.cumulative) - 1) / steps)
        return Curve(tuple(self.by(day * steps) for day in range(days + 1)), hazard)

    def sooner(self, days: int) -> "Curve":
        """The same seen so many days later: what has happened by then has happened by day 0."""
        if days <= 0:
            return self
        return Curve(self.cumulative[days:] or (self.by(days),), self.hazard)

    def later(self, days: int) -> "Curve":
        """The same, so many days later."""
        if days <= 0:
            return self
        return Curve((0.0,) * days + self.cumulative, self.hazard)


NEVER = Curve((0.0,))


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """What becomes of one subscriber: when disabled, when removed. Day 1 is the first failing day."""

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


@lru_cache(maxsize=8192)
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
) -> Forecast:
    """The distribution under a constant probability that a post bounces.

    `probe_bounces` is that of the manager's own probes (None: as posts); `latency_s` is how long a bounce takes: a
    minute where the receiver rejects, the queue's lifetime where it defers; `bounce` is what the manager then reads in
    it, and `notices` how many of them come of one post (most managers count dates, or the first alone).
    """
    if post_bounces < NEVER_BELOW or messages_per_day <= 0:
        return NO_HARM
    shift = int(latency_s // DAY_S)
    posts = Posts(messages_per_day, post_bounces, first_day=shift, soft=not bounce.permanent, notices=notices)
    gone = machine.removed_by_day(posts, horizon=horizon)
    if gone is not None:
        return Forecast(disabled=Curve(gone), removed=Curve(gone))
    machine = machine.coarse()
    probe = post_bounces if probe_bounces is None else probe_bounces
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
        bounces=_bounces(machine, post_bounces * messages_per_day / with_bounce),
        bounce=bounce,
        times=machine.times_of_day if steps_a_day == 1 else 1,
        orders=_orders(machine, messages_per_day),
    )
    chance = (1.0 - with_post, with_post - with_bounce, with_bounce)
    disabled, removed = _curves(_filled(graph(machine, setting), chance, probe), horizon * steps_a_day)
    return Forecast(disabled=disabled.daily(steps_a_day).later(shift), removed=removed.daily(steps_a_day).later(shift))


def _orders(machine: AnyMachine, messages_per_day: float) -> tuple[float, ...]:
    """Which of two posts at the same time of two days is the later; of several posts a day, one is."""
    if not machine.compares_times:
        return EITHER
    return LATER if heeds_posts(machine) and messages_per_day >= SEVERAL else EARLIER_OR_LATER


def _bounces(machine: AnyMachine, expected: float) -> int:
    """How many bounces a day with any brings: the mean, where the machine counts them one by one; else one will do."""
    return max(1, min(round(expected), MANY_BOUNCES)) if machine.counts_each and not machine.timeless else 1


Shares = tuple[tuple[int, float], ...]


class _Row(NamedTuple):
    """What a day brings to those who begin it in one position, as shares of them."""

    to: Shares  # where they are then
    ends: float  # disabled, or removed, for the first time
    removed: list[tuple[int, float]]  # (days until it happens, share)


class _Filled(NamedTuple):
    """A graph with its probabilities.

    Many positions share where a bounce leads, by the time of the day: that is told once, as a fork, numbered after the
    positions.
    """

    rows: list[_Row]
    forks: list[Shares]


def _filled(chain: Graph, chance: Sequence[float], probe: float) -> _Filled:
    rows: list[_Row] = []
    forks: dict[Shares, int] = {}
    for courses in chain.courses:
        to: tuple[dict[int, float], ...] = ({}, {}, {})  # by what becomes of the day's post
        gone: dict[int, float] = {}
        ends = 0.0
        for course in courses:
            part = course.share * probe**course.probes_bounced * (1.0 - probe) ** course.probes_arrived
            share = chance[course.posts] * part
            if share <= 0:
                continue
            if course.target is not None:
                to[course.posts][course.target] = to[course.posts].get(course.target, 0.0) + part
            if course.ends:
                ends += share
            if course.lag is not None:
                gone[course.lag] = gone.get(course.lag, 0.0) + share
        leads: dict[int, float] = {}
        for posts, targets in enumerate(to):
            shares = tuple(targets.items())
            if len(shares) > FORK:
                shares = ((len(chain.courses) + forks.setdefault(shares, len(forks)), 1.0),)
            for target, part in shares:
                leads[target] = leads.get(target, 0.0) + chance[posts] * part
        rows.append(_Row(tuple(leads.items()), ends, list(gone.items())))
    return _Filled(rows, list(forks))


def _curves(filled: _Filled, horizon: int) -> tuple[Curve, Curve]:
    """(disabled, removed).

    The walk ends early when nobody is left, or when each day takes the same share as the last.
    """
    rows, forks = filled
    lags = {lag for row in rows for lag, _ in row.removed}
    settles = not lags or (len(lags) == 1 and all(row.ends or not row.removed for row in rows))
    left, at = 1.0, {0: 1.0}
    disabled, removed = [0.0], [0.0] * (horizon + 1)
    hazard, settled, steps = 0.0, 0, 0
    while at and len(disabled) <= horizon and steps < BUDGET and settled < SETTLED_FOR:
        day = len(disabled)
        following: dict[int, float] = {}
        taken = 0.0
        for place, mass in at.items():
            row = rows[place]
            taken += mass * row.ends
            for after, share in row.removed:
                if day + after <= horizon:
                    removed[day + after] += mass * share
            for target, share in row.to:
                following[target] = following.get(target, 0.0) + mass * share
        for number, fork in enumerate(forks, start=len(rows)):
            if mass := following.pop(number, 0.0):
                for target, share in fork:
                    following[target] = following.get(target, 0.0) + mass * share
        steps += len(at)
        before = hazard
        hazard = taken / left if left > GONE else 0.0
        settled = settled + 1 if settles and hazard and abs(hazard - before) <= SETTLED * hazard else 0
        left -= taken
        disabled.append(min(1.0, disabled[-1] + taken))
        at = following if left > GONE or (not settles and sum(following.values()) > GONE) else {}
    curve = Curve(tuple(disabled), hazard)
    if settles:
        return curve, curve.later(lags.pop()) if lags else NEVER
    return curve, Curve(tuple(accumulate(removed)), hazard)


def mixture(parts: Sequence[tuple[float, Curve]], horizon: int = HORIZON_DAYS) -> DayDistribution:
    """The distribution of a weighted choice of curves, as the numbers that people read. Weights sum to 1."""
    means = [(weight, curve.mean) for weight, curve in parts if weight > 0]
    mean = None if any(m is None for _, m in means) else sum(w * m for w, m in means if m is not None)
    return DayDistribution(
        mean_days=mean,
        median_days=_quantile(parts, 0.5, horizon),
        p10_days=_quantile(parts, 0.1, horizon),
        p90_days=_quantile(parts, 0.9, horizon),
        within=within(parts),
    )


def within(parts: Sequence[tuple[float, Curve]]) -> dict[str, float]:
    """P(it has happened within a week, a month, a quarter)."""
    return {f"{days}d": min(1.0, _by(parts, days)) for days in WITHIN_DAYS}


def _by(parts: Sequence[tuple[float, Curve]], day: int) -> float:
    return sum(weight * curve.by(day) for weight, curve in parts)


def _quantile(parts: Sequence[tuple[float, Curve]], share: float, horizon: int) -> int | None:
    """The first day by whose end that share has happened; None beyond the horizon."""
    share -= ROUNDING
    if _by(parts, horizon) < share:
        return None
    low, high = -1, horizon
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if _by(parts, middle) >= share else (middle, high)
    return high
