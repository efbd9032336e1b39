"""How the share of subscribers who are disabled, and removed, grows from today on, and how sure that is. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from monitor.risk.curve import Curve
from monitor.risk.facts import RiskFacts
from monitor.risk.outlooks import outlooks

LOW, HIGH = 0.1, 0.9  # between these quantiles of the states that the evidence allows lies the band
DAYS: Final = 90


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """A share by the end of each day from day 0, today, on: what is expected, and between what it lies."""

    low: tuple[float, ...]
    mean: tuple[float, ...]
    high: tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fan:
    """Both shares at one receiver."""

    disabled: Band
    removed: Band


def fan(facts: RiskFacts, receiver: str, *, now: datetime, days: int = DAYS) -> Fan | None:
    """The shares at that receiver for so many days; None where nothing is known of it."""
    weighted = outlooks(facts, receiver, now=now)
    if weighted is None:
        return None
    return Fan(
        disabled=_band([(weight, seen.disabled) for weight, seen in weighted], days),
        removed=_band([(weight, seen.removed) for weight, seen in weighted], days),
    )


def _band(weighted: Sequence[tuple[float, Curve]], days: int) -> Band:
    by_day = [sorted((min(1.0, curve.by(day)), weight) for weight, curve in weighted) for day in range(days + 1)]
    return Band(
        low=tuple(_quantile(shares, LOW) for shares in by_day),
        mean=tuple(min(1.0, sum(share * weight for share, weight in shares)) for shares in by_day),
        high=tuple(_quantile(shares, HIGH) for shares in by_day),
    )


def _quantile(shares: Sequence[tuple[float, float]], wanted: float) -> float:
    """The smallest share that this much of the weight does not exceed."""
    weight_so_far = 0.0
    for share, weight in shares:
        weight_so_far += weight
        if weight_so_far >= wanted:
            return share
    return shares[-1][0]
