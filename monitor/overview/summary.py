"""As much of a list's assessment as stands in an overview. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from monitor.model.risk import Assessment, DayDistribution, ReceiverForecast, RiskLevel
from monitor.overview import standing
from monitor.overview.standing import Standings, standings_of
from monitor.phrase.phrase import say
from monitor.wording.receiver import concerned
from monitor.wording.stake import Naming, Stake, State, stake_of
from monitor.wording.vocabulary import calm, in_danger

NOT_CHECKED: Final = say("Not checked yet: the first answer comes within a minute.")
NOT_READABLE: Final = say(
    "What was kept of this list cannot be read; its next check writes it anew. The log names the key."
)
NOT_KNOWN: Final = Stake(state=State.UNKNOWN)


@dataclass(frozen=True, slots=True, kw_only=True)
class Odds:
    """What threatens at one receiver, as numbers."""

    receiver: str
    failure_ratio: float | None
    disabled_within: Mapping[str, float]
    removed_within: Mapping[str, float]
    begin: datetime | None = None  # day 1 of the two distributions
    disabled: DayDistribution | None = None
    removed: DayDistribution | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """As much of an assessment as the overview and the metrics show."""

    level: RiskLevel
    reason: str
    act_by: datetime | None = None  # when the first subscribers are expected to be disabled
    removed_on: datetime | None = None  # the earliest median date of removal
    subscribers: int | None = None  # hit at receivers that are in danger; None where nobody counted them
    assessed_at: datetime | None = None  # None: never yet
    blind: tuple[str, ...] = ()
    calm: bool = False  # nobody is expected to be dropped, which is known
    stake: Stake = NOT_KNOWN  # who is at risk, where, from when
    odds: tuple[Odds, ...] = ()  # of lists above ok only: what is well needs no number
    under: Standings = standing.IN_ORDER  # what it stands under among lists that share a cause


UNREADABLE: Final = Summary(level=RiskLevel.UNKNOWN, reason=NOT_READABLE, under=standing.alone(standing.UNREADABLE))
NOT_ASSESSED: Final = Summary(level=RiskLevel.UNKNOWN, reason=NOT_CHECKED, under=standing.alone(standing.NOT_CHECKED))


def summary_of(assessment: Assessment | None, *, name: Naming | None = None) -> Summary:
    """What the overview needs of an assessment; None before the first check. `name` gives a receiver's name."""
    if assessment is None:
        return NOT_ASSESSED
    threatened = [one for one in assessment.forecasts if in_danger(one.level)]
    known = [hit for one in threatened if (hit := concerned(one)) is not None]
    left = [one.seen.removed_on for one in assessment.forecasts if one.seen is not None and one.seen.over_since]
    judged = all(one.level is not RiskLevel.UNKNOWN for one in assessment.forecasts) and assessment.forecasts
    return Summary(
        level=assessment.level,
        reason=assessment.reason,
        act_by=assessment.act_by,
        removed_on=min((on for on in (*(one.removed_on for one in threatened), *left) if on is not None), default=None),
        subscribers=sum(known) if known or (judged and not threatened) else None,
        assessed_at=assessment.assessed_at,
        blind=assessment.blind,
        calm=calm(assessment),
        under=standings_of(assessment),
        stake=stake_of(assessment, name=name),
        odds=()
        if assessment.level is RiskLevel.OK
        else tuple(_odds(one, assessment.assessed_at) for one in assessment.forecasts),
    )


def _odds(forecast: ReceiverForecast, at: datetime) -> Odds:
    return Odds(
        receiver=forecast.receiver or "",
        failure_ratio=forecast.failure_rate.mean if forecast.failure_rate else None,
        disabled_within=forecast.disabled.within if forecast.disabled else {},
        removed_within=forecast.removed.within if forecast.removed else {},
        begin=forecast.failing_since or at,
        disabled=forecast.disabled if in_danger(forecast.level) else None,
        removed=forecast.removed if in_danger(forecast.level) else None,
    )
