"""Receivers' reports: DMARC aggregate reports (RFC 9990) and SMTP TLS reports (RFC 8460)."""

import logging
from typing import Final

from monitor.receiver.backend import Backend
from monitor.receiver.kinds.kind import Mail
from monitor.receiver.replies import RECORDED

_log: Final = logging.getLogger(__name__)

NO_REPORT: Final = "554 5.6.0 There is no report in this message that can be read."


def take_reports(mail: Mail, backend: Backend) -> str:
    """Keep what the reports tell of lists, and nothing of the mail."""
    read = backend.reported(mail.observe(), mail.delivery.content)
    _log.info("report_received", extra={"list_id": mail.addresses[0].list_id, "reports": read or 0})
    return NO_REPORT if read is None else RECORDED
