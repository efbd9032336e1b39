"""The documents of the API: what `/api/v1` answers, as its OpenAPI document describes it.

They grow only by addition.
"""

from datetime import date, datetime
from typing import Any, Literal

from pydantic import AliasPath, BaseModel, ConfigDict, Field, Json

from monitor.model.dns import IpAddress, PtrResult, SpfResult
from monitor.model.evidence import AdmissionAction, Arrival, CheckOutcome, Probe
from monitor.model.findings import CheckStatus, Finding, FixAction
from monitor.model.incidents import DeliveryAttempt, Incident, NoticeState, Silence
from monitor.model.receiver_reports import DmarcOfList, TlsOfList
from monitor.model.risk import Assessment, ReceiverForecast, RiskLevel
from monitor.overview.groups import By


class Document(BaseModel):
    """One that is made of a value with attributes of the same names wherever there is one."""

    model_config = ConfigDict(from_attributes=True)


class Page(Document):
    """A part of what there is."""

    next_offset: int | None = Field(default=None, description="Where the next page begins; null on the last one.")


class ListSummary(Document):
    """One list as the overview shows it."""

    model_config = ConfigDict(validate_by_name=True)

    id: str
    address: str
    level: RiskLevel
    reason: str = Field(validation_alias=AliasPath("summary", "reason"))
    act_by: datetime | None = Field(validation_alias=AliasPath("summary", "act_by"))
    subscribers_at_risk: int | None = Field(validation_alias=AliasPath("summary", "subscribers"))
    assessed_at: datetime | None = Field(validation_alias=AliasPath("summary", "assessed_at"))
    blind: tuple[str, ...] = Field(validation_alias=AliasPath("summary", "blind"))


class Lists(Page):
    """A page of lists, the most urgent first."""

    lists: list[ListSummary]
    total: int
    offset: int
    limit: int
    counts: dict[RiskLevel, int]


class FixDocument(Document):
    """What is to be done."""

    action: FixAction
    name: str
    type: str
    value: str


class CauseDocument(Document):
    """What lists of a group stand under."""

    code: str
    about: str
    title: str
    lists: int


class GroupDocument(Document):
    """Lists that stand together, as one line."""

    key: str = Field(description="Names the group in `group` of `lists`.")
    title: str
    level: RiskLevel = Field(description="The worst of them.")
    lists: int
    counts: dict[RiskLevel, int]
    also: int = Field(description="Lists that have this cause as well, and stand under another one.")
    subscribers_at_risk: int = Field(description="Of the lists whose subscribers were counted.")
    not_counted: int = Field(description="Lists in danger whose subscribers nobody counted.")
    act_by: datetime | None = Field(description="The earliest.")
    code: str | None = Field(description="By cause: a finding's code, or why nothing is known, or `well`.")
    about: str | None = Field(description="By cause: the address, name or receiver that it is about.")
    host: str | None = Field(description="What their mail server says in EHLO, where all say the same.")
    causes: list[CauseDocument] = Field(description="What is wrong with those that are not well, by how many lists.")
    fix: FixDocument | None = Field(
        description="What ends it for all of them that are not well; null where it differs."
    )


class Overview(Page):
    """All lists in groups, what hurts most lists first. Each list stands in one of them."""

    by: By
    groups: list[GroupDocument]
    total: int = Field(description="Groups.")
    offset: int
    limit: int
    lists: int = Field(description="Lists in all groups.")
    counts: dict[RiskLevel, int]


class ListDetail(ListSummary):
    """One list with its set-up and all that we think of it."""

    reverse_path: str
    helo: str
    outbound: tuple[IpAddress, ...]
    author_domains: tuple[str, ...]
    manager: str
    mta: str
    messages_per_day: float
    subscribers: dict[str, int]
    origin: Literal["file", "api"] = Field(description="The configuration file, or added over the API.")
    settings: dict[str, Any] = Field(description="All of them under the keys of the file, secrets masked.")
    assessment: Assessment | None
    incident: Incident | None
    next_check: datetime | None
    next_probe: datetime | None


class Check(Document):
    """One check; its id is the same for ever."""

    id: str
    check: CheckOutcome


class Checks(Page):
    """A list's checks, newest first; `ids` names each in the same order."""

    checks: tuple[CheckOutcome, ...]
    ids: tuple[str, ...]


class Probes(Page):
    """A list's probes and what the receiver saw, newest first."""

    probes: tuple[Probe, ...]
    arrivals: tuple[Arrival, ...]


class Reports(Page):
    """What receivers' reports tell of a list, newest first, each kind turned by the same offset."""

    dmarc: tuple[DmarcOfList, ...] = Field(description="DMARC aggregate reports (RFC 9990): rows about the list.")
    tls: tuple[TlsOfList, ...] = Field(description="SMTP TLS reports (RFC 8460) about the domain of its posts.")


