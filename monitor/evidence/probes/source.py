"""Probes as evidence: how they ended tells of the path to us; their arrivals tell what receivers would say."""

from collections.abc import Iterator, Sequence
from operator import attrgetter
from typing import Final

from monitor.evidence.probes.findings import probe_findings
from monitor.evidence.probes.localise import localised, through_mta
from monitor.evidence.source import EvidenceSource, ListEvidence
from monitor.model.evidence import Probe
from monitor.model.findings import Finding
from monitor.phrase.phrase import say


def _findings(probes: Sequence[Probe], _evidence: ListEvidence) -> Iterator[Finding]:
    yield from probe_findings(through_mta(probes))
    yield from localised(probes)


PROBES: Final = EvidenceSource(
    name="probe",
    told=lambda **parts: say("{failed} of {total} probes, {share} %", **parts),
    report=Probe,
    documents=True,
    at=attrgetter("scheduled_at"),
    read=9,
    findings=_findings,
)
