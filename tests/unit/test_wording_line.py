"""One receiver in one line: what it does, and since or from when subscribers are lost there."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from monitor.model.evidence import AdmissionAction
from monitor.model.risk import DayDistribution, FailureRate, Hit, ReceiverForecast, RiskLevel, SeenRefusals
from monitor.wording.line import line_of
from monitor.wording.receiver import ReceiverWords

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
REJECT, DEFER, ACCEPT, UNKNOWN = (
    AdmissionAction.REJECT, AdmissionAction.DEFER, AdmissionAction.ACCEPT, AdmissionAction.UNKNOWN
)  # fmt: skip
WORDS = ReceiverWords(whom="48 subscribers", removed=("expected",))


def a_forecast(**more):
    usual = {"receiver": "gmail", "failure_rate": None, "post_bounces": None, "disabled": None, "removed": None}
    return ReceiverForecast(**{**usual, "subscribers": 48, "level": RiskLevel.CRITICAL, **more})


def rate(mean):
    return FailureRate(mean=mean, low=mean, high=mean)


def seen(hit=Hit.ALL, action=REJECT, **more):
    usual = {
        "first": NOW - timedelta(days=3), "last": NOW, "posts": 4, "sent": 4.0, "recipients": 88, "subscribers": 22,
        "share": 1.0, "families": (6,), "rule": None, "reply": "550 no",
    }  # fmt: skip
    return SeenRefusals(hit=hit, action=action, **{**usual, **more})


def does(**more):
    return line_of(a_forecast(**more), WORDS, now=NOW).does


@pytest.mark.parametrize(
    ("actions", "rates", "said"),
    [
        pytest.param({"6": REJECT, "4": ACCEPT}, {}, "refuses mail over IPv6", id="one family"),
        pytest.param({"6": REJECT, "4": REJECT}, {}, "refuses mail", id="both families"),
        pytest.param({"6": DEFER, "4": ACCEPT}, {"6": 0.999}, "puts mail off over IPv6", id="put off"),
        pytest.param({"6": REJECT}, {}, "refuses mail over IPv6", id="the only family"),
        pytest.param({"6": REJECT, "4": ACCEPT}, {"6": 0.3, "4": 0.0}, "refuses 30 % of posts over IPv6", id="a part"),
        pytest.param({"6": REJECT, "4": DEFER}, {}, "refuses mail over IPv6, puts mail off over IPv4", id="two ways"),
    ],
)
def test_what_it_does_names_the_family_where_they_differ(actions, rates, said):
    found = does(actions=actions, failure_rates={family: rate(mean) for family, mean in rates.items()}, action=REJECT)
    assert found == said


def test_who_takes_the_mail_and_of_whom_it_is_not_known_is_said():
    assert does(actions={"6": ACCEPT}, failure_rate=rate(0.0)) == "takes the mail"
    assert does(action=ACCEPT) == "takes the mail"
    assert does(action=UNKNOWN) == "not known what it does"
    assert does(actions={"6": UNKNOWN, "4": UNKNOWN}, action=UNKNOWN) == "not known what it does"


def test_what_was_seen_goes_before_what_is_reckoned():
    one = seen()
    assert does(seen=one, failing_since=one.first, actions={"6": ACCEPT}) == "refuses mail, as was seen"


@pytest.mark.parametrize("hit", Hit)
@pytest.mark.parametrize("action", [REJECT, DEFER])
def test_every_kind_of_what_was_seen_has_its_words(hit, action):
    one = seen(hit, action)
    assert does(seen=one, failing_since=one.first)


def fate(words=WORDS, **more):
    return str(line_of(a_forecast(**more), words, now=NOW).fate)


def test_dates_are_told_by_whether_they_have_passed():
    later, past = NOW + timedelta(days=4), NOW - timedelta(days=2)
    assert fate(disabled_on=later, removed_on=later + timedelta(days=21)) == (
        "disabled from 2 December 2026, removed from 23 December 2026"
    )
    assert fate(disabled_on=past) == "probably disabled since 26 November 2026"
    assert fate(seen=seen(disabled=22, disabled_at=past), disabled_on=later) == "disabled since 26 November 2026"
    assert fate() == ""


def test_who_is_removed_by_nobody_has_no_date_of_removal():
    later = NOW + timedelta(days=4)
    keeps = replace(WORDS, removed=())
    assert fate(keeps, disabled_on=later, removed_on=later) == "disabled from 2 December 2026"


def test_where_nobody_is_nothing_has_a_date():
    assert fate(replace(WORDS, nobody=True), disabled_on=NOW) == ""


def test_a_date_says_how_far_it_may_be_off():
    days = DayDistribution(mean_days=5.0, median_days=5, p10_days=4, p90_days=7, within={})
    assert line_of(a_forecast(disabled=days), WORDS, now=NOW).doubt == "8 of 10 between day 4 and day 7"
    sure = replace(days, p90_days=4)
    assert line_of(a_forecast(disabled=sure), WORDS, now=NOW).doubt == ""
