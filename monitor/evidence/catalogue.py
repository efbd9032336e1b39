"""Every kind of evidence, one line each, and what they say together of one list. Pure."""

from collections.abc import Iterator
from typing import Any

from monitor.evidence.arrivals.source import ARRIVALS
from monitor.evidence.bounces.source import BOUNCES
from monitor.evidence.canary.source import CANARY, CANARY_NOTICES
from monitor.evidence.checks.source import CHECKS
from monitor.evidence.dmarc_reports.source import DMARC_REPORTS
from monitor.evidence.post_findings import post_findings
from monitor.evidence.probes.source import PROBES
from monitor.evidence.source import EvidenceSource, ListEvidence
from monitor.evidence.tls_reports.source import TLS_REPORTS
from monitor.model.findings import Finding

SOURCES: tuple[EvidenceSource[Any], ...] = (  # findings of equal severity come in this order
    CHECKS,
    PROBES,
    ARRIVALS,
    CANARY,
    CANARY_NOTICES,
    BOUNCES,
    DMARC_REPORTS,
    TLS_REPORTS,
)


def findings(
    evidence: ListEvidence,
    *,
    besides: EvidenceSource[Any] | None = None,
    bulk: frozenset[tuple[str, bool]] = frozenset(),
) -> Iterator[Finding]:
    """What every kind `besides` that one tells of the list, and what its mail shows, of whichever kind.

    `bulk` says whether it sends bulk to a receiver; one that is not named: not known.
    """
    for source in SOURCES:
        if source is not besides:
            yield from source.findings(evidence.of(source), evidence)
    yield from post_findings(evidence, bulk=frozenset(receiver for receiver, yes in bulk if yes))
