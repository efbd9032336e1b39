"""Maintenance windows as what they are: silences that the configuration makes, and that end by themselves. Pure."""

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from monitor.model.incidents import Maintenance, Silence
from monitor.phrase.phrase import say

ID: Final = "maintenance"
BY: Final = say("the configuration")


def under_way(windows: Iterable[Maintenance], list_id: str, *, now: datetime) -> tuple[Silence, ...]:
    """One silence for each window that this list is in now."""
    ends = ((window, window.during.end_after(now)) for window in windows if not window.lists or list_id in window.lists)
    return tuple(
        Silence(
            id=ID,
            list_id=list_id,
            by=BY,
            reason=say("maintenance: {reason}", reason=window.reason) if window.reason else say("maintenance"),
            created_at=now,
            until=end,
        )
        for window, end in ends
        if end is not None
    )
