"""What came to our own subscription, the canary, as evidence: its posts travel as every subscriber's do."""

from collections.abc import Iterable, Sequence
from hashlib import sha256
from operator import attrgetter
from typing import Final

from monitor.evidence.arrivals.admission import observations_of, travelling
from monitor.evidence.arrivals.source import ARRIVALS
from monitor.evidence.canary.findings import canary_findings
from monitor.evidence.genuine import genuine
from monitor.evidence.observation import Observation
from monitor.evidence.source import EvidenceSource, ListEvidence, Stream
from monitor.model.evidence import Arrival
from monitor.model.findings import Finding


def _genuine(mail: Sequence[Arrival], evidence: ListEvidence) -> Sequence[Arrival]:
    return genuine(mail, evidence.listed, evidence.of(ARRIVALS))


def _observations(mail: Sequence[Arrival], evidence: ListEvidence) -> Iterable[Observation]:
    return observations_of(travelling(mail), evidence.rules, source=CANARY.name)


def _findings(mail: Sequence[Arrival], evidence: ListEvidence) -> Iterable[Finding]:
    return canary_findings(
        mail,
        probe_arrived_at=next((each.received_at for each in evidence.of(ARRIVALS) if not each.direct), None),
        receiver_silent=bool(mail) and evidence.silent_at(mail[0].receiver),
        now=evidence.now,
    )


def _ident(mail: Arrival) -> str:
    """Strangers write a Message-ID as they like: its digest is as good a name, and short."""
    named = mail.message_id or f"{mail.received_at.timestamp()} {mail.reverse_path}"
    return f"{mail.list_id}:{sha256(named.encode('utf-8', 'replace')).hexdigest()}"


CANARY: Final = EvidenceSource(
    name="canary",
    called="canary posts",
    report=Arrival,
    stream=Stream(name="canary", kept=200, ident=_ident),  # apart, so that a busy list's posts drive no probe out
    at=attrgetter("received_at"),
    read=200,
    genuine=_genuine,
    observations=_observations,
    findings=_findings,
)
