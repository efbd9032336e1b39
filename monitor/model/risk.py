"""How often a list's mail fails, what becomes of its subscribers, and how bad that is."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from monitor.model.evidence import Admission, AdmissionAction
from monitor.model.findings import Finding
from monitor.phrase.stored import Words


class RiskLevel(StrEnum):
    """A list's danger. UNKNOWN is none of the four and is never ordered among them."""

    OK = "ok"
    WATCH = "watch"
    AT_RISK = "at-risk"
    CRITICAL = "critical"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Thresholds:
    """From which probability on a list is in which danger."""

    critical: float = 0.5  # half the subscribers somewhere are expected to be disabled within a week
    at_risk: float = 0.25  # within 30 days
    lost: float = 0.4  # at least at-risk where so many posts do not arrive at all, whatever the manager does
    watch: float = 0.05  # within 90 days


@dataclass(frozen=True, slots=True, kw_only=True)
class FailureRate:
    """How often a receiver would refuse this list's mail: a proportion with its 95 % credible interval."""

    mean: float
    low: float
    high: float
    evidence: tuple[Words, ...] = ()  # "23 of 740 arrivals, 3.1 %, 95 % between 2.1 and 4.6 %"


@dataclass(frozen=True, slots=True, kw_only=True)
class DayDistribution:
    """When something happens, in days; the first failing day is day 1. A quantile beyond the horizon is None."""

    mean_days: float | None
    median_days: int | None
    p10_days: int | None
    p90_days: int | None
    within: Mapping[str, float]  # {"7d": p, "30d": p, "90d": p}


class Hit(StrEnum):
    """Which of the subscribers at a receiver its refusals are about."""

    ALL = "all"  # every post, for all or most of them
    POSTS = "posts"  # some posts only, by what is in them or who wrote them
    PART = "part"  # a part of them again and again
    ADDRESSES = "addresses"  # a few addresses: nobody else is refused
    ONCE = "once"  # one post so far, so that nothing more can be said


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenRefusals:
    """What a receiver was seen to refuse of late, as bounces or logs told it: its present run, or its last."""

    first: datetime  # of the posts that were refused
    last: datetime
    posts: int  # different ones that were refused
    sent: float  # posts that went out from the first of them on, so far as is known
    recipients: int  # refusals, of each post anew
    subscribers: int  # different ones who were refused; an estimate beyond some hundred, unless `exact`
    share: float | None  # of the subscribers there; None where their number is not known
    hit: Hit
    action: AdmissionAction
    families: tuple[int, ...]  # over which, where it was told
    rule: str | None
    reply: str  # the newest one, with addresses taken out
    domains: tuple[str, ...] = ()  # some of the recipients'
    disabled: int = 0  # how many of them the list manager has disabled by its own rules
    disabled_at: datetime | None = None  # when, most of them
    removed_on: datetime | None = (
        None  # when the manager removes those, most of them, though it is over; None: not soon
    )
    at_next_post: bool = False  # whether the next refused post disables most of those who are not yet
    over_since: datetime | None = None  # None: it goes on
    contradicts: bool = False  # the receiver's rules would take the mail, by all that is known of it
    exact: bool = False  # whether they were counted one by one, as the mail server's log allows
    taken_by: int = 0  # other receivers that took any of these posts
    gives_up_at: datetime | None = None  # when the queue gives the first of these posts up; None: they have bounced


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
    at_risk: int | None = None  # of those, whom mail may reach over a family that refuses; None: all, or not counted
    level: RiskLevel = RiskLevel.UNKNOWN
    disabled_on: datetime | None = None  # median date, for people
    removed_on: datetime | None = None
    failure_rates: Mapping[str, FailureRate] = field(default_factory=dict)  # by address family, "4" and "6"
    actions: Mapping[str, AdmissionAction] = field(default_factory=dict)  # what its rules say, by address family
    seen: SeenRefusals | None = None  # None: nothing was refused of late, so far as we were told
    failing_since: datetime | None = None  # since when every message has failed; None: it does not, or is not known to


@dataclass(frozen=True, slots=True, kw_only=True)
class Assessment:
    """What we think of a list now: the one answer that pages, notices and incidents read."""

    list_id: str
    assessed_at: datetime
    level: RiskLevel
    reason: Words  # one sentence: the worst finding, or why we do not know
    act_by: datetime | None = None  # when the first subscribers are expected to be disabled
    findings: tuple[Finding, ...] = ()
    admission: tuple[Admission, ...] = ()
    forecasts: tuple[ReceiverForecast, ...] = ()
    record: str | None = None
    suggested_record: str | None = None
    blind: tuple[str, ...] = ()  # what of our own kept us from knowing: "resolver", "receiver", "submission"
    mta_seen: Mapping[str, str] = field(
        default_factory=dict
    )  # how its MTA behaves, by its log, as `bounce_policy` says it
    unplaced: int = 0  # subscribers at domains whose mail servers are not known: no forecast speaks of them
