"""How the pages say things: levels, numbers, spans and moments as short words for people. Pure."""

import math
from collections.abc import Mapping
from datetime import datetime, timedelta

from monitor.model.evidence import CheckOutcome
from monitor.model.risk import RiskLevel
from monitor.phrase.english import NARROW_SPACE
from monitor.wording.vocabulary import in_danger

_NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
_DAY = timedelta(days=1)


def number(count: int) -> str:
    """A count as a word up to twelve, then in figures with thin spaces between thousands."""
    return _NUMBERS[count] if count < len(_NUMBERS) else figure(count)


def figure(count: int) -> str:
    """A count in figures, with thin spaces between thousands."""
    return f"{count:,}".replace(",", NARROW_SPACE)


def headline(counts: Mapping[RiskLevel, int], *, calm: int) -> str:
    """The overview in one sentence. `calm` is how many of the lists are so that nobody is expected to be dropped."""
    total = sum(counts.values())
    danger = sum(count for level, count in counts.items() if in_danger(level))
    watch, unknown = counts.get(RiskLevel.WATCH, 0), counts.get(RiskLevel.UNKNOWN, 0)
    if total == 0:
        return "No list is watched yet."
    if danger:
        whose = "Your list" if total == 1 else f"{number(danger).capitalize()} of {number(total)} lists"
        return f"{whose} {'is' if danger == 1 else 'are'} about to lose subscribers."
    if unknown == total:
        return "Nothing is known yet." if total > 1 else "Nothing is known of your list yet."
    if calm < total:
        return _not_calm(total, look=total - calm, unknown=unknown, watch=watch)
    if watch:
        return f"Nobody is about to be dropped; {number(watch)} list{'' if watch == 1 else 's'} to keep an eye on."
    return "Your list is well." if total == 1 else f"All {number(total)} lists are well."


def _not_calm(total: int, *, look: int, unknown: int, watch: int) -> str:
    """Nothing is known to be in danger, which is less than that nobody is; `look` of the lists are why."""
    if total == 1:
        return "Your list is not known to be in danger, but it needs a look."
    if look == unknown and not watch:
        return f"{number(unknown).capitalize()} of {number(total)} lists cannot be judged now; the others are well."
    return f"No list is known to be in danger; {number(look)} of {number(total)} need{'s' if look == 1 else ''} a look."


def span(length: timedelta) -> str:
    """A length of time in its largest sensible unit: "3 days", "5 hours", "40 seconds"."""
    seconds = abs(length.total_seconds())
    for unit, size in (("day", 86400), ("hour", 3600), ("minute", 60)):
        if seconds >= size * (2 if unit == "day" else 1):
            count = math.floor(seconds / size)
            return f"{count} {unit}{'' if count == 1 else 's'}"
    count = math.floor(seconds)
    return f"{count} second{'' if count == 1 else 's'}"


def ago(at: datetime, now: datetime) -> str:
    """How long ago something was: "just now", "5 minutes ago"; of the future: "in 3 hours"."""
    if abs(now - at) < timedelta(seconds=5):
        return "just now"
    return f"{span(now - at)} ago" if at <= now else f"in {span(at - now)}"


def due(at: datetime, now: datetime) -> str:
    """When something is to happen: "in 3 hours", and "due now" from its moment on."""
    return "due now" if at - now < timedelta(seconds=5) else f"in {span(at - now)}"


def days_until(at: datetime, now: datetime) -> str:
    """How many days there are until a date: "today", "tomorrow", "in 5 days", "2 days ago"."""
    days = (at.date() - now.date()) // _DAY
    if days in {-1, 0, 1}:
        return ("yesterday", "today", "tomorrow")[days + 1]
    return f"in {days} days" if days > 0 else f"{-days} days ago"


def check_key(check: CheckOutcome) -> int:
    """What names a check of a list in an address: the milliseconds of its moment."""
    return int(check.evaluated_at.timestamp() * 1000)
