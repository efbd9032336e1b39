"""The one line that says what is at stake: counts, receivers and a day as it is where the reader lives."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from monitor.model.evidence import AdmissionAction
from monitor.model.risk import Hit, ReceiverForecast, RiskLevel
from monitor.risk.judge import judge
from monitor.risk.reach import OTHERS_WITHIN
from monitor.wording.at_stake import at_stake, places, stake_said
from monitor.wording.days import clock, day, moment, weekday, zone_named
from monitor.wording.stake import Stake, State, read_stake, stake_of
from tests.builders import NOW, a_finding, an_assessment
from tests.refusals import refused

BERLIN, HONOLULU = ZoneInfo("Europe/Berlin"), ZoneInfo("Pacific/Honolulu")
AT_RISK, CRITICAL, WATCH, OK = RiskLevel.AT_RISK, RiskLevel.CRITICAL, RiskLevel.WATCH, RiskLevel.OK
UNKNOWN = RiskLevel.UNKNOWN


def behind(receiver, subscribers=48, *, level=AT_RISK, on=datetime(2026, 12, 1, 9, tzinfo=UTC), **differs):
    usual = {"failure_rate": None, "post_bounces": None, "disabled": None, "removed": None}
    usual |= {"action": AdmissionAction.REJECT, "disabled_on": on}
    return ReceiverForecast(receiver=receiver, subscribers=subscribers, level=level, **usual | differs)


def said(level, *forecasts, findings=(), zone=UTC):
    return at_stake(an_assessment(level, forecasts=forecasts, findings=findings), zone=zone)


@pytest.mark.parametrize(
    ("forecasts", "line"),
    [
        pytest.param([behind("gmail")], "48 subscribers at Gmail at risk, from 1 December", id="one receiver"),
        pytest.param([behind("gmail", 1)], "1 subscriber at Gmail at risk, from 1 December", id="one subscriber"),
        pytest.param(
            [behind("yahoo", 17), behind("gmail")],
            "65 subscribers at Gmail, Yahoo and AOL at risk, from 1 December",
            id="two: most subscribers first",
        ),
        pytest.param(
            [behind("gmx", 7), behind("yahoo", 10), behind("gmail")],
            "65 subscribers at Gmail and 2 others at risk, from 1 December",
            id="three",
        ),
        pytest.param([behind("gmail", None)], "subscribers at Gmail at risk, from 1 December", id="nobody counted"),
        pytest.param([behind("gmail", None, on=None)], "subscribers at Gmail at risk", id="neither count nor date"),
        pytest.param([behind("gmail", on=None)], "48 subscribers at Gmail at risk", id="no date"),
        pytest.param([behind("gmail", on=NOW)], "48 subscribers at Gmail at risk, from today", id="today"),
        pytest.param([behind("gmail", on=NOW - timedelta(days=2))], "48 subscribers at Gmail at risk now", id="past"),
        pytest.param(
            [behind("gmail", on=datetime(2027, 1, 3, tzinfo=UTC))],
            "48 subscribers at Gmail at risk, from 3 January 2027",
            id="next year",
        ),
        pytest.param(
            [behind("gmail"), behind("gmx", 0)], "48 subscribers at Gmail at risk, from 1 December", id="nobody there"
        ),
        pytest.param(
            [behind("gmail"), behind("gmx", 9, level=WATCH)],
            "48 subscribers at Gmail at risk, from 1 December",
            id="to watch is not at risk",
        ),
        pytest.param(
            [behind("gmail"), behind("generic", 9)],
            "57 subscribers at Gmail and other receivers at risk, from 1 December",
            id="nobody in particular",
        ),
        pytest.param(
            [behind("gmail"), behind("yahoo", 12), behind("generic", 9)],
            "69 subscribers at Gmail and others at risk, from 1 December",
            id="two by name and all others",
        ),
        pytest.param(
            [behind("gmail", 0)],
            "mail to Gmail would be refused, but none of the counted subscribers is there",
            id="none of the counted",
        ),
        pytest.param(
            [behind("gmail", 48, at_risk=12)], "12 subscribers at Gmail at risk, from 1 December", id="a part"
        ),
        pytest.param([behind("gmail", level=UNKNOWN)], "subscribers at risk", id="held while it cannot be seen"),
    ],
)
@pytest.mark.parametrize("level", [AT_RISK, CRITICAL])
def test_whoever_is_at_risk_is_counted_named_and_dated(level, forecasts, line):
    assert said(level, *forecasts) == line


@pytest.mark.parametrize(
    ("level", "forecasts", "findings", "line"),
    [
        (OK, [behind("gmail", level=OK)], [], "nobody at risk"),
        (OK, [behind("gmail", level=OK), behind("gmx", level=UNKNOWN)], [], "nothing known to be wrong"),
        (WATCH, [behind("gmail", level=WATCH)], [a_finding("spf.none")], "nobody at risk yet, but something to mend"),
        (WATCH, [behind("gmail", level=WATCH)], [], "nobody at risk yet, but posts may be refused"),
        (
            WATCH,
            [behind("gmail", level=WATCH), behind("gmx", level=UNKNOWN)],
            [a_finding("spf.none")],
            "something to mend",
        ),
        (UNKNOWN, [behind("gmail", level=UNKNOWN)], [a_finding("spf.none")], "not known who is at risk"),
        (UNKNOWN, [], [], "not known who is at risk"),
    ],
)
def test_nobody_is_at_risk_only_where_every_receiver_is_known(level, forecasts, findings, line):
    """An unknown receiver is no reason to calm anybody."""
    assert said(level, *forecasts, findings=findings) == line


def test_where_one_of_the_others_is_all_others_nobody_counts_them():
    assert places(("Gmail", "GMX", OTHERS_WITHIN)) == "Gmail, GMX and others"
    assert places(("Gmail", "GMX", "Orange")) == "Gmail and 2 others"


def test_where_many_are_at_domains_that_nobody_looked_up_it_is_at_least_so_many():
    known = an_assessment(AT_RISK, forecasts=(behind("gmail", 64),))
    part = replace(known, unplaced=120)
    assert stake_of(known).all_known
    assert not stake_of(part).all_known
    assert at_stake(part) == "at least 64 subscribers at Gmail at risk, from 1 December"
    assert at_stake(replace(known, unplaced=3)) == "64 subscribers at Gmail at risk, from 1 December"


@pytest.mark.parametrize(
    ("story", "line"),
    [
        pytest.param(
            {"subscribers": 22, "there": 22, "days": 1}, "a post to 22 subscribers at Gmail refused", id="one"
        ),
        pytest.param({"subscribers": 22, "there": 40}, "22 subscribers at Gmail disabled", id="disabled"),
        pytest.param({}, r"about \d+0 subscribers at Gmail disabled", id="nearly all, by an estimate"),
    ],
)
def test_what_was_seen_is_told_as_seen(story, line):
    assert re.fullmatch(line, at_stake(judge(refused(**story))))


def test_refusals_before_anybody_is_disabled_and_those_still_at_risk():
    found = judge(refused(subscribers=22, there=22))
    (gmail,) = (each for each in found.forecasts if each.receiver == "gmail")
    seen = replace(gmail.seen, disabled=0, disabled_at=None)
    yet = replace(gmail, seen=seen, disabled_on=found.assessed_at + timedelta(days=3))
    assert at_stake(replace(found, forecasts=(yet,))) == "22 subscribers at Gmail refused, disabled from 29 November"
    some = replace(yet, seen=replace(seen, hit=Hit.POSTS))
    assert at_stake(replace(found, forecasts=(some,))) == "some posts to 22 subscribers at Gmail refused"
    part = replace(gmail, seen=replace(gmail.seen, disabled=10))
    assert at_stake(replace(found, forecasts=(part,))) == "10 subscribers at Gmail disabled, 12 more at risk"
    over = replace(gmail, level=OK, seen=replace(gmail.seen, over_since=found.assessed_at))
    assert at_stake(replace(found, level=OK, forecasts=(over,))) == "22 subscribers at Gmail still disabled"


def test_the_day_is_the_readers():
    """22:30 UTC is the next day in Berlin and the same in Honolulu; summer time ends within the forecast."""
    late = behind("gmail", on=datetime(2026, 11, 30, 23, 30, tzinfo=UTC))
    assert said(AT_RISK, late, zone=BERLIN).endswith("from 1 December")
    assert said(AT_RISK, late, zone=HONOLULU).endswith("from 30 November")
    over = stake_of(an_assessment(AT_RISK, forecasts=(late,)))
    assert stake_said(over, zone=UTC, now=datetime(2026, 12, 1, tzinfo=UTC)).endswith("at risk now")
    assert stake_said(over, zone=HONOLULU, now=datetime(2026, 12, 1, tzinfo=UTC)).endswith("from today")


def test_days_and_times_follow_summer_time():
    before, after = datetime(2026, 10, 24, 23, 30, tzinfo=UTC), datetime(2026, 10, 25, 1, 30, tzinfo=UTC)
    assert (moment(before, zone=BERLIN), moment(after, zone=BERLIN)) == (
        "25 October 2026, 01:30 CEST",
        "25 October 2026, 02:30 CET",
    )
    assert weekday(before, zone=BERLIN, now=NOW) == "Sun 25 October"
    assert day(datetime(2026, 12, 31, 23, 30, tzinfo=UTC), zone=BERLIN, now=NOW) == "1 January 2027"
    assert clock(NOW, zone=zone_named("Asia/Kathmandu")) == "17:45 +0545"


@pytest.mark.parametrize("name", ["", None, "Mars/Olympus", "../etc/passwd", "Europe"])
def test_a_zone_that_is_none_is_utc(name):
    assert zone_named(name) is UTC


@pytest.mark.parametrize("level", list(RiskLevel))
def test_it_is_kept_and_read_again(level):
    stake = stake_of(an_assessment(level, forecasts=(behind("gmail"), behind("gmx", level=WATCH))))
    assert read_stake(stake.document()) == stake


@pytest.mark.parametrize("state", list(State))
@pytest.mark.parametrize("subscribers", [None, 0, 1, 48])
@pytest.mark.parametrize("begins_at", [None, NOW, NOW - timedelta(days=9), NOW + timedelta(days=9)])
def test_every_state_has_words_for_every_number_and_date(state, subscribers, begins_at):
    stake = Stake(state=state, subscribers=subscribers, disabled=1, receivers=("Gmail",), begins_at=begins_at)
    line = stake_said(stake, now=NOW)
    assert line
    assert "{" not in line
    assert "0 subscriber" not in line
    assert "1 subscribers" not in line
