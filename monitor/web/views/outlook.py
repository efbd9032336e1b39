"""What will become of a list's subscribers, receiver by receiver, as things are and if one thing were done."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Final

from markupsafe import Markup

from monitor.config.settings import Settings
from monitor.evidence.source import ListEvidence
from monitor.model.order import LEVELS_URGENT_FIRST
from monitor.model.reach import Reach
from monitor.model.risk import Assessment, ReceiverForecast, RiskLevel
from monitor.mtas.parties import parties
from monitor.risk.calm import is_calm, is_nobody
from monitor.risk.facts import RiskFacts, facts_of
from monitor.risk.fan import DAYS, Fan, fan
from monitor.risk.no_way import no_way
from monitor.risk.receiver_forecasts import receiver_forecasts
from monitor.risk.whatif import Change
from monitor.web.views.answers import Answer, answers_of
from monitor.web.views.forecast_chart import HORIZONS, fan_chart
from monitor.web.views.reach import ReachShown, reach_shown
from monitor.wording.certainty import certainty
from monitor.wording.elsewhere import about_elsewhere, already, elsewhere
from monitor.wording.line import Line, line_of
from monitor.wording.receiver import ReceiverWords, words_of
from monitor.wording.ways import ways

WORTH_DRAWING: Final = 0.01  # share of subscribers who are disabled within the time drawn; less is said in words


@dataclass(frozen=True, slots=True, kw_only=True)
class Prospect:
    """One receiver: what is expected as chosen, and its chart; none where there is nothing to see."""

    forecast: ReceiverForecast
    words: ReceiverWords
    line: Line
    chart: Callable[..., Markup] | None  # by the voice of its reader
    answers: tuple[Answer, ...] = ()  # what its rules say today
    certainty: str = ""  # how far what is reckoned may be off
    as_at: "Prospect | None" = None  # the one above of which the same is reckoned, by the same evidence


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """What the list's page shows of the future. `chosen` is None for things as they are."""

    changes: tuple[Change, ...]
    chosen: Change | None
    level: RiskLevel
    calm: bool  # nobody is expected to be disabled, which is known
    first: Prospect | None  # where subscribers are disabled first; None where nobody is expected to be
    first_now: ReceiverForecast | None  # likewise as things are
    prospects: tuple[Prospect, ...]  # where the list may have subscribers; the most urgent first
    nobody: tuple[str, ...]  # receivers at which it has none
    there: Reach
    reach: ReachShown
    elsewhere: str  # of subscribers behind no known receiver; "" where there are none
    already: str  # of those whom no change brings back; "" where there are none


def outlook(evidence: ListEvidence, assessment: Assessment, settings: Settings, *, word: str) -> Outlook:
    """The future as `assessment` has it, or as it would be after the change of that word. Pure."""
    facts, now = facts_of(evidence), evidence.now
    possible = ways(facts, assessment.forecasts, assessment.level, now=now, thresholds=settings.risk)
    chosen = next((each for each in possible if each.word == word), None)
    forecasts, level, admission = assessment.forecasts, assessment.level, assessment.admission
    if chosen is not None:
        forecasts, level = receiver_forecasts(chosen.facts, now=now, thresholds=settings.risk)
        admission = chosen.facts.admission
    then = fans(chosen.facts if chosen else facts, forecasts, now=now)
    before = fans(facts, forecasts, now=now) if chosen else {}
    horizon = _horizon([*then.values(), *before.values()])
    machine, mta = parties(facts.manager, facts.mta, (chosen.facts if chosen else facts).bounce_policy)
    wayless = no_way(admission, forecasts)
    met = [each for each in admission if (each.receiver, each.client_ip) not in wayless]
    prospects: list[Prospect] = []
    for one in sorted((each for each in forecasts if not is_nobody(each)), key=_most_urgent):
        words = words_of(one, machine=machine, mta=mta, now=now)
        prospects.append(
            Prospect(
                forecast=one,
                words=words,
                line=line_of(one, words, now=now),
                chart=_drawn(one.receiver, then, before, horizon=horizon, now=now),
                answers=answers_of(one.receiver, met),
                certainty=certainty(one, words),
                as_at=next((each for each in prospects if _alike(each, one, words)), None),
            )
        )
    first = _first(forecasts)
    return Outlook(
        changes=possible,
        chosen=chosen,
        level=level,
        calm=is_calm(
            level,
            () if chosen is not None else assessment.findings,
            forecasts,
            admission,
            unplaced=facts.there.elsewhere,
        ),
        first=next((each for each in prospects if each.forecast is first), None),
        first_now=_first(assessment.forecasts),
        prospects=tuple(prospects),
        nobody=tuple(one.receiver for one in forecasts if is_nobody(one) and one.receiver is not None),
        there=facts.there,
        reach=reach_shown(facts.there, () if evidence.reach is None else evidence.reach.days),
        elsewhere=about_elsewhere(elsewhere(facts)),
        already=already(assessment.forecasts),
    )


def _most_urgent(one: ReceiverForecast) -> tuple[int, float, int]:
    dated = float("inf") if one.disabled_on is None else one.disabled_on.timestamp()
    return LEVELS_URGENT_FIRST.index(one.level), dated, -(one.subscribers or 0)


def _alike(before: Prospect, one: ReceiverForecast, words: ReceiverWords) -> bool:
    """Whether of both the same is reckoned, of which enough is to be said."""
    return (
        before.as_at is None
        and before.words.reckoned == words.reckoned
        and before.forecast.failure_rate == one.failure_rate
        and one.failure_rate is not None
    )


def fans(facts: RiskFacts, forecasts: Sequence[ReceiverForecast], *, now: datetime) -> dict[str, Fan]:
    """How the shares grow at each of these receivers, where anything is known of it."""
    found = {one.receiver: fan(facts, one.receiver, now=now) for one in forecasts if one.receiver is not None}
    return {receiver: seen for receiver, seen in found.items() if seen is not None}


def _horizon(fans: Sequence[Fan]) -> int:
    """The shortest time at whose end nearly everything that happens within the longest has happened."""
    for days in HORIZONS[:-1]:
        if all(
            band.high[days] >= 0.95 * band.high[DAYS] for each in fans for band in (each.disabled, each.removed)
        ) and any(each.disabled.high[days] >= WORTH_DRAWING for each in fans):
            return days
    return HORIZONS[-1]


def _drawn(
    receiver: str | None, then: Mapping[str, Fan], before: Mapping[str, Fan], *, horizon: int, now: datetime
) -> Callable[..., Markup] | None:
    seen, was = then.get(receiver or ""), before.get(receiver or "")
    if seen is None or not any(
        each.disabled.high[horizon] >= WORTH_DRAWING for each in (seen, was) if each is not None
    ):
        return None
    return partial(fan_chart, seen, was, horizon=horizon, now=now)


def _first(forecasts: Sequence[ReceiverForecast]) -> ReceiverForecast | None:
    dated = [
        (one.disabled_on, n)
        for n, one in enumerate(forecasts)
        if one.disabled_on and one.level is not RiskLevel.OK and not is_nobody(one)
    ]
    return forecasts[min(dated)[1]] if dated else None
