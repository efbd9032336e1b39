"""Maintenance windows as what they are: silences that the configuration makes, and that end by themselves. Pure."""

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from monitor.model.incidents import Maintenance, Silence

ID: Final = "maintenance"
BY: Final = "the configuration"


def under_way(windows: Iterable[Maintenance], list_id: str, *, now: datetime) -> tuple[Silence, ...]:
    """One silence for each window that this list is in now."""
    ends = ((window, window.during.end_after(now)) for window in windows if not window.lists or list_id in window.lists)
    return tuple(
        Silence(
            id=ID,
            list_id=list_id,
            by=BY,
            reason=f"maintenance{': ' if window.reason else ''}{window.reason}",
            created_at=now,
            until=end,
        )
        for window, end in ends
        if end is not None
    )
