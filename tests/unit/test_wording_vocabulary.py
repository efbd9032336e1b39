"""One vocabulary: no word is a severity's and a level's, and calm is said only where everything is known."""

from dataclasses import replace
from ipaddress import ip_address

import pytest

from monitor.model.evidence import Admission, AdmissionAction
from monitor.model.findings import CheckStatus, Severity
from monitor.model.risk import ReceiverForecast, RiskLevel
from monitor.wording.vocabulary import (
    calm,
    in_danger,
    level_meaning,
    level_title,
    level_word,
    severity_mark,
    severity_word,
    status_word,
)
from tests.builders import a_finding, an_assessment


def test_no_word_serves_both_a_severity_and_a_level():
    """Critical is a level; a finding of that severity is to be mended now."""
    severities = {severity_word(each) for each in Severity} | {status_word(each) for each in CheckStatus}
    levels = {level_word(each) for each in RiskLevel}
    assert not severities & levels
    assert severities == {"mend now", "mend soon", "note", "not found out", "in order"}
    assert levels == {"ok", "watch", "at risk", "critical", "unknown"}


def test_each_has_a_mark_a_title_and_a_meaning_of_its_own():
    assert len({severity_mark(each) for each in Severity}) == len(Severity)
    assert [level_title(each).lower() for each in RiskLevel] == [level_word(each) for each in RiskLevel]
    assert len({level_meaning(each) for each in RiskLevel}) == len(RiskLevel)


@pytest.mark.parametrize("odd", [None, "", "warning!", 3, [], {}])
def test_what_is_none_of_ours_is_not_known(odd):
    """Payloads of older versions and of nobody are read, too."""
    assert (level_word(odd), severity_word(odd), in_danger(odd)) == ("unknown", "not found out", False)


def test_in_danger_is_at_risk_and_critical_alone():
    assert [each for each in RiskLevel if in_danger(each)] == [RiskLevel.AT_RISK, RiskLevel.CRITICAL]


def finding(severity):
    return a_finding("spf.none", severity)


def a_forecast(receiver, *, level, subscribers=None):
    return ReceiverForecast(
        receiver=receiver,
        failure_rate=None,
        post_bounces=None,
        disabled=None,
        removed=None,
        level=level,
        subscribers=subscribers,
    )


WELL = replace(
    an_assessment(level=RiskLevel.WATCH),
    findings=(finding(Severity.WARNING), finding(Severity.INFO)),
    forecasts=(a_forecast("gmail", level=RiskLevel.OK, subscribers=48), a_forecast("yahoo", level=RiskLevel.WATCH)),
)


def test_all_known_and_nothing_pressing_is_calm():
    assert calm(WELL)
    nobody = a_forecast("yahoo", level=RiskLevel.UNKNOWN, subscribers=0)
    assert calm(replace(WELL, forecasts=(*WELL.forecasts, nobody))), "nobody is there"


@pytest.mark.parametrize(
    "but",
    [
        pytest.param({"level": RiskLevel.UNKNOWN}, id="level unknown"),
        pytest.param({"level": RiskLevel.AT_RISK}, id="at risk"),
        pytest.param({"level": RiskLevel.CRITICAL}, id="critical"),
        pytest.param({"forecasts": ()}, id="no forecast"),
        pytest.param(
            {"forecasts": (a_forecast("gmail", level=RiskLevel.UNKNOWN, subscribers=48),)}, id="a receiver unknown"
        ),
        pytest.param(
            {"forecasts": (a_forecast("gmail", level=RiskLevel.UNKNOWN, subscribers=None),)}, id="nobody counted"
        ),
        pytest.param({"findings": (finding(Severity.CRITICAL),)}, id="to be mended now"),
        pytest.param({"findings": (finding(Severity.UNKNOWN),)}, id="not found out"),
    ],
)
def test_one_thing_unknown_or_pressing_is_not_calm(but):
    assert not calm(replace(WELL, **but))


@pytest.mark.parametrize(
    ("unplaced", "is_calm"),
    [pytest.param(2, True, id="a few of 48"), pytest.param(3, False, id="a marked part")],
)
def test_subscribers_whom_nobody_could_place_are_judged_by_nobody(unplaced, is_calm):
    """No forecast speaks of them: a new list's are looked up one domain after the other."""
    assert calm(replace(WELL, unplaced=unplaced)) is is_calm


def test_where_all_are_unplaced_nothing_is_calm():
    nobody = a_forecast("gmail", level=RiskLevel.OK, subscribers=0)
    assert not calm(replace(WELL, forecasts=(nobody,), unplaced=1))


def test_before_the_first_check_nothing_is_calm():
    assert not calm(None)


def test_an_answer_that_hangs_on_counts_that_nobody_entered_is_not_calm():
    """The level goes as if bulk were not asked; what people read must not go further than what is known."""
    open_ = Admission(
        receiver="gmail",
        client_ip=ip_address("2001:db8::25"),
        action=AdmissionAction.UNKNOWN,
        undecided=("bulk",),
    )
    assert not calm(replace(WELL, admission=(open_,)))
    assert calm(replace(WELL, admission=(replace(open_, receiver="gmx"),))), "nobody is there"
