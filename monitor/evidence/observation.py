"""One observation: whether a receiver would take, or took, one message over one address family."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from monitor.model.evidence import REFUSING, Admission, AdmissionAction

STALE: Final = timedelta(days=2)  # evidence older than this says nothing of today


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """One look at whether a receiver would refuse (or did refuse) the list's mail."""

    at: datetime
    receiver: str | None  # id of the receiver; None: it says something about every receiver
    family: int  # 4 or 6: over which the mail would go, or went
    failed: bool | None  # None: we could not find out, which counts for nothing
    source: str  # name of the evidence source that it is from
    action: AdmissionAction | None = None  # how it refused, where that is known


def observed(admission: Admission, *, at: datetime, source: str) -> Observation:
    """What a receiver would have done by its rules with what was seen, as an observation."""
    return Observation(
        at=at,
        receiver=admission.receiver,
        family=admission.client_ip.version,
        failed=None if admission.action is AdmissionAction.UNKNOWN else admission.action in REFUSING,
        source=source,
        action=admission.action,
    )
