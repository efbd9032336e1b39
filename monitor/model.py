"""The vocabulary: frozen values that every room shares. Words are those of the standards (see the design's list).

Datetimes are aware and UTC. Addresses are `ipaddress` objects, never IPv4-mapped. `None` means *unknown or not asked*,
which is never the same as "no".
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

IpAddress = IPv6Address | IPv4Address  # tried in this order where a value is stored: most are the former
IpNetwork = IPv4Network | IPv6Network
JsonScalar = str | int | float | bool | None
Evidence = Mapping[str, JsonScalar | list[str]]


class SpfResult(StrEnum):
    """The seven results of check_host() (RFC 7208 section 2.6)."""

    NONE = "none"
    NEUTRAL = "neutral"
    PASS = "pass"  # noqa: S105 - a result, not a password
    FAIL = "fail"
    SOFTFAIL = "softfail"
    TEMPERROR = "temperror"
    PERMERROR = "permerror"


class Identity(StrEnum):
    """Which identity was checked (RFC 7208 sections 2.3 and 2.4)."""

    MAILFROM = "mailfrom"
    HELO = "helo"


class Severity(StrEnum):
    """How bad a finding is. UNKNOWN says that we could not find out, and is none of the others."""

    INFO = "info"
    WARNING = "warning"
    CRITICAL = "critical"
    UNKNOWN = "unknown"


class CheckStatus(StrEnum):
    """A check's answer as a whole, in the words of the Nagios plugin interface."""

    OK = "ok"
    WARNING = "warning"
    CRITICAL = "critical"
    UNKNOWN = "unknown"


class FixAction(StrEnum):
    """What the owner is to do."""

    PUBLISH = "publish"
    REMOVE = "remove"
    CHANGE = "change"
    ASK = "ask"


class AuthResult(StrEnum):
    """Result of DKIM or DMARC evaluation (RFC 8601 sections 2.7.1 and 2.7.2; RFC 9989 section 5)."""

    NONE = "none"
    PASS = "pass"  # noqa: S105 - a result, not a password
    FAIL = "fail"
    NEUTRAL = "neutral"
    TEMPERROR = "temperror"
    PERMERROR = "permerror"


class PtrResult(StrEnum):
    """Reverse DNS with forward confirmation: iprev (RFC 8601 section 2.7.3), with its `fail` told apart."""

    PASS = "pass"  # noqa: S105 - a result, not a password
    MISSING = "missing"
    MISMATCH = "mismatch"
    TEMPERROR = "temperror"


class AdmissionAction(StrEnum):
    """What a receiver does with a message."""

    ACCEPT = "accept"
    DEFER = "defer"
    REJECT = "reject"
    UNKNOWN = "unknown"


class RiskLevel(StrEnum):
    """A list's danger. UNKNOWN is none of the four and is never ordered among them."""

    OK = "ok"
    WATCH = "watch"
    AT_RISK = "at-risk"
    CRITICAL = "critical"
    UNKNOWN = "unknown"


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


class IncidentState(StrEnum):
    """Where one incident is in its life."""

    PENDING = "pending"
    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    SILENCED = "silenced"
    RESOLVING = "resolving"
    RESOLVED = "resolved"


class ChangeKind(StrEnum):
    """What happened to an incident; the next three are also the last part of a webhook's type `list.risk.…`."""

    RAISED = "raised"
    CHANGED = "changed"
    RESOLVED = "resolved"
    PENDING = "pending"  # seen, but not often enough yet
    RESOLVING = "resolving"  # no longer seen, but not for long enough yet
    RETURNED = "returned"  # seen again before its end
    ACKNOWLEDGED = "acknowledged"
    EXPIRED = "expired"  # the acknowledgement
    SILENCED = "silenced"
    UNSILENCED = "unsilenced"
    REMINDER = "reminder"
    ESCALATED = "escalated"


class NoticeState(StrEnum):
    """Delivery of one notice."""

    PENDING = "pending"
    DELIVERED = "delivered"
    DEAD = "dead"
    WITHHELD = "withheld"  # its reader has paused them


@dataclass(frozen=True, slots=True, kw_only=True)
class DnsQuestion:
    """One DNS question and what came back: a line of a verdict's trace."""

    name: str
    rrtype: str
    rcode: str  # NOERROR, NXDOMAIN, SERVFAIL, REFUSED …, or TIMEOUT / NETWORK where nobody answered
    answers: tuple[str, ...] = ()
    server: str = ""  # address and port that answered; "" for the cache
    ttl_s: int | None = None
    took_ms: float = 0.0
    cached: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SpfOutcome:
    """What check_host() said about one SMTP client at one moment (RFC 7208 section 4).

    `result` applies every limit of section 4.6.4; `lenient_result` is what a verifier says that does not enforce the
    void-lookup limit. DNS trouble is TEMPERROR here.
    """

    identity: Identity
    domain: str  # A-label form
    client_ip: IpAddress
    reverse_path: str  # RFC 5321 section 4.1.1.2, without "<>"; "" is the null reverse-path
    helo: str
    result: SpfResult
    lenient_result: SpfResult
    mechanism: str | None = None  # the term that matched, as the owner wrote it
    problem: str | None = None  # for people; never parsed
    lookups: int = 0  # terms that cost a lookup, RFC 7208 section 4.6.4, limit 10
    void: int = 0  # void lookups, same section, limit 2
    evaluated_at: datetime
    trace: tuple[DnsQuestion, ...] = ()

    @property
    def family(self) -> int:
        """4 or 6."""
        return self.client_ip.version


