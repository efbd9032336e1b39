"""The first date of a forecast, and where."""

from dataclasses import replace
from datetime import timedelta

from monitor.cli.forecast.shown import _first
from monitor.model.risk import DayDistribution, RiskLevel
from monitor.overview.summary import summary_of
from monitor.risk.judge import judge
from tests.builders import an_assessment
from tests.refusals import refused


def test_two_receivers_that_share_their_first_date_are_told_by_one_name():
    (gmail,) = (each for each in judge(refused(subscribers=22, there=22)).forecasts if each.receiver == "gmail")
    both = [replace(gmail, receiver="yahoo"), gmail]
    assert _first(both, "disabled_on") == "25 November 2026 at Gmail"
    most = replace(gmail, receiver="generic", subscribers=23)
    assert _first([*both, most], "disabled_on") == "25 November 2026 at gmail.com", "where most are"


def test_a_few_who_are_expected_to_be_lost_are_not_nobody():
    """It said that nobody is within a year, beside "3 within 30 days"."""
    days = DayDistribution(mean_days=None, median_days=None, p10_days=20, p90_days=None, within={"90d": 0.12})
    (gmail,) = (each for each in judge(refused(subscribers=22, there=22)).forecasts if each.receiver == "gmail")
    few = replace(gmail, seen=None, disabled=days, removed=days, disabled_on=None, removed_on=None)
    assert _first([few], "disabled_on") == "12 % within 90 days"


def test_who_is_left_disabled_by_what_is_over_is_removed_first():
    (gmail,) = (each for each in judge(refused(subscribers=22, there=22)).forecasts if each.receiver == "gmail")
    on = gmail.seen.disabled_at + timedelta(days=21)
    over = replace(gmail.seen, over_since=gmail.seen.last, removed_on=on)
    never = DayDistribution(mean_days=None, median_days=None, p10_days=None, p90_days=None, within={"90d": 0.0})
    no_dates = {"disabled": never, "removed": never, "disabled_on": None, "removed_on": None}
    calm = replace(gmail, **no_dates, seen=over, level=RiskLevel.OK)
    assert _first([calm], "removed_on") == "16 December 2026 at Gmail"
    assert _first([calm], "disabled_on") == "nobody within a year"
    assert _first([replace(calm, receiver="generic")], "removed_on") == "16 December 2026 at gmail.com"
    assessment = an_assessment(RiskLevel.OK, forecasts=(calm,))
    assert summary_of(assessment).removed_on == on, "the list's page says it too"
