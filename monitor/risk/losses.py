"""How many subscribers a list is expected to lose, by the end of each day from now."""

from collections.abc import Sequence
from datetime import datetime

from monitor.model.risk import ReceiverForecast
from monitor.risk.facts import RiskFacts
from monitor.risk.outlooks import outlooks

DAYS = 90


def losses_by_day(facts: RiskFacts, *, now: datetime, days: int = DAYS) -> list[float]:
    """Expected subscribers disabled by the end of each day, from day 0, today, on; empty where none are known."""
    there = facts.there
    losses: list[float] = []
    for receiver in dict.fromkeys(a.receiver for a in facts.admission):
        count = there.at(receiver)
        weighted = outlooks(facts, receiver, now=now) if count else None
        if count and weighted is not None:
            lost = [count * sum(w * seen.disabled.by(day) for w, seen in weighted) for day in range(days + 1)]
            losses = [sum(pair) for pair in zip(losses, lost, strict=True)] if losses else lost
    return losses


def from_now(losses: Sequence[float], forecasts: Sequence[ReceiverForecast]) -> list[float]:
    """The same without those who are disabled already."""
    gone = sum(
        each.seen.disabled
        for each in forecasts
        if each.seen is not None and each.seen.over_since is None and each.subscribers
    )
    return [max(0.0, lost - gone) for lost in losses]
