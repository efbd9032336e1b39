"""How many subscribers a list is expected to lose, by the end of each day from now."""

from datetime import datetime

from monitor.risk.facts import RiskFacts
from monitor.risk.reach import reach
from monitor.risk.receiver_forecasts import outlooks

DAYS = 90


def losses_by_day(facts: RiskFacts, *, now: datetime, days: int = DAYS) -> list[float]:
    """Expected subscribers disabled by the end of each day, from day 0, today, on; empty where none are known."""
    there = reach(facts.subscribers, facts.mx)
    losses: list[float] = []
    for receiver in dict.fromkeys(a.receiver for a in facts.admission):
        count = there.at(receiver)
        weighted = outlooks(facts, receiver, now=now) if count else None
        if count and weighted is not None:
            lost = [count * sum(w * seen.disabled.by(day) for w, seen in weighted) for day in range(days + 1)]
            losses = [sum(pair) for pair in zip(losses, lost, strict=True)] if losses else lost
    return losses
