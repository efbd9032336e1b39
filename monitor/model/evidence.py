"""What tells how receivers take a list's mail: checks, probes, arrivals, bounces, and what the list manager told."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, Protocol

from monitor.model.dns import DnsFact, IpAddress, IpNetwork, PtrOutcome, SpfCost, SpfOutcome, TermLine, network_of
from monitor.model.findings import CheckStatus, Finding
from monitor.model.header import FromForm, OneClick
from monitor.model.signing import KeyOutcome, SignedAs
from monitor.model.vantage import ONLY
from monitor.phrase.stored import Words


class AuthResult(StrEnum):
    """Result of DKIM or DMARC evaluation (RFC 8601 sections 2.7.1 and 2.7.2; RFC 9989 section 5)."""

    NONE = "none"
    PASS = "pass"  # noqa: S105 - a result, not a password
    FAIL = "fail"
    NEUTRAL = "neutral"
    TEMPERROR = "temperror"
    PERMERROR = "permerror"


class AdmissionAction(StrEnum):
    """What a receiver does with a message."""

    ACCEPT = "accept"
    DEFER = "defer"
    REJECT = "reject"
    UNKNOWN = "unknown"


WEAKER: Final[Mapping[str, str]] = {
    "reject": "quarantine",
    "quarantine": "none",
    "none": "none",
}  # RFC 9989 section 4.7
REFUSING: Final = frozenset({AdmissionAction.DEFER, AdmissionAction.REJECT})


class ProbeState(StrEnum):
    """Where one probe is in its life."""

    SCHEDULED = "scheduled"
    SUBMITTED = "submitted"
    ARRIVED = "arrived"
    DEFERRED = "deferred"
    REJECTED = "rejected"
    BOUNCED = "bounced"
    LOST = "lost"


class CanaryKind(StrEnum):
    """What a message to the canary address, our own subscription to a list, is."""

    POST = "post"
    DISABLE_WARNING = "disable-warning"  # the list's software counts bounces of the canary
    UNSUBSCRIBED = "unsubscribed"
    CONFIRMATION = "confirmation"  # somebody is to confirm the subscription; we never do by ourselves
    NOTICE = "notice"  # from the list's software, of no kind that is known here


@dataclass(frozen=True, slots=True, kw_only=True)
class Admission:
    """What one receiver rule says of given evidence."""

    receiver: str  # id of the receiver, such as "microsoft-365"
    client_ip: IpAddress
    action: AdmissionAction
    reply: str | None = None  # SMTP reply text; None where accepted or unknown
    rule: str | None = None  # rule id; None where no rule spoke
    because: tuple[str, ...] = ()  # "spf=fail", "dkim=unknown", "ptr=missing"
    undecided: tuple[str, ...] = ()  # of an unknown answer: the facts that it hangs on, "ptr"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outage:
    """Checks in a row at which DNS kept the mailfrom identity from being evaluated over one address family.

    Each check carries it on from the one before, so that nobody has to read the past again.
    """

    family: int  # 4 or 6
    name: str  # whose name servers gave no usable answer, at the newest of these checks
    since: datetime  # the first of them
    until: datetime  # the newest of them: later ones may have been blind by our own fault
    checks: int = 1
    proven_at: datetime | None = None  # the check that showed that it lasts; None: it may come and go
    seen_at: datetime | None = None  # the newest check before it that evaluated the identity; None: not known


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckOutcome:
    """One evaluation of the DNS facts for a list or a bare domain, with all that follows from them alone."""

    domain: str  # of the mailfrom identity, A-labels
    list_id: str | None = None
    slot: int = 0  # the schedule's slot; 0 for a check asked for by hand
    evaluated_at: datetime
    status: CheckStatus
    record: str | None = None  # the SPF record as published; None where there is none or it is unknown
    cost: SpfCost = field(default_factory=SpfCost)
    results: tuple[SpfOutcome, ...] = ()
    ptrs: tuple[PtrOutcome, ...] = ()
    findings: tuple[Finding, ...] = ()
    admission: tuple[Admission, ...] = ()
    suggested_record: str | None = None
    tree: tuple[TermLine, ...] = ()  # the record with all that it includes
    outages: tuple[Outage, ...] = ()  # what DNS keeps from being evaluated, one a family, this check included
    facts: tuple[DnsFact, ...] = ()  # of a list: what DNS says beside SPF, looked at for changes
    signed: tuple[SignedAs, ...] = ()  # of a list: how its mail is signed, by the newest that shows it
    keys: tuple[KeyOutcome, ...] = ()  # the records of all its keys that are known, those that sign now first
    ours: Words | None = None  # why we could not see, where it is our own fault: it says nothing about the list


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckMark:
    """As much of a CheckOutcome as a picture of many shows."""

    evaluated_at: datetime
    status: CheckStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One delivery attempt that our receiver refused because the probe asked it to answer as a receiver rule says."""

    at: datetime
    client_ip: IpAddress
    reply: str
    server_ip: IpAddress | None = None  # which of our addresses it came to


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """One test message and its life."""

    id: str  # also in its token; unguessable only together with the signature
    list_id: str
    slot: int
    forward_path: str  # the token address at the receiver
    reverse_path: str
    message_id: str
    state: ProbeState
    scheduled_at: datetime
    submitted_at: datetime | None = None
    finished_at: datetime | None = None
    deadline_at: datetime
    reply: Words | None = None  # last SMTP reply or error of the submission, for people
    ours: bool = False  # True where the trouble is on our side, so that it says nothing about the list
    attempts: int = 0
    as_rule: str | None = None  # receiver rule that the receiver answers by; such a run is no evidence about the list
    seen: tuple[Attempt, ...] = ()  # what was refused on purpose: the retries of the list's MTA
    dsn: str | None = None  # the last DSN about it that came back to us, in one line
    source: IpAddress | None = None  # sent directly from this address; None: through the list's MTA
    receiver: str = ONLY  # the vantage that it goes to


