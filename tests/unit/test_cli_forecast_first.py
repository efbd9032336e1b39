"""The first date of a forecast, and where."""

from dataclasses import replace

from monitor.cli.forecast.shown import _first
from monitor.risk.judge import judge
from tests.refusals import refused


def test_two_receivers_that_share_their_first_date_are_told_by_one_name():
    (gmail,) = (each for each in judge(refused(subscribers=22, there=22)).forecasts if each.receiver == "gmail")
    both = [replace(gmail, receiver="yahoo"), gmail]
    assert _first(both, "disabled_on") == "2026-11-25 at gmail"
