"""A probe: through the list's MTA, evidence of the list's mail; around it, of the network alone."""

import logging
from dataclasses import replace
from typing import Final

from monitor.model.evidence import Arrival
from monitor.receiver.arrival import for_probe
from monitor.receiver.backend import Backend
from monitor.receiver.kinds.kind import Mail
from monitor.receiver.replies import RECORDED

_log: Final = logging.getLogger(__name__)


def take_probe(mail: Mail, backend: Backend) -> str:
    """Record the arrival."""
    return _record(mail, mail.observe(), backend)


def take_direct(mail: Mail, backend: Backend) -> str:
    """Record the arrival, marked as direct."""
    return _record(mail, replace(mail.observe(), direct=True), backend)


def _record(mail: Mail, arrival: Arrival, backend: Backend) -> str:
    """Record the arrival as that of each probe that the message is addressed to."""
    for address in mail.addresses:
        probe_id = address.claims.probe_id
        submitted_at = backend.submitted_at(probe_id)
        backend.record(for_probe(arrival, list_id=address.list_id, probe_id=probe_id, submitted_at=submitted_at))
        _log.info("probe_arrived", extra={"list_id": address.list_id, "probe_id": probe_id})
    return RECORDED
