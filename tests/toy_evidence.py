"""A kind of evidence as a folder of its own would have it: a postmaster's words about the list, read and weighed."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from monitor.evidence.observation import Observation
from monitor.evidence.source import EvidenceSource, Stream
from monitor.model.evidence import AdmissionAction
from monitor.model.findings import Finding, Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class Complaint:
    """What the store keeps."""

    list_id: str
    id: str
    at: datetime
    receiver: str
    family: int


def read_complaint(octets, *, list_id):
    """`id receiver family time`, one line: octets become a report."""
    ident, receiver, family, at = octets.decode().split()
    at = datetime.fromisoformat(at).replace(tzinfo=UTC)
    return Complaint(list_id=list_id, id=ident, at=at, receiver=receiver, family=int(family))


def _observations(reports, evidence):
    del evidence
    for each in reports:
        yield Observation(
            at=each.at,
            receiver=each.receiver,
            family=each.family,
            failed=True,
            source=COMPLAINTS.name,
            action=AdmissionAction.REJECT,
        )


def _findings(reports, evidence):
    del evidence
    for each in reports[:1]:
        yield Finding(
            code="complaint.postmaster",
            severity=Severity.WARNING,
            message=f"The postmaster of {each.receiver} wrote.",
            evidence={"complaints": len(reports)},
            reference="RFC 2142 section 4",
        )


COMPLAINTS = EvidenceSource(
    name="complaint",
    called="complaints",
    report=Complaint,
    stream=Stream(name="complaints", kept=50, ident=lambda each: f"{each.list_id}:{each.id}"),
    at=lambda each: each.at,
    read=10,
    speaks_for=timedelta(days=7),
    observations=_observations,
    findings=_findings,
)
