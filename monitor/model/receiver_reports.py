"""What receivers' own reports tell of one list: DMARC aggregate reports (RFC 9990) and SMTP TLS reports (RFC 8460)."""

from dataclasses import dataclass
from datetime import datetime

from monitor.model.dns import IpAddress


@dataclass(frozen=True, slots=True, kw_only=True)
class DmarcRow:
    """Messages that came from one address to that receiver and fared alike. Results are words of RFC 8601."""

    client_ip: IpAddress
    count: int
    spf: str = ""  # of the reverse-path; "" where the report does not tell
    spf_domain: str = ""
    dkim: str = ""  # of the list's own signatures: pass where one holds; "" where there is none
    passed: bool = False  # DMARC
    disposition: str = ""
    overrides: tuple[str, ...] = ()  # why the policy was not applied


@dataclass(frozen=True, slots=True, kw_only=True)
class DmarcOfList:
    """What one DMARC aggregate report tells of a list: rows of its own addresses, or in its name."""

    list_id: str
    reporter: str
    report_id: str
    domain: str  # whose policy the report is about
    begin: datetime
    end: datetime
    rows: tuple[DmarcRow, ...] = ()  # those of most messages
    proven: bool = True  # the reporter signed the mail that brought it, or an administrator gave it
    by: str = ""  # the domain that signed the mail; "" of what an administrator gave


@dataclass(frozen=True, slots=True, kw_only=True)
class TlsRow:
    """Sessions that failed alike."""

    count: int
    result_type: str  # RFC 8460 section 4.3
    mx: str = ""
    family: int | None = None  # 4 or 6, of the sender; None where it is not told


@dataclass(frozen=True, slots=True, kw_only=True)
class TlsOfList:
    """What one TLS report tells of the sessions with the servers that take mail for a list's domain."""

    list_id: str
    reporter: str
    report_id: str
    domain: str
    begin: datetime
    end: datetime
    ok: int
    failed: int
    rows: tuple[TlsRow, ...] = ()
    proven: bool = True
    by: str = ""
