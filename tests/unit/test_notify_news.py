"""From assessments to what is told: first, worse, reminded, escalated, resolved; and why nothing is told."""

from dataclasses import replace
from datetime import timedelta

import pytest

from monitor.config.settings import Settings
from monitor.incident.lifecycle import LifePolicy, acknowledge, damped
from monitor.incident.notify_reason import NotifyReason
from monitor.incident.silence import is_silenced, make
from monitor.model.incidents import ChangeKind, IncidentState
from monitor.model.risk import RiskLevel
from monitor.notify.list_incident import news
from tests.sample_notices import NO_PTR, NOT_COVERED, NOW, assessment, mailing_list, raised

OK, WATCH, RISK, CRIT, UNKNOWN = (
    RiskLevel.OK,
    RiskLevel.WATCH,
    RiskLevel.AT_RISK,
    RiskLevel.CRITICAL,
    RiskLevel.UNKNOWN,
)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


class Story:
    """A list whose assessments come one after the other; keeps what was told."""

    def __init__(self, administrators=(), incidents=None, **changes):
        self.listed = mailing_list(**changes)
        self.settings = Settings.model_validate(
            {
                "list": [self.listed],
                "notices": {"administrators": administrators},
                "incidents": {"raise_after": [1, 1], "resolve_after": [1, 1], **(incidents or {})},
            },
            by_alias=True,
        )
        self.current, self.levels, self.silences, self.now = None, [], [], NOW

    def goes(self, level, *findings, after=HOUR):
        self.now += after
        self.levels.insert(0, level)
        facts = (self.levels, assessment(level, *findings, at=self.now), self.listed, self.settings)
        options = {"silences": self.silences, "now": self.now}
        out = news(self.current, *facts, **options)
        kept = None if out.incident is None or out.incident.state is IncidentState.RESOLVED else out.incident
        if kept is not None:
            again = news(kept, *facts, **options)
            assert again.notices == (), "the same facts were told twice"
        self.current = kept
        return out

    def silence(self, **what):
        facts = {"list_id": None, "receiver": None, "finding": None, "by": "ann", "reason": "", **what}
        self.silences = [make(now=self.now, until=self.now + DAY, **facts)]


def test_a_story_is_told_once_each_step():
    story = Story()
    steps = [
        (OK, NotifyReason.KNOWN, None),
        (WATCH, NotifyReason.FIRST, "list.risk.raised"),
        (WATCH, NotifyReason.KNOWN, None),
        (CRIT, NotifyReason.WORSE, "list.risk.changed"),
        (UNKNOWN, NotifyReason.KNOWN, None),
        (CRIT, NotifyReason.KNOWN, None),
        (RISK, NotifyReason.BETTER, "list.risk.changed"),
        (OK, NotifyReason.RESOLVED, "list.risk.resolved"),
        (OK, NotifyReason.KNOWN, None),
    ]
    for level, answer, kind in steps:
        out = story.goes(level)
        assert out.why is answer, level
        assert {notice.type for notice in out.notices} == ({kind} if kind else set())
        assert len(out.notices) == (2 if kind else 0)


def test_revisions_never_repeat_so_that_no_two_notices_share_an_id():
    story = Story(incidents={"remind_every": "1h"})
    told = [notice for level in (WATCH, WATCH, CRIT, CRIT, CRIT, OK) for notice in story.goes(level).notices]
    assert len({notice.id for notice in told}) == len(told) == 2 + 1 + 2 + 1 + 1 + 2


def test_reminders_go_by_mail_until_somebody_acknowledges():
    story = Story(incidents={"remind_every": "2d"})
    story.goes(CRIT)
    assert story.goes(CRIT, after=DAY).why is NotifyReason.KNOWN
    out = story.goes(CRIT, after=DAY)
    assert [(notice.type, notice.channel) for notice in out.notices] == [("list.risk.reminder", "mail")]
    assert out.incident.history[-1].kind is ChangeKind.REMINDER
    story.current, _ = acknowledge(story.current, by="ann", reason="on it", now=story.now)
    assert story.goes(CRIT, after=9 * DAY).why is NotifyReason.KNOWN
    assert story.goes(OK).why is NotifyReason.RESOLVED


def test_no_reminders_while_we_are_blind():
    story = Story(incidents={"remind_every": "2d"})
    story.goes(CRIT)
    assert story.goes(UNKNOWN, after=9 * DAY).notices == ()


def test_an_escalation_goes_to_the_administrators_once():
    story = Story(administrators=["postmaster@example.org"], incidents={"escalate_after": "1d", "remind_every": "0s"})
    story.goes(CRIT)
    out = story.goes(CRIT, after=DAY)
    assert [(notice.type, notice.target) for notice in out.notices] == [
        ("list.risk.escalated", "postmaster@example.org")
    ]
    assert story.goes(CRIT, after=DAY).why is NotifyReason.KNOWN


def test_without_administrators_nothing_escalates():
    story = Story(incidents={"escalate_after": "1d", "remind_every": "0s"})
    story.goes(CRIT)
    assert story.goes(CRIT, after=5 * DAY).why is NotifyReason.KNOWN


