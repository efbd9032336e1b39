"""How English has numbers, shares and moments. The other languages' are the Unicode Consortium's, by Babel."""

from datetime import UTC, datetime, tzinfo
from typing import Final

NARROW_SPACE: Final = "\u202f"  # does not break; between thousands
SPACES: Final = f"\u00a0{NARROW_SPACE}"  # no-break spaces, which languages have in numbers and beside marks


def english_number(number: float) -> str:
    """As it is: what groups thousands is a figure."""
    return str(number)


def english_figure(number: int) -> str:
    """A count with thin spaces between thousands."""
    return f"{number:,}".replace(",", NARROW_SPACE)


def english_percent(share: float) -> str:
    """A share of one as a percentage, without false precision."""
    bound, digits = precision(share)
    return f"{bound}{' ' if bound else ''}{shown(share):.{digits}f} %"


def precision(share: float) -> tuple[str, int]:
    """`<` or `>` where only a bound is said, else ""; and digits behind the point."""
    value = share * 100
    if value in {0, 100}:
        return "", 0
    if value < 0.1:
        return "<", 1
    if value > 99.9:
        return ">", 1
    return "", 1 if value < 10 or value > 99 else 0


def shown(share: float) -> float:
    """The percentage that is said: the bound where only that is."""
    return {"<": 0.1, ">": 99.9, "": share * 100}[precision(share)[0]]


def english_when(at: datetime, kind: str, *, zone: tzinfo = UTC, now: datetime | None = None) -> str:
    """`1 December`, `Tue 1 December`, `1 December, 14:05 CET`, `14:05 CET`; the year where it is not that of `now`."""
    local = at.astimezone(zone)
    year = "" if now is not None and now.astimezone(zone).year == local.year else f" {local.year}"
    day, clock = f"{local.day} {local:%B}{year}", f"{local:%H:%M} {zone_shown(local)}"
    if kind == "clock":
        return clock
    if kind == "moment":
        return f"{day}, {clock}"
    return f"{local:%a} {day}" if kind == "weekday" else day


def zone_shown(local: datetime) -> str:
    """The zone's own abbreviation, or its offset where it has none."""
    return local.tzname() or local.strftime("%z")
