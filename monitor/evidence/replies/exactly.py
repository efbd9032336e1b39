"""How many different subscribers a receiver refused, counted one by one where a day's sketch holds no more. Pure."""

from collections.abc import Mapping
from datetime import date, timedelta

from monitor.evidence.ledger import Ledger

DAY = timedelta(days=1)


def is_beyond_sketches(ledger: Ledger) -> bool:
    """Whether more were refused on any day than its sketch tells exactly."""
    return any(cell.members.is_full for day in ledger.days for cell in day.replies.values())


def since_each_day(last_on: Mapping[tuple[str, date], int]) -> dict[tuple[str, date], int]:
    """From who was refused last on which day to how many were refused from each day on, of each receiver.

    Also of the days between, so that whatever day a run of refusals began has its number.
    """
    found: dict[tuple[str, date], int] = {}
    for receiver in {each for each, _ in last_on}:
        days = sorted(day for each, day in last_on if each == receiver)
        day, total = days[-1], 0
        while day >= days[0]:
            total += last_on.get((receiver, day), 0)
            found[receiver, day] = total
            day -= DAY
    return found
