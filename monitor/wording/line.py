"""One receiver of a list in one line: what it does with the mail, and from when subscribers are lost there. Pure."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from monitor.model.evidence import REFUSING, AdmissionAction
from monitor.model.risk import DayDistribution, Hit, ReceiverForecast
from monitor.phrase.phrase import Phrase, When, joined, say
from monitor.wording.receiver import FAMILIES, LITTLE, NOTHING, TAKES, ReceiverWords, over, refuses_share, speaks

NEARLY_ALL: Final = 0.995  # a share from which on nobody counts what is left


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """Parts without a capital or a full stop; "" where there is nothing to say."""

    does: str  # "refuses mail over IPv6"
    fate: str  # "disabled from 2 December, removed from 23 December"
    doubt: str  # how far the date of the first may be off: "8 of 10 between day 4 and day 6"


def line_of(forecast: ReceiverForecast, words: ReceiverWords, *, now: datetime) -> Line:
    """The line of one receiver at which the list has subscribers, or may have."""
    fate = () if words.nobody else (_disabled(forecast, now), _removed(forecast, now) if words.removed else "")
    return Line(does=_does(forecast), fate=joined(", ", fate), doubt=_doubt(forecast.disabled))


_SEEN_TO_REFUSE: Final = {
    Hit.ALL: say("refuses mail, as was seen"),
    Hit.POSTS: say("refuses some posts, as was seen"),
    Hit.PART: say("refuses mail to some, as was seen"),
    Hit.ADDRESSES: say("refuses mail to a few, as was seen"),
    Hit.ONCE: say("refused one post"),
}
_SEEN_TO_PUT_OFF: Final = {
    Hit.ALL: say("puts off its mail, as was seen"),
    Hit.POSTS: say("puts off some posts, as was seen"),
    Hit.PART: say("puts off mail to some, as was seen"),
    Hit.ADDRESSES: say("puts off mail to a few, as was seen"),
    Hit.ONCE: say("put off one post"),
}


def _does(forecast: ReceiverForecast) -> Phrase:
    seen = forecast.seen
    if seen is not None and speaks(forecast):
        return (_SEEN_TO_PUT_OFF if seen.action is AdmissionAction.DEFER else _SEEN_TO_REFUSE)[seen.hit]
    said = {family: _over(forecast, family) for family in FAMILIES if _speaks_of(forecast, family)}
    bad = {family: does for family, does in said.items() if does}
    if bad:
        if len(set(bad.values())) == 1:
            does = next(iter(bad.values()))
            return does if len(bad) == len(said) > 1 else over(does, *bad)
        return joined(", ", (over(does, family) for family, does in bad.items()))
    rate = forecast.failure_rate
    if rate is not None:
        return TAKES if rate.mean < LITTLE else _refuses(forecast.action, rate.mean)
    return TAKES if forecast.action is AdmissionAction.ACCEPT else say("not known what it does")


def _speaks_of(forecast: ReceiverForecast, family: str) -> bool:
    return family in forecast.actions or family in forecast.failure_rates


def _over(forecast: ReceiverForecast, family: str) -> Phrase:
    """What is wrong over one family; "" where nothing is known to be."""
    rate = forecast.failure_rates.get(family)
    action = forecast.actions.get(family, forecast.action)
    if rate is not None:
        return NOTHING if rate.mean < LITTLE else _refuses(action, rate.mean)
    return _refuses(action, 1.0) if action in REFUSING else NOTHING


def _refuses(action: AdmissionAction, share: float) -> Phrase:
    put_off = action is AdmissionAction.DEFER
    if share < NEARLY_ALL:
        return refuses_share(share, put_off=put_off)
    return say("puts mail off") if put_off else say("refuses mail")


def _disabled(forecast: ReceiverForecast, now: datetime) -> Phrase:
    seen = forecast.seen
    if seen is not None and seen.disabled and seen.disabled_at is not None:
        return say("disabled since {day}", day=When(seen.disabled_at))
    if forecast.disabled_on is None:
        return NOTHING
    if _is_past(forecast.disabled_on, now):
        return say("probably disabled since {day}", day=When(forecast.disabled_on))
    return say("disabled from {day}", day=When(forecast.disabled_on))


def _removed(forecast: ReceiverForecast, now: datetime) -> Phrase:
    seen = forecast.seen
    gone = seen is not None and seen.over_since is not None and seen.disabled > 0
    on = seen.removed_on if gone and seen is not None else forecast.removed_on
    if on is None:
        return NOTHING
    return (
        say("probably removed since {day}", day=When(on))
        if _is_past(on, now)
        else say("removed from {day}", day=When(on))
    )


def _is_past(at: datetime, now: datetime) -> bool:
    return at.date() < now.date()


def _doubt(days: DayDistribution | None) -> str:
    if days is None or days.p10_days is None or days.p90_days is None or days.p10_days == days.p90_days:
        return ""
    return say("8 of 10 between day {first} and day {last}", first=days.p10_days, last=days.p90_days)
