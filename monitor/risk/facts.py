"""What the risk of a list is judged from: its set-up, what receivers answer now, and what was seen before."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from monitor.model import Admission, AdmissionAction, IpAddress, RiskLevel

Source = Literal["check", "arrival", "canary", "bounce"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """One look at whether a receiver would refuse (or did refuse) the list's mail."""

    at: datetime
    receiver: str | None  # id of the receiver; None: it says something about every receiver
    family: int  # 4 or 6: over which the mail would go, or went
    failed: bool | None  # None: we could not find out, which counts for nothing
    source: Source
    action: AdmissionAction | None = None  # how it refused, where that is known


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskFacts:
    """Everything that `assess` looks at."""

    manager: str
    bounce_policy: Mapping[str, Any] = field(default_factory=dict)
    mta: str
    messages_per_day: float
    subscribers: Mapping[str, int] = field(default_factory=dict)  # by receiver id or domain; empty: not known
    outbound: tuple[IpAddress, ...] = ()
    admission: tuple[Admission, ...] = ()  # per receiver and client address, from the newest check or arrival
    observations: tuple[Observation, ...] = ()  # newest first
    previous_level: RiskLevel = RiskLevel.UNKNOWN
    failing_since: Mapping[str, datetime] = field(default_factory=dict)  # by receiver, as the last assessment knew it
    paused_days: int = 0  # for so many days from now bounce processing is off: the question of a what-if
    mx: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # MX hosts of subscribers' domains, where looked up
