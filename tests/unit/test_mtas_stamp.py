"""Stamps and headers of log lines: every form, the zone and the year that they lack, and what is none."""

import time
from datetime import UTC, datetime

import pytest

from monitor.mtas.stamp import Stamps, SyslogLines

NOW = datetime(2026, 11, 28, 20, 0, tzinfo=UTC).timestamp()


@pytest.fixture
def in_zone(monkeypatch):
    """Puts the process into a time zone."""

    def put(zone: str) -> None:
        monkeypatch.setenv("TZ", zone)
        time.tzset()

    put("UTC")
    yield put
    monkeypatch.undo()
    time.tzset()


def read(line: bytes, *, now: float = NOW) -> tuple[str, bytes] | None:
    """The stamp in UTC, and what follows it."""
    found = Stamps(lambda: now).read(line)
    return found and (datetime.fromtimestamp(found[0], UTC).isoformat(), line[found[1] :])


@pytest.mark.parametrize(
    ("line", "at"),
    [
        pytest.param(b"Nov 28 19:01:02 mx x", "2026-11-28T19:01:02+00:00", id="RFC 3164 4.1.2"),
        pytest.param(b"Nov  8 19:01:02 mx x", "2026-11-08T19:01:02+00:00", id="RFC 3164, one digit"),
        pytest.param(b"<22>Nov 28 19:01:02 mx x", "2026-11-28T19:01:02+00:00", id="RFC 3164 with priority"),
        pytest.param(b"Nov 28 19:01:02.250000 mx x", "2026-11-28T19:01:02.250000+00:00", id="journal short-precise"),
        pytest.param(b"2026-11-28T19:01:02.5+01:00 mx x", "2026-11-28T18:01:02.500000+00:00", id="rsyslog"),
        pytest.param(b"2026-11-28T19:01:02Z mx x", "2026-11-28T19:01:02+00:00", id="RFC 3339 Z"),
        pytest.param(b"<22>1 2026-11-28T19:01:02-03:30 mx x", "2026-11-28T22:31:02+00:00", id="RFC 5424 6"),
        pytest.param(b"2026-11-28T19:01:02+0100 mx x", "2026-11-28T18:01:02+00:00", id="journal short-iso"),
        pytest.param(b"2026-11-28 19:01:02 mx x", "2026-11-28T19:01:02+00:00", id="Exim"),
        pytest.param(b"2026-11-28 19:01:02.125 +0100 mx x", "2026-11-28T18:01:02.125000+00:00", id="Exim with zone"),
        pytest.param(b"1795892462.500000 mx x", "2026-11-28T19:01:02.500000+00:00", id="journal short-unix"),
        pytest.param(b"2026-11-28T19:01:60Z mx x", "2026-11-28T19:02:00+00:00", id="leap second"),
    ],
)
def test_every_known_stamp_is_read(in_zone, line, at):
    """Each form gives its moment in UTC, and what follows begins behind it."""
    in_zone("UTC")
    assert read(line) == (at, b"mx x")


@pytest.mark.parametrize(
    "line",
    [
        *(b"", b"Nov", b"Nov 31 19:01:02 mx", b"Nov 28 29:01:02 mx", b"Nov 28 19:01:0", b"nov 28 19:01:02 mx"),
        *(b"2026-13-28T19:01:02Z mx", b"0000-11-28T19:01:02Z mx", b"9999-11-28T19:01:02Z mx"),
        *(b"\0\0Nov 28 19:01:02 mx", b"<9999>Nov 28 19:01:02 mx", b"\xff" * 40, b"2026-11-28T19:01:02+99:00 mx"),
    ],
)
def test_what_is_no_stamp_is_none(in_zone, line):
    """Days that no calendar has, what was cut off, and octets of any kind are not guessed."""
    in_zone("UTC")
    assert read(line) is None


