"""The first date of a forecast, and where."""

from dataclasses import replace
from datetime import timedelta

from monitor.cli.forecast.shown import _first
from monitor.model.risk import RiskLevel
from monitor.overview.summary import summary_of
from monitor.risk.judge import judge
from tests.builders import an_assessment
from tests.refusals import refused


def test_two_receivers_that_share_their_first_date_are_told_by_one_name():
    (gmail,) = (each for each in judge(refused(subscribers=22, there=22)).forecasts if each.receiver == "gmail")
    both = [replace(gmail, receiver="yahoo"), gmail]
    assert _first(both, "disabled_on") == "25 November 2026 at gmail"


def test_who_is_left_disabled_by_what_is_over_is_removed_first():
    (gmail,) = (each for each in judge(refused(subscribers=22, there=22)).forecasts if each.receiver == "gmail")
    on = gmail.seen.disabled_at + timedelta(days=21)
    over = replace(gmail.seen, over_since=gmail.seen.last, removed_on=on)
    calm = replace(gmail, disabled_on=None, removed_on=None, seen=over, level=RiskLevel.OK)
    assert _first([calm], "removed_on") == "16 December 2026 at gmail"
    assert _first([calm], "disabled_on") == "nobody within a year"
    assert _first([replace(calm, receiver="generic")], "removed_on") == "16 December 2026 at gmail.com"
    assessment = an_assessment(RiskLevel.OK, forecasts=(calm,))
    assert summary_of(assessment).removed_on == on, "the list's page says it too"
