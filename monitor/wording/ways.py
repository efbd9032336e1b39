"""What could be done about a list: the changes that are shown, which never look worse than doing nothing. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Final

from monitor.model.order import RANK
from monitor.model.risk import ReceiverForecast, RiskLevel, Thresholds
from monitor.risk.facts import RiskFacts
from monitor.risk.level import DEFAULTS
from monitor.risk.receiver_forecasts import receiver_forecasts
from monitor.risk.whatif import Alternative, Change, changes

SAME: Final = 0.0005  # shares that differ by less are shown as the same
DATELESS: Final = float("inf")
PUBLISH: Final = "publish"  # what is advised everywhere must not look worse anywhere
OF_ADMISSION: Final = frozenset({PUBLISH, "no-ipv6"})  # what helps by what receivers answer


def ways(
    facts: RiskFacts,
    forecasts: Sequence[ReceiverForecast],
    level: RiskLevel,
    *,
    now: datetime,
    thresholds: Thresholds = DEFAULTS,
) -> tuple[Change, ...]:
    """Every change that could make a difference, publishing only if it makes nothing worse.

    `forecasts` and `level` are as things are.
    """

    def helps(change: Change) -> bool:
        if change.word not in OF_ADMISSION:
            return True
        if change.facts.admission == facts.admission:
            return False
        if change.word != PUBLISH:
            return True
        after, then = receiver_forecasts(change.facts, now=now, thresholds=thresholds)
        return not worsened(forecasts, level, after, then)

    return tuple(each for each in changes(facts) if helps(each))


def no_worse(
    alternatives: Sequence[Alternative], forecasts: Sequence[ReceiverForecast], level: RiskLevel
) -> tuple[Alternative, ...]:
    """Those alternatives that may be shown: of publishing nothing looks worse than doing nothing."""
    return tuple(
        each
        for each in alternatives
        if each.change != PUBLISH or not worsened(forecasts, level, each.forecasts, each.level)
    )


def worsened(
    before: Sequence[ReceiverForecast], level: RiskLevel, after: Sequence[ReceiverForecast], then: RiskLevel
) -> bool:
    """Whether a level, a rate, a chance or a date is worse after the change, or is not known any more."""
    if _level_worse(level, then):
        return True
    found = {each.receiver: each for each in after}
    return any(each.receiver in found and _worse(each, found[each.receiver]) for each in before)


def _worse(before: ReceiverForecast, after: ReceiverForecast) -> bool:
    if _level_worse(before.level, after.level):
        return True
    if before.post_bounces is None:
        return False  # nothing was shown that could be better
    if after.post_bounces is None:
        return True
    was, will = dict(_shares(before)), dict(_shares(after))
    later = [(before.disabled_on, after.disabled_on), (before.removed_on, after.removed_on)]
    return any(will[name] > share + SAME for name, share in was.items() if name in will) or any(
        _stamp(new) < _stamp(old) for old, new in later
    )


def _shares(one: ReceiverForecast) -> Iterator[tuple[str, float]]:
    """Every share that is shown of a receiver."""
    if one.post_bounces is not None:
        yield "bounces", one.post_bounces
    if one.failure_rate is not None:
        yield "refused", one.failure_rate.mean
    for family, rate in one.failure_rates.items():
        yield f"refused {family}", rate.mean
    for name, days in (("disabled", one.disabled), ("removed", one.removed)):
        within: Mapping[str, float] = {} if days is None else days.within
        yield from ((f"{name} {span}", share) for span, share in within.items())


def _level_worse(before: RiskLevel, after: RiskLevel) -> bool:
    """Not to be known any more is no improvement; to be known is not worse, whatever it is."""
    if before is RiskLevel.UNKNOWN:
        return False
    return after is RiskLevel.UNKNOWN or RANK[after] > RANK[before]


def _stamp(at: datetime | None) -> float:
    return DATELESS if at is None else at.timestamp()
