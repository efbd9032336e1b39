"""The failure rate: its numbers, what it takes for persistent, and the bounds on false alarms and delay."""

from datetime import UTC, datetime, timedelta

import pytest

from bench.histories import BREAK, STORIES, outcome
from monitor.evidence.observation import Observation
from monitor.risk.facts import posts_per_day
from monitor.risk.failure_rate import Rate, estimate, interval

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


def seen(fails, source="check", every=timedelta(minutes=15), start=NOW):
    """Newest first."""
    return [
        Observation(at=start - i * every, receiver="r", family=6, failed=f, source=source) for i, f in enumerate(fails)
    ]


def rate(observations, *, certain=False, **more):
    return estimate(observations, certain=certain, now=NOW, **more)


def test_evidence_is_told_with_its_interval():
    """The count of one receiver's real stamps: 23 of 740."""
    found = rate(seen([i % 32 == 0 and i < 23 * 32 for i in range(740)], "arrival"))
    assert found.evidence == ("23 of 740 arrivals, 3.1 %, 95 % between 2.1 and 4.6 %",)


@pytest.mark.parametrize(
    ("fails", "sentence"),
    [
        ([False] * 9, "0 of 9 checks, 0.0 %, 95 % between 0.0 and 25.9 %"),
        ([True] * 6, "6 of 6 checks, 100.0 %, 95 % between 65.2 and 100.0 %"),
    ],
)
def test_a_share_of_nothing_or_all_lies_within_its_interval(fails, sentence):
    """1 - 0.05^(1/10) and 0.05^(1/7): the quantiles of Beta(1, 10) and Beta(7, 1)."""
    assert rate(seen(fails)).evidence == (sentence,)


def test_a_rate_in_doubt_is_three_rates_with_the_same_mean():
    """Four failures of forty: Beta(5, 55). Much evidence leaves one rate."""
    found = rate(seen([i % 10 == 3 for i in range(40)], "arrival", timedelta(seconds=1)))
    assert [weight for weight, _ in found.sporadic_rates] == [0.185, 0.63, 0.185]
    low, middle, high = (value for _, value in found.sporadic_rates)
    assert low < found.sporadic_mean < high
    assert low < middle < high
    assert sum(w * value for w, value in found.sporadic_rates) == pytest.approx(found.sporadic_mean, rel=0.02)
    well_known = Rate(broken=0, sporadic=1, alpha=5_000, beta=5_000, failed=0, passed=0)
    assert well_known.sporadic_rates == ((1.0, 0.5),)


def test_intervals_narrow_with_evidence():
    wide, narrow = interval(1, 9), interval(100, 900)
    assert narrow[1] - narrow[0] < wide[1] - wide[0]
    assert interval(0, 10)[0] < 0.01
    assert interval(10, 0)[1] > 0.99


@pytest.mark.parametrize("fails", [[], [None], [None] * 5])
def test_no_evidence_is_no_rate(fails):
    assert rate(seen(fails)) is None


def test_old_evidence_is_none():
    assert rate(seen([False] * 5, start=NOW - timedelta(days=3))) is None


@pytest.mark.parametrize(
    ("fails", "certain", "low", "high"),
    [
        pytest.param([False], False, 0, 0.01, id="one pass"),
        pytest.param([False] * 50, False, 0, 0.002, id="many passes"),
        pytest.param([True, *[False] * 50], False, 0, 0.1, id="one slip"),
        pytest.param([True], True, 0.5, 1, id="one certain failure"),
        pytest.param([True] * 2, True, 0.99, 1, id="two certain failures"),
        pytest.param([True] * 3 + [False] * 50, True, 0.99, 1, id="broken just now"),
        pytest.param([False] * 3 + [True] * 50, False, 0, 0.01, id="mended just now"),
        pytest.param([i % 5 == 2 for i in range(200)], False, 0.15, 0.25, id="a fifth"),
        pytest.param([True] * 4 + [False] * 50, False, 0, 0.15, id="an hour of something that passes"),
    ],
)
def test_the_mean_follows_what_was_seen(fails, certain, low, high):
    found = rate(seen(fails), certain=certain)
    assert low <= found.mean <= high
    summary = found.summary()
    assert summary.low <= summary.mean + 1e-9
    assert summary.mean <= summary.high + 1e-9


def test_newer_evidence_weighs_more():
    """Failures of a month ago count for a sixteenth."""
    day = timedelta(hours=6)
    newer = rate(seen([i < 60 and i % 4 == 1 for i in range(120)], "arrival", day))
    older = rate(seen([i >= 60 and i % 4 == 1 for i in range(120)], "arrival", day))
    assert newer.mean > 2 * older.mean


def test_bounces_are_held_against_the_posts_of_their_time():
    """Five bounced posts in ten days of a busy list are few; of a quiet one they are many."""
    bounces = seen([True] * 5, "bounce", timedelta(days=2))
    assert rate(bounces, messages_per_day=50.0).mean < 0.03
    assert rate(bounces, messages_per_day=1.0).mean > 0.2


RUNS = 3


@pytest.mark.parametrize("story", [s for s in STORIES if s.name != "5 % fail"], ids=lambda story: story.name)
def test_simulated_histories(story):
    """No false alarm but by great ill luck; a broken record is told at the second check, a fifth within half a day."""
    found = outcome(story, RUNS)
    assert found.alarms_before <= (1 / RUNS if story.name == "1 % fail" else 0)
    if story.danger_from is None:
        return
    assert found.noticed == 1
    limit = 2 if story.certain else 110 if story.danger_from not in {0, BREAK} else 60
    assert found.checks_until_late <= limit


def test_traffic_is_learned():
    hourly = [NOW - timedelta(hours=i) for i in range(200)]
    assert posts_per_day(hourly, now=NOW) == pytest.approx(24, rel=0.02)
    assert posts_per_day(hourly[:3], now=NOW) is None
