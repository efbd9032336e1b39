"""Mail to our own subscription: the list's real posts, and what its software writes to the subscriber."""

import logging
from dataclasses import replace
from typing import Final

from monitor.evidence.canary.read import read_canary
from monitor.receiver.backend import Backend
from monitor.receiver.kinds.kind import Mail
from monitor.receiver.replies import RECORDED

_log: Final = logging.getLogger(__name__)


def take_canary(mail: Mail, backend: Backend) -> str:
    """Record the arrival with what kind of mail it is."""
    list_id, seen = mail.addresses[0].list_id, read_canary(mail.delivery.content)
    backend.record(replace(mail.observe(), list_id=list_id, canary=seen))
    _log.info("canary_received", extra={"list_id": list_id, "kind": seen.kind.value})
    return RECORDED
