"""Copies of the bounces of a list's posts."""

import logging
from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from monitor.receiver.backend import Backend, Copy
from monitor.receiver.kinds.kind import Mail
from monitor.receiver.replies import RECORDED

_log: Final = logging.getLogger(__name__)

REPLIES: Final[Mapping[Copy, str]] = {
    Copy.KEPT: RECORDED,
    Copy.FOREIGN: "550 5.7.1 Copies of bounces are taken from the list's own hosts alone.",
    Copy.UNPROVEN: "451 4.4.3 DNS did not say whose host this is; please try again later.",
}


def take_copy(mail: Mail, backend: Backend) -> str:
    """Keep what a copy of a bounce of the list's tells, and nothing of the copy."""
    list_id = mail.addresses[0].list_id
    became = backend.copied(replace(mail.observe(), list_id=list_id), mail.delivery.content)
    _log.info("bounce_copied", extra={"list_id": list_id, "became": became.value})
    return REPLIES[became]
