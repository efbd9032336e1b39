"""How parts of ours show that they live, and when they count as silent. Pure."""

from datetime import datetime, timedelta
from typing import Final

# Worker, receiver and web note that they live every 15 seconds, beat with each tick; four missed notes are no hiccup.
HEARTBEAT_EVERY: Final = timedelta(seconds=15)


SILENT_AFTER: Final = timedelta(minutes=1)


def silent(last_seen: datetime | None, now: datetime) -> bool:
    """Whether a part of ours that notes its life has not done so lately."""
    return last_seen is None or now - last_seen > SILENT_AFTER
