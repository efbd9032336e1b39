"""The clocks of our machines, beside the store's own."""

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class MachineClock:
    """One machine's clock as it was when one of its processes looked last."""

    host: str
    looked_at: datetime  # by the store's clock, as `since`
    ahead: timedelta  # of the store's; below 0 where it is behind
    since: datetime  # when it was found to be away by about so much


@dataclass(frozen=True, slots=True, kw_only=True)
class Jump:
    """A jump of a clock, as it was noticed."""

    at: datetime  # by the store's clock, after it
    by: timedelta  # below 0 where it went back
    host: str  # of the machine; "" for the store's own clock
    shared: bool = True  # the store's clock jumped, and with it the time that all parts go by
    put_right: bool = False  # what was written before it for a time to come was looked for since
