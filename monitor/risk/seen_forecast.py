"""The forecast by what a receiver was seen to refuse, of those whom it hits. Pure."""

from dataclasses import replace
from datetime import datetime, timedelta

from monitor.evidence.entry import NOBODY_IN_PARTICULAR
from monitor.evidence.ledger import Cell, CellKey
from monitor.managers.machine import AnyMachine
from monitor.model.evidence import AdmissionAction
from monitor.model.reach import Reach
from monitor.model.risk import FailureRate, Hit, ReceiverForecast, RiskLevel, SeenRefusals, Thresholds
from monitor.mtas.kind import MtaKind
from monitor.phrase.phrase import Phrase, When, plural
from monitor.risk.curve import mixture, within
from monitor.risk.facts import RiskFacts
from monitor.risk.failure_rate import interval
from monitor.risk.level import receiver_level
from monitor.risk.reckoned import Reckoned
from monitor.risk.reckoned_forecast import FAMILIES, date_of
from monitor.risk.replies import SETTLES, Replies, replies_of
from monitor.risk.retry import REJECT_LATENCY_S
from monitor.risk.seen import FEW, FEW_MOST, FEW_SHARE, MOST, SeenOutlook, day_of, seen_outlook
from monitor.risk.worlds import Index, worst

NOTICED_WITHIN = timedelta(hours=6)  # so long may a fault have lasted when a check first saw it
ONE_ADDRESS = 0.04  # share of the subscribers that a few addresses stand for, where nobody knows how many there are


def replies_at(facts: RiskFacts, mta: MtaKind, *, now: datetime) -> dict[str, tuple[Replies, ...]]:
    """What each receiver was seen to refuse, the longest run first."""
    back = {
        AdmissionAction.REJECT: timedelta(seconds=REJECT_LATENCY_S),
        AdmissionAction.DEFER: timedelta(seconds=mta.expires_s),
    }

    def explained(key: CellKey, cell: Cell) -> bool:
        over = (facts.reckoned.get((key.receiver, family)) for family in _families(key.family))
        return any(each is not None and _explains(each, cell.first, cell.last) for each in over)

    return replies_of(
        facts.ledger,
        latency=back,
        explained=explained,
        per_day=facts.messages_per_day,
        traffic_known=facts.traffic_known,
        members=facts.members,
        waiting=facts.waiting,
        taken_at=facts.taken_at,
        now=now,
    )


def _families(family: int) -> tuple[int, ...]:
    return (family,) if family else FAMILIES


def _explains(known: Reckoned, first: datetime, last: datetime) -> bool:
    """Whether refusals of posts between these times were due to a fault that is mended."""
    if known.mended_at is None or last > known.mended_at + SETTLES:
        return False
    return known.broken_at is None or known.broken_at - NOTICED_WITHIN <= first


def seen_at(
    facts: RiskFacts,
    index: Index,
    receiver: str,
    replies: Replies,
    *,
    machine: AnyMachine,
    mta: MtaKind,
    there: Reach,
    now: datetime,
) -> SeenOutlook:
    """What will become of those who are hit by these refusals."""
    families = replies.families or FAMILIES
    said = [a for family in families for a in index.admissions.get((receiver, family), ())]
    known = [each for family in families if (each := facts.reckoned.get((receiver, family))) is not None]
    explained = frozenset(day for each in known for day in each.refused_on) & replies.on
    ends = [each.mended_at for each in known if each.mended_at and _explains(each, replies.first, replies.last)]
    return seen_outlook(
        replies,
        subscribers=subscribers_there(there, receiver) or _tried(facts, receiver, replies),
        mended_at=max(ends, default=None),
        enabled_at=facts.all_enabled_at,
        contradicts=bool(said) and worst(said) is AdmissionAction.ACCEPT and 2 * len(explained) < replies.days,
        of_set_up=replies.rule in facts.of_set_up and (receiver != NOBODY_IN_PARTICULAR or len(replies.domains) > FEW),
        machine=machine,
        mta=mta,
        per_day=replies.per_day,
        rest=facts.paused_days,
        now=now,
    )


