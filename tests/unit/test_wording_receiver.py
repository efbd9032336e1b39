"""One receiver in words: what was seen stands apart from what is reckoned, and nothing has a date that is none."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from monitor.admission.rules import load_rules
from monitor.managers.catalogue import policy_for
from monitor.model.evidence import AdmissionAction
from monitor.model.risk import DayDistribution, FailureRate, ReceiverForecast
from monitor.mtas.catalogue import mta_named
from monitor.mtas.parties import parties
from monitor.phrase.phrase import percent
from monitor.risk.calm import is_nobody
from monitor.risk.facts import facts_of
from monitor.risk.judge import judge
from monitor.risk.seen_findings import named
from monitor.wording.elsewhere import about_elsewhere, already, elsewhere
from monitor.wording.receiver import concerned, speaks, words_of
from tests.refusals import REPLY, refused

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
ACCEPT, DEFER, REJECT, UNKNOWN = (
    AdmissionAction.ACCEPT,
    AdmissionAction.DEFER,
    AdmissionAction.REJECT,
    AdmissionAction.UNKNOWN,
)


def told(receiver="gmail", **story):
    """What a story's receiver is said to be, and its forecast."""
    evidence = refused(receiver=receiver, **story)
    facts = facts_of(evidence)
    machine, mta = parties(facts.manager, facts.mta, facts.bounce_policy)
    one = next(each for each in judge(evidence).forecasts if each.receiver == receiver)
    return words_of(one, machine=machine, mta=mta, now=evidence.now), one


def rate(mean):
    return FailureRate(mean=mean, low=min(mean, 0.01), high=max(mean, 0.5))


def reckoned(rates, actions, *, bounces, action, mta="postfix", **differs):
    """The words for a receiver of which nothing was seen."""
    worst = max(rates.values(), key=lambda each: each.mean, default=None)
    one = ReceiverForecast(
        receiver="gmail",
        action=action,
        actions=actions,
        failure_rate=worst,
        failure_rates=rates,
        post_bounces=bounces,
        disabled=None,
        removed=None,
        **differs,
    )
    return words_of(one, machine=policy_for("mailman3", {}), mta=mta_named(mta, {}), now=NOW)


def test_what_was_seen_is_told_with_its_reply_and_apart_from_the_rules():
    words, one = told(subscribers=22, there=22)
    assert speaks(one)
    assert str(words.seen) == (
        "refused 6 of about 6 posts since 21 November 2026, for all 22 subscribers there over IPv6"
    )
    assert words.reply == REPLY
    assert str(words.reckoned) == "its rules would take the mail"
    assert words.families["6"] == "seen to refuse"
    assert words.families["4"] == "takes the mail"


@pytest.mark.parametrize(
    ("story", "disabled"),
    [
        pytest.param({"days": 6}, "all 22 were disabled on 25 November 2026", id="already"),
        pytest.param(
            {"days": 4}, "at the next post that is refused, expected on 25 November 2026", id="four refused days"
        ),
    ],
)
def test_dates_are_told_by_what_has_happened(story, disabled):
    words, _ = told(subscribers=22, there=22, **story)
    assert str(words.disabled) == disabled
    assert str(words.fate) in {disabled, f"the first are disabled {disabled}"}


def test_one_address_is_that_address():
    words, _ = told(subscribers=1, there=200)
    assert str(words.seen).endswith("for 1 of 200 subscribers there over IPv6; nobody else there is refused")


def test_where_nobody_is_there_is_no_date():
    days = DayDistribution(mean_days=5.0, median_days=5, p10_days=5, p90_days=5, within={"7d": 1.0})
    there = {"disabled_on": NOW + timedelta(days=4), "removed_on": NOW + timedelta(days=25)}
    found = [
        reckoned({"6": rate(0.99)}, {"6": REJECT}, bounces=0.99, action=REJECT, subscribers=number, **there)
        for number in (0, 5, None)
    ]
    assert [(bool(each.disabled), bool(each.removed)) for each in found] == [(False, False), (True, True), (True, True)]
    assert [each.whom for each in found] == ["no subscribers", "5 subscribers", "subscribers not counted"]
    assert days.median_days == 5


