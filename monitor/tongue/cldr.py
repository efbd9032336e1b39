"""Numbers, shares, lists and days as each language writes them, by the Unicode Consortium's CLDR in Babel. Pure."""

import re
from datetime import datetime
from functools import cache
from typing import Final

from babel import Locale
from babel.dates import format_skeleton, format_time
from babel.numbers import format_decimal, format_percent

from monitor.phrase.english import precision, shown, zone_shown

SKELETONS: Final = {"day": "MMMMd", "weekday": "MMMEd", "moment": "MMMMd"}  # Unicode TR 35, part 4: date skeletons
BOUND_APART: Final = frozenset({"fr"})  # where no sign of a share touches its number
WITHOUT_COMMA: Final = frozenset({"ja"})  # between a day and the time of day


def number(language: str, count: float) -> str:
    """A count with its thousands grouped, or a decimal."""
    return format_decimal(count, locale=language)


def percent(language: str, share: float) -> str:
    """A share of one, without false precision."""
    bound, digits = precision(share)
    whole = _locale(language).percent_formats[None].pattern
    pattern = re.sub(r"0(?=\D*$)", f"0.{'0' * digits}" if digits else "0", whole)
    apart = "\u202f" if language in BOUND_APART else "\u00a0" if whole.endswith("\u00a0%") else ""
    return f"{bound}{apart if bound else ''}{format_percent(shown(share) / 100, pattern, locale=language)}"


def listing(language: str, count: int, kind: str) -> tuple[str, ...]:
    """What stands between so many things, two at least."""
    patterns = _locale(language).list_patterns["or" if kind == "or" else "standard"]
    comma = _between(patterns["start"])
    last = comma if kind == "comma" else _between(patterns["2" if count == 2 else "end"])
    if language == "ja" and kind == "or":
        last = last.replace("または", " または ")  # a name may have Latin letters; the voice closes up what has none
    return (*(comma for _ in range(count - 2)), last)


def when(language: str, local: datetime, kind: str, *, year: bool) -> str:
    """A moment: `1. Dezember`, `Di., 1. Dez.`, `1. Dezember, 14:05 CET`, `14:05 CET`."""
    clock = f"{format_time(local, 'HH:mm', locale=language)} {zone_shown(local)}"
    if kind == "clock":
        return clock
    day = format_skeleton(("y" if year else "") + SKELETONS.get(kind, SKELETONS["day"]), local, locale=language)
    if language == "fr" and local.day == 1:
        day = day.replace("1 ", "1er ", 1)  # as is written there; the patterns of CLDR do not know it
    if kind == "weekday":
        return day
    day = day.replace(" ", "\u00a0", 1)  # no line ends between a day and its month
    if kind != "moment":
        return day
    return f"{day} {clock}" if language in WITHOUT_COMMA else f"{day}, {clock}"


def tick(language: str, local: datetime) -> str:
    """A day at an axis, where little room is."""
    return format_skeleton("MMMd", local, locale=language)


@cache
def _locale(language: str) -> Locale:
    return Locale.parse(language)


def _between(pattern: str) -> str:
    """What stands between the places of a pattern such as `{0} und {1}`."""
    return pattern.replace("{0}", "").replace("{1}", "")