def forecast_by_seen(
    reckoned: ReceiverForecast,
    outlook: SeenOutlook,
    replies: Replies,
    facts: RiskFacts,
    *,
    now: datetime,
    thresholds: Thresholds,
) -> ReceiverForecast:
    """The forecast of those who are hit; the level is of all who are there."""
    refusals = outlook.refusals
    today = day_of(now, replies.first)
    disabled = mixture([(weight, each.disabled) for weight, each in outlook.parts])
    removed = mixture([(weight, each.removed) for weight, each in outlook.parts])
    of_all = share_hit(refusals)
    from_now = within([(weight, each.disabled.sooner(today)) for weight, each in outlook.parts])
    low, high = interval(float(refusals.posts), max(refusals.sent - refusals.posts, 0.0))
    rate = FailureRate(
        mean=outlook.bounces,
        low=min(low, outlook.bounces),
        high=max(high, outlook.bounces),
        evidence=(_sentence(refusals),),
    )
    level = receiver_level(
        {days: of_all * share for days, share in from_now.items()},
        post_bounces=of_all * outlook.bounces,
        action=refusals.action,
        previous=facts.previous_level,
        thresholds=thresholds,
    )
    few = refusals.share is not None and refusals.share <= FEW_SHARE and refusals.subscribers <= FEW_MOST
    vague = refusals.hit is Hit.ONCE or (refusals.hit is Hit.POSTS and replies.days == 1)
    if vague and not refusals.disabled and not few:
        level = RiskLevel.WATCH  # one post is a post, two are a pattern; some posts of one day are one bad day
    if few and level is RiskLevel.WATCH:
        level = RiskLevel.OK  # nobody but those addresses is in danger
    families = {str(each): rate for each in refusals.families} or {"": rate}
    return replace(
        reckoned,
        seen=refusals,
        failure_rate=rate,
        failure_rates={**reckoned.failure_rates, **{name: each for name, each in families.items() if name}},
        post_bounces=outlook.bounces,
        disabled=disabled,
        removed=removed,
        level=level,
        disabled_on=refusals.disabled_at or date_of(disabled.median_days, replies.first),
        removed_on=date_of(removed.median_days, replies.first),
        failing_since=replies.first,
    )


def subscribers_there(there: Reach, receiver: str) -> int | None:
    """Subscribers there; those behind no known receiver are with what is nobody in particular."""
    number = there.at(receiver)
    return number if number is None or receiver != NOBODY_IN_PARTICULAR else number + there.elsewhere


def _tried(facts: RiskFacts, receiver: str, replies: Replies) -> int | None:
    """How many are there by what the log shows, where nobody has counted them; None where most of these are hit.

    It tells a few from all: of a server behind which one or two are known, nothing.
    """
    tried = facts.tried.get(receiver, 0)
    return tried if tried * MOST > replies.subscribers else None


def share_hit(refusals: SeenRefusals) -> float:
    """Of the subscribers there, those who are hit; all of them where nobody knows how many there are."""
    if refusals.share is not None:
        return refusals.share
    return ONE_ADDRESS if refusals.hit is Hit.ADDRESSES else 1.0


def _sentence(refusals: SeenRefusals) -> Phrase:
    whom = plural("{n} subscriber alone", "{n} different subscribers", refusals.subscribers)
    if refusals.gives_up_at is not None:
        return plural(
            "{n} post put off since {day}, for {whom}, as the mail server's log told",
            "{n} posts put off since {day}, for {whom}, as the mail server's log told",
            refusals.posts,
            day=When(refusals.first),
            whom=whom,
        )
    return plural(
        "{n} post refused since {day}, for {whom}, as was seen",
        "{n} posts refused since {day}, for {whom}, as was seen",
        refusals.posts,
        day=When(refusals.first),
        whom=whom,
    )
