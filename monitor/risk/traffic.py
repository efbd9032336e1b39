"""A list's traffic, learned from the posts that were seen."""

from collections.abc import Sequence
from datetime import datetime, timedelta

WINDOW = timedelta(days=28)
FEWEST = 5  # posts from which on a rate is worth more than the configured one


def posts_per_day(seen: Sequence[datetime], *, now: datetime) -> float | None:
    """Posts a day over the last four weeks, or since the first of them; None where too few were seen to say."""
    recent = sorted(at for at in seen if now - WINDOW <= at <= now)
    if len(recent) < FEWEST:
        return None
    days = max((now - recent[0]) / timedelta(days=1), 1.0)
    return len(recent) / days
