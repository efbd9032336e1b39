"""What will become of a list's subscribers at each receiver, when, and how bad that is. Pure.

Two voices are kept apart. *Reckoned* is what the receiver's rules say to the newest facts; *seen* is what it did
refuse. What was seen goes before what was reckoned where it goes on and says more; where it is the better news, it is
believed only so far as bounces can tell, which tell of failures alone.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from monitor.evidence.entry import NOBODY_IN_PARTICULAR
from monitor.evidence.ledger import Cell, CellKey
from monitor.managers.machine import AnyMachine
from monitor.model.evidence import AdmissionAction
from monitor.model.risk import FailureRate, Hit, ReceiverForecast, RiskLevel, SeenRefusals, Thresholds
from monitor.mtas.kind import MtaKind
from monitor.mtas.parties import parties
from monitor.risk.curve import mixture, within
from monitor.risk.facts import RiskFacts
from monitor.risk.failure_rate import Rate, interval
from monitor.risk.forecast import NO_HARM, Forecast, forecast
from monitor.risk.grid import rounded
from monitor.risk.level import DEFAULTS, ORDER, list_level, receiver_level
from monitor.risk.reach import Reach, reach
from monitor.risk.reckoned import Reckoned
from monitor.risk.replies import SETTLES, Replies, replies_of
from monitor.risk.retry import REJECT_LATENCY_S, Outcome, seen_by
from monitor.risk.seen import FEW_MOST, FEW_SHARE, SeenOutlook, day_of, seen_outlook
from monitor.risk.worlds import SEVERITY, Index, World, family_of, worlds, worst

UNREMARKABLE = 0.05  # failure rate below which a family is as good as sound
DAY = timedelta(days=1)
FAMILIES = (6, 4)
NOTICED_WITHIN = timedelta(hours=6)  # so long may a fault have lasted when a check first saw it
ONE_ADDRESS = 0.04  # share of the subscribers that a few addresses stand for, where nobody knows how many there are


def receiver_forecasts(
    facts: RiskFacts, *, now: datetime, thresholds: Thresholds = DEFAULTS
) -> tuple[tuple[ReceiverForecast, ...], RiskLevel]:
    """A forecast for each receiver that an admission names or that was seen to refuse, and the list's level.

    No evidence gives no forecast and the level UNKNOWN for that receiver; the list's level never moves on that.
    Receivers where the list is known to have no subscribers do not count for the list's level, unless they were seen to
    refuse. Raises ConfigError where the manager, its overrides or the MTA are wrong.
    """
    machine, mta = parties(facts.manager, facts.mta, facts.bounce_policy)
    there = reach(facts.subscribers, facts.mx)
    seen = _replies(facts, mta, now=now)
    receivers = list(dict.fromkeys((*(a.receiver for a in facts.admission), *seen)))
    index = Index(facts)
    forecasts = tuple(
        _receiver(
            facts,
            index,
            receiver,
            replies=seen.get(receiver, ()),
            machine=machine,
            mta=mta,
            there=there,
            now=now,
            thresholds=thresholds,
        )
        for receiver in receivers
    )
    reached = [f.level for f in forecasts if there.counts(f.receiver) or (f.seen is not None and not f.seen.over_since)]
    return forecasts, list_level(reached or [f.level for f in forecasts], facts.previous_level)


def outlooks(facts: RiskFacts, receiver: str, *, now: datetime) -> tuple[tuple[float, Forecast], ...] | None:
    """The weighted curves of disabling and removal at one receiver from now on; None where nothing is known."""
    machine, mta = parties(facts.manager, facts.mta, facts.bounce_policy)
    there, index = reach(facts.subscribers, facts.mx), Index(facts)
    for replies in _replies(facts, mta, now=now).get(receiver, ())[:1]:
        outlook = _seen(facts, index, receiver, replies, machine=machine, mta=mta, there=there, now=now)
        if outlook.refusals.over_since is None and outlook.refusals.hit is not Hit.ONCE:
            today, hit = day_of(now, replies.first), _share(outlook.refusals)
            return (
                *((hit * weight, _sooner(each, today)) for weight, each in outlook.parts),
                *(((1.0 - hit, NO_HARM),) if hit < 1.0 else ()),
            )
    known = _worlds(facts, index, receiver, mta, now=now)
    if known is None:
        return None
    rest = facts.paused_days
    return tuple(
        (
            world.weight,
            _sooner(
                _later(_forecast(machine, mta, world.outcome, facts.messages_per_day), rest),
                0 if rest else _age(world, now),
            ),
        )
        for world in known[1]
    )


def _replies(facts: RiskFacts, mta: MtaKind, *, now: datetime) -> dict[str, tuple[Replies, ...]]:
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
        now=now,
    )


def _families(family: int) -> tuple[int, ...]:
    return (family,) if family else FAMILIES


def _explains(known: Reckoned, first: datetime, last: datetime) -> bool:
    """Whether refusals of posts between these times were due to a fault that is mended."""
    if known.mended_at is None or last > known.mended_at + SETTLES:
        return False
    return known.broken_at is None or known.broken_at - NOTICED_WITHIN <= first


def _worlds(
    facts: RiskFacts, index: Index, receiver: str, mta: MtaKind, *, now: datetime
) -> tuple[dict[str, Rate], list[World]] | None:
    six, four = (family_of(facts, index, receiver, family, now=now) for family in FAMILIES)
    families = {name: family for name, family in (("6", six), ("4", four)) if family is not None}
    rates = {name: family.rate for name, family in families.items() if family.rate is not None}
    if not rates or (len(rates) < len(families) and all(rate.mean < UNREMARKABLE for rate in rates.values())):
        return None  # good news over one family says nothing of the other
    return rates, worlds(mta, six, four)


def _receiver(
    facts: RiskFacts,
    index: Index,
    receiver: str,
    *,
    replies: Sequence[Replies],
    machine: AnyMachine,
    mta: MtaKind,
    there: Reach,
    now: datetime,
    thresholds: Thresholds,
) -> ReceiverForecast:
    reckoned = _reckoned(facts, index, receiver, machine=machine, mta=mta, there=there, now=now, thresholds=thresholds)
    if replies:
        reckoned = replace(reckoned, subscribers=_there(there, receiver))
    found = [
        (each, _seen(facts, index, receiver, each, machine=machine, mta=mta, there=there, now=now)) for each in replies
    ]
    if not found:
        return reckoned
    reckoned = replace(reckoned, seen=found[0][1].refusals)
    told = [
        _from_seen(reckoned, outlook, each, facts, now=now, thresholds=thresholds)
        for each, outlook in found
        if outlook.refusals.over_since is None
    ]
    if not told:
        return reckoned
    seen = max(told, key=lambda each: ORDER.index(each.level))  # of equal ones the longest run
    return seen if _goes_before(seen, reckoned) else replace(reckoned, seen=seen.seen)


def _goes_before(seen: ReceiverForecast, reckoned: ReceiverForecast) -> bool:
    """Whether what was seen is told instead of what was reckoned: as it is the worse, or says the same more exactly."""
    if reckoned.level is RiskLevel.UNKNOWN:
        return True
    by_seen, by_reckoned = ORDER.index(seen.level), ORDER.index(reckoned.level)
    exact = seen.seen is not None and seen.seen.hit in {Hit.ALL, Hit.PART, Hit.POSTS}
    return by_seen > by_reckoned or (by_seen == by_reckoned and exact)


def _seen(
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
    families = replies.families or FAMILIES
    said = [a for family in families for a in index.admissions.get((receiver, family), ())]
    known = [each for family in families if (each := facts.reckoned.get((receiver, family))) is not None]
    explained = frozenset(day for each in known for day in each.refused_on) & replies.on
    ends = [each.mended_at for each in known if each.mended_at and _explains(each, replies.first, replies.last)]
    return seen_outlook(
        replies,
        subscribers=_there(there, receiver),
        mended_at=max(ends, default=None),
        enabled_at=facts.all_enabled_at,
        contradicts=bool(said) and worst(said) is AdmissionAction.ACCEPT and 2 * len(explained) < replies.days,
        machine=machine,
        mta=mta,
        per_day=replies.per_day,
        rest=facts.paused_days,
        now=now,
    )


def _from_seen(
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
    of_all = _share(refusals)
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
        disabled_on=refusals.disabled_at or _on(disabled.median_days, replies.first),
        removed_on=_on(removed.median_days, replies.first),
        failing_since=replies.first,
    )


def _there(there: Reach, receiver: str) -> int | None:
    """Subscribers there; those behind no known receiver are with what is nobody in particular."""
    number = there.at(receiver)
    return number if number is None or receiver != NOBODY_IN_PARTICULAR else number + there.elsewhere


def _share(refusals: SeenRefusals) -> float:
    """Of the subscribers there, those who are hit; all of them where nobody knows how many there are."""
    if refusals.share is not None:
        return refusals.share
    return ONE_ADDRESS if refusals.hit is Hit.ADDRESSES else 1.0


def _sentence(refusals: SeenRefusals) -> str:
    since = f"{refusals.first.astimezone(UTC):%Y-%m-%d}"
    return f"{_posts(refusals.posts)} refused since {since}, for {refusals.subscribers} different subscribers, as bounces told"


def _posts(number: int) -> str:
    return "1 post" if number == 1 else f"{number} posts"


def _reckoned(
    facts: RiskFacts,
    index: Index,
    receiver: str,
    *,
    machine: AnyMachine,
    mta: MtaKind,
    there: Reach,
    now: datetime,
    thresholds: Thresholds,
) -> ReceiverForecast:
    standing = worst([a for family in FAMILIES for a in index.admissions.get((receiver, family), ())])
    shown = [a for a in facts.shown or facts.admission if a.receiver == receiver]
    by_family = {family: [a for a in shown if a.client_ip.version == family] for family in FAMILIES}
    actions = {
        str(family): worst(said)
        for family, said in by_family.items()
        if said and (receiver, family) in index.admissions
    }
    unknown = ReceiverForecast(
        receiver=receiver,
        action=next((each for each in SEVERITY if each in actions.values()), AdmissionAction.UNKNOWN),
        actions=actions,
        failure_rate=None,
        post_bounces=None,
        disabled=None,
        removed=None,
        subscribers=there.at(receiver),
    )
    known = _worlds(facts, index, receiver, mta, now=now)
    if known is None:
        return unknown
    rates, parts = known
    worst_rate = max(rates.values(), key=lambda rate: rate.mean)
    rest = facts.paused_days
    found = [(world, _forecast(machine, mta, world.outcome, facts.messages_per_day)) for world in parts]
    disabled = mixture([(world.weight, f.disabled.later(rest)) for world, f in found])
    removed = mixture([(world.weight, f.removed.later(rest)) for world, f in found])
    from_now = within(
        [(world.weight, f.disabled.later(rest).sooner(0 if rest else _age(world, now))) for world, f in found]
    )
    bounces = min(1.0, sum(world.weight * world.outcome.bounces for world in parts))
    since = None if rest else max(parts, key=lambda world: world.weight).since
    return replace(
        unknown,
        failure_rate=worst_rate.summary(),
        failure_rates={family: rate.summary() for family, rate in rates.items()},
        post_bounces=bounces,
        disabled=disabled,
        removed=removed,
        level=receiver_level(
            from_now, post_bounces=bounces, action=standing, previous=facts.previous_level, thresholds=thresholds
        ),
        disabled_on=_on(disabled.median_days, since or now),
        removed_on=_on(removed.median_days, since or now),
        failing_since=since,
    )


def _forecast(machine: AnyMachine, mta: MtaKind, outcome: Outcome, messages_per_day: float) -> Forecast:
    seen = seen_by(machine, mta, outcome)
    if seen.bounces <= 0:
        return NO_HARM
    return forecast(
        machine,
        post_bounces=rounded(seen.bounces),
        messages_per_day=rounded(messages_per_day),
        latency_s=seen.latency_s,
        bounce=seen.bounce,
        notices=seen.notices,
    )


def _age(world: World, now: datetime) -> int:
    """Whole days that this state of things has lasted."""
    return 0 if world.since is None else max(0, (now - world.since) // DAY)


def _later(one: Forecast, days: int) -> Forecast:
    return Forecast(disabled=one.disabled.later(days), removed=one.removed.later(days))


def _sooner(one: Forecast, days: int) -> Forecast:
    return Forecast(disabled=one.disabled.sooner(days), removed=one.removed.sooner(days))


def _on(day: int | None, first: datetime) -> datetime | None:
    return None if day is None else first + (day - 1) * DAY
