"""DMARC aggregate reports as evidence: what receivers' own SPF and DKIM checks saw of the list's mail."""

from operator import attrgetter
from typing import Final

from monitor.evidence.dmarc_reports.findings import dmarc_findings
from monitor.evidence.report_age import ident_of
from monitor.evidence.source import EvidenceSource, Stream
from monitor.model.receiver_reports import DmarcOfList
from monitor.phrase.phrase import say


def _ident(report: DmarcOfList) -> str:
    """One that nobody vouches for keeps none out that is proven."""
    known = ident_of(report.reporter, report.report_id, report.domain, report.end)
    return f"{report.list_id}:{known}" if report.proven else f"{report.list_id}:{known}:unproven"


# Its rows are in no ledger: a row of 3,000 messages is not 3,000 looks of ours.
DMARC_REPORTS: Final = EvidenceSource(
    name="dmarc-report",
    told=lambda **parts: say("{failed} of {total} reports, {share} %", **parts),
    report=DmarcOfList,
    stream=Stream(name="dmarc-reports", kept=200, ident=_ident),
    at=attrgetter("end"),
    read=60,
    findings=dmarc_findings,
)