@pytest.mark.parametrize(
    ("rates", "actions", "bounces", "action", "mta", "said"),
    [
        pytest.param(
            {"6": 0.9995, "4": 0.0001},
            {"6": DEFER, "4": ACCEPT},
            0.017,
            DEFER,
            "postfix",
            "puts off > 99.9 % of posts over IPv6, takes the mail over IPv4; 1.7 % would bounce, since your server brings "
            "back only what every address refuses",
            id="Postfix goes on to IPv4 in the same attempt",
        ),
        pytest.param(
            {"6": 0.97, "4": 0.0001},
            {"6": REJECT, "4": ACCEPT},
            0.49,
            REJECT,
            "postfix",
            "refuses 97 % of posts over IPv6, takes the mail over IPv4; 49 % would bounce, since your server begins with "
            "either family by chance",
            id="Postfix since 2.9: by chance",
        ),
        pytest.param(
            {"6": 0.97, "4": 0.0001},
            {"6": REJECT, "4": ACCEPT},
            0.0001,
            REJECT,
            "qmail",
            "refuses 97 % of posts over IPv6, takes the mail over IPv4; < 0.1 % would bounce, since your server sends over "
            "IPv4 alone",
            id="qmail",
        ),
        pytest.param(
            {"6": 0.97}, {"6": REJECT}, 0.97, REJECT, "sendmail", "refuses 97 % of posts over IPv6", id="one family"
        ),
        pytest.param(
            {"4": 0.0002},
            {"6": UNKNOWN, "4": ACCEPT},
            0.0002,
            ACCEPT,
            "postfix",
            "over IPv6 it is not known, takes the mail over IPv4",
            id="an unknown family is unknown",
        ),
        pytest.param({}, {"6": UNKNOWN, "4": UNKNOWN}, None, UNKNOWN, "postfix", "not known", id="both unknown"),
        pytest.param({}, {}, None, UNKNOWN, "postfix", "no evidence yet", id="nothing"),
    ],
)
def test_what_is_reckoned_says_what_comes_back_and_why(rates, actions, bounces, action, mta, said):  # noqa: PLR0917 - a table
    words = reckoned(
        {name: rate(mean) for name, mean in rates.items()}, actions, bounces=bounces, action=action, mta=mta
    )
    assert words.all_reckoned == said


@pytest.mark.parametrize("story", [{}, {"days": 4, "subscribers": 22}, {"days": 9, "every": 3, "subscribers": 30}])
def test_the_interval_contains_the_estimate(story):
    for each in judge(refused(**story)).forecasts:
        for one in filter(None, (each.failure_rate, *each.failure_rates.values())):
            assert one.low <= one.mean <= one.high


def test_subscribers_behind_no_known_receiver_are_counted_and_said_not_to_be_judged():
    assert elsewhere(facts_of(refused())) == 41
    assert about_elsewhere(41).startswith("41 subscribers are at domains whose mail servers are not known: not judged")
    assert about_elsewhere(1).startswith("1 subscriber is at a domain")
    assert about_elsewhere(0) == ""


def test_no_change_brings_back_who_is_disabled_already():
    gone = judge(refused(subscribers=22, there=22)).forecasts
    assert already(gone) == "The 22 who were disabled already stay so until enabled again, whatever else is changed."
    assert already(judge(refused(subscribers=22, there=22, days=2)).forecasts) == ""
    assert already(judge(refused()).forecasts).startswith("About 570 who were disabled already stay so")


@pytest.mark.parametrize(
    ("share", "said"),
    [
        (0, "0 %"),
        (0.0004, "< 0.1 %"),
        (0.004, "0.4 %"),
        (0.017, "1.7 %"),
        (0.31, "31 %"),
        (0.9999, "> 99.9 %"),
        (1.0, "100 %"),
    ],
)
def test_a_share_claims_no_false_precision(share, said):
    assert percent(share) == said


def test_what_is_put_off_is_not_told_to_go_by_the_family_that_is_begun_with():
    rates = {"6": rate(0.97), "4": rate(0.0001)}
    words = reckoned(rates, {"6": DEFER, "4": ACCEPT}, bounces=0.3, action=DEFER, mta="exim")
    assert "by chance" not in str(words.reckoned)
    assert str(words.reckoned).startswith("puts off 97 % of posts over IPv6")


def test_who_is_refused_where_counts_know_of_nobody_is_at_least_so_many():
    words, one = told(subscribers=22, there=0)
    assert one.subscribers == 0
    assert words.whom == "at least 22 subscribers (none in your counts)"
    assert "for at least 22 subscribers there (none in your counts)" in str(words.seen)
    assert str(words.fate) == "all 22 were disabled on 25 November 2026"
    assert (concerned(one), is_nobody(one), words.nobody) == (22, False, False)
    assert is_nobody(replace(one, seen=None))


def test_a_receiver_that_is_nobody_in_particular_goes_by_its_domains():
    words, one = told(receiver="generic", subscribers=22, there=None)
    assert words.place == "gmail.com"
    assert named(one, load_rules().receiver_name) == "gmail.com"
    more = replace(one, seen=replace(one.seen, domains=("a.example", "b.example", "c.example")))
    assert named(more, load_rules().receiver_name) == "a.example, b.example and 1 other"
    assert named(replace(one, seen=None), load_rules().receiver_name) == "Other receivers"


def test_dates_concern_those_who_are_hit():
    _, one = told(subscribers=22, there=200)
    assert concerned(one) == 22
    assert concerned(replace(one, seen=None)) == 200
