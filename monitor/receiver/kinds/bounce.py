"""A DSN that comes back to the reverse-path of our own mail."""

import logging
from typing import Final

from monitor.receiver.backend import Backend
from monitor.receiver.kinds.kind import Mail
from monitor.receiver.replies import RECORDED
from monitor.trace.bounce import read_bounce
from monitor.trace.delivery_status import DeliveryStatus

_log: Final = logging.getLogger(__name__)


def take_bounce(mail: Mail, backend: Backend) -> str:
    """Note the DSN in the probe that its address names; a report that cannot be read is noted as such."""
    address = mail.addresses[0]
    statuses = read_bounce(mail.delivery.content).statuses
    status = next((each for each in statuses if each.action == "failed"), next(iter(statuses), None))
    action, summary = ("", "a notification without a report") if status is None else (status.action, _line(status))
    probe_id = address.claims.probe_id
    backend.returned(probe_id, action=action, summary=summary, at=mail.delivery.received_at)
    _log.info("dsn_came_back", extra={"list_id": address.list_id, "probe_id": probe_id, "action": action})
    return RECORDED


def _line(status: DeliveryStatus) -> str:
    """A DSN in one line: action, status, what was said, and by whom."""
    said = status.diagnostic_code or "no diagnostic"
    return f"{status.action} {status.status}: {said} (reported by {status.reporting_mta or 'nobody'})"
