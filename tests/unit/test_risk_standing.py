"""Where a member stands after given bounces, and what comes of it: days worked out by hand."""

from datetime import UTC, datetime, timedelta

import pytest

from monitor.managers.catalogue import policy_for
from monitor.managers.machine import Bounce
from monitor.risk.curve import mixture
from monitor.risk.forecast import forecast, forecast_from
from monitor.risk.standing import standing

NOW = datetime(2026, 11, 25, 16, tzinfo=UTC)  # a Wednesday
TODAY = NOW.date()
MAILMAN = policy_for("mailman3")


def half_gone(curve, begins):
    """The date by whose end it has happened to half of them, where day 1 is `begins`."""
    return begins + timedelta(days=half_day(curve) - 1)


def half_day(curve):
    """The number of that day."""
    return mixture([(1.0, curve)]).median_days


def bounces(*days, hour=10):
    """A bounce on each of these days, counted from today."""
    return [(NOW.replace(hour=hour) + timedelta(days=day), Bounce()) for day in days]


def goes_on(machine, start, rate=1.0, per_day=1.0):
    return forecast(machine, post_bounces=rate, messages_per_day=per_day, start=start)


@pytest.mark.parametrize(
    ("days", "begins"), [((-4, -3, -2, -1), TODAY), ((-3, -2, -1, 0), TODAY + timedelta(days=1))], ids=str
)
def test_four_refused_dates_are_disabled_at_the_next_post(days, begins):
    """Mailman 3, threshold 5: the fifth date disables, and three weeks later the member is removed."""
    start = standing(MAILMAN, bounces(*days), now=NOW)
    found = goes_on(MAILMAN, start)
    assert (start.begins, start.disabled_at, start.removed_at) == (begins, None, None)
    assert (found.disabled.by(0), found.disabled.by(1)) == (0.0, pytest.approx(1.0))
    assert half_gone(found.disabled, start.begins) == begins
    assert half_gone(found.removed, start.begins) == begins + timedelta(days=21)


def test_two_bounces_of_one_date_are_one():
    start = standing(MAILMAN, bounces(-2, -1) + bounces(-2, -1, hour=15), now=NOW)
    assert half_day(goes_on(MAILMAN, start).disabled) == 3


def test_what_is_stale_starts_anew():
    """Four dates, the last of them eight days ago: bounce_info_stale_after is seven days."""
    start = standing(MAILMAN, bounces(-11, -10, -9, -8), now=NOW)
    assert start.good
    assert goes_on(MAILMAN, start) == goes_on(MAILMAN, None)


def test_seven_days_ago_counts_until_its_hour():
    """The last bounce of seven days ago at 10:00 still counts today for posts before 10:00."""
    start = standing(MAILMAN, bounces(-10, -9, -8, -7), now=NOW - timedelta(hours=15))
    assert goes_on(MAILMAN, start).disabled.by(1) == pytest.approx(0.5)  # told as between 8:00 and 16:00


def test_the_disabled_are_disabled_and_their_warnings_run_on():
    start = standing(MAILMAN, bounces(-12, -11, -10, -9, -8), now=NOW)
    found = goes_on(MAILMAN, start)
    assert start.disabled_at == NOW.replace(hour=10) - timedelta(days=8)
    assert (found.disabled.by(0), found.disabled.by(30)) == (1.0, 1.0)
    assert half_day(found.removed) == 21 - 8 + 1  # day 1 is today
    assert half_gone(found.removed, start.begins) == TODAY + timedelta(days=13)
    calm = goes_on(MAILMAN, start, rate=0.0)
    assert calm.removed == found.removed  # nobody writes to the disabled


def test_the_removed_are_removed():
    start = standing(MAILMAN, bounces(-40, -39, -38, -37, -36), now=NOW)
    assert start.removed_at == NOW.replace(hour=10) - timedelta(days=15)
    assert goes_on(MAILMAN, start).removed.by(0) == 1.0


def test_what_comes_after_now_is_not_counted():
    assert standing(MAILMAN, bounces(1, 2, 3), now=NOW).good
    early = NOW.replace(hour=9)
    assert standing(MAILMAN, bounces(-4, -3, -2, -1, 0), now=early).disabled_at is None


def test_bounces_on_their_way_come_without_delay():
    """Deferred for five days and counted on three dates: two more dates, not seven."""
    start = standing(MAILMAN, bounces(-3, -2, -1), now=NOW)
    found = forecast(MAILMAN, post_bounces=1.0, messages_per_day=1.0, latency_s=433_200, start=start)
    assert half_day(found.disabled) == 2


@pytest.mark.parametrize(
    ("manager", "days", "posts", "expected"),
    [
        ("mailman2", (-4, -3, -2, -1), None, 1),
        ("listserv", (-4, -3, -2, -1), None, 1),
        ("custom", (-3, -2, -1), None, 2),
        ("discourse", (-1,), None, 2),  # 2.0, worn to 1.9 and 3.9, then 5.8
        ("discourse", (-30,), range(-30, 0), 3),  # worn down to nothing by thirty mails
    ],
)
def test_each_manager_goes_on_in_its_own_way(manager, days, posts, expected):
    """The days left until all is over, every post refused from now on."""
    machine = policy_for(manager)
    sent = None if posts is None else [NOW.replace(hour=10) + timedelta(days=day, minutes=-1) for day in posts]
    start = standing(machine, bounces(*days), now=NOW.replace(hour=1), posts=sent)
    assert half_day(goes_on(machine, start).disabled) == expected


def test_sympa_removes_at_its_weekly_task_who_has_the_score_though_all_is_well_again():
    """Refused on 76 days up to Tuesday: the score of 75 stays, and the task is Wednesday's."""
    sympa = policy_for("sympa")
    start = standing(sympa, bounces(*range(-76, 0)), now=NOW - timedelta(days=1))
    assert half_day(goes_on(sympa, start, rate=0.0).removed) == 1
    assert half_day(goes_on(sympa, start).removed) == 1
    calm = standing(sympa, bounces(*range(-60, 0)), now=NOW - timedelta(days=1))
    assert goes_on(sympa, calm, rate=0.0).removed.by(365) == 0.0


def test_equal_standings_are_reckoned_once():
    """A flood has few different standings: those of one hour are the same."""
    forecast_from.cache_clear()
    for minute in range(60):
        at = [(when + timedelta(minutes=minute), bounce) for when, bounce in bounces(-2, -1)]
        goes_on(MAILMAN, standing(MAILMAN, at, now=NOW), rate=0.3)
    assert forecast_from.cache_info().misses == 1
