"""A distribution of days, and what people read of it."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

from monitor.model.risk import DayDistribution

HORIZON_DAYS = 365  # quantiles beyond it are None
WITHIN_DAYS = (7, 30, 90)
ROUNDING = 1e-9  # by which a share may fall short of a quantile
NOBODY = 1e-9  # likewise where rounding has had its share


@dataclass(frozen=True)
class Curve:
    """A distribution of days: P(it has happened by the end of day d) is `cumulative[d]`.

    `cumulative[0]` is the share to whom it has happened before day 1. Beyond the last entry each further day takes the
    share `hazard` of those who are left.
    """

    cumulative: tuple[float, ...]
    hazard: float = 0.0
    begins: int = 0  # days before day 1 of these, on which only what had happened before has happened

    def by(self, day: int) -> float:
        """P(it has happened by the end of that day)."""
        last, day = len(self.cumulative) - 1, day - self.begins
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
        base = _mean(self.cumulative, self.hazard)
        return None if base is None else base + self.begins * (1.0 - self.cumulative[0])

    def daily(self, steps: int) -> "Curve":
        """The same by days, where there were so many steps a day."""
        if steps == 1:
            return self
        hazard = 1.0 - (1.0 - self.hazard) ** steps
        days = math.ceil((self.begins + len(self.cumulative) - 1) / steps)
        return Curve(tuple(self.by(day * steps) for day in range(days + 1)), hazard)

    def sooner(self, days: int) -> "Curve":
        """The same seen so many days later: what has happened by then has happened by day 0."""
        if days <= 0:
            return self
        rest = days - self.begins
        if rest <= 0:
            return Curve(self.cumulative, self.hazard, -rest)
        return Curve(self.cumulative[rest:] or (self.by(days),), self.hazard)

    def later(self, days: int) -> "Curve":
        """The same, so many days later; what had happened before day 1 has happened all the same."""
        if days <= 0:
            return self
        return Curve(self.cumulative, self.hazard, self.begins + days)


NEVER = Curve((0.0,))
ALREADY = Curve((1.0,))


@lru_cache(maxsize=8192)
def _mean(cumulative: tuple[float, ...], hazard: float) -> float | None:
    left = 1.0 - cumulative[-1]
    body = sum(1.0 - c for c in cumulative[:-1])
    if hazard > 0:
        return body + left / hazard
    return body if left <= NOBODY else None


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
