"""How the MTAs that probes are handed to have behaved lately."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SlowMta:
    """An MTA whose last submissions ran out of time, so that it is left alone for a while."""

    timeouts: int  # in succession
    until: datetime
