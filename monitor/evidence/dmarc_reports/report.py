"""What a DMARC aggregate report says (RFC 9990, and RFC 7489 appendix C before it): values."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from monitor.model.dns import IpAddress

MFROM: Final = "mfrom"  # RFC 9990 section 3.1.1.12: the identity of RFC 7208 section 2.4
PASS: Final = "pass"  # noqa: S105 - a result, not a password


@dataclass(frozen=True, slots=True)
class SpfCheck:
    """What SPF said of one identity; all in lower case, "" for what is not told."""

    domain: str
    scope: str
    result: str


@dataclass(frozen=True, slots=True)
class DkimCheck:
    """What became of one signature; all in lower case, "" for what is not told."""

    domain: str
    selector: str
    result: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """Messages of one address that fared alike."""

    client_ip: IpAddress  # IPv4-mapped as IPv4
    count: int
    disposition: str = ""  # in lower case, as all names and words here
    passed: bool = False  # DMARC: policy_evaluated has a pass
    overrides: Sequence[str] = ()  # why the policy was not applied: forwarded, mailing_list, local_policy …
    envelope_from: str = ""
    header_from: str = ""
    spf: Sequence[SpfCheck] = ()
    dkim: Sequence[DkimCheck] = ()

    @property
    def mail_from(self) -> SpfCheck | None:
        """What SPF said of the reverse-path: the check of scope mfrom, else one that names no scope, else any."""
        checks = sorted(self.spf, key=lambda each: (each.scope != MFROM, bool(each.scope)))
        return checks[0] if checks else None

    @property
    def signed(self) -> str:
        """What became of the signatures together: pass where one holds, else what the first is said to be; or none."""
        results = [each.result for each in self.dkim]
        return PASS if PASS in results else next(filter(None, results), "none")


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What one receiver tells about one domain's mail of a time."""

    reporter: str  # its organisation, else the domain of its address
    report_id: str
    domain: str  # whose policy it is about
    begin: datetime
    end: datetime
    rows: Sequence[Row]
    unread: int = 0  # rows without an address or a count that can be one
