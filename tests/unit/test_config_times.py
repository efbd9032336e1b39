"""Quiet hours, maintenance windows and the moment of a digest: written, read, and over in time on any clock."""

from datetime import UTC, datetime

import pytest

from monitor.config.times import parse_quiet_hours, parse_weekly, parse_window, parse_zone


def at(text):
    return None if text is None else datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "now", "ends"),
    [
        ("22:00-07:00 UTC", "2026-11-23T21:59", None),
        ("22:00-07:00 UTC", "2026-11-23T22:00", "2026-11-24T07:00"),
        ("22:00-07:00", "2026-11-24T03:00", "2026-11-24T07:00"),
        ("22:00-07:00 UTC", "2026-11-24T07:00", None),
        ("12:00-13:00 UTC", "2026-11-24T12:30", "2026-11-24T13:00"),
        ("22:00-07:00 Europe/Berlin", "2026-11-23T21:30", "2026-11-24T06:00"),
        ("22:00-07:00 Europe/Berlin", "2026-07-01T20:30", "2026-07-02T05:00"),
        ("22:00-07:00 Europe/Berlin", "2026-10-24T21:00", "2026-10-25T06:00"),
        ("00:00-06:00 Asia/Kolkata", "2026-11-23T19:00", "2026-11-24T00:30"),
    ],
)
def test_quiet_hours_end_in_their_own_time_zone(text, now, ends):
    assert parse_quiet_hours(text).end_after(at(now)) == at(ends)


def test_quiet_hours_are_read_back():
    hours = parse_quiet_hours("9:05 - 17:00 Europe/Berlin")
    assert str(hours) == "09:05-17:00 Europe/Berlin"
    assert parse_quiet_hours(str(hours)) == hours


@pytest.mark.parametrize(
    "text", ["22-07", "25:00-07:00", "22:00-22:00", "22:00-07:00 Europe/Atlantis", "22:00-07:00 ../x", 7, ""]
)
def test_what_is_wrong_with_quiet_hours_is_said(text):
    with pytest.raises(ValueError, match=r"write it like|time zone|must be"):
        parse_quiet_hours(text)


@pytest.mark.parametrize(
    ("text", "now", "ends"),
    [
        ("2026-12-01 22:00/2026-12-02 02:00 Europe/Berlin", "2026-12-01T20:59", None),
        ("2026-12-01 22:00/2026-12-02 02:00 Europe/Berlin", "2026-12-01T21:00", "2026-12-02T01:00"),
        ("2026-12-01 22:00/2026-12-02 02:00 Europe/Berlin", "2026-12-02T01:00", None),
        ("sat 02:00-04:00 UTC", "2026-11-28T03:00", "2026-11-28T04:00"),
        ("sat 02:00-04:00 UTC", "2026-11-27T03:00", None),
        ("Sat 22:00-04:00 UTC", "2026-11-29T03:00", "2026-11-29T04:00"),
        ("sat 22:00-04:00 UTC", "2026-11-28T03:00", None),
        ("02:00-04:00 UTC", "2026-11-27T03:00", "2026-11-27T04:00"),
    ],
)
def test_a_window_ends_in_its_own_time_zone(text, now, ends):
    assert parse_window(text).end_after(at(now)) == at(ends)


@pytest.mark.parametrize(
    ("text", "now", "last"),
    [
        ("mon 08:00 UTC", "2026-11-23T08:00", "2026-11-23T08:00"),
        ("mon 08:00 UTC", "2026-11-23T07:59", "2026-11-16T08:00"),
        ("mon 08:00 Europe/Berlin", "2026-11-25T12:00", "2026-11-23T07:00"),
        ("sun 08:00 Europe/Berlin", "2026-10-25T12:00", "2026-10-25T07:00"),
    ],
)
def test_the_last_moment_of_a_week(text, now, last):
    assert parse_weekly(text).last(at(now)) == at(last)


@pytest.mark.parametrize(
    "text", ["2026-12-01 22:00/2026-12-02 02:00 Europe/Berlin", "sat 02:00-04:00 UTC", "22:00-04:00 Asia/Kolkata"]
)
def test_what_is_written_is_read_back(text):
    assert str(parse_window(text)) == text
    assert parse_window(parse_window(text)) == parse_window(text)
    assert str(parse_weekly("Tue 9:05 Europe/Berlin")) == "tue 09:05 Europe/Berlin"
    assert parse_weekly("never") == "never"


@pytest.mark.parametrize(
    "text",
    [
        "2026-12-02 22:00/2026-12-01 02:00",
        "2026-13-01 22:00/2026-12-01 02:00",
        "2026-12-01 22:00/2026-12-02 02:00 Europe/Atlantis",
        "sat",
        "day 02:00-04:00",
        "sat 02:00-02:00",
        7,
        "",
    ],
)
def test_a_wrong_window_is_said(text):
    with pytest.raises(ValueError, match=r"write it like|time zone|must be"):
        parse_window(text)


@pytest.mark.parametrize("text", ["monday", "mon", "mon 25:00", "mon 08:00 Nowhere/X", 7, None])
def test_a_wrong_moment_is_said(text):
    with pytest.raises(ValueError, match=r"write it like|time zone|must be"):
        parse_weekly(text)


def test_a_time_zone_is_one_that_there_is():
    assert parse_zone(" Europe/Berlin ") == "Europe/Berlin"


@pytest.mark.parametrize("value", ["Berlin", "CEST", "Europe", "", "../UTC", 1, None])
def test_what_is_no_time_zone_is_said(value):
    with pytest.raises(ValueError, match=r"time zone.*such as \"Europe/Berlin\""):
        parse_zone(value)
