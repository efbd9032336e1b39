"""Times that come once or again, in a time zone: quiet hours, maintenance windows, the moment of a weekly digest."""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """A time that something lasts: once from `starts` to `ends`, or at these hours of each day or of one day a week."""

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
