"""Sentences whose dates each medium writes in its own way, and the numbers in them. Pure."""

from collections.abc import Callable
from datetime import datetime
from typing import Final

from monitor.wording import days

Sentence = tuple[str | datetime, ...]

NARROW_SPACE: Final = "\u202f"  # does not break; between a number and its sign on pages


def plain(sentence: Sentence, *, day: Callable[[datetime], str] | None = None) -> str:
    """The sentence as text; dates in UTC, spaces as a terminal knows them."""
    written = day or written_day
    said = "".join(written(each) if isinstance(each, datetime) else each for each in sentence)
    return said.replace(NARROW_SPACE, " ")


def written_day(at: datetime) -> str:
    """A date in UTC with its year, for sentences that are kept: `26 November 2026`."""
    return days.day(at)


def percent(share: float) -> str:
    """A share of one as a percentage, without false precision."""
    value = share * 100
    if value in {0, 100}:
        return f"{value:.0f}{NARROW_SPACE}%"
    if value < 0.1:
        return f"<{NARROW_SPACE}0.1{NARROW_SPACE}%"
    if value > 99.9:
        return f">{NARROW_SPACE}99.9{NARROW_SPACE}%"
    return f"{value:.1f}{NARROW_SPACE}%" if value < 10 or value > 99 else f"{value:.0f}{NARROW_SPACE}%"


def subscribers(number: int) -> str:
    """So many, or none."""
    return f"{number or 'no'} subscriber{'' if number == 1 else 's'}"


def capital(sentence: Sentence) -> Sentence:
    """The sentence with a capital at its beginning and a full stop at its end; nothing stays nothing."""
    if not sentence:
        return ()
    first = sentence[0]
    begun = (first[:1].upper() + first[1:], *sentence[1:]) if isinstance(first, str) else sentence
    return (*begun, ".")