def test_a_silence_holds_back_and_what_goes_on_after_it_is_told():
    story = Story()
    story.silence(list_id="ipv6-ops")
    out = story.goes(CRIT)
    assert (out.why, out.incident.state, out.notices) == (NotifyReason.SILENCED, IncidentState.SILENCED, ())
    out = story.goes(CRIT, after=DAY)
    assert out.why is NotifyReason.FIRST
    assert {notice.type for notice in out.notices} == {"list.risk.raised"}
    assert out.incident.state is IncidentState.OPEN
    assert out.incident.history[-1].kind is ChangeKind.UNSILENCED


def test_what_began_and_ended_in_silence_is_told_to_nobody():
    story = Story()
    story.silence()
    story.goes(CRIT)
    out = story.goes(OK)
    assert (out.why, out.notices, out.incident.state) == (NotifyReason.KNOWN, (), IncidentState.RESOLVED)


def test_owners_who_want_to_hear_of_worse_only():
    story = Story(tell_from="at-risk")
    assert story.goes(WATCH).why is NotifyReason.BELOW
    out = story.goes(RISK)
    assert (out.why, out.notices[0].type) == (NotifyReason.FIRST, "list.risk.raised")
    assert '"previous_level":"ok"' in out.notices[0].payload
    assert story.goes(OK).why is NotifyReason.RESOLVED


@pytest.mark.parametrize(("level", "hours"), [(RISK, 9), (CRIT, 0)], ids=["mail waits", "unless it is critical"])
def test_quiet_hours_hold_mail_but_no_webhook(level, hours):
    out = Story(quiet_hours="12:30-22:00 UTC").goes(level)
    mail, webhook = out.notices
    assert mail.next_attempt_at == NOW + timedelta(hours=1 + hours)
    assert webhook.next_attempt_at == NOW + HOUR


def test_an_endpoint_hears_what_it_asked_for():
    hook = {"url": "https://h.example.org/", "secret": "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "events": ["resolved"]}
    story = Story(webhook=[hook], owners=[])
    assert story.goes(CRIT).notices == ()
    assert [notice.type for notice in story.goes(OK).notices] == ["list.risk.resolved"]


def test_an_upgrade_from_before_anything_was_noted_tells_once():
    story = Story()
    story.goes(CRIT)
    story.current = replace(story.current, told=None)
    assert story.goes(CRIT).why is NotifyReason.FIRST


@pytest.mark.parametrize(
    ("silence", "hidden"),
    [
        ({}, True),
        ({"list_id": "ipv6-ops"}, True),
        ({"list_id": "other"}, False),
        ({"finding": "spf.ipv6-not-covered"}, False),
        ({"receiver": "microsoft-365"}, True),
        ({"receiver": "gmail"}, False),
        ({"receiver": "microsoft-365", "finding": "ptr.missing"}, False),
    ],
)
def test_a_silence_hides_an_incident_only_where_it_covers_all_of_it(silence, hidden):
    """The incident has two reasons and one receiver in danger."""
    facts = {"list_id": None, "receiver": None, "finding": None, **silence}
    one = make(by="", reason="", now=NOW, until=NOW + DAY, **facts)
    incident, _ = raised()
    assert incident.reasons == ("ptr.missing", "spf.ipv6-not-covered")
    assert is_silenced([one], incident, ["microsoft-365"], now=NOW + HOUR) is hidden
    assert not is_silenced([one], incident, ["microsoft-365"], now=NOW + DAY), "a silence outlived its end"


def test_two_silences_cover_two_reasons_together():
    incident, _ = raised()
    both = [
        make(list_id=None, receiver=None, finding=code, by="", reason="", now=NOW, until=NOW + DAY)
        for code in incident.reasons
    ]
    assert is_silenced(both, incident, ["microsoft-365"], now=NOW)
    assert not is_silenced(both[:1], incident, ["microsoft-365"], now=NOW)


def test_a_new_reason_breaks_a_silence_of_the_old_one():
    story = Story()
    story.silence(finding="ptr.missing")
    assert story.goes(CRIT, NO_PTR).why is NotifyReason.SILENCED
    story.goes(CRIT, NO_PTR, NOT_COVERED)
    assert story.goes(CRIT, NO_PTR, NOT_COVERED).why is NotifyReason.FIRST


def test_a_silence_needs_an_end_ahead():
    with pytest.raises(ValueError, match="ahead"):
        make(list_id=None, receiver=None, finding=None, by="", reason="", now=NOW, until=NOW)


def test_a_list_that_flaps_has_to_be_good_for_longer():
    incident, _ = raised()
    ended = [replace(incident, resolved_at=NOW - HOUR * n) for n in range(5)]
    old = [replace(incident, resolved_at=NOW - 3 * DAY)] * 5
    calm = LifePolicy()
    assert damped(calm, [*ended[:2], *old], now=NOW) == calm
    assert damped(calm, ended[:3], now=NOW).resolve_n == 4
    assert damped(calm, ended * 9, now=NOW).resolve_m == 24
    assert damped(calm, ended[:3], now=NOW).raise_n == calm.raise_n