@dataclass(frozen=True, slots=True, kw_only=True)
class PtrOutcome:
    """Reverse DNS of one address, forward-confirmed (RFC 8601 section 2.7.3; RFC 1912 section 2.1)."""

    client_ip: IpAddress
    result: PtrResult
    names: tuple[str, ...] = ()  # what the PTR records say
    confirmed: tuple[str, ...] = ()  # those whose A or AAAA leads back


@dataclass(frozen=True, slots=True, kw_only=True)
class Fix:
    """The exact change that ends a finding."""

    action: FixAction
    name: str  # owner name of the DNS record, or whom to ask
    type: str  # RR type, or "" where nothing is to be published
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that is wrong, or that we could not find out. The code is stable; the sentence is for people."""

    code: str
    severity: Severity
    message: str
    evidence: Evidence = field(default_factory=dict)
    fix: Fix | None = None
    reference: str = ""  # "RFC 7208 section 5.6"


@dataclass(frozen=True, slots=True, kw_only=True)
class SpfCost:
    """What a record costs at worst, against the limits of RFC 7208 section 4.6.4."""

    lookups: int = 0
    lookup_limit: int = 10
    void: int = 0
    void_limit: int = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class TermLine:
    """One term of a record's tree, top down: what it costs with all that is behind it, and what is wrong with it."""

    depth: int  # 0 for the list's own record
    domain: str  # whose record it stands in
    text: str
    lookups: int = 0
    void4: int = 0  # void lookups for an IPv4 client
    void6: int = 0
    fault: str | None = None  # a sentence; the record is a permanent error for it
    trouble: str | None = None  # why DNS did not answer, which is no fault


@dataclass(frozen=True, slots=True, kw_only=True)
class Admission:
    """What one receiver rule says of given evidence."""

    receiver: str  # id of the receiver, such as "microsoft-365"
    client_ip: IpAddress
    action: AdmissionAction
    reply: str | None = None  # SMTP reply text; None where accepted or unknown
    rule: str | None = None  # rule id; None where no rule spoke
    because: tuple[str, ...] = ()  # "spf=fail", "dkim=unknown", "ptr=missing"


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
    mail_hosts: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # MX hosts of subscribers' domains
    tree: tuple[TermLine, ...] = ()  # the record with all that it includes


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
    reply: str | None = None  # last SMTP reply or error of the submission, for people
    ours: bool = False  # True where the trouble is on our side, so that it says nothing about the list
    attempts: int = 0
    as_rule: str | None = None  # receiver rule that the receiver answers by; such a run is no evidence about the list
    seen: tuple[Attempt, ...] = ()  # what was refused on purpose: the retries of the list's MTA
    dsn: str | None = None  # the last DSN about it that came back to us, in one line
    source: IpAddress | None = None  # sent directly from this address; None: through the list's MTA


@dataclass(frozen=True, slots=True, kw_only=True)
class DkimSignature:
    """One DKIM-Signature as verified at arrival (RFC 6376 section 6.1)."""

    domain: str  # d=
    selector: str  # s=
    algorithm: str  # a=
    result: AuthResult
    problem: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DmarcOutcome:
    """DMARC as evaluated at arrival (RFC 9989 section 5)."""

    author_domain: str  # of the From field
    policy_domain: str | None  # where the record was found
    policy: str | None  # none, quarantine, reject; None without a record
    spf_aligned: bool
    dkim_aligned: bool
    result: AuthResult


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


def network_of(address: IpAddress) -> IpNetwork:
    """What one site has at least: the /64 of an IPv6 address (RFC 6177 section 2); an IPv4 address alone."""
    if isinstance(address, IPv4Address):
        return IPv4Network(address)
    return IPv6Network((address, 64), strict=False)


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

    @property
    def client_network(self) -> IpNetwork:
        """The /64 of the client."""
        return network_of(self.client_ip)


@dataclass(frozen=True, slots=True, kw_only=True)
class BounceReport:
    """That a receiver refused one post, as a bounce told it. Of subscribers only domains and their number are kept."""

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Roster:
    """What a list manager told of a list when it was asked. Of subscribers only domains and their number are kept."""

    list_id: str
    manager: str
    taken_at: datetime
    subscribers: Mapping[str, int]  # by domain
    disabled: int = 0  # how many of them no longer get mail, for bounces
    settings: Mapping[str, bool | int | float | str] = field(
        default_factory=dict
    )  # of bounce processing; and its version
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


