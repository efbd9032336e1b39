"""SMTP TLS reports as evidence: whether posts come to the list over TLS, as those say who send them."""

from operator import attrgetter
from typing import Final

from monitor.evidence.report_age import ident_of
from monitor.evidence.source import EvidenceSource, Stream
from monitor.evidence.tls_reports.findings import tls_findings
from monitor.model.receiver_reports import TlsOfList
from monitor.phrase.phrase import say


def _ident(report: TlsOfList) -> str:
    """One that nobody vouches for keeps none out that is proven; one report may be about several domains."""
    known = f"{report.list_id}:{ident_of(report.reporter, report.report_id, report.domain, report.end)}:{report.domain}"
    return known if report.proven else f"{known}:unproven"


TLS_REPORTS: Final = EvidenceSource(
    name="tls-report",
    told=lambda **parts: say("{failed} of {total} TLS reports, {share} %", **parts),
    report=TlsOfList,
    stream=Stream(name="tls-reports", kept=100, ident=_ident),
    at=attrgetter("end"),
    read=30,
    findings=tls_findings,
)
