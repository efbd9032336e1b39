"""What came to our own subscription, the canary, as evidence: its posts travel as every subscriber's do."""

from collections.abc import Iterable, Sequence
from hashlib import sha256
from operator import attrgetter
from typing import Final

from monitor.evidence.arrivals.source import ARRIVALS
from monitor.evidence.arrivals.travelling import best_dkim
from monitor.evidence.canary.findings import canary_findings
from monitor.evidence.entry import Entry, digest_of_post, facts_of_arrival
from monitor.evidence.genuine import genuine
from monitor.evidence.source import EvidenceSource, ListEvidence, Stream
from monitor.model.evidence import Arrival, CanaryKind
from monitor.model.findings import Finding
from monitor.phrase.phrase import say


def _genuine(mail: Sequence[Arrival], evidence: ListEvidence) -> Sequence[Arrival]:
    return genuine(mail, evidence.listed, evidence.of(ARRIVALS))


def _entry(mail: Arrival) -> Entry | None:
    """A post travels as every subscriber's does; what the list's software writes itself may not."""
    if not is_post(mail):
        return None
    return Entry(
        source=CANARY.name,
        at=mail.received_at,
        facts=facts_of_arrival(mail, best_dkim(mail.dkim)),
        posts=((mail.received_at, digest_of_post(mail.message_id, at=mail.received_at)),),
    )


def _findings(posts: Sequence[Arrival], evidence: ListEvidence) -> Iterable[Finding]:
    mail = sorted((*posts, *evidence.of(CANARY_NOTICES)), key=attrgetter("received_at"), reverse=True)
    return canary_findings(
        mail,
        longest_pause=evidence.ledger.longest_pause,
        probe_arrived_at=next((each.received_at for each in evidence.of(ARRIVALS) if not each.direct), None),
        receiver_silent=bool(mail) and evidence.silent_at(mail[0].receiver),
        now=evidence.now,
    )


def is_post(mail: Arrival) -> bool:
    """Whether it is a post of the list, not a notice of its software."""
    return mail.canary is not None and mail.canary.kind is CanaryKind.POST


def _ident(mail: Arrival) -> str:
    """Strangers write a Message-ID as they like: its digest is as good a name, and short."""
    named = mail.message_id or f"{mail.received_at.timestamp()} {mail.reverse_path}"
    return f"{mail.list_id}:{sha256(named.encode('utf-8', 'replace')).hexdigest()}"


CANARY: Final = EvidenceSource(
    name="canary",
    told=lambda **parts: say("{failed} of {total} canary posts, {share} %", **parts),
    report=Arrival,
    stream=Stream(name="canary", kept=50, ident=_ident),  # apart, so that a busy list's posts drive no probe out
    at=attrgetter("received_at"),
    read=12,
    genuine=_genuine,
    entry=_entry,
    findings=_findings,
)
CANARY_NOTICES: Final = EvidenceSource(
    name="canary-notice",
    told=lambda **parts: say("{failed} of {total} notices to the canary, {share} %", **parts),
    report=Arrival,
    stream=Stream(name="canary-notices", kept=20, ident=_ident),  # apart, so that posts drive none of these out
    at=attrgetter("received_at"),
    read=5,
    genuine=_genuine,
)
