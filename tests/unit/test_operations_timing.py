"""The clockwork's arithmetic."""

from datetime import UTC, datetime, timedelta

import pytest

from monitor.config.settings import ScheduleSettings
from monitor.incident.signs_of_life import SILENT_AFTER, silent
from monitor.operations.timing import next_due, pause_of_slow, probe_deadline, slot_by_hand

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("chance", "minutes"), [pytest.param(0.0, 57, id="early"), pytest.param(0.5, 60, id="on time")]
)
def test_the_next_time_drifts_within_a_twentieth_of_the_interval(chance, minutes):
    assert next_due(NOW, HOUR, chance=chance) == NOW + timedelta(minutes=minutes)


@pytest.mark.parametrize(
    ("every", "within"),
    [
        pytest.param(timedelta(seconds=10), timedelta(minutes=5), id="never sooner than five minutes"),
        pytest.param(HOUR, 2 * HOUR, id="two intervals"),
        pytest.param(timedelta(days=1), 6 * HOUR, id="never later than six hours"),
    ],
)
def test_a_probe_is_lost_after_its_deadline(every, within):
    assert probe_deadline(NOW, ScheduleSettings(probe_every=every)) == NOW + within


@pytest.mark.parametrize(
    ("every", "minutes"),
    [
        pytest.param(HOUR, [0, 5, 10, 20, 40, 80, 160, 320, 360, 360], id="an hour: at most six"),
        pytest.param(HOUR / 4, [0, 5, 10, 20, 40, 80, 120, 120, 120, 120], id="a quarter: at most eight of them"),
        pytest.param(
            24 * HOUR, [0, 5, 10, 20, 40, 80, 160, 320, 640, 1280], id="never more often than without a fault"
        ),
        pytest.param(HOUR / 360, [0, *(each / 6 for each in (1, 2, 4, 8, 8, 8, 8, 8, 8))], id="ten seconds"),
    ],
)
def test_an_mta_that_comes_to_no_end_is_tried_less_and_less_often(every, minutes):
    assert [pause_of_slow(every, timeouts) for timeouts in range(10)] == [timedelta(minutes=each) for each in minutes]
    assert pause_of_slow(every, 10**9) <= max(every, 6 * HOUR)


@pytest.mark.parametrize(
    ("last_seen", "expected"),
    [
        pytest.param(None, True, id="never seen"),
        pytest.param(NOW - SILENT_AFTER, False, id="just now"),
        pytest.param(NOW - SILENT_AFTER - timedelta(seconds=1), True, id="too long ago"),
    ],
)
def test_a_part_is_silent_when_it_gave_no_sign_lately(last_seen, expected):
    assert silent(last_seen, NOW) is expected


def test_two_probes_asked_for_within_a_second_are_two():
    first, second = slot_by_hand(NOW), slot_by_hand(NOW + timedelta(milliseconds=1))
    assert 0 > first > second
