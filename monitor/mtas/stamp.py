"""When a line was logged, and by which program: the stamps and headers that syslog, journals and MTAs write. Pure.

Known stamps: `Nov 28 19:01:02` (RFC 3164 section 4.1.2, also with a fraction), `2026-11-28T19:01:02.123456+01:00` (RFC
3339; with a blank for the T, without a zone, `+0100`, `Z`), seconds since 1970 with a fraction (journalctl's
short-unix); each also behind a priority, `<22>` or `<22>1 ` (RFC 5424 section 6).

A stamp without a zone is in the process's own. One of the hour that comes twice when summer time ends is of its first
run, unless that lies more than a minute before the newest line read: then it is of the second. One of the hour that
does not come is an hour later. Without a year it is the latest such date that is not more than a day after `now`.
"""

import re
from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple

from monitor.mtas.log import Clock

DAY_S: Final = 86_400.0
MINUTE_S: Final = 60.0
FOLD_S: Final = 7200.0  # what is newer yet by more is of a clock that was wrong
JITTER_S: Final = 60.0  # processes write side by side: a line may stand behind one that is newer
YEARS: Final = (1990, 2200)  # others are no stamp
LEAP_YEARS_APART: Final = 8  # at most, around 2100: how far 29 February is looked for

_PRIORITY: Final = re.compile(rb"<\d{1,3}>(?P<version>1 )?")
_BSD: Final = re.compile(
    rb"((?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) [ 0-3]\d [0-2]\d:[0-5]\d):([0-6]\d(?:\.\d{1,9})?)(?: |$)"
)
_ISO: Final = re.compile(
    rb"(\d{4}-\d\d-\d\d[T ][0-2]\d:[0-5]\d):([0-6]\d(?:[.,]\d{1,9})?)(Z| ?[+-][01]\d:?[0-5]\d)?(?: |$)"
)
_UNIX: Final = re.compile(rb"(\d{9,10}\.\d{1,9}) ")
_MONTHS: Final = {
    name: number
    for number, name in enumerate(
        (b"Jan", b"Feb", b"Mar", b"Apr", b"May", b"Jun", b"Jul", b"Aug", b"Sep", b"Oct", b"Nov", b"Dec"), start=1
    )
}
# host, program, and the process's number where it is told. FreeBSD may put `<mail.info>` in front of the host, Solaris
# `[ID 197553 mail.info]` before what is said.
_TAG: Final = re.compile(rb"(?:<\w+\.\w+> )?([^ ]+) ([^\s:\[\]]+)(?:\[(\d{1,10})\])?: ?(?:\[ID \d+ \w+\.\w+\] )?")
# host, program, process, message id, structured data (RFC 5424 section 6); then the octets of a BOM may stand.
_TAG_5424: Final = re.compile(
    rb'([^ ]+) ([^ ]+) (?:(\d{1,10})|[^ ]+) [^ ]+ (?:-|(?:\[[^\]"]*+(?:"(?:[^"\\]++|\\.)*+"[^\]"]*+)*+\])++)(?: |$)(?:\xef\xbb\xbf)?'
)
# What syslog itself writes where lines repeat, or nothing happens.
_OWN_WORDS: Final = re.compile(
    rb"[^ ]+ (?:last message (?:repeated|buffered) \d+ times?|message repeated \d+ times: |-- MARK --)"
)

_OF_JOURNALCTL: Final = (
    b"-- Logs begin at ",
    b"-- Journal begins at ",
    b"-- Boot ",
    b"-- Reboot --",
    b"-- No entries --",
)


class SyslogLine(NamedTuple):
    """The header of a line. What it says begins at `rest`."""

    at: float  # seconds since 1970 (UTC)
    host: bytes
    program: bytes  # with all that its name has: b"postfix/smtp"
    pid: bytes  # digits; b"" where it is not told
    rest: int


