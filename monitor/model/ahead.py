"""Times that lie ahead of now: written by a clock that had jumped, or that of another machine. Pure."""

from datetime import datetime, timedelta
from typing import Final

# Clocks that are kept by NTP (RFC 5905) differ by milliseconds; one that is away by so much is set wrong.
AWAY: Final = timedelta(minutes=1)


def is_ahead(at: datetime, now: datetime) -> bool:
    """Whether that time is still to come, so that nothing can have happened then."""
    return at - now > AWAY


def put_back(at: datetime, now: datetime) -> datetime:
    """That time, or now where it is still to come."""
    return now if is_ahead(at, now) else at
