"""Probes that arrived, as evidence: each would have been taken or refused elsewhere, by what our receiver saw of it."""

from collections.abc import Iterable, Sequence
from operator import attrgetter
from typing import Final

from monitor.evidence.arrivals.admission import observations_of, travelling
from monitor.evidence.observation import Observation
from monitor.evidence.source import EvidenceSource, ListEvidence, Stream
from monitor.metrics import PROBE_DELAY, Counts
from monitor.model.evidence import Arrival


def _observations(arrivals: Sequence[Arrival], evidence: ListEvidence) -> Iterable[Observation]:
    return observations_of(travelling(arrivals), evidence.rules, source=ARRIVALS.name)


def _counts(arrival: Arrival) -> Counts:
    return {} if arrival.delay is None else PROBE_DELAY.one(arrival.delay.total_seconds())


ARRIVALS: Final = EvidenceSource(
    name="arrival",
    called="arrivals",
    report=Arrival,
    stream=Stream(
        name="arrivals",
        kept=50,  # two days at one probe an hour, each as its difference to another, about 100 bytes
        ident=lambda each: each.probe_id or f"{each.list_id}:{each.message_id}",
        counts=_counts,
        success=lambda _: "probe",
    ),
    at=attrgetter("received_at"),
    read=200,
    observations=_observations,
)