class ReplyDocument(Document):
    """What one receiver answered on one day over one family, of one kind: a row of `staysub replies`."""

    list: str
    receiver: str | None = Field(description="Null where no provider's data names the host.")
    family: int | None
    action: AdmissionAction = Field(description="By the reply's own digit: 2yz accept, 4yz defer, 5yz reject.")
    kind: str | None = Field(
        alias="class", description="policy, address, mailbox, transient or other; null where the mail was taken."
    )
    rule: str | None
    status_code: str | None = Field(description="Enhanced status code (RFC 3463).")
    attempts: int = Field(description="Transactions.")
    recipients: int = Field(description="Over all attempts: one who was tried three times counts three times.")
    first: datetime
    last: datetime
    sample: str = Field(description="The newest reply, addresses taken out.")
    delay_s: dict[str, float | None] | None = Field(
        description="Within how many seconds half (`median`) and nine tenths (`p90`) of the recipients had their mail."
    )


class WaitingDocument(Document):
    """Posts of a list that one receiver has put off and that are in the mail server's queue still."""

    receiver: str | None
    family: int | None
    kind: str | None = Field(alias="class")
    rule: str | None
    posts: int
    subscribers: int
    queued_at: datetime = Field(description="When the oldest of them came into the queue.")
    first: datetime = Field(description="When the first of them was put off.")
    last: datetime
    sample: str


class Replies(Page):
    """What receivers answered to a list's posts, by the mail server's log: newest days first; all that waits now."""

    replies: tuple[ReplyDocument, ...]
    waiting: tuple[WaitingDocument, ...]


class BounceDocument(Document):
    """What one receiver refused on one day over one family by one rule, as bounces told it."""

    list_id: str
    id: str
    at: datetime = Field(description="Of the last post that was refused.")
    kind: str
    receiver: str | None
    rule: str | None
    about: str | None = Field(description="Whose set-up the rule is about: list, author or receiver.")
    action: AdmissionAction
    family: int | None
    recipients: int = Field(description="Refusals that day, of each post anew; an estimate beyond some dozens.")
    domains: tuple[str, ...] = Field(description="Some of the recipients'.")
    text: str = Field(description="The newest reply of that kind, addresses taken out.")


class Bounces(Page):
    """Refusals of a list's posts as bounces told them, by day, the newest first."""

    bounces: tuple[BounceDocument, ...]


class Moment(Document):
    """A list's level for as long as every assessment said the same."""

    since: datetime
    assessed_at: datetime = Field(description="When it was last said.")
    times: int = Field(description="How many assessments said so.")
    level: RiskLevel
    reason: str
    act_by: datetime | None


class History(Page):
    """A list's levels, newest first."""

    history: tuple[Moment, ...]


class AddressDocument(Document):
    """One address; `authorised` is null where SPF gave no answer for it or was not asked."""

    ip: IpAddress
    declared: bool
    observed_at: datetime | None
    authorised: bool | None
    spf: SpfResult | None
    ptr: PtrResult | None
    ptr_names: tuple[str, ...]


class Addresses(Document):
    """Addresses that a list's mail leaves from: declared, observed by the receiver, authorised by SPF; IPv6 first."""

    addresses: tuple[AddressDocument, ...]


class Links(Document):
    """Where a list is shown without a token. Who has one of these addresses can look.

    `owner` also answers incidents: null for a token that may only read.
    """

    page: str
    owner: str | None
    badge: str
    shields: str
    feed: str


class ChangeDocument(Document):
    """One thing that could be done; ask for its forecast by the word."""

    word: str
    title: str


class BandDocument(Document):
    """A share of the subscribers by the end of each day, from day 0, today, on."""

    low: tuple[float, ...]
    mean: tuple[float, ...]
    high: tuple[float, ...]


class FanDocument(Document):
    """How both shares grow at one receiver: expected, and between what they lie in eight of ten cases."""

    disabled: BandDocument
    removed: BandDocument


class WordsDocument(Document):
    """One receiver in words, as pages, mails and commands say it; dates in UTC, "" where there is nothing to say."""

    whom: str
    seen: str = Field(description="What it was seen to do.")
    reply: str = Field(description="The newest reply with which it refused, addresses taken out.")
    refusals: str = Field(description="How many refusals that were, of each post anew.")
    reckoned: str = Field(description="What its rules say to what is known of the mail.")
    families: dict[str, str] = Field(description='What is known of it over each address family, "4" and "6".')
    disabled: str
    removed: str


class ElsewhereDocument(Document):
    """Subscribers at domains whose mail servers are not known: behind no receiver, and not judged."""

    subscribers: int
    about: str


class Forecast(Document):
    """What will become of the subscribers behind each receiver, as things are or after the change asked for."""

    list: str
    assessed_at: datetime | None
    level: RiskLevel
    chosen: str | None = Field(description="The word of the change; null for things as they are.")
    changes: tuple[ChangeDocument, ...]
    receivers: tuple[ReceiverForecast, ...]
    words: dict[str, WordsDocument] = Field(description="By receiver.")
    elsewhere: ElsewhereDocument
    curves: dict[str, FanDocument] = Field(description="By receiver, where anything is known of it.")


