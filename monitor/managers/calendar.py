"""A machine's calendar: seconds after a start become local dates, and back, with daylight saving where it applies."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import lru_cache

DAY_S = 86400


@dataclass(frozen=True, slots=True)
class Calendar:
    """Times are seconds after `start`; days are whole numbers counted from the local date of `start`."""

    start: datetime = datetime(2026, 1, 5, tzinfo=UTC)
    zone: tzinfo = field(default=UTC)
    _into_day: float = field(init=False, repr=False, compare=False)  # seconds from the UTC midnight before the start

    def __post_init__(self) -> None:
        object.__setattr__(self, "_into_day", self.start.timestamp() % DAY_S)

    def day(self, at: float) -> int:
        """The local date at `at`, as days after the local date of the start."""
        if self.zone is UTC:
            return int((at + self._into_day) // DAY_S)
        return _day(self, at)

    def midnight(self, day: int) -> int:
        """When that local date begins, in seconds after the start."""
        return self.hour(day, 0)

    def hour(self, day: int, hour: int) -> int:
        """When it is `hour` o'clock on that local date, in seconds after the start."""
        return _hour(self, day, hour)

    def utc_day(self, at: float) -> int:
        """The UTC date at `at`, as days since 1970-01-01."""
        return int((self.start.timestamp() + at) // DAY_S)


UTC_CALENDAR = Calendar()


def _first_date(calendar: Calendar) -> date:
    return calendar.start.astimezone(calendar.zone).date()


@lru_cache(maxsize=4096)
def _day(calendar: Calendar, at: float) -> int:
    local = (calendar.start + timedelta(seconds=at)).astimezone(calendar.zone)
    return (local.date() - _first_date(calendar)).days


@lru_cache(maxsize=4096)
def _hour(calendar: Calendar, day: int, hour: int) -> int:
    moment = datetime.combine(_first_date(calendar) + timedelta(days=day), time(hour), tzinfo=calendar.zone)
    return int((moment.astimezone(UTC) - calendar.start).total_seconds())
