"""Incidents, and the notices of them."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final, Self

from monitor.model.risk import RiskLevel
from monitor.model.times import Window
from monitor.phrase.stored import Words

_INSTALLATION: Final = "@"  # no list's id begins so


@dataclass(frozen=True, slots=True)
class IncidentSubject:
    """What an incident or a notice is about: one list, or a condition of the whole installation.

    It is kept as one text where a list's id stands: that id, or "@", the kind of condition, ":" and what it is about
    ("@blind:resolver", "@ptr.missing:2001:db8::25").
    """

    text: str

    @classmethod
    def condition(cls, kind: str, about: str) -> Self:
        """A condition of the installation."""
        return cls(f"{_INSTALLATION}{kind}:{about}")

    @property
    def is_installation(self) -> bool:
        """Whether it is about the installation, not about one list."""
        return self.text.startswith(_INSTALLATION)

    @property
    def name(self) -> str:
        """As people read it: without the mark."""
        return self.text.removeprefix(_INSTALLATION)

    @property
    def cause(self) -> tuple[str, str]:
        """Kind of condition, and what it is about."""
        kind, _, about = self.name.partition(":")
        return kind, about

    def __str__(self) -> str:
        """The text that is kept."""
        return self.text


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
class IncidentChange:
    """One entry in an incident's history."""

    revision: int
    at: datetime
    kind: ChangeKind
    level: RiskLevel
    previous_level: RiskLevel
    cause: Words  # a sentence


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
class Maintenance:
    """A window in which nobody is told, once or again and again."""

    during: Window
    lists: tuple[str, ...] = ()  # none named: all, and the installation
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What the owners know of an incident: the last that was told, and since when they know anything."""

    first_at: datetime
    at: datetime
    level: RiskLevel
    reasons: tuple[str, ...] = ()
    escalated: bool = False  # the administrators were told, too
    subscribers: int | None = None  # in danger; None: nobody counted them


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """A list's time above ok, or that of a condition of the installation."""

    id: str
    list_id: str  # the subject, as it is kept
    state: IncidentState
    level: RiskLevel
    worst_level: RiskLevel
    opened_at: datetime
    changed_at: datetime
    resolved_at: datetime | None = None
    reasons: tuple[str, ...] = ()  # finding codes
    subscribers: int | None = None  # in danger by the newest assessment; None: nobody counted them
    revision: int = 1
    history: tuple[IncidentChange, ...] = ()
    acknowledgement: Acknowledgement | None = None
    told: Told | None = None  # None: nobody was told yet
    unconfirmed_reasons: tuple[str, ...] | None = None  # other reasons, seen by one assessment only
    unconfirmed_at: datetime | None = None  # when that assessment was made

    @property
    def subject(self) -> IncidentSubject:
        """What it is about."""
        return IncidentSubject(self.list_id)


DELIVERED: Final = "delivered"  # the outcome of a try; any other is a trouble


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryAttempt:
    """One try to deliver a notice."""

    at: datetime
    outcome: str  # a stable word: delivered, http-500, timeout, refused-address, smtp-450 …
    detail: Words = ""  # for people
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
    phrases: str = ""  # what the sentences in it are made of, as JSON: so that its reader's language can have them
    digest_id: str | None = None  # the notice that tells this one together with others to the same owner

    @property
    def subject(self) -> IncidentSubject:
        """What it is about."""
        return IncidentSubject(self.list_id)
