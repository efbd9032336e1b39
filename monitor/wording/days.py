"""Days and times for people, in the time zone of whoever reads them: "1 December", "Tue 1 December", "14:05 CET". Pure.

A year stands only where the day is not of the year of `now`, a weekday only where it helps to find the day.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from functools import cache
from zoneinfo import ZoneInfo

from monitor.phrase.english import english_when
from monitor.phrase.phrase import When


@cache
def zone_named(name: str | None) -> tzinfo:
    """The time zone of that IANA name; UTC for one that is empty or unknown, so that a mail is never lost for it."""
    try:
        return ZoneInfo(name) if name else UTC
    except (KeyError, ValueError, OSError):  # a name that is unknown, leads elsewhere, or is a directory
        return UTC


def day(at: datetime, *, zone: tzinfo = UTC, now: datetime | None = None) -> When:
    """`1 December`; with the year where it is not that of `now`, or no `now` is given."""
    return When(at, "day", text=english_when(at, "day", zone=zone, now=now))


def weekday(at: datetime, *, zone: tzinfo = UTC, now: datetime | None = None) -> When:
    """`Tue 1 December`: a day that is near."""
    return When(at, "weekday", text=english_when(at, "weekday", zone=zone, now=now))


def clock(at: datetime, *, zone: tzinfo = UTC) -> When:
    """`14:05 CET`: the time of day with the zone's own abbreviation, or its offset where it has none."""
    return When(at, "clock", text=english_when(at, "clock", zone=zone))


def moment(at: datetime, *, zone: tzinfo = UTC, now: datetime | None = None) -> When:
    """`1 December, 14:05 CET`."""
    return When(at, "moment", text=english_when(at, "moment", zone=zone, now=now))


def is_over(at: datetime, *, now: datetime, zone: tzinfo = UTC) -> bool:
    """Whether that day has passed where the reader is."""
    return at.astimezone(zone).date() < now.astimezone(zone).date()


def is_today(at: datetime, *, now: datetime, zone: tzinfo = UTC) -> bool:
    """Whether it is today where the reader is."""
    return at.astimezone(zone).date() == now.astimezone(zone).date()


@dataclass(frozen=True, slots=True)
class Days:
    """The same for one reader: where she or he is, and when it is said."""

    zone: tzinfo
    now: datetime

    def day(self, at: datetime) -> When:
        """`1 December`."""
        return day(at, zone=self.zone, now=self.now)

    def weekday(self, at: datetime) -> When:
        """`Tue 1 December`."""
        return weekday(at, zone=self.zone, now=self.now)

    def moment(self, at: datetime) -> When:
        """`1 December, 14:05 CET`."""
        return moment(at, zone=self.zone, now=self.now)

    def is_over(self, at: datetime) -> bool:
        """Whether that day has passed there."""
        return is_over(at, now=self.now, zone=self.zone)