@pytest.mark.parametrize(
    ("written", "now", "at"),
    [
        pytest.param(b"Dec 31 23:59:59 mx", "2027-01-02", "2026-12-31T23:59:59", id="read after New Year"),
        pytest.param(b"Nov 29 12:00:00 mx", "2026-11-28T20:00:00", "2026-11-29T12:00:00", id="a clock a little ahead"),
        pytest.param(b"Nov 30 12:00:00 mx", "2026-11-28T20:00:00", "2025-11-30T12:00:00", id="more than a day ahead"),
        pytest.param(b"Jan  1 00:00:01 mx", "2026-12-31T23:59:59", "2027-01-01T00:00:01", id="just after New Year"),
        pytest.param(b"Feb 29 12:00:00 mx", "2027-03-01", "2024-02-29T12:00:00", id="a leap day years ago"),
    ],
)
def test_a_stamp_without_a_year_is_of_the_latest_that_fits(in_zone, written, now, at):
    """It is the latest such date that is not more than a day after now."""
    in_zone("UTC")
    found = read(written, now=datetime.fromisoformat(now).replace(tzinfo=UTC).timestamp())
    assert found is not None
    assert found[0] == f"{at}+00:00"


def test_a_stamp_without_a_zone_is_in_the_process_s_own(in_zone):
    """TZ says what it is, summer time included."""
    in_zone("Europe/Berlin")
    assert read(b"Nov 28 19:01:02 mx x") == ("2026-11-28T18:01:02+00:00", b"mx x")
    assert read(b"Jul 28 19:01:02 mx x") == ("2026-07-28T17:01:02+00:00", b"mx x")


def test_the_hour_that_comes_twice_is_told_by_the_lines_before_it(in_zone):
    """Its first run, until a line lies clearly before the newest one: then its second."""
    in_zone("Europe/Berlin")
    stamps = Stamps(lambda: NOW)
    lines = (
        b"Oct 25 02:10:00 mx",
        b"Oct 25 02:59:59 mx",
        b"Oct 25 02:59:58 mx",
        b"Oct 25 02:00:01 mx",
        b"Oct 25 02:30:00 mx",
    )
    found = [stamps.read(each) for each in lines]
    assert [each and datetime.fromtimestamp(each[0], UTC).strftime("%H:%M:%S") for each in found] == [
        *("00:10:00", "00:59:59", "00:59:58", "01:00:01", "01:30:00"),
    ]


def test_the_hour_that_does_not_come_is_an_hour_later(in_zone):
    """A clock that was not put forward."""
    in_zone("Europe/Berlin")
    assert read(b"Mar 29 02:30:00 mx x") == ("2026-03-29T01:30:00+00:00", b"mx x")


@pytest.mark.parametrize(
    ("line", "header"),
    [
        (b"Nov 28 19:01:02 mx postfix/smtp[12]: 4D: to", (b"mx", b"postfix/smtp", b"12", b"4D: to")),
        (b"Nov 28 19:01:02 mx postfix/out/smtp: 4D: to", (b"mx", b"postfix/out/smtp", b"", b"4D: to")),
        (b"Nov 28 19:01:02 <mail.info> mx sm-mta[1]: x", (b"mx", b"sm-mta", b"1", b"x")),
        (b"Nov 28 19:01:02 mx postfix/smtp[12]: [ID 197553 mail.info] x", (b"mx", b"postfix/smtp", b"12", b"x")),
        (b"<22>1 2026-11-28T19:01:02Z mx postfix/smtp 12 - - x", (b"mx", b"postfix/smtp", b"12", b"x")),
        (b'<22>1 2026-11-28T19:01:02Z mx smtpd - - [a b="\\]\\""][c] \xef\xbb\xbfx', (b"mx", b"smtpd", b"", b"x")),
        (b"<22>2026-11-28T19:01:02Z mx smtpd[4]:x", (b"mx", b"smtpd", b"4", b"x")),
    ],
)
def test_headers_of_syslog_are_parted(in_zone, line, header):
    """Host, program and process stand before what is said."""
    in_zone("UTC")
    found = SyslogLines(lambda: NOW).read(line)
    assert found is not None
    assert (found.host, found.program, found.pid, line[found.rest :]) == header


@pytest.mark.parametrize(
    "line",
    [
        b"Nov 28 19:01:02 mx last message repeated 3 times",
        b"Nov 28 19:01:02 mx -- MARK --",
        b"-- Boot 5f3c7a0d6e1b4c2f9a8b7c6d5e4f3a2b --",
        b"-- Journal begins at Sat 2026-11-28 08:00:00 UTC, ends at Sat 2026-11-28 19:00:00 UTC. --",
    ],
)
def test_syslog_s_own_words_are_known(in_zone, line):
    """They have no header, and are nothing that could not be read."""
    in_zone("UTC")
    lines = SyslogLines(lambda: NOW)
    assert lines.read(line) is None
    assert lines.is_own(line)
    assert not lines.is_own(b"Nov 28 19:01:02 mx postf")
