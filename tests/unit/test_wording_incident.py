"""An incident that refusals caused: its headline, what to do first, and what is said at its end."""

from dataclasses import replace
from datetime import UTC, timedelta
from zoneinfo import ZoneInfo

import pytest

from monitor.admission.rules import load_rules
from monitor.managers.catalogue import kind_named
from monitor.model.findings import Fix, FixAction, Severity
from monitor.model.risk import RiskLevel
from monitor.risk.judge import judge
from monitor.risk.relief import Relief
from monitor.tongue.voice import Voice
from monitor.wording.days import Days
from monitor.wording.incident import headline, tonight
from monitor.wording.past import past
from tests.builders import V4, V6, a_change, a_finding, an_incident
from tests.refusals import BEGUN, refused

RULES = load_rules()
DAYS = Days(UTC, BEGUN)


def steps(forecasts, manager="mailman3", findings=(), relief=None, days=DAYS, **settings):
    kind = kind_named(manager)
    return tonight(
        forecasts,
        RULES,
        kind=kind,
        machine=kind.machine_for(settings),
        outbound=(V4, V6),
        days=days,
        findings=findings,
        relief=relief,
    )


DAYS_SPOKEN = Voice(now=DAYS.now)


def ended(incident, forecasts, manager="mailman3", days=DAYS):
    return past(incident, forecasts, RULES, kind=kind_named(manager), days=days)


@pytest.mark.parametrize(
    ("story", "said"),
    [
        pytest.param({"subscribers": 22, "there": 22}, "Gmail refuses all 22 subscribers", id="all"),
        pytest.param({"subscribers": 22, "there": 40}, "Gmail refuses 22 of 40 subscribers", id="a part"),
        pytest.param({}, "Gmail refuses all or nearly all 600 subscribers", id="beyond what is counted one by one"),
        pytest.param(
            {"subscribers": 22, "there": 22, "days": 1}, "Gmail refused a post, for all 22 subscribers", id="one"
        ),
        pytest.param(
            {"subscribers": 22, "there": 22, "days": 9, "every": 3}, "Gmail refuses some posts, 3 of about 8", id="some"
        ),
        pytest.param({"subscribers": 1, "there": 200}, "", id="one address is no headline"),
    ],
)
def test_the_headline_names_receiver_and_count(story, said):
    assert headline(judge(refused(**story)).forecasts, RULES) == said


def test_several_receivers_share_a_headline():
    (gmail,) = (each for each in judge(refused(subscribers=22, there=22)).forecasts if each.receiver == "gmail")
    others = [replace(gmail, receiver=each) for each in ("yahoo", "gmx")]
    assert headline([gmail, others[0]], RULES) == "Gmail and Yahoo and AOL refuse 44 subscribers"
    assert headline([gmail, *others], RULES) == "Gmail, Yahoo and AOL and 1 other refuse 66 subscribers"


@pytest.mark.parametrize(
    ("manager", "words"),
    [
        ("mailman3", ("set process_bounces to No", "raise bounce_score_threshold")),
        ("mailman2", ("set bounce_processing to No", "raise bounce_score_threshold")),
        ("sympa", ("set bouncers_level2.action to none", "raise bouncers_level2.rate")),
        ("listmonk", ("set bounce.enabled to false", "raise hard.count")),
        ("mlmmj", ("raise bouncelife",)),
        ("ezmlm", ("raise bouncetimeout",)),
    ],
)
def test_what_holds_bounce_processing_has_the_managers_own_name(manager, words):
    first = steps(judge(refused(subscribers=22, there=22)).forecasts, manager)[0]
    assert first.startswith("Hold the list's bounce processing until this is over")
    for each in words:
        assert each in first
    assert all(name in kind_named(manager).machine_for().keys for name in [words[-1].removeprefix("raise ")])


def test_the_postmaster_gets_reply_address_and_time_and_the_lost_are_given_back():
    found = steps(judge(refused(subscribers=22, there=22)).forecasts)
    assert "Write to the postmaster of Gmail" in found[1]
    assert f"({V6})" in found[1], "it was over IPv6"
    assert "26 November, 08:00 UTC" in found[1]
    assert found[2] == "Once it is over, enable again those who were disabled: 22 at gmail.com."


def test_where_single_addresses_are_refused_there_is_nothing_to_do_tonight():
    assert steps(judge(refused(subscribers=1, there=200)).forecasts) == ()


def test_the_end_says_what_was_wrong_how_long_and_who_was_lost():
    story = refused(subscribers=22, there=22, quiet=timedelta(hours=4))
    forecasts = judge(story).forecasts
    opened = BEGUN + timedelta(days=1)
    raised = a_change(RiskLevel.CRITICAL, at=opened, cause="It is so. (seen by 2 of the last 3 assessments)")
    over = an_incident(opened_at=opened, history=(raised,), resolved_at=BEGUN + timedelta(days=7))
    told = ended(over, forecasts)
    seen = "Gmail refused 6 of about 6 posts since 21 November, for all 22 subscribers there over IPv6."
    assert DAYS_SPOKEN(told["wrong"]) == f"It is so. {seen}"
    assert told["lasted"] == "It lasted 7 days, from 21 November to 28 November."
    assert told["lost"] == (
        "By the list manager's rules 22 subscribers at Gmail were disabled on 25 November (gmail.com)."
    )
    assert "`delivery_status`" in told["reset"]
    assert DAYS_SPOKEN(ended(replace(over, reasons=("replies.refused",)), forecasts)["wrong"]) == seen, (
        "it is told twice"
    )
    assert ended(over, ())["lost"] == "No bounce was seen, so nobody is known to have been lost."
    two = judge(refused(subscribers=22, there=22, days=2)).forecasts
    assert "nobody was disabled for it" in ended(over, two)["lost"]


