"""Times that come back or come once, in a time zone: maintenance windows, and the moment of a weekly digest."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from monitor.config.quiet import QuietHours, parse_quiet_hours

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DATED = re.compile(r"(\d{4}-\d\d-\d\d \d\d:\d\d)\s*/\s*(\d{4}-\d\d-\d\d \d\d:\d\d)(?:\s+(\S+))?")
_WEEKLY = re.compile(rf"({'|'.join(DAYS)})\s+(.+)", re.IGNORECASE)
_MOMENT = re.compile(rf"({'|'.join(DAYS)})\s+([0-2]?[0-9]):([0-5][0-9])(?:\s+(\S+))?", re.IGNORECASE)
_FORMS = '"2026-12-01 22:00/2026-12-02 02:00 Europe/Berlin", "sat 02:00-04:00 Europe/Berlin" or "02:00-04:00 UTC"'
_MOMENT_FORM = '"mon 08:00 Europe/Berlin", or "never"'


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """A time that something lasts: once from `starts` to `ends`, or at these hours of each day, or of one day of the week."""

    starts: datetime | None = None
    ends: datetime | None = None
    hours: QuietHours | None = None
    day: int | None = None  # of the week, Monday is 0: the day on which the hours begin
    zone: str = "UTC"  # of a window that comes once, as it was written

    def __str__(self) -> str:
        """As the configuration writes it."""
        if self.hours is not None:
            return f"{'' if self.day is None else DAYS[self.day] + ' '}{self.hours}"
        zone = ZoneInfo(self.zone)
        local = [at.astimezone(zone) for at in (self.starts, self.ends) if at is not None]
        return f"{'/'.join(f'{at:%Y-%m-%d %H:%M}' for at in local)} {self.zone}"

    def end_after(self, now: datetime) -> datetime | None:
        """When the window that `now` lies in ends, in UTC; None where it lies in none."""
        if self.hours is None:
            inside = self.starts is not None and self.ends is not None and self.starts <= now < self.ends
            return self.ends if inside else None
        end = self.hours.end_after(now)
        if end is None or self.day is None:
            return end
        local = end.astimezone(ZoneInfo(self.hours.zone))
        began = local.date() - timedelta(days=1) if self.hours.end < self.hours.start else local.date()
        return end if began.weekday() == self.day else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Weekly:
    """A moment of each week, in a time zone."""

    day: int  # Monday is 0
    at: time
    zone: str = "UTC"

    def __str__(self) -> str:
        """As the configuration writes it."""
        return f"{DAYS[self.day]} {self.at:%H:%M} {self.zone}"

    def last(self, now: datetime) -> datetime:
        """The newest such moment that is not after `now`, in UTC."""
        local = now.astimezone(ZoneInfo(self.zone))
        day = local.date() - timedelta(days=(local.weekday() - self.day) % 7)
        at = datetime.combine(day, self.at, tzinfo=local.tzinfo).astimezone(UTC)
        if at <= now:
            return at
        return datetime.combine(day - timedelta(days=7), self.at, tzinfo=local.tzinfo).astimezone(UTC)


def parse_window(value: object) -> Window:
    """The window that a text names. Raises ValueError with what would be right."""
    if isinstance(value, Window):
        return value
    text = value.strip() if isinstance(value, str) else ""
    if found := _DATED.fullmatch(text):
        zone = found[3] or "UTC"
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
    zone = found[4] or "UTC"
    _known(zone)
    try:
        return Weekly(day=DAYS.index(found[1].lower()), at=time(int(found[2]), int(found[3])), zone=zone)
    except ValueError as error:
        raise ValueError(f"{value!r} has no such hour; write it like {_MOMENT_FORM}") from error


def _local(text: str, zone: str, whole: str) -> datetime:
    _known(zone)
    try:
        return datetime.strptime(text, "%Y-%m-%d %H:%M").replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
    except ValueError as error:
        raise ValueError(f"{whole!r} has no such day or hour; write it like {_FORMS}") from error


def _known(zone: str) -> None:
    try:
        ZoneInfo(zone)
    except (KeyError, ValueError, OSError) as error:  # a name that is unknown, leads elsewhere, or is a directory
        raise ValueError(f'{zone!r} is no time zone; name one such as "Europe/Berlin" or "UTC"') from error
