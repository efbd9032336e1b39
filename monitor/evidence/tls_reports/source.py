"""SMTP TLS reports as evidence: whether posts come to the list over TLS, as those say who send them."""

from operator import attrgetter
from typing import Final

from monitor.evidence.report_age import kept_as
from monitor.evidence.source import EvidenceSource, Stream
from monitor.evidence.tls_reports.findings import tls_findings
from monitor.model.receiver_reports import TlsOfList
from monitor.phrase.phrase import say


def _ident(report: TlsOfList) -> str:
    """One report may be about several domains."""
    return f"{kept_as(report)}:{report.domain}"


TLS_REPORTS: Final = EvidenceSource(
    name="tls-report",
    told=lambda **parts: say("{failed} of {total} TLS reports, {share} %", **parts),
    report=TlsOfList,
    stream=Stream(name="tls-reports", kept=100, ident=_ident),
    at=attrgetter("end"),
    read=30,
    findings=tls_findings,
)
