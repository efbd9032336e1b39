"""What an SMTP TLS report says (RFC 8460): values."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from monitor.model.dns import IpAddress


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """Sessions that failed alike (RFC 8460 section 4.4, failure-details)."""

    count: int
    result_type: str  # section 4.3, in lower case
    client_ip: IpAddress | None = None  # sending-mta-ip
    mx: str = ""  # receiving-mx-hostname; "" where it is not told


@dataclass(frozen=True, slots=True, kw_only=True)
class TlsReport:
    """How the sessions of one sender went that had mail for one domain."""

    reporter: str  # its organisation, else the domain of its contact
    report_id: str
    domain: str  # policy-domain: whose mail it was
    begin: datetime
    end: datetime
    ok: int  # sessions
    failed: int
    rows: Sequence[Failed]
    unread: int = 0  # details without a count that can be one
