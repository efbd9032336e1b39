"""What each reader hears: levels, channels, quiet hours, reminders, maintenance, and the weekly digest."""

import json
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from monitor.config.settings import Settings
from monitor.incident.notify_reason import NotifyReason
from monitor.model.risk import RiskLevel
from monitor.notify.links import HOLD_FOR, link_to, token_of
from monitor.notify.mail import compose
from monitor.notify.preferences import preferences_of, zone_of
from monitor.notify.weekly import Week, digest, due_digests
from tests.sample_notices import NOW, SECRET, assessment, mailing_list
from tests.stories import DAY, HOUR, Story

OK, WATCH, RISK, CRIT, UNKNOWN = (
    RiskLevel.OK,
    RiskLevel.WATCH,
    RiskLevel.AT_RISK,
    RiskLevel.CRITICAL,
    RiskLevel.UNKNOWN,
)
TWO = {"owners": ["all@example.org", "worst@example.org"], "webhook": []}


def told(out):
    return [(one.target.partition("@")[0], one.type.rpartition(".")[2]) for one in out.notices]


def test_an_owner_hears_from_a_level_of_her_own_on():
    story = Story(owner_tables=[{"address": "worst@example.org", "tell_from": "critical"}], **TWO)
    assert told(story.goes(WATCH)) == [("all", "raised")]
    assert told(story.goes(CRIT)) == [("all", "changed"), ("worst", "raised")], "she hears of it for the first time"
    assert told(story.goes(RISK)) == [("all", "changed"), ("worst", "changed")]
    assert told(story.goes(OK)) == [("all", "resolved"), ("worst", "resolved")]
    assert told(story.goes(WATCH)) == [("all", "raised")]
    assert told(story.goes(OK)) == [("all", "resolved")], "who never heard of it was told of its end"


def test_an_owner_who_wants_to_hear_of_less_than_the_list_does():
    story = Story(owner_tables=[{"address": "all@example.org", "tell_from": "watch"}], tell_from="critical", **TWO)
    assert told(story.goes(WATCH)) == [("all", "raised")]


def test_quiet_hours_of_one_owner_hold_her_mail_alone():
    story = Story(owner_tables=[{"address": "worst@example.org", "quiet_hours": "12:30-22:00 UTC"}], **TWO)
    first, second = story.goes(RISK).notices
    assert first.next_attempt_at == NOW + HOUR
    assert second.next_attempt_at == NOW + 10 * HOUR


@pytest.mark.parametrize(("level", "hours"), [(RISK, 9), (CRIT, 0)], ids=["mail waits", "unless it is critical"])
def test_quiet_hours_hold_mail_but_no_webhook(level, hours):
    out = Story(quiet_hours="12:30-22:00 UTC").goes(level)
    mail, webhook = out.notices
    assert mail.next_attempt_at == NOW + timedelta(hours=1 + hours)
    assert webhook.next_attempt_at == NOW + HOUR


def test_each_owner_is_told_days_where_she_is_and_a_webhook_in_utc():
    """The first are disabled at 23:30 UTC of 30 November: in Berlin that is December."""
    tables = [{"address": "worst@example.org", "timezone": "Europe/Berlin"}]
    story = Story(owner_tables=tables, owners=TWO["owners"])
    late = datetime(2026, 11, 30, 23, 30, tzinfo=UTC)
    story.disabled_on = late
    utc, berlin, hook = story.goes(CRIT).notices
    said = {one.target: subject_in(one, story.settings) for one in (utc, berlin)}
    assert said == {
        "all@example.org": "[ipv6-ops] 120 subscribers at Microsoft 365 at risk, from 30 November",
        "worst@example.org": "[ipv6-ops] 120 subscribers at Microsoft 365 at risk, from 1 December",
    }
    assert "expected on 30 November" in text_of(utc, story.settings)
    assert "expected on 1 December" in text_of(berlin, story.settings)
    assert json.loads(hook.payload)["forecast"][0]["words"]["disabled"] == "expected on 30 November 2026"
    assert {json.loads(one.payload)["forecast"][0]["disabled_on"] for one in (utc, berlin, hook)} == {
        "2026-11-30T23:30:00Z"
    }


def subject_in(one, settings):
    sent = compose(one, sender="staysub@example.org", now=one.created_at, zone=zone_of(one.target, settings))
    assert sent["Date"].datetime == one.created_at
    return sent["Subject"]


def text_of(one, settings):
    sent = compose(one, sender="staysub@example.org", now=one.created_at, zone=zone_of(one.target, settings))
    return " ".join(sent.get_body(("plain",)).get_content().split())


def test_who_names_no_zone_is_told_in_that_of_all():
    settings = Settings.model_validate({"notices": {"timezone": "Asia/Tokyo"}, "owner": [{"address": "a@example.org"}]})
    assert {str(zone_of(each, settings)) for each in ("a@example.org", "b@example.org")} == {"Asia/Tokyo"}
    assert zone_of("a@example.org", Settings()) is UTC or str(zone_of("a@example.org", Settings())) == "UTC"


