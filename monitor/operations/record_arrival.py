"""An arrival at the receiver: recorded before the receiver says 250, then thought about."""

import logging

from monitor.errors import StoreUnavailable
from monitor.model.evidence import Arrival
from monitor.operations.reassess import reassess
from monitor.operations.services import Services
from monitor.probe import life

log = logging.getLogger(__name__)


def record_arrival(services: Services, arrival: Arrival) -> None:
    """Keep the arrival and end its probe. May be repeated: a probe arrives once.

    Raises StoreUnavailable where it could not be kept; the receiver then says 451 and the message comes again.
    """
    services.store.evidence.record_arrival(arrival)
    if arrival.probe_id is not None:
        services.store.probes.change(arrival.probe_id, lambda one: life.arrived(one, now=arrival.received_at))
    listed = services.watched(arrival.list_id)
    if listed is None:
        return
    try:
        reassess(services, listed, cause=f"arrival:{arrival.probe_id or arrival.message_id}")
    except StoreUnavailable:
        log.warning("assessment_postponed", extra={"list": arrival.list_id})  # the next check thinks about it