@dataclass(frozen=True, slots=True, kw_only=True)
class DkimSignature:
    """One DKIM-Signature as verified at arrival (RFC 6376 section 6.1)."""

    domain: str  # d=
    selector: str  # s=
    algorithm: str  # a=
    result: AuthResult
    problem: str | None = None
    covers: tuple[str, ...] | None = None  # those of COVERABLE that h= names; None: not noted, by an older version
    partial: bool = False  # l= is there: what stands behind that many octets is anybody's (RFC 6376 section 8.2)


@dataclass(frozen=True, slots=True, kw_only=True)
class DmarcOutcome:
    """DMARC as evaluated at arrival (RFC 9989 section 5)."""

    author_domain: str  # of the From field
    policy_domain: str | None  # where the record was found
    policy: str | None  # none, quarantine, reject; None without a record
    spf_aligned: bool
    dkim_aligned: bool
    result: AuthResult
    testing: bool = False  # t=y: receivers are asked to apply the next weaker policy (section 4.7)

    @property
    def applied(self) -> str | None:
        """What a receiver is asked to apply to mail that fails."""
        return WEAKER.get(self.policy or "") if self.testing else self.policy


@dataclass(frozen=True, slots=True, kw_only=True)
class Hop:
    """One Received field (RFC 5321 section 4.4), counted from the first hop as 1."""

    n: int
    from_host: str
    by_host: str
    client_ip: IpAddress | None
    with_protocol: str
    tls: bool | None
    at: datetime | None
    delay: timedelta | None  # since the hop before


@dataclass(frozen=True, slots=True, kw_only=True)
class CanaryMail:
    """What came to the canary address. Of posts only that they came: their words are nobody's business here."""

    kind: CanaryKind
    notice: str | None = None  # id of the known form of a list manager's notice
    subject: str = ""  # of a notice
    sender: str = ""  # of a notice, its From field
    links: tuple[str, ...] = ()  # of a confirmation: http and https URLs for a person to open


def over_tls(version: str | None, *, offered: bool | None) -> bool | None:
    """Whether mail came over TLS; None where that says nothing of the client, for we had none to offer."""
    return True if version is not None else False if offered else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """What the receiver saw of one delivered message."""

    list_id: str
    probe_id: str | None
    received_at: datetime
    client_ip: IpAddress
    helo: str
    reverse_path: str
    tls_version: str | None
    tls_cipher: str | None
    size_bytes: int
    delay: timedelta | None  # since the probe was submitted
    ptr: PtrOutcome
    spf: tuple[SpfOutcome, ...]
    dkim: tuple[DkimSignature, ...] = ()
    dmarc: DmarcOutcome | None = None
    hops: tuple[Hop, ...] = ()  # the last one is the client's with us
    message_id: str = ""
    arc_sets: int = 0  # how many ARC sets it carries (RFC 8617 section 4), unverified
    list_fields: tuple[str, ...] = ()  # names of its List-* fields (RFC 2369, RFC 2919), lower case
    canary: CanaryMail | None = None  # None: a probe
    direct: bool = False  # a probe that a worker on the list's host sent around the list's MTA
    server_ip: IpAddress | None = None  # which of our addresses it came to
    receiver: str = ONLY  # the vantage that it came to
    tls_offered: bool | None = None  # whether our receiver had STARTTLS to offer; None: not noted, by an older version
    one_click: OneClick | None = None  # None: not known, for a key of a signature did not answer, or not noted
    from_form: FromForm | None = None  # None: not noted
    from_list: bool | None = (
        None  # whether From is the address that List-Post names, by us or by From-munging; None: not known
    )
    dkim2: bool = False  # whether it carries a DKIM2-Signature, a draft in 2026; nothing is judged by it

    @property
    def tls(self) -> bool | None:
        """Whether it came over TLS."""
        return over_tls(self.tls_version, offered=self.tls_offered)

    @property
    def client_network(self) -> IpNetwork:
        """The /64 of the client."""
        return network_of(self.client_ip)