@dataclass(frozen=True, slots=True, kw_only=True)
class FailureRate:
    """How often a receiver would refuse this list's mail: a proportion with its 95 % credible interval."""

    mean: float
    low: float
    high: float
    evidence: tuple[str, ...] = ()  # "23 of 740 arrivals, 3.1 %, 95 % between 2.1 and 4.6 %"


@dataclass(frozen=True, slots=True, kw_only=True)
class DayDistribution:
    """When something happens, in days; the first failing day is day 1. A quantile beyond the horizon is None."""

    mean_days: float | None
    median_days: int | None
    p10_days: int | None
    p90_days: int | None
    within: Mapping[str, float]  # {"7d": p, "30d": p, "90d": p}


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiverForecast:
    """What will become of the subscribers behind one receiver."""

    receiver: str | None
    action: AdmissionAction = AdmissionAction.UNKNOWN  # what the receiver answers today, at its worst
    failure_rate: FailureRate | None  # None: no evidence, which is not zero
    post_bounces: float | None  # probability that one post bounces
    disabled: DayDistribution | None
    removed: DayDistribution | None
    subscribers: int | None = None
    level: RiskLevel = RiskLevel.UNKNOWN
    disabled_on: datetime | None = None  # median date, for people
    removed_on: datetime | None = None
    failure_rates: Mapping[str, FailureRate] = field(default_factory=dict)  # by address family, "4" and "6"
    failing_since: datetime | None = None  # since when every message has failed; None: it does not, or is not known to


@dataclass(frozen=True, slots=True, kw_only=True)
class Assessment:
    """What we think of a list now: the one answer that pages, notices and incidents read."""

    list_id: str
    assessed_at: datetime
    level: RiskLevel
    reason: str  # one sentence: the worst finding, or why we do not know
    act_by: datetime | None = None  # when the first subscribers are expected to be disabled
    findings: tuple[Finding, ...] = ()
    admission: tuple[Admission, ...] = ()
    forecasts: tuple[ReceiverForecast, ...] = ()
    record: str | None = None
    suggested_record: str | None = None
    blind: tuple[str, ...] = ()  # what of our own kept us from knowing: "resolver", "receiver", "submission"


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentChange:
    """One entry in an incident's history."""

    revision: int
    at: datetime
    kind: ChangeKind
    level: RiskLevel
    previous_level: RiskLevel
    cause: str  # a sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class Acknowledgement:
    """Somebody has taken an incident on: no reminders until it expires, gets worse or ends."""

    by: str  # free text: who; hostile where it is shown
    reason: str
    at: datetime
    until: datetime | None = None  # None: until the incident gets worse or ends


@dataclass(frozen=True, slots=True, kw_only=True)
class Silence:
    """Nothing is told of what it matches. `None` matches everything; it always has an end."""

    id: str
    list_id: str | None = None
    receiver: str | None = None  # id of a receiver
    finding: str | None = None  # a finding code
    by: str = ""
    reason: str = ""
    created_at: datetime
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What the owners know of an incident: the last that was told, and since when they know anything."""

    first_at: datetime
    at: datetime
    level: RiskLevel
    reasons: tuple[str, ...] = ()
    escalated: bool = False  # the administrators were told, too


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """A list's time above ok."""

    id: str
    list_id: str
    state: IncidentState
    level: RiskLevel
    worst_level: RiskLevel
    opened_at: datetime
    changed_at: datetime
    resolved_at: datetime | None = None
    reasons: tuple[str, ...] = ()  # finding codes
    revision: int = 1
    history: tuple[IncidentChange, ...] = ()
    acknowledgement: Acknowledgement | None = None
    told: Told | None = None  # None: nobody was told yet
    unconfirmed_reasons: tuple[str, ...] | None = None  # other reasons, seen by one assessment only
    unconfirmed_at: datetime | None = None  # when that assessment was made


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryAttempt:
    """One try to deliver a notice."""

    at: datetime
    outcome: str  # a stable word: delivered, http-500, timeout, refused-address, smtp-450 …
    detail: str = ""  # for people
    retry_at: datetime | None = None  # not before: what the other side asked for (Retry-After)


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One mail or webhook call about an incident, with its delivery record.

    The id is made from incident, revision and channel, so that the same change is never told twice under two ids.
    """

    id: str
    incident_id: str
    list_id: str
    revision: int
    type: str  # "list.risk.raised" …
    channel: str  # "mail" or "webhook"
    target: str  # the owner's address or the endpoint's URL
    created_at: datetime
    payload: str  # the `data` of the webhook body, as JSON: all that a template needs
    state: NoticeState = NoticeState.PENDING
    next_attempt_at: datetime | None = None
    finished_at: datetime | None = None
    attempts: tuple[DeliveryAttempt, ...] = ()
    held: bool = False  # it waits for more to the same owner, to be told with them
    digest_id: str | None = None  # the notice that tells this one together with others to the same owner
