"""What the receiver notes in a probe beside its arrival: refusals that it asked for, and the DSN that came back."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from monitor.errors import StoreUnavailable
from monitor.model.evidence import Attempt
from monitor.probe import life
from monitor.store import Store


class ProbeNotes(Protocol):
    """Changes to stored probes. May block; raise StoreUnavailable."""

    def refuse(self, probe_id: str, attempt: Attempt, *, limit: int | None) -> bool:
        """Whether to refuse this attempt, which is then noted; False where `limit` were refused before."""

    def returned(self, probe_id: str, *, action: str, summary: str, at: datetime) -> None:
        """Note a DSN about the probe: its action (RFC 3464 section 2.3.3) and one line of the rest."""


@dataclass(frozen=True, slots=True)
class StoreProbeNotes:
    """Notes in the store, by the pure transitions of a probe's life. A probe that is not known (any more) is let be."""

    store: Store

    def refuse(self, probe_id: str, attempt: Attempt, *, limit: int | None) -> bool:
        """As ProbeNotes.refuse."""
        changed = self.store.probes.change(probe_id, lambda probe: life.refused_as_asked(probe, attempt, limit=limit))
        return changed is not None and changed[0] != changed[1]

    def returned(self, probe_id: str, *, action: str, summary: str, at: datetime) -> None:
        """As ProbeNotes.returned."""
        self.store.probes.change(probe_id, lambda probe: life.returned(probe, action=action, summary=summary, now=at))


class NoProbeNotes:
    """For a desk without a store: such mail is put off."""

    def refuse(self, probe_id: str, attempt: Attempt, *, limit: int | None) -> bool:
        """As ProbeNotes.refuse."""
        raise StoreUnavailable(f"No notes are kept of {probe_id}: {attempt} of {limit}.", reason="unconfigured")

    def returned(self, probe_id: str, *, action: str, summary: str, at: datetime) -> None:
        """As ProbeNotes.returned."""
        raise StoreUnavailable(f"No notes are kept of {probe_id}: {action} {summary} {at}.", reason="unconfigured")