class Seen(Protocol):
    """As much of mail that arrived as tells where a list's mail comes from, and who signs it."""

    @property
    def received_at(self) -> datetime:
        """When it came."""

    @property
    def client_ip(self) -> IpAddress:
        """Where it came from."""

    @property
    def reverse_path(self) -> str:
        """Of its envelope."""

    @property
    def dkim(self) -> tuple[DkimSignature, ...]:
        """Its signatures."""

    @property
    def canary(self) -> CanaryMail | None:
        """None: a probe."""

    @property
    def direct(self) -> bool:
        """Whether it went around the list's MTA."""

    @property
    def dmarc(self) -> DmarcOutcome | None:
        """DMARC at its arrival."""

    @property
    def tls(self) -> bool | None:
        """Whether it came over TLS; None: not known, as where we had none to offer."""

    @property
    def one_click(self) -> OneClick | None:
        """What it offers for unsubscribing by one click."""

    @property
    def from_form(self) -> FromForm | None:
        """What it has for From."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenProbe:
    """The same of a probe: of many, reading each whole takes most of the time."""

    received_at: datetime
    client_ip: IpAddress
    reverse_path: str
    dkim: tuple[DkimSignature, ...] = ()
    canary: CanaryMail | None = None
    direct: bool = False
    dmarc: DmarcOutcome | None = None
    tls_version: str | None = None
    tls_offered: bool | None = None
    one_click: OneClick | None = None
    from_form: FromForm | None = None

    @property
    def tls(self) -> bool | None:
        """As of an Arrival."""
        return over_tls(self.tls_version, offered=self.tls_offered)


@dataclass(frozen=True, slots=True, kw_only=True)
class BounceReport:
    """That a receiver refused one post, as a bounce told it. Of subscribers domains, number and digests are kept."""

    list_id: str
    id: str  # the same for the same bounce, receiver and rule, so that it is counted once
    at: datetime  # of the post where the bounce quotes it, else of the bounce
    kind: str  # policy, address, mailbox, transient, other
    receiver: str | None  # id of the receiver; None where it is not known
    rule: str | None  # id of the dated rule that the reply follows
    about: str | None  # whose set-up the rule is about: list, author, receiver
    action: AdmissionAction  # DEFER where a 4yz reply ran out of queue time, else REJECT
    family: int | None  # 4 or 6 where the bounce tells over which it was refused
    recipients: int
    domains: tuple[str, ...] = ()
    told_at: datetime | None = None  # when the bounce reached us
    post: int | None = None  # digest of the post, where the bounce tells which one it was
    members: tuple[int, ...] = ()  # digests of the recipients, keyed with the installation's key
    text: str = ""  # of the reply, with addresses taken out


@dataclass(frozen=True, slots=True, kw_only=True)
class Roster:
    """What a list manager told of a list when it was asked. Of subscribers only domains and their number are kept."""

    list_id: str
    manager: str
    taken_at: datetime
    subscribers: Mapping[str, int]  # by domain
    disabled: int = 0  # how many of them no longer get mail, for bounces
    settings: Mapping[str, bool | int | float | str] = field(default_factory=dict)  # of bounces; and its version
    posts: int | None = None  # the list's number of posts then
    earlier_at: datetime | None = None  # the same at an earlier time, so that there is a rate
    earlier_posts: int | None = None

    @property
    def messages_per_day(self) -> float | None:
        """Posts a day between the two times; None where that cannot be told yet."""
        if self.posts is None or self.earlier_posts is None or self.earlier_at is None:
            return None
        days = (self.taken_at - self.earlier_at) / timedelta(days=1)
        return (self.posts - self.earlier_posts) / days if days >= 1 and self.posts > self.earlier_posts else None
