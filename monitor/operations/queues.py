"""The queues of the broker, one a kind of work, and which workers take from them: no kind of work waits for another.

A mail server that drips octets holds whoever hands it a probe for the length of its deadline; a name server that is
silent holds a check. So those that wait for strangers have workers of their own, and what must always move, the clock's
tick and the heartbeat, waits for nobody.
"""

from dataclasses import dataclass
from typing import Final

QUEUES: Final = ("dns", "probe", "notify", "webhook", "upkeep")


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerKind:
    """One worker of `staysub worker`: what it takes on, and how many at a time."""

    name: str
    queues: tuple[str, ...]
    threads: int | None  # None: processes, as many as there are processors, for work that computes


KINDS: Final = (
    # Tick, watch and pulse: each ends before the next one of its kind is due, or soon after.
    WorkerKind(name="upkeep", queues=("upkeep",), threads=4),
    WorkerKind(name="checks", queues=("dns",), threads=None),
    # A submission waits for its server 45 s at most, so that this many servers that never answer cost 16 / 45 s.
    WorkerKind(name="probes", queues=("probe",), threads=16),
    # One task tries all notices of a tick side by side, and lasts as long as the slowest of them; how many are tried
    # at a time by all tasks stands in operations/deliver.py. Endpoints that are silent hold no mail.
    WorkerKind(name="mails", queues=("notify",), threads=8),
    WorkerKind(name="calls", queues=("webhook",), threads=8),
)
