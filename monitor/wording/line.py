"""One receiver of a list in one line: what it does with the mail, and from when subscribers are lost there. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from monitor.model.evidence import REFUSING, AdmissionAction
from monitor.model.risk import DayDistribution, Hit, ReceiverForecast
from monitor.wording.receiver import FAMILIES, LITTLE, ReceiverWords, speaks
from monitor.wording.sentence import Sentence, percent

NEARLY_ALL: Final = 0.995  # a share from which on nobody counts what is left


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """Parts without a capital or a full stop; () and "" where there is nothing to say."""

    does: str  # "refuses mail over IPv6"
    fate: Sentence  # "disabled from 2 December, removed from 23 December"
    doubt: str  # how far the date of the first may be off: "8 of 10 between day 4 and day 6"


def line_of(forecast: ReceiverForecast, words: ReceiverWords, *, now: datetime) -> Line:
    """The line of one receiver at which the list has subscribers, or may have."""
    parts = [] if words.nobody else [_disabled(forecast, now), _removed(forecast, now) if words.removed else ()]
    return Line(does=_does(forecast), fate=tuple(_joined(parts)), doubt=_doubt(forecast.disabled))


def _does(forecast: ReceiverForecast) -> str:
    seen = forecast.seen
    if seen is not None and speaks(forecast):
        put_off = seen.action is AdmissionAction.DEFER
        return {
            Hit.ALL: "puts off its mail, as was seen" if put_off else "refuses mail, as was seen",
            Hit.POSTS: "puts off some posts, as was seen" if put_off else "refuses some posts, as was seen",
            Hit.PART: "puts off mail to some, as was seen" if put_off else "refuses mail to some, as was seen",
            Hit.ADDRESSES: "puts off mail to a few, as was seen" if put_off else "refuses mail to a few, as was seen",
            Hit.ONCE: "put off one post" if put_off else "refused one post",
        }[seen.hit]
    said = {family: _over(forecast, family) for family in FAMILIES if _speaks_of(forecast, family)}
    bad = {family: does for family, does in said.items() if does}
    if bad:
        if len(set(bad.values())) == 1:
            does, families = next(iter(bad.values())), " and ".join(f"IPv{family}" for family in bad)
            return does if len(bad) == len(said) > 1 else f"{does} over {families}"
        return ", ".join(f"{does} over IPv{family}" for family, does in bad.items())
    rate = forecast.failure_rate
    if rate is not None:
        return "takes the mail" if rate.mean < LITTLE else _refuses(forecast.action, rate.mean)
    return "takes the mail" if forecast.action is AdmissionAction.ACCEPT else "not known what it does"


def _speaks_of(forecast: ReceiverForecast, family: str) -> bool:
    return family in forecast.actions or family in forecast.failure_rates


def _over(forecast: ReceiverForecast, family: str) -> str:
    """What is wrong over one family; "" where nothing is known to be."""
    rate = forecast.failure_rates.get(family)
    action = forecast.actions.get(family, forecast.action)
    if rate is not None:
        return "" if rate.mean < LITTLE else _refuses(action, rate.mean)
    return _refuses(action, 1.0) if action in REFUSING else ""


def _refuses(action: AdmissionAction, share: float) -> str:
    if action is AdmissionAction.DEFER:
        return "puts mail off" if share >= NEARLY_ALL else f"puts off {percent(share)} of posts"
    return "refuses mail" if share >= NEARLY_ALL else f"refuses {percent(share)} of posts"


def _disabled(forecast: ReceiverForecast, now: datetime) -> Sentence:
    seen = forecast.seen
    if seen is not None and seen.disabled and seen.disabled_at is not None:
        return "disabled since ", seen.disabled_at
    if forecast.disabled_on is None:
        return ()
    return (
        "probably disabled since " if _is_past(forecast.disabled_on, now) else "disabled from ",
        forecast.disabled_on,
    )


def _removed(forecast: ReceiverForecast, now: datetime) -> Sentence:
    seen = forecast.seen
    over = seen is not None and seen.over_since is not None and seen.disabled > 0
    on = seen.removed_on if over and seen is not None else forecast.removed_on
    if on is None:
        return ()
    return ("probably removed since " if _is_past(on, now) else "removed from ", on)


def _is_past(at: datetime, now: datetime) -> bool:
    return at.date() < now.date()


def _joined(parts: list[Sentence]) -> Iterator[str | datetime]:
    for n, part in enumerate(filter(None, parts)):
        if n:
            yield ", "
        yield from part


def _doubt(days: DayDistribution | None) -> str:
    if days is None or days.p10_days is None or days.p90_days is None or days.p10_days == days.p90_days:
        return ""
    return f"8 of 10 between day {days.p10_days} and day {days.p90_days}"
