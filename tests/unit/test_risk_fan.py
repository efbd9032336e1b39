"""The curves behind the forecast's pictures: within bounds, never falling, and later after a rest."""

from dataclasses import replace
from itertools import pairwise

from monitor.model.evidence import AdmissionAction
from monitor.risk.fan import DAYS, fan
from monitor.risk.receiver_forecasts import receiver_forecasts
from monitor.risk.reckoned import Reckoned
from monitor.risk.whatif import changes
from tests.unit.test_risk_reach import NOW, facts


def test_the_band_holds_its_bounds_and_shares_never_fall():
    seen = fan(facts(), "gmail", now=NOW)
    for band in (seen.disabled, seen.removed):
        for line in (band.low, band.mean, band.high):
            assert len(line) == DAYS + 1
            assert all(0.0 <= a <= b <= 1.0 for a, b in pairwise(line))
        assert all(low <= high for low, high in zip(band.low, band.high, strict=True))
    assert all(gone <= out + 1e-9 for gone, out in zip(seen.removed.mean, seen.disabled.mean, strict=True))


def test_the_expected_share_is_that_of_the_forecast():
    (forecast, *_), _ = receiver_forecasts(facts(), now=NOW)
    seen = fan(facts(), "gmail", now=NOW)
    for days in (7, 30, 90):
        assert abs(seen.disabled.mean[days] - forecast.disabled.within[f"{days}d"]) < 1e-9


def test_doubt_widens_the_band():
    certain = fan(facts(), "gmail", now=NOW)
    mixed = {("gmail", 6): Reckoned(failed=2.0, passed=10.0)}
    faltering = tuple(replace(a, action=AdmissionAction.ACCEPT, because=("spf=pass",)) for a in facts().admission)
    doubtful = fan(facts(reckoned=mixed, admission=faltering), "gmail", now=NOW)
    assert max(b - a for a, b in zip(doubtful.disabled.low, doubtful.disabled.high, strict=True)) > max(
        b - a for a, b in zip(certain.disabled.low, certain.disabled.high, strict=True)
    )


def test_a_rest_moves_everything_later():
    rest = next(each for each in changes(facts()) if each.word == "rest")
    then = fan(rest.facts, "gmail", now=NOW)
    assert set(then.disabled.mean[:8]) == {0.0}


def test_nothing_is_drawn_of_what_is_not_known():
    assert fan(facts(), "nobody", now=NOW) is None