class Stamps:
    """Reads the stamps of one log, line after line."""

    def __init__(self, now: Clock) -> None:
        """`now` is when the log was last written to, or the present."""
        self.newest = 0.0  # of all stamps read
        self._now = now
        self._minute: bytes = b""  # as it was written last, and what it is
        self._zone: bytes | None = None
        self._began = 0.0

    def read(self, line: bytes) -> tuple[float, int] | None:
        """When the line was logged, and where what follows the stamp begins; None where no known stamp begins it."""
        start = 0
        if line[:1] == b"<":
            priority = _PRIORITY.match(line)
            start = priority.end() if priority else 0
        zone: bytes | None = None
        found = _BSD.match(line, start)
        if found:
            minute, second = found.groups()
        else:
            found = _ISO.match(line, start)
            if not found:
                return self._read_unix(line, start)
            minute, second, zone = found.groups()
        if minute != self._minute or zone != self._zone:
            began = self._begin(minute, zone)
            if began is None:
                return None
            self._minute, self._zone, self._began = minute, zone, began
        at = self._began + (int(second) if len(second) == 2 else float(second.replace(b",", b".")))
        self.newest = max(self.newest, at)
        return at, found.end()

    def _read_unix(self, line: bytes, start: int) -> tuple[float, int] | None:
        found = _UNIX.match(line, start)
        if not found:
            return None
        at = float(found[1])
        self.newest = max(self.newest, at)
        return at, found.end()

    def _begin(self, minute: bytes, zone: bytes | None) -> float | None:
        """When that minute began; None where no calendar has it."""
        try:
            if minute[:1].isdigit():
                return self._resolve(datetime.fromisoformat(minute.decode()), zone)
            return self._begin_without_year(minute)
        except (ValueError, OverflowError, OSError):
            return None

    def _begin_without_year(self, minute: bytes) -> float | None:
        month, day, hour, past = _MONTHS[minute[:3]], int(minute[4:6]), int(minute[7:9]), int(minute[10:12])
        latest = self._now() + DAY_S
        year = datetime.fromtimestamp(latest, UTC).year + 1  # of a zone where it has begun
        for each in range(year, year - LEAP_YEARS_APART - 2, -1):
            try:
                began = self._resolve(datetime(each, month, day, hour, past), None)  # noqa: DTZ001 # the process's own zone
            except ValueError:
                if (month, day) != (2, 29):
                    return None
                continue
            if began is not None and began <= latest:
                return began
        return None

    def _resolve(self, written: datetime, zone: bytes | None) -> float | None:
        if not YEARS[0] <= written.year <= YEARS[1]:
            return None
        if zone is not None:
            return (written.replace(tzinfo=UTC) - _ahead(zone)).timestamp()
        first = written.timestamp()
        second = written.replace(fold=1).timestamp()
        comes_twice = second > first
        is_second = first + MINUTE_S < self.newest - JITTER_S and self.newest < second + FOLD_S
        return second if comes_twice and is_second else first


class SyslogLines:
    """Reads the headers that syslog puts before what programs say."""

    def __init__(self, now: Clock) -> None:
        """`now` is when the log was last written to, or the present."""
        self.stamps = Stamps(now)

    def read(self, line: bytes) -> SyslogLine | None:
        """The header; None where the line has none, or none that is whole."""
        stamp = self.stamps.read(line)
        if stamp is None:
            return None
        at, start = stamp
        tag = _TAG.match(line, start) if line[:1] != b"<" or not _is_5424(line) else _TAG_5424.match(line, start)
        if tag is None:
            return None
        host, program, pid = tag.groups(b"")
        return SyslogLine(at, host, program, pid, tag.end())

    def is_own(self, line: bytes) -> bool:
        """Whether syslog or journalctl itself said it: that lines repeat, that nothing happened, where the log begins.

        It tells nothing of a message.
        """
        if line.startswith(_OF_JOURNALCTL):
            return True
        stamp = self.stamps.read(line)
        return stamp is not None and _OWN_WORDS.match(line, stamp[1]) is not None


def _is_5424(line: bytes) -> bool:
    priority = _PRIORITY.match(line)
    return priority is not None and priority["version"] is not None


def _ahead(zone: bytes) -> timedelta:
    """How far ahead of UTC."""
    if zone == b"Z":
        return timedelta(0)
    digits = zone.replace(b":", b"").strip()
    size = timedelta(hours=int(digits[1:3]), minutes=int(digits[3:5]))
    return -size if digits[:1] == b"-" else size
