"""Times as the configuration writes them: quiet hours, maintenance windows, and the moment of a weekly digest."""

import re
from datetime import UTC, datetime, time
from typing import Literal
from zoneinfo import ZoneInfo

from monitor.model.times import DAYS, QuietHours, Weekly, Window

_HOURS = re.compile(r"([0-2]?[0-9]):([0-5][0-9])\s*-\s*([0-2]?[0-9]):([0-5][0-9])(?:\s+(\S+))?")
_DATED = re.compile(r"(\d{4}-\d\d-\d\d \d\d:\d\d)\s*/\s*(\d{4}-\d\d-\d\d \d\d:\d\d)(?:\s+(\S+))?")
_WEEKLY = re.compile(rf"({'|'.join(DAYS)})\s+(.+)", re.IGNORECASE)
_MOMENT = re.compile(rf"({'|'.join(DAYS)})\s+([0-2]?[0-9]):([0-5][0-9])(?:\s+(\S+))?", re.IGNORECASE)
_FORMS = '"2026-12-01 22:00/2026-12-02 02:00 Europe/Berlin", "sat 02:00-04:00 Europe/Berlin" or "02:00-04:00 UTC"'
_MOMENT_FORM = '"mon 08:00 Europe/Berlin", or "never"'


def parse_quiet_hours(value: object) -> QuietHours:
    """The quiet hours that a text names. Raises ValueError with what would be right."""
    if isinstance(value, QuietHours):
        return value
    form = '"22:00-07:00 Europe/Berlin"'
    found = _HOURS.fullmatch(value.strip()) if isinstance(value, str) else None
    if found is None:
        raise ValueError(f"must be two times and a time zone such as {form}, not {value!r}")
    try:
        start, end = time(int(found[1]), int(found[2])), time(int(found[3]), int(found[4]))
    except ValueError as error:
        raise ValueError(f"{value!r} has no such hour; write it like {form}") from error
    if start == end:
        raise ValueError(f"{value!r} begins when it ends; write it like {form}")
    return QuietHours(start=start, end=end, zone=_zone(found[5]))


def parse_window(value: object) -> Window:
    """The window that a text names. Raises ValueError with what would be right."""
    if isinstance(value, Window):
        return value
    text = value.strip() if isinstance(value, str) else ""
    if found := _DATED.fullmatch(text):
        zone = _zone(found[3])
        starts, ends = (_local(each, zone, text) for each in (found[1], found[2]))
        if ends <= starts:
            raise ValueError(f"{value!r} ends before it begins; write it like {_FORMS}")
        return Window(starts=starts, ends=ends, zone=zone)
    weekly = _WEEKLY.fullmatch(text)
    try:
        hours = parse_quiet_hours(weekly[2] if weekly else value)
    except ValueError as error:
        raise ValueError(f"must be a time such as {_FORMS}; {error}") from error
    return Window(hours=hours, day=DAYS.index(weekly[1].lower()) if weekly else None)


def parse_weekly(value: object) -> Weekly | Literal["never"]:
    """The moment that a text names, or "never". Raises ValueError with what would be right."""
    if isinstance(value, Weekly):
        return value
    if value == "never":
        return "never"
    found = _MOMENT.fullmatch(value.strip()) if isinstance(value, str) else None
    if found is None:
        raise ValueError(f"must be {_MOMENT_FORM}, not {value!r}")
    zone = _zone(found[4])
    try:
        return Weekly(day=DAYS.index(found[1].lower()), at=time(int(found[2]), int(found[3])), zone=zone)
    except ValueError as error:
        raise ValueError(f"{value!r} has no such hour; write it like {_MOMENT_FORM}") from error


def parse_zone(value: object) -> str:
    """The name of a time zone that there is. Raises ValueError with what would be right."""
    if not isinstance(value, str) or not value.strip():
        raise ValueError(f'must be the name of a time zone such as "Europe/Berlin" or "UTC", not {value!r}')
    return _zone(value.strip())


def _local(text: str, zone: str, whole: str) -> datetime:
    try:
        return datetime.strptime(text, "%Y-%m-%d %H:%M").replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
    except ValueError as error:
        raise ValueError(f"{whole!r} has no such day or hour; write it like {_FORMS}") from error


def _zone(name: str | None) -> str:
    """The name of a time zone that there is; UTC where none was named."""
    try:
        ZoneInfo(name or "UTC")
    except (KeyError, ValueError, OSError) as error:  # a name that is unknown, leads elsewhere, or is a directory
        raise ValueError(f'{name!r} is no time zone; name one such as "Europe/Berlin" or "UTC"') from error
    return name or "UTC"
