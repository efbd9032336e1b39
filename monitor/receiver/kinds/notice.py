"""A notice that came back to its reverse-path: its bounce tells that its reader was not reached."""

import logging
from typing import Final

from monitor.receiver.backend import Backend
from monitor.receiver.kinds.kind import Mail
from monitor.receiver.replies import RECORDED

_log: Final = logging.getLogger(__name__)


def take_notice(mail: Mail, backend: Backend) -> str:
    """Note the bounce in the notice that the address names; what is no bounce (a delay, an answer) changes nothing."""
    address = mail.addresses[0]
    found = backend.notice_returned(address.list_id, address.claims.probe_id, mail.delivery.content)
    _log.info("notice_came_back", extra={"list_id": address.list_id, "notice": found or "none that is given up"})
    return RECORDED