class WaysDocument(Document):
    """The subscribers of one receiver, by how mail to their domains can arrive."""

    subscribers: int
    over_ipv6: int
    over_ipv4_only: int
    unknown: int
    over_ipv6_since: datetime | None = Field(description="When IPv6 came there, of late; null: not lately.")


class ReachDayDocument(Document):
    """Whom mail could reach over IPv6 on one day (UTC)."""

    day: date
    over_ipv6: int
    subscribers: int = Field(validation_alias="total")
    looked_up: int


class ReachDocument(Document):
    """Whom mail can reach, over which address family: by what DNS says of their domains' mail servers."""

    list: str
    about: str = Field(description="The same in words.")
    counted_at: datetime | None = Field(description="When it was last counted; null: by the domains' names alone.")
    subscribers: int = Field(description="All that were counted; 0: none were.")
    over_ipv6: int
    over_ipv4_only: int
    no_mail: int = Field(description="At domains that take no mail, or do not exist: nobody there can be reached.")
    unknown: int
    to_look_up: int = Field(description="Subscribers at domains that DNS is asked about.")
    looked_up: int = Field(description="Of those: DNS has told.")
    receivers: dict[str, WaysDocument]
    history: tuple[ReachDayDocument, ...] = Field(description="One a day, oldest first, for a quarter of a year.")


class TallyDocument(Document):
    """What became of a list in six hours."""

    begin: datetime
    checks: dict[CheckStatus, int]
    levels: dict[RiskLevel, int]
    arrived: int = Field(description="Arrivals whose reverse-path passed SPF.")
    arrived_badly: int = Field(description="Arrivals whose reverse-path did not.")
    bounced: int = Field(description="Recipients at whose receivers posts were refused.")
    lost: int = Field(description="Probes that were refused, came back or were lost.")


class Tallies(Document):
    """A list's last quarter of a year, oldest first; times in which nothing was heard are left out."""

    tallies: tuple[TallyDocument, ...]


class IncidentEvidence(Document):
    """On what an incident rests now."""

    lists: tuple[str, ...] = Field(description="The list; of an incident of the host all that share its cause.")
    findings: tuple[Finding, ...]
    receivers: tuple[str, ...] = Field(
        description="Which receivers it is about: those that refuse the list's mail, or whose level is above ok."
    )
    silences: tuple[Silence, ...] = Field(description="What keeps it from being told.")


class Incidents(Page):
    """Incidents, newest first."""

    incidents: tuple[Incident, ...]


class NoticeDocument(Document):
    """One notice: what it says, and what came of it. Of an endpoint's URL only where it leads is told."""

    id: str
    incident_id: str
    list_id: str
    revision: int
    type: str
    channel: str
    target: str
    created_at: datetime
    data: Json[dict[str, Any]] = Field(
        validation_alias="payload", description="What webhooks carry under the same name."
    )
    state: NoticeState
    next_attempt_at: datetime | None
    finished_at: datetime | None
    attempts: tuple[DeliveryAttempt, ...]
    digest_id: str | None


class Notices(Page):
    """Notices, newest first."""

    notices: tuple[NoticeDocument, ...]


class Letter(Document):
    """What to write to the postmaster who can mend it."""

    reader: str
    subject: str
    text: str


class Letters(Document):
    """Letters about an incident's list as it stands now; none where there is nobody to write to."""

    letters: tuple[Letter, ...]


class Silences(Document):
    """Silences in force, the soonest end first."""

    silences: tuple[Silence, ...]


class Part(Document):
    """One part of ours."""

    part: str
    last_seen: datetime | None
    silent: bool
    sentence: str = Field(description="What its silence means and what to do; empty where it is well.")


class Parts(Document):
    """Whether we can see: our own parts, and what is wrong with the configuration on disk."""

    ready: bool
    problem: str
    clock: tuple[str, ...] = Field(description="Clocks of our machines that are set wrong, or jumped within a day.")
    parts: tuple[Part, ...]


class RuleDocument(Document):
    """One dated reply of a receiver, with its sources."""

    id: str
    receiver: str
    about: str = Field(validation_alias=AliasPath("topic", "about"))
    remedy: str = Field(validation_alias=AliasPath("topic", "remedy"))
    first: date | None = Field(validation_alias=AliasPath("span", "first"))
    last: date | None = Field(validation_alias=AliasPath("span", "last"))
    example: str
    note: str
    confidence: str
    sources: tuple[str, ...]


class ReceiverDocument(Document):
    """One receiver."""

    id: str
    name: str
    note: str


class Receivers(Document):
    """The receivers whose rules are known, and those rules: what ids in other documents stand for."""

    dated: date
    receivers: tuple[ReceiverDocument, ...]
    rules: tuple[RuleDocument, ...]
