"""One observation: whether a receiver would take, or took, one message over one address family."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from monitor.model.evidence import AdmissionAction

Source = Literal["check", "arrival", "canary", "bounce"]

STALE = timedelta(days=2)  # evidence older than this says nothing of today


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """One look at whether a receiver would refuse (or did refuse) the list's mail."""

    at: datetime
    receiver: str | None  # id of the receiver; None: it says something about every receiver
    family: int  # 4 or 6: over which the mail would go, or went
    failed: bool | None  # None: we could not find out, which counts for nothing
    source: Source
    action: AdmissionAction | None = None  # how it refused, where that is known
