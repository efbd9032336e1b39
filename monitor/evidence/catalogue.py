"""Every kind of evidence, one line each, and what they say together of one list. Pure."""

from collections.abc import Iterator
from operator import attrgetter
from typing import Any

from monitor.evidence.arrivals.source import ARRIVALS
from monitor.evidence.bounces.source import BOUNCES
from monitor.evidence.canary.source import CANARY
from monitor.evidence.checks.source import CHECKS
from monitor.evidence.observation import Observation
from monitor.evidence.probes.source import PROBES
from monitor.evidence.source import EvidenceSource, ListEvidence
from monitor.model.findings import Finding

SOURCES: tuple[EvidenceSource[Any], ...] = (  # findings of equal severity come in this order
    CHECKS,
    PROBES,
    ARRIVALS,
    CANARY,
    BOUNCES,
)


def observations(evidence: ListEvidence) -> tuple[Observation, ...]:
    """What every kind saw of receivers, newest first."""
    seen = (each for source in SOURCES for each in source.observations(_speaking(source, evidence), evidence))
    return tuple(sorted(seen, key=attrgetter("at"), reverse=True))


def findings(evidence: ListEvidence) -> Iterator[Finding]:
    """What every kind tells of the list."""
    for source in SOURCES:
        yield from source.findings(evidence.of(source), evidence)


def _speaking(source: EvidenceSource[Any], evidence: ListEvidence) -> list[Any]:
    reports = evidence.of(source)
    if source.speaks_for is None:
        return list(reports)
    return [each for each in reports if evidence.now - source.at(each) <= source.speaks_for]
