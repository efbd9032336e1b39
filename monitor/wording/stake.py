"""What is at stake at one list: how many subscribers, at whom, from when, and whether it has begun. Pure.

A value, so that a mail says it in its reader's time zone; the words are in `monitor.wording.at_stake`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import partial
from typing import Any, Final

from monitor.evidence.entry import NOBODY_IN_PARTICULAR
from monitor.model.order import ALARMING
from monitor.model.risk import Assessment, Hit, ReceiverForecast, RiskLevel
from monitor.phrase.phrase import Phrase
from monitor.risk.calm import is_nobody, nearly_all_placed
from monitor.risk.reach import OTHERS_WITHIN, title_of
from monitor.risk.seen_findings import COUNTED_MOST, ERROR, named
from monitor.wording.receiver import concerned, speaks
from monitor.wording.vocabulary import calm, in_danger

NAMES_KEPT: Final = 20

Naming = Callable[[str | None], str | None]  # a receiver's name by its id


class State(StrEnum):
    """What is happening to whom; of several the first of these."""

    DISABLED = "disabled"  # some are disabled already, and it goes on
    REFUSED = "refused"  # a receiver was seen to refuse, nobody is known to be disabled yet
    SOME_REFUSED = "some-refused"  # some posts only
    ONCE_REFUSED = "once-refused"  # one post so far
    AT_RISK = "at-risk"  # reckoned: they will be disabled
    NOBODY_THERE = "nobody-there"  # mail would be refused where none of the counted subscribers is
    LEFT = "left-disabled"  # it is over; those who were disabled are so still
    MEND = "mend"  # nobody is known to be at risk, something is to be mended
    SLIGHT = "slight"  # nobody is known to be at risk, and nothing to mend is known; posts may be refused
    NOBODY = "nobody"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stake:
    """Numbers, names and a date; None is not known or not counted, never none."""

    state: State
    subscribers: int | None = None  # at risk or refused, without those who are disabled already
    estimated: bool = False  # of the number: beyond some hundred it is not counted one by one
    disabled: int = 0
    receivers: tuple[str, ...] = ()  # names, of most subscribers first
    begins_at: datetime | None = None  # when the first of them are expected to be disabled
    # Every receiver with subscribers has a level, and nearly all subscribers a receiver; without danger also nothing is
    # critical or unknown.
    all_known: bool = True

    def document(self) -> dict[str, Any]:
        """As JSON documents say it; times are RFC 3339 in UTC."""
        begins = None if self.begins_at is None else self.begins_at.isoformat(timespec="seconds").replace("+00:00", "Z")
        return {
            "state": self.state.value,
            "subscribers": self.subscribers,
            "estimated": self.estimated,
            "disabled": self.disabled,
            "receivers": list(self.receivers),
            "begins_at": begins,
            "all_known": self.all_known,
        }


def read_stake(document: dict[str, Any]) -> Stake:
    """The same from a document. Raises ValueError, KeyError or TypeError where it is none."""
    begins = document["begins_at"]
    return Stake(
        state=State(document["state"]),
        subscribers=document["subscribers"],
        estimated=document["estimated"],
        disabled=document["disabled"],
        receivers=tuple(each if isinstance(each, Phrase) else str(each) for each in document["receivers"]),
        begins_at=None if begins is None else datetime.fromisoformat(begins),
        all_known=document["all_known"],
    )


def stake_of(assessment: Assessment, *, name: Naming | None = None) -> Stake:
    """What is at stake, by this assessment. `name` gives a receiver's name; else by what is known of providers."""
    known = all(each.level is not RiskLevel.UNKNOWN for each in assessment.forecasts if not is_nobody(each))
    known = known and nearly_all_placed(assessment.forecasts, assessment.unplaced)
    made = partial(Stake, all_known=known if in_danger(assessment.level) else calm(assessment))
    called = partial(_places, name=name or _title)
    if assessment.level is RiskLevel.UNKNOWN:
        return made(state=State.UNKNOWN)
    if in_danger(assessment.level):
        refusing = [each for each in assessment.forecasts if in_danger(each.level)]
        found = sorted((each for each in refusing if not is_nobody(each) and _hit(each)[0] != 0), key=_most_first)
        if refusing and not found:
            return made(state=State.NOBODY_THERE, receivers=called(refusing))
        return _endangered(found, made, called)
    if assessment.level is RiskLevel.WATCH and (
        seen := sorted(filter(_goes_on, assessment.forecasts), key=_most_first)
    ):
        number, estimated = _sum(seen)
        state = _refused(seen)
        return made(state=state, subscribers=number, estimated=estimated, receivers=called(seen))
    left = [each for each in assessment.forecasts if each.seen and each.seen.over_since and each.seen.disabled]
    if left:
        gone_for = sum(each.seen.disabled for each in left if each.seen)
        return made(state=State.LEFT, disabled=gone_for, receivers=called(sorted(left, key=_most_first)))
    if any(each.severity in ALARMING for each in assessment.findings):
        return made(state=State.MEND)
    return made(state=State.NOBODY if assessment.level is RiskLevel.OK else State.SLIGHT)


