"""What follows from refusals that were seen: who is hit, how long, and what the list manager makes of it."""

from dataclasses import replace
from datetime import timedelta
from ipaddress import ip_address

import pytest

from monitor.admission.rules import load_rules
from monitor.managers.catalogue import kind_named
from monitor.model.evidence import Admission, AdmissionAction
from monitor.model.findings import Severity
from monitor.model.risk import Hit, RiskLevel
from monitor.mtas.parties import parties
from monitor.risk.facts import RiskFacts
from monitor.risk.judge import reason
from monitor.risk.level import ORDER
from monitor.risk.losses import from_now
from monitor.risk.receiver_forecasts import receiver_forecasts
from monitor.risk.reckoned import Reckoned
from monitor.risk.replies import SETTLES, SPEAKS_FOR
from monitor.risk.seen_findings import seen_findings
from monitor.wording.receiver import words_of
from tests.builders import NOW, a_ledger, a_refusal

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
ACCEPT, REJECT, DEFER = AdmissionAction.ACCEPT, AdmissionAction.REJECT, AdmissionAction.DEFER
LAST = NOW - 2 * HOUR  # refused then, and at the same hour on the days before


def days(number, *, until=LAST, members=1, every=DAY, **differs):
    """Refusals of a post a day for the same subscribers, up to that time."""
    names = [f"m{n}" for n in range(members)]
    return [a_refusal(*names, at=until - n * every, **differs) for n in range(number)]


def told(entries, *, there=None, now=NOW, per_day=1.0, **differs):
    """(Gmail's forecast, the list's level) where `there` are subscribed at Gmail."""
    usual = {
        "manager": "mailman3",
        "mta": "postfix",
        "messages_per_day": per_day,
        "subscribers": {} if there is None else {"gmail.com": there},
        "ledger": a_ledger(*sorted(entries, key=lambda each: each.at)),
    }
    forecasts, level = receiver_forecasts(RiskFacts(**{**usual, **differs}), now=now)
    return next(each for each in forecasts if each.receiver == "gmail"), level


def would_take(*families):
    """By its rules, Gmail takes the list's mail."""
    addresses = {4: ip_address("192.0.2.25"), 6: ip_address("2001:db8:25::25")}
    return {
        "admission": tuple(
            Admission(receiver="gmail", client_ip=addresses[each], action=ACCEPT, because=("spf=pass",))
            for each in families
        ),
        "reckoned": {("gmail", each): Reckoned(passed=90.0) for each in families},
    }


@pytest.mark.parametrize("number", [1, 22, 30, 100])
def test_who_was_refused_on_five_days_is_disabled_since_the_fifth(number):
    """Mailman 3: a point a day, five of them."""
    found, level = told(days(6, members=number), there=number)
    assert (found.seen.disabled, found.seen.hit) == (number, Hit.ALL)
    assert found.seen.disabled_at == found.disabled_on == LAST - DAY + MINUTE
    assert (found.level, level) == (RiskLevel.CRITICAL, RiskLevel.CRITICAL)
    assert found.seen.over_since is None


@pytest.mark.parametrize("number", [600, 10_000])
def test_of_a_flood_it_is_known_when_and_about_how_many(number):
    found, level = told(days(6, members=number), there=number)
    assert found.seen.disabled == pytest.approx(number, rel=0.25)
    assert found.seen.disabled <= number
    assert (found.seen.hit, found.seen.disabled_at, level) == (Hit.ALL, LAST - DAY + MINUTE, RiskLevel.CRITICAL)


@pytest.mark.parametrize("number", [22, 600])
def test_four_refused_days_mean_at_the_next_post(number):
    found, level = told(days(4, members=number), there=number)
    assert (found.seen.at_next_post, found.seen.disabled, found.seen.disabled_at) == (True, 0, None)
    assert LAST < found.disabled_on <= LAST + 2 * DAY
    assert level is RiskLevel.CRITICAL


