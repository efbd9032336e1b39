"""Dates as hosts write them into header fields: total, and lenient, for not all of them follow RFC 5322 section 3.3."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from typing import Final

DATE_CHARS_MAX: Final = 512  # longer text is cut in front: in fields that end with a date it stands there

_MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
# Hours east of Greenwich by name: RFC 5322 section 4.3, and those of the IANA time zone database that mean one thing
# only. Any other name is read as UTC, as that section asks for.
_ZONES: Final = {
    "EDT": -4, "EST": -5, "CDT": -5, "CST": -6, "MDT": -6, "MST": -7, "PDT": -7, "PST": -8,
    "WEST": 1, "BST": 1, "CET": 1, "MET": 1, "MEZ": 1, "CEST": 2, "MEST": 2, "MESZ": 2, "EET": 2, "EEST": 3, "MSK": 3,
    "SAST": 2, "HKT": 8, "SGT": 8, "AWST": 8, "JST": 9, "KST": 9, "AEST": 10, "AEDT": 11, "NZST": 12, "NZDT": 13,
    "AKDT": -8, "AKST": -9, "HST": -10,
}  # fmt: skip

_MONTH: Final = r"(?P<month>jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}\.?"
_DAY: Final = r"(?<!\d)0?(?P<day>\d{1,2})"
_TIME: Final = (
    r"(?P<hour>\d{1,2})[:.](?P<minute>\d\d)(?:[:.](?P<second>\d\d)(?:[.,]\d{1,9})?)?(?: ?(?P<half>[ap])\.?m\b\.?)?"
)
_ZONE: Final = r"(?: ?\(?(?P<zone>[a-z]{1,5}(?![a-z]))?(?P<offset>[+-] ?\d{1,2}:?(?:\d\d)?(?!\d))?)?"
_FORMS: Final = tuple(
    re.compile(form, re.IGNORECASE)
    for form in (
        rf"{_DAY}[ -]{_MONTH}[ ,-]{{1,2}}(?P<year>\d{{2,4}}),? {_TIME}{_ZONE}",  # RFC 5322 sections 3.3 and 4.3
        rf"{_MONTH},? {_DAY},? (?P<year>\d{{4}}),? {_TIME}{_ZONE}",  # month in front
        rf"{_MONTH} {_DAY} {_TIME}{_ZONE} (?P<year>\d{{4}})(?!\d)",  # asctime(), as in mailbox files (RFC 4155)
        rf"(?<!\d)(?P<year>\d{{4}})-(?P<month>\d\d)-{_DAY}[T ]{_TIME}{_ZONE}",  # RFC 3339, and SendGrid's clock
    )
)


def read_date(text: str) -> datetime | None:
    """The first date in the text, in UTC; None where there is none.

    Without a zone, or with "-0000", it is read as UTC (RFC 5322 section 3.3).
    """
    return next(_dates(text), None)


def read_last_date(text: str) -> datetime | None:
    """The last date in the text, likewise."""
    found = list(_dates(text))
    return found[-1] if found else None


def _dates(text: str) -> Iterator[datetime]:
    line = " ".join(text[-DATE_CHARS_MAX:].split())
    for form in _FORMS:
        read = [at for at in map(_read, form.finditer(line)) if at is not None]
        if read:
            yield from read
            return


def _read(found: re.Match[str]) -> datetime | None:
    try:
        local = datetime(
            year=_year(found["year"]),
            month=_month(found["month"]),
            day=int(found["day"]),
            hour=_hour(int(found["hour"]), found["half"]),
            minute=int(found["minute"]),
            second=min(int(found["second"] or 0), 59),  # a leap second has no number here
            tzinfo=timezone(_offset(found["zone"], found["offset"])),
        )
        return local.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _year(digits: str) -> int:
    """RFC 5322 section 4.3: two digits below 50 are of this century, three digits count from 1900."""
    year = int(digits)
    if len(digits) == 4:
        return year
    return year + (2000 if len(digits) == 2 and year < 50 else 1900)


def _month(word: str) -> int:
    return int(word) if word.isdigit() else _MONTHS.index(word.lower()) + 1


def _hour(hour: int, half: str | None) -> int:
    """The hour of the day; of a clock that counts twelve, with its half of the day, "a" or "p"."""
    if half is None:
        return hour
    return hour % 12 + (12 if half.lower() == "p" else 0)


def _offset(zone: str | None, offset: str | None) -> timedelta:
    """How far east of Greenwich: by the number, else by the name ("GMT+2" is a number)."""
    if offset is None:
        return timedelta(hours=_ZONES.get((zone or "").upper(), 0))
    sign = -1 if offset.startswith("-") else 1
    digits = offset[1:].replace(":", "").strip()
    hours, minutes = (int(digits[:-2]), int(digits[-2:])) if len(digits) > 2 else (int(digits), 0)
    return sign * timedelta(hours=hours, minutes=minutes)
