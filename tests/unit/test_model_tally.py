"""Where an outcome is counted, and how a day's counts are read."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from monitor.model import tally
from monitor.model.findings import CheckStatus
from monitor.model.risk import RiskLevel
from tests import seed
from tests.builders import a_probe, an_assessment

AT = datetime(2026, 11, 24, 11, 59, tzinfo=UTC)
DAY = int(AT.timestamp() // (24 * 3600))
SECOND, THIRD = tally.PLACES_MOST, 2 * tally.PLACES_MOST  # the day's quarters from 6 and from 12 o'clock


@pytest.mark.parametrize(
    ("outcome", "place", "amount"),
    [
        (replace(seed.check(AT), status=CheckStatus.CRITICAL), SECOND + 2, 1),
        (seed.check(AT + timedelta(minutes=1)), THIRD, 1),
        (seed.bounce("a", AT), SECOND + tally.BOUNCED_AT, 7),
        (an_assessment(RiskLevel.UNKNOWN, assessed_at=AT), SECOND + tally.LEVELS_AT + 4, 1),
    ],
)
def test_where_an_outcome_is_counted(outcome, place, amount):
    assert tally.counted(outcome) == tally.Counted(day=DAY, place=place, amount=amount)


def test_a_probe_that_went_wrong_is_counted_by_when_it_began():
    found = tally.counted_lost(a_probe(scheduled_at=AT), -1)
    assert found == tally.Counted(day=DAY, place=SECOND + tally.LOST_AT, amount=-1)


def test_a_day_is_read_as_its_records_say():
    """Places of 6 to 12 o'clock with 3 and 300 (two groups of seven bits), and one of the last quarter."""
    first, last = tally.read_day(DAY, bytes((SECOND, 3, SECOND + 1, 0x80 | 300 % 128, 300 // 128, 3 * SECOND + 12, 1)))
    assert (first.begin, last.begin) == (AT.replace(hour=6, minute=0), AT.replace(hour=18, minute=0))
    assert (first.checks[CheckStatus.OK], first.checks[CheckStatus.WARNING], sum(first.counts)) == (3, 300, 303)
    assert (last.lost, sum(last.counts)) == (1, 1)
    assert tally.read_day(DAY, b"") == ()


@pytest.mark.parametrize("octets", [b"\xff", b"\x00", b"\x00\xff", b"\x1f\x05", b"\x7f\x01" * 40])
def test_whatever_stands_in_a_day_can_be_read(octets):
    assert all(len(each.counts) == tally.PLACES for each in tally.read_day(DAY, octets))


@pytest.mark.parametrize("document", ["", "1", "1,2,3,4,5,6,7,8,9,10,11,12,13,14", "nonsense,-4,7"])
def test_whatever_stands_in_a_bucket_of_versions_before_can_be_read(document):
    read = tally.read(DAY * 4 + 1, document)
    assert len(read.counts) == tally.PLACES
    assert read.begin == datetime(2026, 11, 24, 6, tzinfo=UTC)