def _endangered(
    found: Sequence[ReceiverForecast],
    made: Callable[..., Stake],
    called: Callable[[Sequence[ReceiverForecast]], tuple[str, ...]],
) -> Stake:
    """Of these receivers, where subscribers are expected to be disabled."""
    gone = [each for each in found if _disabled(each)]
    hit, estimated = _sum(found)
    disabled = sum(map(_disabled, found))
    left = None if hit is None else max(0, hit - disabled)
    if left and hit and disabled > COUNTED_MOST:
        estimated, left = True, 0 if left <= 2.0 * ERROR * hit else left
    dates = [each.disabled_on for each in found if each.disabled_on is not None and not _disabled(each)]
    return made(
        state=State.DISABLED if gone else _refused(found),
        subscribers=left,
        estimated=estimated,
        disabled=disabled,
        receivers=called(gone or found),
        begins_at=min(dates, default=None),
    )


def _sum(found: Sequence[ReceiverForecast]) -> tuple[int | None, bool]:
    """How many are hit at all of them, and whether that is an estimate; None where of one it is not known."""
    numbers = [_hit(each) for each in found]
    known = [number for number, _ in numbers if number is not None]
    return sum(known) if len(known) == len(numbers) else None, any(roughly for _, roughly in numbers)


def _goes_on(forecast: ReceiverForecast) -> bool:
    """Whether it was seen to refuse more than single addresses, and still does."""
    seen = forecast.seen
    return (
        seen is not None
        and seen.over_since is None
        and seen.hit is not Hit.ADDRESSES
        and forecast.level is RiskLevel.WATCH
        and speaks(forecast)
    )


def _refused(found: Sequence[ReceiverForecast]) -> State:
    """Whether what is told was seen at every one of them, and of how many posts."""
    seen = [each.seen for each in found if each.seen is not None and speaks(each)]
    if not seen or len(seen) < len(found):
        return State.AT_RISK
    hits = {each.hit for each in seen}
    if len(hits) > 1:
        return State.REFUSED
    return {Hit.ONCE: State.ONCE_REFUSED, Hit.POSTS: State.SOME_REFUSED}.get(hits.pop(), State.REFUSED)


def _hit(forecast: ReceiverForecast) -> tuple[int | None, bool]:
    """How many are hit there, and whether that is an estimate; all who are there, where it cannot be told from all."""
    number = concerned(forecast)
    if number is None or not speaks(forecast) or number <= COUNTED_MOST or (forecast.seen and forecast.seen.exact):
        return number, False
    there = forecast.subscribers
    return (there, False) if there and number >= there * (1.0 - 2.0 * ERROR) else (number, True)


def _disabled(forecast: ReceiverForecast) -> int:
    seen = forecast.seen
    return 0 if seen is None or seen.over_since is not None else seen.disabled


def _most_first(forecast: ReceiverForecast) -> tuple[int, float]:
    date = forecast.disabled_on
    return -(_hit(forecast)[0] or 0), float("inf") if date is None else date.timestamp()


def _title(receiver: str | None) -> str | None:
    return None if receiver is None else title_of(receiver)


def _places(forecasts: Sequence[ReceiverForecast], *, name: Naming) -> tuple[str, ...]:
    """Their names, each once; whom nobody knows by name stands for all others, at the end."""
    names = [named(each, name) for each in forecasts if not _nameless(each)]
    others = [OTHERS_WITHIN] if any(map(_nameless, forecasts)) else []
    return tuple(dict.fromkeys([*names[:NAMES_KEPT], *others]))


def _nameless(forecast: ReceiverForecast) -> bool:
    """No receiver in particular, and no domain of it that refused."""
    domains = forecast.seen is not None and bool(forecast.seen.domains)
    return forecast.receiver is None or (forecast.receiver == NOBODY_IN_PARTICULAR and not domains)
