"""How many mails an owner gets: some at once, then one an interval, so that a fault under many lists is no flood."""

from datetime import datetime, timedelta
from typing import Final

from monitor.store import keys, scripts
from monitor.store.client import Redis, moment, translated

BURST: Final = 5  # mails at once: more than one list's incident makes in an hour
EVERY: Final = timedelta(hours=1)  # then one an hour: 29 a day at most


class MailLimits:
    """One number an owner."""

    def __init__(self, client: Redis) -> None:
        self._take = client.register_script(scripts.TAKE_ALLOWANCE)

    def take(self, owner: str, now: datetime) -> datetime | None:
        """Take one mail from the owner's allowance: None where it was there, else when there is one again."""
        with translated("took a mail from an allowance"):
            again = self._take(keys=[keys.allowance(owner)], args=[now.timestamp(), EVERY.total_seconds(), BURST])
        return moment(again) if again else None
