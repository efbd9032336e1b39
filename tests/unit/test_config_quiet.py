"""Quiet hours: written, read, and over in time, whatever the clocks do."""

from datetime import UTC, datetime

import pytest

from monitor.config.times import parse_quiet_hours


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
    moment = datetime.fromisoformat(now).replace(tzinfo=UTC)
    expected = None if ends is None else datetime.fromisoformat(ends).replace(tzinfo=UTC)
    assert parse_quiet_hours(text).end_after(moment) == expected


def test_what_is_written_is_read_back():
    hours = parse_quiet_hours("9:05 - 17:00 Europe/Berlin")
    assert str(hours) == "09:05-17:00 Europe/Berlin"
    assert parse_quiet_hours(str(hours)) == hours


@pytest.mark.parametrize(
    "text", ["22-07", "25:00-07:00", "22:00-22:00", "22:00-07:00 Europe/Atlantis", "22:00-07:00 ../x", 7, ""]
)
def test_what_is_wrong_is_said(text):
    with pytest.raises(ValueError, match=r"write it like|time zone|must be"):
        parse_quiet_hours(text)
