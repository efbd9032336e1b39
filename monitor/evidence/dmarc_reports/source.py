"""DMARC aggregate reports as evidence: what receivers' own SPF and DKIM checks saw of the list's mail."""

from operator import attrgetter
from typing import Final

from monitor.evidence.dmarc_reports.findings import dmarc_findings
from monitor.evidence.report_age import kept_as
from monitor.evidence.source import EvidenceSource, Stream
from monitor.model.receiver_reports import DmarcOfList
from monitor.phrase.phrase import say


def _ident(report: DmarcOfList) -> str:
    return kept_as(report)


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
