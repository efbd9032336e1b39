"""The failure rate: its numbers, and what it takes for persistent."""

from datetime import timedelta

import pytest

from monitor.model.dns import SpfResult
from monitor.risk.failure_rate import Rate, estimate, interval
from tests.builders import NOW, looks, reckoned_of

PASS, FAIL, TROUBLE = SpfResult.PASS, SpfResult.FAIL, SpfResult.TEMPERROR


def rate(newest_first, *, source="check", every=timedelta(minutes=15), until=NOW):
    """Gmail's rate over IPv6 after looks at unsigned mail: it refuses what SPF does not pass."""
    seen = reckoned_of(looks(newest_first, every=every, until=until, source=source), "gmail")
    return estimate(seen.get(("gmail", 6)), now=NOW)


def failing(result, fails):
    return [result if each else PASS for each in fails]


def test_evidence_is_told_as_it_was_counted_of_a_week():
    """A failed look in 32, hourly: of 24 of each of six days before, and of today until noon."""
    found = rate(failing(FAIL, [i % 32 == 0 for i in range(300)]), source="arrival", every=timedelta(hours=1))
    assert found.evidence == ("5 of 157 arrivals, 3.2 %",)


@pytest.mark.parametrize(
    ("results", "sentence"),
    [([PASS] * 9, "0 of 9 checks, 0.0 %"), ([FAIL] * 6, "6 of 6 checks, 100.0 %")],
)
def test_the_mean_lies_within_the_interval_beside_it(results, sentence):
    found = rate(results)
    assert found.evidence == (sentence,)
    summary = found.summary()
    assert summary.low <= summary.mean <= summary.high
    assert summary.mean == found.mean


@pytest.mark.parametrize(
    ("failed", "passed", "low", "high"),
    [
        pytest.param(0, 9, 0.0, 0.2589, id="none of nine: up to 1 - 0.05^(1/10)"),
        pytest.param(6, 0, 0.6518, 1.0, id="all of six: from 0.05^(1/7) on"),
        pytest.param(23, 717, 0.0208, 0.0462, id="23 of 740"),
    ],
)
def test_intervals_are_those_of_beta(failed, passed, low, high):
    """Quantiles of Beta(1, 10), Beta(7, 1) and Beta(24, 718)."""
    assert interval(failed, passed) == pytest.approx((low, high), abs=2e-4)


def test_a_rate_in_doubt_is_three_rates_with_the_same_mean():
    """Four failures of forty: Beta(5, 55). Much evidence leaves one rate."""
    found = Rate(broken=0, sporadic=1, alpha=5, beta=55, failed=4, passed=36)
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


@pytest.mark.parametrize("results", [[], [None], [None] * 5])
def test_no_evidence_is_no_rate(results):
    assert rate(results) is None


def test_old_evidence_is_none():
    assert rate([PASS] * 5, until=NOW - timedelta(days=3)) is None


@pytest.mark.parametrize(
    ("results", "low", "high"),
    [
        pytest.param([PASS], 0, 0.01, id="one pass"),
        pytest.param([PASS] * 50, 0, 0.002, id="many passes"),
        pytest.param([TROUBLE, *[PASS] * 50], 0, 0.1, id="one slip of DNS"),
        pytest.param([FAIL], 0.5, 1, id="one failure that every message meets"),
        pytest.param([FAIL] * 2, 0.99, 1, id="two of them"),
        pytest.param([FAIL] * 3 + [PASS] * 50, 0.99, 1, id="broken just now"),
        pytest.param([PASS] * 3 + [FAIL] * 50, 0, 0.01, id="mended just now"),
        pytest.param([PASS] + [FAIL] * 5000, 0, 0.01, id="mended just now, after seven weeks"),
        pytest.param(failing(TROUBLE, [i % 5 == 2 for i in range(200)]), 0.15, 0.25, id="DNS fails at a fifth"),
        pytest.param(failing(FAIL, [i % 5 == 2 for i in range(200)]), 0.15, 0.25, id="an old record at a fifth"),
        pytest.param([TROUBLE] * 4 + [PASS] * 50, 0, 0.15, id="an hour of something that passes"),
    ],
)
def test_the_mean_follows_what_was_seen(results, low, high):
    found = rate(results)
    assert low <= found.mean <= high
    summary = found.summary()
    assert summary.low <= summary.mean + 1e-9
    assert summary.mean <= summary.high + 1e-9


def test_newer_evidence_weighs_more():
    """Failures of a month ago count for a sixteenth."""
    every = timedelta(hours=6)
    newer = rate(failing(TROUBLE, [i < 60 and i % 4 == 1 for i in range(120)]), source="arrival", every=every)
    older = rate(failing(TROUBLE, [i >= 60 and i % 4 == 1 for i in range(120)]), source="arrival", every=every)
    assert newer.mean > 2 * older.mean