@pytest.mark.parametrize("day", [2, 3, 4, 5])
def test_dates_do_not_run_away(day):
    """The fifth day after the first refusal, on whichever day it is asked; the posts of a day are at any hour."""
    first = LAST - (day - 1) * DAY
    found, level = told(days(day, members=22), there=22)
    assert found.failing_since == first
    assert first + 3 * DAY < found.disabled_on <= first + 6 * DAY
    assert level is RiskLevel.CRITICAL
    assert found.seen.at_next_post is (day == 4)


def test_one_address_refused_daily_is_that_address():
    found, level = told(days(6), there=200)
    assert (found.seen.hit, found.seen.subscribers, found.seen.share) == (Hit.ADDRESSES, 1, 1 / 200)
    assert found.seen.disabled == 1
    assert (found.level, level) == (RiskLevel.OK, RiskLevel.OK)


@pytest.mark.parametrize(
    ("entries", "there", "hit"),
    [
        pytest.param(days(4, members=100), 100, Hit.ALL, id="all"),
        pytest.param(days(4, members=60), 100, Hit.ALL, id="most"),
        pytest.param(days(4, members=20), 100, Hit.PART, id="a fifth again and again"),
        pytest.param(days(4, members=5), 100, Hit.ADDRESSES, id="five of a hundred"),
        pytest.param(days(4, members=2), None, Hit.ADDRESSES, id="two, nobody knows of how many"),
        pytest.param(days(4, members=3), None, Hit.ALL, id="three, nobody knows of how many"),
        pytest.param(days(4, members=1), 1, Hit.ALL, id="the only one"),
        pytest.param(days(1, members=22), 22, Hit.ONCE, id="one post"),
        pytest.param(
            [*days(3, members=22), *days(3, members=22, until=LAST - 6 * DAY)], 22, Hit.ALL, id="six of nine posts"
        ),
        pytest.param(days(3, members=22, every=8 * DAY), 22, Hit.POSTS, id="a post each eight days of daily ones"),
    ],
)
def test_who_is_hit(entries, there, hit):
    assert told(entries, there=there)[0].seen.hit is hit


def test_one_refused_post_is_to_be_watched():
    assert told(days(1, members=22), there=22)[1] is RiskLevel.WATCH
    assert told(days(1, members=1), there=200)[1] is RiskLevel.OK


def test_a_share_of_the_posts_disables_later_and_less_surely():
    """Every eighth post: a week is forgotten by then (bounce_info_stale_after)."""
    some, _ = told(days(4, members=22, every=8 * DAY), there=22)
    every, _ = told(days(4, members=22), there=22)
    assert some.post_bounces < 0.3
    assert every.post_bounces > 0.7
    assert some.disabled.within["30d"] < 0.3 < every.disabled.within["30d"]


@pytest.mark.parametrize(
    ("pause", "over"),
    [
        pytest.param(2 * DAY, False, id="a weekend"),
        pytest.param(3 * DAY, False, id="three posts are not back yet"),
        pytest.param(4 * DAY, True, id="three were to be expected"),
    ],
)
def test_it_is_over_when_refusals_that_were_to_be_expected_did_not_come(pause, over):
    entries = days(3, members=22, until=NOW - pause)
    found, level = told(entries, there=22, **would_take(4, 6))
    assert found.seen.over_since == (NOW - pause if over else None)
    assert (level is RiskLevel.OK) is over


def test_to_those_who_are_disabled_nothing_is_sent_so_silence_says_nothing():
    entries = days(6, members=22, until=NOW - 10 * DAY)
    found, level = told(entries, there=22)
    assert (found.seen.over_since, found.seen.disabled) == (None, 22)
    assert level is RiskLevel.CRITICAL
    later = NOW + SPEAKS_FOR - 10 * DAY + HOUR
    found, _ = told(entries, there=22, now=later)
    assert found.seen is None or found.seen.over_since is not None


def test_who_is_enabled_again_by_the_list_managers_word_is_not_told_as_disabled():
    entries = days(6, members=22)
    found, _ = told(entries, there=22, all_enabled_at=NOW - HOUR)
    assert (found.seen.disabled, found.seen.disabled_at) == (0, None)
    found, _ = told(entries, there=22, all_enabled_at=LAST - 2 * DAY)
    assert found.seen.disabled == 22, "it was asked before"


