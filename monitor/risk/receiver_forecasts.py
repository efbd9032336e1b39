"""What will become of a list's subscribers at each receiver, when, and how bad that is. Pure.

Two voices are kept apart. *Reckoned* is what the receiver's rules say to the newest facts; *seen* is what it did
refuse. What was seen goes before what was reckoned where it goes on and says more; where it is the better news, it is
believed only so far as bounces can tell, which tell of failures alone.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from monitor.managers.machine import AnyMachine
from monitor.model.reach import Reach
from monitor.model.risk import Hit, ReceiverForecast, RiskLevel, Thresholds
from monitor.mtas.kind import MtaKind
from monitor.mtas.parties import parties
from monitor.risk.facts import RiskFacts
from monitor.risk.level import DEFAULTS, ORDER, list_level
from monitor.risk.reckoned_forecast import forecast_by_rules
from monitor.risk.replies import Replies
from monitor.risk.seen_forecast import forecast_by_seen, replies_at, seen_at, subscribers_there
from monitor.risk.worlds import Index


def receiver_forecasts(
    facts: RiskFacts, *, now: datetime, thresholds: Thresholds = DEFAULTS
) -> tuple[tuple[ReceiverForecast, ...], RiskLevel]:
    """A forecast for each receiver that an admission names or that was seen to refuse, and the list's level.

    No evidence gives no forecast and the level UNKNOWN for that receiver; the list's level never moves on that.
    Receivers where the list is known to have no subscribers do not count for the list's level, unless they were seen to
    refuse; nor do those that none of its addresses has a way to, where nobody is known to be there.
    Raises ConfigError where the manager, its overrides or the MTA are wrong.
    """
    machine, mta = parties(facts.manager, facts.mta, facts.bounce_policy)
    there = facts.there
    seen = replies_at(facts, mta, now=now)
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
    wayless = index.wayless
    reached = [
        each.level
        for each in forecasts
        if (there.counts(each.receiver) and (each.receiver not in wayless or there.at(each.receiver)))
        or (each.seen is not None and not each.seen.over_since)
    ]
    return forecasts, list_level(reached or [f.level for f in forecasts], facts.previous_level)


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
    reckoned = forecast_by_rules(
        facts, index, receiver, machine=machine, mta=mta, there=there, now=now, thresholds=thresholds
    )
    if replies:
        all_there = subscribers_there(there, receiver)
        some = reckoned.at_risk if all_there == reckoned.subscribers else None  # of those elsewhere no way is known
        reckoned = replace(reckoned, subscribers=all_there, at_risk=some)
    found = [
        (each, seen_at(facts, index, receiver, each, machine=machine, mta=mta, there=there, now=now))
        for each in replies
    ]
    if not found:
        return reckoned
    reckoned = replace(reckoned, seen=found[0][1].refusals)
    told = [
        forecast_by_seen(reckoned, outlook, each, facts, now=now, thresholds=thresholds)
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
