"""Probes that arrived, as evidence: each would have been taken or refused elsewhere, by what our receiver saw of it."""

from collections.abc import Iterable, Sequence
from operator import attrgetter
from typing import Final

from monitor.evidence.arrivals.sporadic import sporadic_arrivals
from monitor.evidence.arrivals.travelling import best_dkim
from monitor.evidence.entry import Entry, facts_of_arrival
from monitor.evidence.source import EvidenceSource, ListEvidence, Stream
from monitor.metrics import PROBE_DELAY, Counts
from monitor.model.evidence import Arrival
from monitor.model.findings import Finding
from monitor.phrase.phrase import say


def _entry(arrival: Arrival) -> Entry | None:
    """A probe around the list's mail server does not show how the list's mail travels."""
    if arrival.direct:
        return None
    facts = facts_of_arrival(arrival, best_dkim(arrival.dkim))
    return Entry(source=ARRIVALS.name, at=arrival.received_at, facts=facts)


def _findings(arrivals: Sequence[Arrival], evidence: ListEvidence) -> Iterable[Finding]:
    return sporadic_arrivals(arrivals, evidence.ledger, source=ARRIVALS.name, now=evidence.now)


def _counts(arrival: Arrival) -> Counts:
    return {} if arrival.delay is None else PROBE_DELAY.one(arrival.delay.total_seconds())


ARRIVALS: Final = EvidenceSource(
    name="arrival",
    told=lambda **parts: say("{failed} of {total} arrivals, {share} %", **parts),
    report=Arrival,
    stream=Stream(
        name="arrivals",
        kept=36,  # a day and a half at one probe an hour, each as its difference to another, about 100 bytes
        ident=lambda each: each.probe_id or f"{each.list_id}:{each.message_id}",
        counts=_counts,
        success=lambda _: "probe",
    ),
    at=attrgetter("received_at"),
    read=3,
    entry=_entry,
    findings=_findings,
)
