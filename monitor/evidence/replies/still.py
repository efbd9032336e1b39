"""What of that which waited when a log told of it waits still. Pure."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from monitor.evidence.replies.counted import Waiting

TRIED_WITHIN: Final = timedelta(days=1)  # any mail server tries what waits more often: Exim's longest pause is 6 hours


def waits_still(waiting: Iterable[Waiting], *, now: datetime) -> tuple[Waiting, ...]:
    """Those that were tried within a day; what was not has left the queue, or its log is not read any more."""
    return tuple(each for each in waiting if now - each.last <= TRIED_WITHIN)