def test_an_endpoint_hears_what_it_asked_for():
    hook = {"url": "https://h.example.org/", "secret": "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "events": ["resolved"]}
    story = Story(webhook=[hook], owners=[])
    assert story.goes(CRIT).notices == ()
    assert [notice.type for notice in story.goes(OK).notices] == ["list.risk.resolved"]


def test_each_owner_is_reminded_in_an_interval_of_her_own():
    owners = [{"address": "worst@example.org", "remind_every": "4d"}]
    story = Story(owner_tables=owners, remind_every="2d", **TWO)
    story.goes(CRIT)
    assert story.goes(CRIT, after=DAY).notices == ()
    assert told(story.goes(CRIT, after=DAY)) == [("all", "reminder")]
    assert told(story.goes(CRIT, after=2 * DAY)) == [("all", "reminder"), ("worst", "reminder")]
    never = Story(owner_tables=[{"address": "worst@example.org", "remind_every": "0s"}], remind_every="0s", **TWO)
    never.goes(CRIT)
    assert never.goes(CRIT, after=30 * DAY).reason is NotifyReason.KNOWN


def test_an_owner_may_have_no_mail_and_endpoints_of_her_own():
    hook = {"url": "https://ann.example.org/", "secret": SECRET, "events": ["raised"]}
    story = Story(owner_tables=[{"address": "worst@example.org", "mail": False, "webhook": [hook]}], **TWO)
    ways = [(one.channel, one.target) for one in preferences_of(story.listed, story.settings)]
    assert ways == [("mail", "all@example.org"), ("webhook", "https://ann.example.org/")]


def test_maintenance_measures_and_tells_nobody_until_it_is_over():
    story = Story(maintenance=[{"during": "2026-11-23 12:30/2026-11-23 14:30 UTC", "reason": "new disks"}])
    out = story.goes(CRIT)
    assert (out.reason, out.incident.level, out.notices) == (NotifyReason.SILENCED, CRIT, ())
    out = story.goes(CRIT, after=2 * HOUR)
    assert out.reason is NotifyReason.FIRST
    assert len(out.notices) == 2


def test_maintenance_that_begins_within_an_incident_stands_in_its_history():
    story = Story(maintenance=[{"during": "2026-11-23 13:30/2026-11-23 14:30 UTC", "reason": "new disks"}])
    story.goes(CRIT)
    out = story.goes(CRIT)
    assert out.change.kind == "silenced"
    assert "maintenance: new disks" in out.change.cause
    assert story.goes(CRIT).change.kind == "unsilenced"


def test_maintenance_of_other_lists_holds_nothing_back():
    story = Story(maintenance=[{"during": "00:00-23:59 UTC", "lists": ["other"]}])
    assert story.goes(CRIT).reason is NotifyReason.FIRST


KEY = b"k" * 32


def settings(**notices):
    lists = [mailing_list(id=name, owners=["ann@example.org"]) for name in ("a", "b", "c", "d")]
    return Settings.model_validate({"list": lists, "notices": notices}, by_alias=True)


def week(name, then, now):
    return Week(listed=mailing_list(id=name), then=then, now=assessment(now))


def test_a_weekly_digest_says_what_got_worse_and_what_improved():
    at = NOW - HOUR
    weeks = [week("a", OK, CRIT), week("b", CRIT, OK), week("c", RISK, RISK), week("d", UNKNOWN, CRIT)]
    made = digest("ann@example.org", weeks, at=at, now=NOW)
    said = json.loads(made.payload)
    names = {kind: [one["list"] for one in said[kind]] for kind in ("worse", "better", "same")}
    assert names == {"worse": ["a"], "better": ["b"], "same": ["c"]}, "what is unknown is neither"
    assert said["title"] == "[Staysub] Your week: 1 got worse, 1 improved, 1 still to be mended"
    assert made.id == digest("ann@example.org", weeks, at=at, now=NOW + HOUR).id


def test_a_weekly_digest_leads_each_owner_to_the_own_pages():
    """By the mail's own link, which ends; none is kept with the notice, which readers of its first list see."""
    made = digest("a@b.example", [week("a", OK, CRIT), week("b", CRIT, OK)], at=NOW, now=NOW)
    assert "/own/" not in made.payload
    assert "link" not in made.payload
    token = token_of(made.id, NOW + HOLD_FOR, key=KEY)
    old = replace(
        made, payload=made.payload.replace('"list": "a"', '"list": "a", "link": "https://s.example/own/for-good"')
    )
    for notice in (made, old):
        mail = compose(
            notice, sender="s@s.example", now=NOW, links=lambda one: link_to(one, base="https://s.example", key=KEY)
        )
        for kind in ("plain", "html"):
            body = mail.get_body((kind,)).get_content()
            assert set(re.findall(r"https://s.example/own/[^\s\"<]+", body)) == {
                f"https://s.example/own/{token}.{name}" for name in ("a", "b")
            }


def test_a_week_without_news_and_danger_has_no_digest():
    assert digest("ann@example.org", [week("a", OK, OK)], at=NOW, now=NOW) is None


@pytest.mark.parametrize(
    ("when", "now", "due"),
    [
        ("never", "2026-11-23T08:00+00:00", None),
        ("mon 08:00 UTC", "2026-11-23T07:59+00:00", None),
        ("mon 08:00 UTC", "2026-11-23T08:00+00:00", "2026-11-23T08:00+00:00"),
        ("mon 08:00 UTC", "2026-11-24T07:59+00:00", "2026-11-23T08:00+00:00"),
        ("mon 08:00 UTC", "2026-11-24T08:00+00:00", None),
    ],
)
def test_a_digest_is_due_for_a_day_after_its_moment(when, now, due):
    configured = settings(digest=when)
    found = due_digests(configured.file_lists, configured, now=datetime.fromisoformat(now))
    assert found == ({} if due is None else {"ann@example.org": datetime.fromisoformat(due)})


def test_reminders_of_all_levels_have_one_thread():
    story = Story(remind_every="1d", **TWO)
    ids = {
        one.incident_id
        for level in (WATCH, CRIT, CRIT)
        for one in story.goes(level, after=DAY + timedelta(hours=1)).notices
    }
    assert len(ids) == 1
