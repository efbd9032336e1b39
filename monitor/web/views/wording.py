"""How the pages say things: levels, numbers, spans and moments as short words for people. Pure."""

import math
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Final

from monitor.model.evidence import CheckOutcome
from monitor.model.risk import RiskLevel
from monitor.phrase.phrase import Phrase, capital, figure, plural, say, word
from monitor.wording.vocabulary import in_danger

_NUMBERS: Final = (
    word("so many lists", "no"),
    word("so many lists", "one"),
    word("so many lists", "two"),
    word("so many lists", "three"),
    word("so many lists", "four"),
    word("so many lists", "five"),
    word("so many lists", "six"),
    word("so many lists", "seven"),
    word("so many lists", "eight"),
    word("so many lists", "nine"),
    word("so many lists", "ten"),
    word("so many lists", "eleven"),
    word("so many lists", "twelve"),
)
_UNITS: Final = (("day", 86400, 2), ("hour", 3600, 1), ("minute", 60, 1))  # each with how many of it are told in it
_SPANS: Final[Mapping[str, Callable[[int], Phrase]]] = {
    "day": lambda n: plural("{n} day", "{n} days", n),
    "hour": lambda n: plural("{n} hour", "{n} hours", n),
    "minute": lambda n: plural("{n} minute", "{n} minutes", n),
    "second": lambda n: plural("{n} second", "{n} seconds", n),
}
# Messages of their own and no spans with a word beside them: many languages inflect what stands in them.
_AGO: Final[Mapping[str, Callable[[int], Phrase]]] = {
    "day": lambda n: plural("{n} day ago", "{n} days ago", n),
    "hour": lambda n: plural("{n} hour ago", "{n} hours ago", n),
    "minute": lambda n: plural("{n} minute ago", "{n} minutes ago", n),
    "second": lambda n: plural("{n} second ago", "{n} seconds ago", n),
}
_AHEAD: Final[Mapping[str, Callable[[int], Phrase]]] = {
    "day": lambda n: plural("in {n} day", "in {n} days", n),
    "hour": lambda n: plural("in {n} hour", "in {n} hours", n),
    "minute": lambda n: plural("in {n} minute", "in {n} minutes", n),
    "second": lambda n: plural("in {n} second", "in {n} seconds", n),
}
_DAY: Final = timedelta(days=1)


def lists_counted(count: int) -> Phrase:
    """A number of lists as a word up to twelve, then in figures with thin spaces between thousands."""
    return _NUMBERS[count] if count < len(_NUMBERS) else figure(count)


def headline(counts: Mapping[RiskLevel, int], *, calm: int) -> Phrase:
    """The overview in one sentence. `calm` is how many of the lists are so that nobody is expected to be dropped."""
    total = sum(counts.values())
    danger = sum(count for level, count in counts.items() if in_danger(level))
    watch, unknown = counts.get(RiskLevel.WATCH, 0), counts.get(RiskLevel.UNKNOWN, 0)
    if total == 0:
        return say("No list is watched yet.")
    if danger:
        return _in_danger(total, danger)
    if unknown == total:
        return say("Nothing is known yet.") if total > 1 else say("Nothing is known of your list yet.")
    if calm < total:
        return _not_calm(total, look=total - calm, unknown=unknown, watch=watch)
    if watch:
        return plural(
            "Nobody is about to be dropped; {count} list to keep an eye on.",
            "Nobody is about to be dropped; {count} lists to keep an eye on.",
            watch,
            count=lists_counted(watch),
        )
    return say("Your list is well.") if total == 1 else say("All {total} lists are well.", total=lists_counted(total))


def _in_danger(total: int, danger: int) -> Phrase:
    if total == 1:
        return say("Your list is about to lose subscribers.")
    return capital(
        plural(
            "{count} of {total} lists is about to lose subscribers.",
            "{count} of {total} lists are about to lose subscribers.",
            danger,
            count=lists_counted(danger),
            total=lists_counted(total),
        )
    )


def _not_calm(total: int, *, look: int, unknown: int, watch: int) -> Phrase:
    """Nothing is known to be in danger, which is less than that nobody is; `look` of the lists are why."""
    if total == 1:
        return say("Your list is not known to be in danger, but it needs a look.")
    if look == unknown and not watch:
        return capital(
            plural(
                "{count} of {total} lists cannot be judged now; the others are well.",
                "{count} of {total} lists cannot be judged now; the others are well.",
                unknown,
                count=lists_counted(unknown),
                total=lists_counted(total),
            )
        )
    return plural(
        "No list is known to be in danger; {count} of {total} needs a look.",
        "No list is known to be in danger; {count} of {total} need a look.",
        look,
        count=lists_counted(look),
        total=lists_counted(total),
    )


def _measured(length: timedelta) -> tuple[str, int]:
    """A length of time in its largest sensible unit."""
    seconds = abs(length.total_seconds())
    for unit, size, least in _UNITS:
        if seconds >= size * least:
            return unit, math.floor(seconds / size)
    return "second", math.floor(seconds)


def span(length: timedelta) -> Phrase:
    """A length of time: "3 days", "5 hours", "40 seconds"."""
    unit, count = _measured(length)
    return _SPANS[unit](count)


def ago(at: datetime, now: datetime) -> Phrase:
    """How long ago something was: "just now", "5 minutes ago"; of the future: "in 3 hours"."""
    if abs(now - at) < timedelta(seconds=5):
        return say("just now")
    unit, count = _measured(now - at)
    return (_AGO if at <= now else _AHEAD)[unit](count)


def due(at: datetime, now: datetime) -> Phrase:
    """When something is to happen: "in 3 hours", and "due now" from its moment on."""
    if at - now < timedelta(seconds=5):
        return say("due now")
    unit, count = _measured(at - now)
    return _AHEAD[unit](count)


def days_until(at: datetime, now: datetime) -> Phrase:
    """How many days there are until a date: "today", "tomorrow", "in 5 days", "2 days ago"."""
    days = (at.date() - now.date()) // _DAY
    if days in {-1, 0, 1}:
        return (say("yesterday"), say("today"), say("tomorrow"))[days + 1]
    return _AHEAD["day"](days) if days > 0 else _AGO["day"](-days)


def check_key(check: CheckOutcome) -> int:
    """What names a check of a list in an address: the milliseconds of its moment."""
    return int(check.evaluated_at.timestamp() * 1000)
