"""What the receiver asks of the house, done by the operations over the store."""

from dataclasses import dataclass
from datetime import datetime

from monitor.model.evidence import Arrival, Attempt
from monitor.operations.list_bounces import take_copy
from monitor.operations.record_arrival import record_arrival
from monitor.operations.services import Services
from monitor.probe import life
from monitor.receiver.backend import Copy
from monitor.receiver.token_addresses import TokenAddresses


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiverBackend:
    """A receiver's Backend. What is noted in a probe goes by the pure transitions of its life; one that is unknown is let be."""

    services: Services
    addresses: TokenAddresses

    def submitted_at(self, probe_id: str) -> datetime | None:
        """As Backend.submitted_at."""
        known = self.services.store.probes.get(probe_id)
        return None if known is None else known.submitted_at or known.scheduled_at

    def record(self, arrival: Arrival) -> None:
        """As Backend.record."""
        record_arrival(self.services, arrival)

    def refuse(self, probe_id: str, attempt: Attempt, *, limit: int | None) -> bool:
        """As Backend.refuse."""
        change = self.services.store.probes.change
        changed = change(probe_id, lambda probe: life.refused_as_asked(probe, attempt, limit=limit))
        return changed is not None and changed[0] != changed[1]

    def returned(self, probe_id: str, *, action: str, summary: str, at: datetime) -> None:
        """As Backend.returned."""
        change = self.services.store.probes.change
        change(probe_id, lambda probe: life.returned(probe, action=action, summary=summary, now=at))

    def copied(self, arrival: Arrival, content: bytes) -> Copy:
        """As Backend.copied."""
        return take_copy(self.services, arrival, content)