def mended(at, *, broken=None):
    return {"reckoned": {("gmail", 6): Reckoned(passed=9.0, broken_at=broken, mended_at=at)}}


def test_who_was_disabled_before_the_mending_is_told_to_be_so_still_and_when_the_manager_removes_them():
    """Mailman 3: three warnings, a week apart each; a week after the last it removes, whatever is mended."""
    facts = would_take(4, 6) | mended(LAST + 10 * MINUTE, broken=LAST - 9 * DAY)
    found, _ = told(days(6, members=22), there=22, now=LAST + 2 * DAY, **facts)
    assert found.seen.over_since is not None
    assert found.seen.disabled == 22
    assert timedelta(days=20) < found.seen.removed_on - found.seen.disabled_at < timedelta(days=30)
    machine, mta = parties("mailman3", "postfix", {})
    words = words_of(found, machine=machine, mta=mta, now=NOW)
    assert words.left.startswith("22 are still disabled; GNU Mailman 3 removes them from ")
    assert words.left.endswith("2026 unless they are enabled again")
    assert str(words.removed).startswith("those still disabled, from ")
    (left,) = seen_findings([found], load_rules(), manager="GNU Mailman 3", now=NOW)
    assert (left.code, left.severity) == ("replies.left-disabled", Severity.INFO)
    assert words.left in left.message
    assert words.left in reason(RiskLevel.OK, [left], (), forecasts=[found])
    few, _ = told(days(2, members=22), there=22, now=LAST + 2 * DAY, **facts)
    assert words_of(few, machine=machine, mta=mta, now=NOW).left == "", "nobody was disabled"


def test_what_was_mended_in_dns_is_over_since_then():
    """And stays so: hours and days later nothing raises it again."""
    at = LAST + 10 * MINUTE
    for later in (timedelta(0), 9 * HOUR, DAY, 10 * DAY, 29 * DAY):
        facts = would_take(4, 6) | mended(at, broken=LAST - 4 * DAY)
        found, level = told(days(4, members=22), there=22, now=NOW + later, **facts)
        assert found.seen is None or found.seen.over_since == at
        assert level is RiskLevel.OK


@pytest.mark.parametrize(
    ("at", "broken", "over"),
    [
        pytest.param(LAST - SETTLES, LAST - 9 * DAY, True, id="refused within an hour of the mending"),
        pytest.param(LAST - SETTLES - MINUTE, LAST - 9 * DAY, False, id="refused after it was mended"),
        pytest.param(LAST + HOUR, LAST - DAY, False, id="it broke when Gmail had refused for days"),
        pytest.param(LAST + HOUR, None, True, id="it was broken from the first"),
        pytest.param(LAST - 9 * DAY, LAST - 20 * DAY, False, id="mended before Gmail began"),
    ],
)
def test_a_mending_ends_only_the_refusals_of_its_own_fault(at, broken, over):
    found, _ = told(days(4, members=22), there=22, **mended(at, broken=broken))
    assert found.seen.over_since == (at if over else None)


@pytest.mark.parametrize(
    ("rules", "contradicts"),
    [
        pytest.param(would_take(4, 6), True, id="its rules would take the mail"),
        pytest.param({}, False, id="nobody knows what its rules say"),
        pytest.param(would_take(4), False, id="over the other family"),
    ],
)
def test_what_is_refused_though_the_rules_would_take_it_contradicts(rules, contradicts):
    found, level = told(days(4, members=22), there=22, **rules)
    assert found.seen.contradicts is contradicts
    assert level is RiskLevel.CRITICAL, "seen goes before reckoned"


def test_what_was_refused_for_a_fault_of_its_days_is_no_contradiction():
    """The record was broken on these days; the rules take the mail now."""
    on = frozenset((LAST - n * DAY).date() for n in range(3))
    known = would_take(6) | {"reckoned": {("gmail", 6): Reckoned(passed=9.0, refused_on=on)}}
    assert told(days(4, members=22), there=22, **known)[0].seen.contradicts is False


