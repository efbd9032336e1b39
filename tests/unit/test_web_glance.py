"""The top of a list's page: the lead, since when it is so, who is reached; nothing stands for what is not known."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from monitor.admission.rules import load_rules
from monitor.model.level_run import LevelRun
from monitor.model.reach import Reach
from monitor.model.risk import ReceiverForecast, RiskLevel
from monitor.phrase.phrase import joined
from monitor.web.views import wording
from monitor.web.views.glance import glance, lead_of
from tests.builders import an_assessment
from tests.unit.test_wording_once import a_finding

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
RULES = load_rules()
THERE = Reach(by_receiver={"gmail": 48, "yahoo": 12}, no_mail=2)


def a_forecast(receiver, level, subscribers, **more):
    return ReceiverForecast(
        receiver=receiver, failure_rate=None, post_bounces=None, disabled=None, removed=None, subscribers=subscribers,
        level=level, **more,
    )  # fmt: skip


def seen(level, *forecasts, levels=(), there=THERE, **more):
    assessment = an_assessment(level=level, assessed_at=NOW, forecasts=forecasts, **more)
    return glance(assessment, levels, there)


def lead(level, *forecasts):
    return lead_of(an_assessment(level=level, assessed_at=NOW, forecasts=forecasts), RULES, now=NOW)


def run(level, begin, end):
    return LevelRun(since=NOW - timedelta(days=begin), assessed_at=NOW - timedelta(days=end), level=level, reason="")


def test_all_who_were_counted_are_reached_where_all_is_well():
    said = seen(RiskLevel.OK, a_forecast("gmail", RiskLevel.OK, 48), a_forecast("yahoo", RiskLevel.OK, 12))
    assert (said.reached, said.total) == (60, 62), "two are at domains that take no mail"
    assert lead(RiskLevel.OK, a_forecast("gmail", RiskLevel.OK, 48)) == "Nobody at risk"


def test_those_in_danger_are_not_reached():
    said = seen(RiskLevel.CRITICAL, a_forecast("gmail", RiskLevel.CRITICAL, 48), a_forecast("yahoo", RiskLevel.OK, 12))
    assert said.reached == 12
    assert lead(RiskLevel.CRITICAL, a_forecast("gmail", RiskLevel.CRITICAL, 48)) == "48 subscribers at Gmail at risk"


def test_nobody_is_said_to_be_reached_where_it_is_not_known():
    assert seen(RiskLevel.OK, a_forecast("gmail", RiskLevel.UNKNOWN, 48)).reached is None
    assert seen(RiskLevel.UNKNOWN).reached is None
    assert seen(RiskLevel.OK, a_forecast("gmail", RiskLevel.OK, None), there=Reach()).reached is None
    assert seen(RiskLevel.CRITICAL, a_forecast("gmail", RiskLevel.CRITICAL, None)).reached is None


def test_the_level_is_since_its_first_assessment_without_another_between():
    levels = [run(RiskLevel.OK, 2, 0), run(RiskLevel.OK, 9, 2), run(RiskLevel.WATCH, 10, 9), run(RiskLevel.OK, 20, 10)]
    assert seen(RiskLevel.OK, levels=levels).since == NOW - timedelta(days=9)
    assert seen(RiskLevel.OK).since is None


def test_the_reason_stands_only_where_no_finding_says_it():
    finding = a_finding("spf.a", "The record lacks an address.")
    assert seen(RiskLevel.WATCH, findings=(finding,), reason=finding.message).why == ""
    two = replace(finding, message=joined(" ", (finding.message, "Receivers refuse it.")))
    assert seen(RiskLevel.WATCH, findings=(two,), reason=two.message).why == "", "a message of two sentences"
    assert (
        seen(RiskLevel.OK, findings=(finding,), reason=joined(" ", ("Nothing is wrong.", finding.message))).why
        == "Nothing is wrong."
    )
    assert seen(RiskLevel.OK, reason="Receivers take it.").why == "Receivers take it."


def test_without_a_date_the_share_that_comes_back_tells_how_bad_it_is():
    lost = a_forecast("gmail", RiskLevel.AT_RISK, 48)
    assert seen(RiskLevel.AT_RISK, replace(lost, post_bounces=0.5)).bounced == 0.5
    assert seen(RiskLevel.AT_RISK, replace(lost, post_bounces=0.5), act_by=NOW).bounced is None
    assert seen(RiskLevel.OK, a_forecast("gmail", RiskLevel.OK, 48, at_risk=0)).bounced is None


def test_what_is_due_is_due_now():
    assert wording.due(NOW - timedelta(minutes=3), NOW) == "due now"
    assert wording.due(NOW + timedelta(seconds=2), NOW) == "due now"
    assert wording.due(NOW + timedelta(minutes=12), NOW) == "in 12 minutes"
