"""When a subscriber is disabled, and removed: the exact distribution by days, without sampling."""

import math
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate
from typing import Any

from monitor.managers import Machine
from monitor.managers.calendar import DAY_S
from monitor.model import DayDistribution
from monitor.risk.chain import REPLY_S, Graph, graph

HORIZON_DAYS = 365  # quantiles beyond it are None
WITHIN_DAYS = (7, 30, 90)
SETTLED = 1e-12  # relative change of the daily hazard below which the chain has forgotten how it began
SETTLED_FOR = 15  # days that it must stay so: twice the longest memory by default, a week, and one more
GONE = 1e-13  # survival below which nobody is left
BUDGET = 400_000  # steps of the chain, so that no policy keeps a page waiting


@dataclass(frozen=True, slots=True)
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
        return 1.0 - left * math.exp((day - last) * math.log1p(-self.hazard)) if self.hazard < 1 else 1.0

    def mean(self) -> float | None:
        """The mean day; None where it may never happen."""
        left = 1.0 - self.cumulative[-1]
        body = sum(1.0 - c for c in self.cumulative[:-1])
        if left <= GONE:
            return body
        return body + left / self.hazard if self.hazard > 0 else None

    def later(self, days: int) -> "Curve":
        """The same, so many days later."""
        return Curve((0.0,) * days + self.cumulative, self.hazard)


NEVER = Curve((0.0,))


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """What becomes of one subscriber: when disabled, when removed. Day 1 is the first failing day."""

    disabled: Curve
    removed: Curve


def bounce_day(post_bounces: float, messages_per_day: float) -> tuple[float, float]:
    """(P(a day has a post), P(a day has a bounce)), where each post bounces independently.

    A day has the whole number of posts below or above the mean, so that 2.5 a day is 2 or 3 with equal chance,
    and a post a week is one day in seven.
    """
    whole = math.floor(messages_per_day)
    part = messages_per_day - whole
    clean = (1.0 - post_bounces) ** whole
    return (1.0 if whole else part), 1.0 - clean * (1.0 - part * post_bounces)


@lru_cache(maxsize=4096)
def forecast(
    machine: Machine[Any],
    *,
    post_bounces: float,
    messages_per_day: float,
    probe_bounces: float | None = None,
    latency_s: float = REPLY_S,
    horizon: int = HORIZON_DAYS,
) -> Forecast:
    """The distribution under a constant probability that a post bounces.

    `probe_bounces` is that of the manager's own probes (None: as posts); `latency_s` is how long a bounce takes: a minute
    where the receiver rejects, the queue's lifetime where it defers.
    """
    if post_bounces <= 0 or messages_per_day <= 0:
        return Forecast(disabled=NEVER, removed=NEVER)
    with_post, with_bounce = bounce_day(post_bounces, messages_per_day)
    chance = (1.0 - with_post, with_post - with_bounce, with_bounce)
    probe = post_bounces if probe_bounces is None else probe_bounces
    disabled, removed = _run(graph(machine, latency_s), chance, probe, horizon)
    shift = int(latency_s // DAY_S)
    return Forecast(disabled=disabled.later(shift), removed=removed.later(shift))


def _run(chain: Graph, chance: Sequence[float], probe: float, horizon: int) -> tuple[Curve, Curve]:
    rows: list[list[tuple[int, float]]] = []
    events: list[list[tuple[int | None, float]]] = []  # (days until removal, share) of those disabled or removed
    for ways in chain.ways:
        to: dict[int, float] = {}
        out: dict[int | None, float] = {}
        for way in ways:
            share = chance[way.posts] * probe**way.probes_bounced * (1.0 - probe) ** way.probes_arrived
            if share <= 0:
                continue
            if way.target is not None:
                to[way.target] = to.get(way.target, 0.0) + share
            if way.disabled or way.removed:
                out[way.lag] = out.get(way.lag, 0.0) + share
        rows.append(list(to.items()))
        events.append(list(out.items()))
    return _propagate(rows, events, horizon)


def _propagate(
    rows: list[list[tuple[int, float]]], events: list[list[tuple[int | None, float]]], horizon: int
) -> tuple[Curve, Curve]:
    lags = {lag for row in events for lag, _ in row}
    left, at = 1.0, {0: 1.0}
    taken_on: dict[int | None, list[float]] = {lag: [0.0] for lag in lags}
    disabled = [0.0]
    hazard, settled, steps = 0.0, 0, 0
    while len(disabled) <= horizon and left > GONE and settled < SETTLED_FOR and steps < BUDGET:
        following: dict[int, float] = {}
        taken: dict[int | None, float] = dict.fromkeys(lags, 0.0)
        for place, mass in at.items():
            for lag, share in events[place]:
                taken[lag] += mass * share
            for target, share in rows[place]:
                following[target] = following.get(target, 0.0) + mass * share
        steps += len(at)
        before, total = hazard, sum(taken.values())
        hazard = total / left
        settled = settled + 1 if hazard and len(lags) == 1 and abs(hazard - before) <= SETTLED * hazard else 0
        left -= total
        disabled.append(min(1.0, disabled[-1] + total))
        for lag, mass in taken.items():
            taken_on[lag].append(mass)
        at = following
    curve = Curve(tuple(disabled), hazard)
    if len(lags) == 1:
        lag = next(iter(lags))
        return curve, NEVER if lag is None else curve.later(lag)
    removed = [0.0] * (len(disabled) + 1)
    for lag, masses in taken_on.items():
        for day, mass in enumerate(masses if lag is not None else ()):
            if lag is not None and day + lag < len(removed):
                removed[day + lag] += mass
    return curve, Curve(tuple(accumulate(removed)), hazard)


def mixture(parts: Sequence[tuple[float, Curve]], horizon: int = HORIZON_DAYS) -> DayDistribution:
    """The distribution of a weighted choice of curves, as the numbers that people read. Weights sum to 1."""
    sums = [sum(weight * curve.by(day) for weight, curve in parts) for day in range(horizon + 1)]
    means = [(weight, curve.mean()) for weight, curve in parts if weight > 0]
    mean = None if any(m is None for _, m in means) else sum(w * m for w, m in means if m is not None)

    def quantile(share: float) -> int | None:
        day = bisect_left(sums, share - 1e-9)
        return day if day <= horizon else None

    return DayDistribution(
        mean_days=mean,
        median_days=quantile(0.5),
        p10_days=quantile(0.1),
        p90_days=quantile(0.9),
        within={f"{days}d": min(1.0, sum(weight * curve.by(days) for weight, curve in parts)) for days in WITHIN_DAYS},
    )
