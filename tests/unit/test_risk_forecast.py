"""The forecast's distribution against the closed form and against days worked out by hand."""

import pytest

from monitor.errors import ConfigError
from monitor.managers.catalogue import policy_for
from monitor.risk.curve import mixture
from monitor.risk.forecast import forecast

MAILMAN = policy_for("mailman3")


def closed_form(q, threshold=5, stale=7):
    """Mean days to the threshold-th bounce day where each follows the last within `stale` days, to the second.

    At any hour half of the gaps of just so many dates are in time; that one which is ends earlier in its day than it
    began is left out, which is half a percent at most.
    """
    in_time = 1 - (1 - q) ** (stale - 1) + q * (1 - q) ** (stale - 1) / 2
    if in_time == 1:
        return threshold / q
    return (1 / q) * (1 + (in_time ** -(threshold - 1) - 1) / (1 - in_time))


@pytest.mark.parametrize("posts", [1, 3, 10, 100])
@pytest.mark.parametrize("rate", [0.01, 0.05, 0.2, 0.5, 1.0])
def test_mean_follows_the_closed_form(rate, posts):
    """Mailman counts bounce days: q = 1-(1-p)^m, and a run of five within seven days of each other."""
    found = forecast(MAILMAN, post_bounces=rate, messages_per_day=posts).disabled.mean
    assert found == pytest.approx(closed_form(1 - (1 - rate) ** posts), rel=0.006)


def test_everything_rejected_is_disabled_on_the_fifth_day():
    found = forecast(MAILMAN, post_bounces=1.0, messages_per_day=12.0)
    disabled, removed = mixture([(1.0, found.disabled)]), mixture([(1.0, found.removed)])
    assert (disabled.p10_days, disabled.median_days, disabled.p90_days) == (5, 5, 5)
    assert removed.median_days == 26  # 21 days after: three warnings a week apart
    assert disabled.within == {"7d": 1.0, "30d": 1.0, "90d": 1.0}


def test_nothing_bounces_nothing_happens():
    found = mixture([(1.0, forecast(MAILMAN, post_bounces=0.0, messages_per_day=5.0).disabled)])
    assert found.mean_days is None
    assert found.median_days is None
    assert found.within["90d"] == 0.0


@pytest.mark.parametrize(
    ("expires_s", "day"), [(433_200, 10), (361_800, 9), (608_400, 12), (345_600, 9), (172_800, 7), (86_400, 6)]
)
def test_deferral_adds_the_life_of_the_queue(expires_s, day):
    """Postfix, Exim, qmail, OpenSMTPD, Exchange, Exchange Online: four days after the first bounce."""
    found = forecast(MAILMAN, post_bounces=1.0, messages_per_day=1.0, latency_s=expires_s)
    assert mixture([(1.0, found.disabled)]).median_days == day


def test_a_post_a_week_is_one_day_in_seven():
    found = forecast(MAILMAN, post_bounces=1.0, messages_per_day=1 / 7).disabled.mean
    assert found == pytest.approx(closed_form(1 / 7), rel=0.006)


def test_a_post_a_week_half_of_them_refused():
    """1,060 days by ninety-six times of the day, solved as a linear system: each gap of seven dates is half in time."""
    found = forecast(MAILMAN, post_bounces=0.5, messages_per_day=1 / 7).disabled.mean
    assert found == pytest.approx(1059.8, rel=0.001)


def test_a_threshold_of_zero_disables_at_the_first_bounce():
    """mailman/model/bounce.py compares after the increment."""
    found = forecast(policy_for("mailman3", {"bounce_score_threshold": 0}), post_bounces=1.0, messages_per_day=1.0)
    assert (found.disabled.by(0), found.disabled.by(1)) == (0.0, pytest.approx(1.0))
    with pytest.raises(ConfigError, match="0 or more"):
        policy_for("mailman3", {"bounce_score_threshold": -1})


@pytest.mark.parametrize(
    ("manager", "policy", "per_day"),
    [
        ("mailman3", {"bounce_score_threshold": 10_000}, 12.0),
        ("mailman3", {"bounce_you_are_disabled_warnings": 100_000}, 5.0),
        ("mlmmj", {"maintd_interval": 1}, 1.0),
        ("listmonk", {"hard.count": 1_000_000}, 12.0),
        ("custom", {"threshold": 1e9, "stale_after": 0, "points_per_day": 0}, 12.0),
        ("discourse", {"bounce_score_threshold": 1e6}, 1.0),
        ("ezmlm", {"timeout": 0}, 5.0),
        ("listserv", {"delay": 1000, "max": 1_000_000, "quiet_days": 999}, 30.0),
        ("sympa", {"process_bouncers_interval": 1}, 5.0),
    ],
)
def test_odd_policies_keep_nobody_waiting(manager, policy, per_day):
    """A configuration may hold any number: the walk is bounded, and what is out of reach is not foretold."""
    found = forecast(policy_for(manager, policy), post_bounces=0.3, messages_per_day=per_day)
    assert 0 <= found.disabled.by(90) <= 1 + 1e-9
    if manager not in {"ezmlm", "sympa"} and "bounce_you_are_disabled_warnings" not in policy:
        assert found.disabled.by(90) < 1e-6


def test_chances_that_are_next_to_nothing_grow_with_time():
    """Mlmmj and a receiver that hardly ever refuses: rounding never makes a later day less likely."""
    curve = forecast(policy_for("mlmmj"), post_bounces=0.0003, messages_per_day=12.0).removed
    assert 0 < curve.by(7) <= curve.by(30) <= curve.by(90) < 1e-9
