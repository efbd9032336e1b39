"""A kind of evidence as a folder of its own would have it: a postmaster's words about the list, read and entered."""

from dataclasses import dataclass
from datetime import UTC, datetime
from operator import attrgetter

from monitor.evidence.entry import Entry, Reply, digest_of_post
from monitor.evidence.sketch import digest
from monitor.evidence.source import EvidenceSource, Stream
from monitor.model.evidence import AdmissionAction
from monitor.model.findings import Finding, Severity
from monitor.phrase.phrase import say


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


def _entry(complaint):
    reply = Reply(
        at=complaint.at,
        receiver=complaint.receiver,
        family=complaint.family,
        action=AdmissionAction.REJECT,
        post=digest_of_post(f"{complaint.id}@lists.example.org", at=complaint.at),
        members=(digest(f"member {complaint.id}"),),
        text="We do not want this.",
    )
    return Entry(source=COMPLAINTS.name, at=complaint.at, replies=(reply,))


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
    told=lambda **parts: say("{failed} of {total} complaints, {share} %", **parts),
    report=Complaint,
    stream=Stream(name="complaints", kept=50, ident=lambda each: f"{each.list_id}:{each.id}"),
    at=attrgetter("at"),
    read=10,
    entry=_entry,
    findings=_findings,
)