def test_the_end_keeps_who_was_told_to_be_disabled_though_nothing_is_left_of_the_evidence():
    cause = "Gmail has refused 6 posts. By Mailman 3's rules all of them were disabled on 25 November 2026. (seen by 2 of 3)"
    raised = a_change(RiskLevel.CRITICAL, at=BEGUN + timedelta(days=5), cause=cause)
    over = an_incident(opened_at=BEGUN, history=(raised,), resolved_at=BEGUN + timedelta(days=40))
    assert ended(over, ())["lost"] == (
        "As told on 26 November: By Mailman 3's rules all of them were disabled on 25 November 2026."
    )


def test_what_lasted_some_minutes_has_one_day():
    over = an_incident(opened_at=BEGUN, history=(), resolved_at=BEGUN + timedelta(minutes=3))
    assert ended(over, ())["lasted"] == "It lasted 3 minutes, on 21 November."


def test_days_and_times_are_the_readers():
    """A refusal at 08:00 UTC of 26 November was at 22:00 of the 25th in Honolulu."""
    there = Days(ZoneInfo("Pacific/Honolulu"), BEGUN)
    forecasts = judge(refused(subscribers=22, there=22, quiet=timedelta(hours=4))).forecasts
    assert "25 November, 22:00 HST" in steps(forecasts, days=there)[1]
    over = an_incident(opened_at=BEGUN, history=(), resolved_at=BEGUN + timedelta(days=7))
    told = ended(over, forecasts, days=there)
    assert "from 20 November to 27 November" in told["lasted"]
    assert "disabled on 24 November" in told["lost"]


@pytest.mark.parametrize(
    ("manager", "relief", "said"),
    [
        (
            "mailman3",
            Relief(
                change="threshold",
                setting="bounce_score_threshold",
                value=10,
                without=BEGUN,
                disabled_from=BEGUN + timedelta(days=23),
            ),
            (
                "Set bounce_score_threshold to 10: then nobody is expected to be disabled before 14 December. Or hold the "
                "list's bounce processing until this is over: set process_bounces to No."
            ),
        ),
        (
            "mlmmj",
            Relief(change="threshold", setting="bouncelife", value=1296000, without=BEGUN, disabled_from=None),
            (
                "Set bouncelife to 1296000: then nobody is expected to be disabled within a year. Or hold the list's bounce "
                "processing until this is over."
            ),
        ),
        (
            "mailman2",
            Relief(change="rest", without=BEGUN, disabled_from=BEGUN + timedelta(days=12)),
            (
                "Hold the list's bounce processing until this is over: set bounce_processing to No. Held for a week, nobody "
                "is expected to be disabled before 3 December. Or raise bounce_score_threshold, to twice what it is at least."
            ),
        ),
    ],
)
def test_of_danger_that_is_reckoned_it_is_said_what_gains_time_and_how_much(manager, relief, said):
    assert steps((), manager, relief=relief) == (said,)


def gmail_for(rule, *, contradicts=False):
    """Gmail refuses all 22 by that rule."""
    (gmail,) = (each for each in judge(refused(subscribers=22, there=22)).forecasts if each.receiver == "gmail")
    return [replace(gmail, seen=replace(gmail.seen, rule=rule, contradicts=contradicts))]


def test_what_is_the_lists_own_to_mend_comes_first():
    fix = Fix(action=FixAction.CHANGE, name="lists.example.org", type="TXT", value="v=spf1 mx -all")
    spf = a_finding("spf.ipv6-not-covered", Severity.CRITICAL, message="The record does not cover IPv6.", fix=fix)
    seen = a_finding("replies.refused", Severity.CRITICAL)
    found = steps(gmail_for("goog.unauth.5726.v3"), findings=[seen, spf])
    assert found[0] == (
        "Mend first what is the list's own: The record does not cover IPv6. Publish the TXT record that is suggested for lists.example.org."
    )
    assert any(
        each.startswith("If Gmail goes on refusing after that, write to its postmaster: quote") for each in found
    )
    assert not any("Write to the postmaster" in each or "A letter" in each for each in found)
    assert headline(gmail_for(None), RULES, [seen, spf]) == "SPF is at fault, and Gmail refuses all 22 subscribers"
    against = gmail_for(None, contradicts=True)
    assert headline(against, RULES, [seen, spf]) == "Gmail refuses all 22 subscribers", "it is not why"
    assert steps(against, findings=[seen, spf])[0].startswith("Hold")
    assert steps(gmail_for(None), findings=[seen])[0].startswith("Hold"), "nothing is at fault here"


@pytest.mark.parametrize("manager", ["mailman3", "mailman2", "sympa", "mlmmj", "custom"])
def test_where_the_rule_is_about_authors_dmarc_the_setting_of_the_lists_manager_comes_first(manager):
    author = next(each for each in RULES.rules if (each.about, each.topic.id) == ("author", "dmarc"))
    found = steps(gmail_for(author.id), manager)
    setting = kind_named(manager).remedies.rewrite_from
    assert found[0] == setting
    assert found[1].startswith("Hold")
    assert sum(setting in each for each in found) == 1
    assert not any(author.topic.remedy in each for each in found), "one piece of advice is enough"


def test_where_it_is_about_something_else_of_authors_the_topic_says_what_to_do():
    other = next(each for each in RULES.rules if each.about == "author" and each.topic.id != "dmarc")
    assert steps(gmail_for(other.id))[0] == other.topic.remedy


def test_a_threshold_of_nothing_is_raised_to_the_managers_default():
    found = steps(gmail_for(None), bounce_score_threshold=0)
    assert "Or raise bounce_score_threshold, to 5, its default." in found[0]
