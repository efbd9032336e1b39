"""What the receiver asks of the house, done by the operations over the store."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from monitor.errors import StoreUnavailable
from monitor.evidence.arrivals.source import ARRIVALS
from monitor.evidence.genuine import is_of, networks
from monitor.model.evidence import Arrival, Attempt
from monitor.model.lists import MailingList
from monitor.operations.keep_reports import take_reports
from monitor.operations.list_bounces import take_copy
from monitor.operations.notice_bounces import note_returned
from monitor.operations.reassess import reassess
from monitor.operations.services import Services
from monitor.probe import life
from monitor.receiver.backend import Copy
from monitor.receiver.token_addresses import TokenAddresses

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiverBackend:
    """A receiver's Backend.

    What is noted in a probe goes by the pure transitions of its life; one that is unknown is let be.
    """

    services: Services
    addresses: TokenAddresses
    look_again: Callable[[], bool] = lambda: True  # as Backend.look_again; what knows its lists and keys needs none

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

    def notice_returned(self, list_id: str, mark: str, content: bytes) -> str | None:
        """As Backend.notice_returned."""
        made = self.services
        return note_returned(made.store, made.settings(), content, list_id=list_id, mark=mark, now=made.now())

    def reported(self, arrival: Arrival, content: bytes) -> int | None:
        """As Backend.reported."""
        return take_reports(self.services, arrival, content)

    def copied(self, arrival: Arrival, content: bytes) -> Copy:
        """As Backend.copied."""
        return take_copy(self.services, arrival, content)


def record_arrival(services: Services, arrival: Arrival) -> None:
    """Keep the arrival and end its probe. May be repeated: a probe arrives once.

    Raises StoreUnavailable where it could not be kept; the receiver then says 451 and the message comes again.
    """
    listed = services.watched(arrival.list_id)
    services.store.evidence.record_arrival(
        arrival, weighed=arrival.canary is None or _is_own(services, listed, arrival)
    )
    if arrival.probe_id is not None:
        services.store.probes.change(arrival.probe_id, lambda one: life.arrived(one, now=arrival.received_at))
    if listed is None:
        return
    try:
        reassess(services, listed, cause=f"arrival:{arrival.probe_id or arrival.message_id}")
    except StoreUnavailable:
        log.warning("assessment_postponed", extra={"list": arrival.list_id})  # the next check makes it


def _is_own(services: Services, listed: MailingList | None, arrival: Arrival) -> bool:
    """Whether mail to the canary is the list's own, by all that is known of where its mail leaves from."""
    if listed is None:
        return False
    arrivals = services.store.evidence.read(ARRIVALS, listed.id, ARRIVALS.read)
    return is_of(arrival, listed, networks(arrivals, listed))