@pytest.mark.parametrize("there", [22, 600])
def test_more_refused_days_never_lower_the_level(there):
    levels = [told(days(number, members=there), there=there)[1] for number in range(1, 15)]
    assert [ORDER.index(each) for each in levels] == sorted(ORDER.index(each) for each in levels)


def test_more_refused_subscribers_never_lower_the_level():
    levels = [told(days(4, members=number), there=100)[1] for number in (1, 3, 5, 8, 20, 40, 60, 100)]
    assert [ORDER.index(each) for each in levels] == sorted(ORDER.index(each) for each in levels)
    assert {levels[0], levels[-1]} == {RiskLevel.OK, RiskLevel.CRITICAL}


def test_more_refusals_than_there_are_subscribers_are_all_of_them():
    """The count is an estimate, or the configured number is old."""
    found, _ = told(days(6, members=50), there=40)
    assert (found.seen.share, found.seen.subscribers, found.seen.disabled) == (1.0, 40, 40)


def test_the_interval_holds_the_estimate():
    for number in (1, 2, 4, 6):
        for there in (1, 22, 200):
            rate = told(days(number), there=there)[0].failure_rate
            assert rate is None or rate.low <= rate.mean <= rate.high


def test_a_list_manager_that_disables_nobody_disables_nobody():
    found, level = told(days(30, members=22), there=22, manager="none")
    assert (found.seen.disabled, found.disabled.median_days, found.disabled_on) == (0, None, None)
    assert level in {RiskLevel.AT_RISK, RiskLevel.CRITICAL}, "every post is lost there"


def test_posts_that_the_queue_gave_up_are_dated_by_when_they_come_back():
    """Postfix keeps them for five days: of those of ten days, five are back, the fifth of them today."""
    entries = [a_refusal("a", at=LAST - n * DAY, action=DEFER, told_at=LAST - (n - 5) * DAY) for n in range(5, 10)]
    found, _ = told(entries, there=1)
    assert found.seen.action is DEFER
    assert found.seen.first == LAST - 9 * DAY
    assert found.seen.disabled_at is not None
    assert abs(found.seen.disabled_at - LAST) < HOUR


def test_a_week_without_bounce_processing_moves_the_date():
    now, _ = told(days(2, members=22), there=22)
    rested, _ = told(days(2, members=22), there=22, paused_days=7)
    assert rested.disabled.median_days - now.disabled.median_days >= 6
    assert rested.level is not RiskLevel.CRITICAL


def test_refusals_where_nobody_is_known_to_be_count():
    """Somebody is there after all, by a domain that was not placed."""
    found, level = told(days(4, members=22), subscribers={"microsoft.com": 50})
    assert (found.subscribers, found.seen.share) == (0, None)
    assert level is RiskLevel.CRITICAL


def test_what_is_put_off_is_told_in_order_and_the_subscriber_is_asked_once():
    found, _ = told(days(6, members=22, action=DEFER), there=22)
    (one,) = seen_findings([found], load_rules(), manager="GNU Mailman 3", now=NOW)
    assert "put off 6 of about 6 posts until the queue gave them up" in one.message
    found, _ = told(days(6, members=1), there=200)
    (one,) = seen_findings([found], load_rules(), manager="GNU Mailman 3", now=NOW)
    assert one.fix.sentence.startswith("Ask the subscriber: Write from another address")


@pytest.mark.parametrize("manager", ["mailman3", "sympa"])
def test_what_is_refused_for_authors_dmarc_names_the_setting_of_the_lists_manager(manager):
    found, _ = told(days(6, members=22, rule="goog.dmarc.5726"), there=22)
    seen = replace(found, seen=replace(found.seen, contradicts=False))
    remedies = kind_named(manager).remedies
    (one,) = seen_findings([seen], load_rules(), manager="M", remedies=remedies, now=NOW)
    assert one.fix.value.startswith(remedies.rewrite_from)


def test_losses_from_now_are_without_those_who_are_disabled_already():
    found, _ = told(days(6, members=22), there=100)
    assert from_now([22.0, 22.0, 30.5], [found]) == [0.0, 0.0, 8.5]
    assert from_now([22.0, 30.0], [replace(found, subscribers=0)]) == [22.0, 30.0], "they were not counted in"
