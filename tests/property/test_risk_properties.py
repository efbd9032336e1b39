"""What holds for every forecast: it is a distribution, more failures never drop later, removal follows disabling."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.managers.catalogue import MANAGERS, policy_for
from monitor.risk.beta import beta_cdf, beta_quantile
from monitor.risk.curve import Curve, mixture
from monitor.risk.forecast import forecast

DAYS = (1, 2, 5, 7, 10, 14, 30, 60, 90, 200, 365, 1000)
shares = st.sampled_from([0.0, 0.001, 0.01, 0.05, 0.2, 0.5, 0.9, 0.99, 1.0])
traffic = st.sampled_from([0.1, 0.5, 1.0, 1.5, 4.0, 12.0])


def by_day(curve: Curve):
    return [curve.by(day) for day in DAYS]


@pytest.mark.parametrize("manager", MANAGERS)
@given(share=shares, per_day=traffic)
@settings(max_examples=15, deadline=None)
def test_a_forecast_is_a_distribution(manager, share, per_day):
    found = forecast(policy_for(manager), post_bounces=share, messages_per_day=per_day)
    for curve in (found.disabled, found.removed):
        values = by_day(curve)
        assert all(-1e-9 <= value <= 1 + 1e-9 for value in values)
        assert all(a <= b + 1e-9 for a, b in pairwise(values))
    assert all(r <= d + 1e-9 for d, r in zip(by_day(found.disabled), by_day(found.removed), strict=True))
    told = mixture([(1.0, found.disabled)])
    quantiles = [q for q in (told.p10_days, told.median_days, told.p90_days) if q is not None]
    assert quantiles == sorted(quantiles)


@pytest.mark.parametrize(
    "manager", [name for name in MANAGERS if name != "sympa"]
)  # whose score is diluted by a lone bounce
@given(a=shares, b=shares, per_day=traffic)
@settings(max_examples=15, deadline=None)
def test_more_failures_never_drop_later(manager, a, b, per_day):
    machine = policy_for(manager)
    less, more = sorted((a, b))
    fewer = forecast(machine, post_bounces=less, messages_per_day=per_day).disabled
    others = forecast(machine, post_bounces=more, messages_per_day=per_day).disabled
    assert all(x <= y + 1e-6 for x, y in zip(by_day(fewer), by_day(others), strict=True))


@given(share=st.floats(0.001, 0.999), a=st.floats(0.5, 2000), b=st.floats(0.5, 2000))
@settings(max_examples=200, deadline=None)
def test_quantiles_of_beta_are_quantiles(share, a, b):
    a, b, share = (float(f"{x:.3g}") for x in (a, b, share))
    at = beta_quantile(share, a, b)
    assert 0 <= at <= 1
    assert beta_cdf(max(0.0, at - 1e-5), a, b) <= share + 1e-4
    assert beta_cdf(min(1.0, at + 1e-5), a, b) >= share - 1e-4


@given(days=st.integers(0, 400), shift=st.integers(0, 40))
@settings(max_examples=50, deadline=None)
def test_later_and_sooner_undo_each_other(days, shift):
    curve = forecast(policy_for("mailman3"), post_bounces=0.2, messages_per_day=3.0).disabled
    assert curve.later(shift).sooner(shift).by(days) == pytest.approx(curve.by(days), abs=1e-9)
