"""Quiet hours, such as "22:00-07:00 Europe/Berlin": when mail that can wait does wait."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

_FORM = re.compile(r"([0-2]?[0-9]):([0-5][0-9])\s*-\s*([0-2]?[0-9]):([0-5][0-9])(?:\s+(\S+))?")


@dataclass(frozen=True, slots=True, kw_only=True)
class QuietHours:
    """From a time of day to another one, past midnight where the end is the smaller, in a time zone."""

    start: time
    end: time
    zone: str = "UTC"

    def __str__(self) -> str:
        """As the configuration writes it."""
        return f"{self.start:%H:%M}-{self.end:%H:%M} {self.zone}"

    def end_after(self, now: datetime) -> datetime | None:
        """When the quiet hours that `now` lies in end, in UTC; None where it lies in none."""
        local = now.astimezone(ZoneInfo(self.zone))
        clock = local.time().replace(tzinfo=None)
        past_midnight = self.end < self.start
        after_start, before_end = clock >= self.start, clock < self.end
        if not (after_start or before_end if past_midnight else after_start and before_end):
            return None
        day = local.date() if clock < self.end else local.date() + timedelta(days=1)
        return datetime.combine(day, self.end, tzinfo=local.tzinfo).astimezone(UTC)


def parse_quiet_hours(value: object) -> QuietHours:
    """The quiet hours that a text names. Raises ValueError with what would be right."""
    if isinstance(value, QuietHours):
        return value
    form = '"22:00-07:00 Europe/Berlin"'
    found = _FORM.fullmatch(value.strip()) if isinstance(value, str) else None
    if found is None:
        raise ValueError(f"must be two times and a time zone such as {form}, not {value!r}")
    try:
        start, end = time(int(found[1]), int(found[2])), time(int(found[3]), int(found[4]))
    except ValueError as error:
        raise ValueError(f"{value!r} has no such hour; write it like {form}") from error
    if start == end:
        raise ValueError(f"{value!r} begins when it ends; write it like {form}")
    zone = found[5] or "UTC"
    try:
        ZoneInfo(zone)
    except (KeyError, ValueError, OSError) as error:  # a name that is unknown, leads elsewhere, or is a directory
        raise ValueError(f'{zone!r} is no time zone; name one such as "Europe/Berlin" or "UTC"') from error
    return QuietHours(start=start, end=end, zone=zone)
