"""The decision about an incident: what each set of facts makes of it, what its readers hear, and why nothing."""

from dataclasses import replace

import pytest

from monitor.incident.decision import IncidentPolicy, decide
from monitor.incident.entries import acknowledge
from monitor.incident.lifecycle import LifePolicy
from monitor.incident.notify_reason import SILENT_REASONS, NotifyPolicy, NotifyReason
from monitor.incident.silence import make
from monitor.model.incidents import ChangeKind, Incident, IncidentState, Maintenance, Told
from monitor.model.risk import RiskLevel
from monitor.model.times import Window
from tests.sample_notices import NO_PTR, NOT_COVERED, NOW, assessment, raised
from tests.stories import DAY, HOUR, Story

OK, WATCH, RISK, CRIT, UNKNOWN = (
    RiskLevel.OK,
    RiskLevel.WATCH,
    RiskLevel.AT_RISK,
    RiskLevel.CRITICAL,
    RiskLevel.UNKNOWN,
)
TWO_OF_THREE = LifePolicy()
POLICY = IncidentPolicy(
    life=TWO_OF_THREE,
    notify=lambda: NotifyPolicy(tell_from=WATCH, remind_every=2 * DAY, escalate_after=DAY),
)
BELOW = replace(POLICY, notify=lambda: NotifyPolicy(tell_from=CRIT))
MAINTENANCE = replace(POLICY, maintenance=(Maintenance(during=Window(starts=NOW, ends=NOW + DAY)),))
SILENCE = make(list_id=None, receiver=None, finding=None, by="ann", reason="known", now=NOW, until=NOW + 9 * DAY)


def incident(level: RiskLevel, *, told: RiskLevel | None, state: str = "open", **changes: object) -> Incident:
    """An open incident whose readers know that level of it since it began, with its reasons."""
    one, _ = raised()
    one = replace(one, **{"level": level, "worst_level": level, "state": IncidentState(state), **changes})
    return replace(one, told=None if told is None else Told(first_at=NOW, at=NOW, level=told, reasons=one.reasons))


def acknowledged(one: Incident, *, hours: int) -> Incident:
    return acknowledge(one, by="ann", reason="on it", now=NOW, until=NOW + hours * HOUR)[0]


KNOWN = incident(RISK, told=RISK)
OF_FEW = replace(KNOWN, told=replace(KNOWN.told, subscribers=64))  # the newest assessment has 120
ESCALATED = replace(KNOWN, told=replace(KNOWN.told, escalated=True))
ENDED = [incident(RISK, told=RISK, state="resolved", resolved_at=NOW - HOUR)] * 3

# The incident before, the levels (newest first), hours since it was told, what else holds; then the state that is kept,
# what is new in its history, what its readers hear, and why, or why nothing.
DECISIONS = [
    pytest.param(None, [OK], 1, {}, (None, None, None, "no-danger"), id="nothing is wrong"),
    pytest.param(None, [UNKNOWN, RISK, RISK], 1, {}, (None, None, None, "blind"), id="blind, without an incident"),
    pytest.param(KNOWN, [UNKNOWN, CRIT], 99, {}, ("open", None, None, "blind"), id="blind: not even a reminder"),
    pytest.param(None, [RISK], 1, {}, ("pending", None, None, "pending"), id="too few have seen it"),
    pytest.param(None, [RISK, RISK], 1, {}, ("open", "raised", "raised", "first"), id="it begins"),
    pytest.param(
        None, [RISK, RISK], 1, {"policy": BELOW}, ("open", "raised", None, "below"), id="not bad enough to tell"
    ),
    pytest.param(
        None,
        [RISK, RISK],
        1,
        {"silences": [SILENCE]},
        ("silenced", "raised", None, "silenced"),
        id="it begins in silence",
    ),
    pytest.param(
        None,
        [RISK, RISK],
        1,
        {"policy": MAINTENANCE},
        ("silenced", "raised", None, "silenced"),
        id="within maintenance",
    ),
    pytest.param(KNOWN, [RISK, RISK], 1, {}, ("open", None, None, "known"), id="as they know it"),
    pytest.param(KNOWN, [CRIT, RISK], 1, {}, ("open", None, None, "known"), id="worse once"),
    pytest.param(KNOWN, [CRIT, CRIT], 1, {}, ("open", "changed", "changed", "worse"), id="worse"),
    pytest.param(
        acknowledged(KNOWN, hours=9),
        [CRIT, CRIT],
        1,
        {},
        ("open", "changed", "changed", "worse"),
        id="worse than was taken on",
    ),
    pytest.param(KNOWN, [WATCH, WATCH], 1, {}, ("open", "changed", "changed", "better"), id="better"),
    pytest.param(
        KNOWN,
        [WATCH, WATCH],
        1,
        {"silences": [SILENCE]},
        ("silenced", "changed", None, "silenced"),
        id="better in silence",
    ),
    pytest.param(KNOWN, [OK, RISK], 1, {}, ("resolving", "resolving", None, "known"), id="ok once"),
    pytest.param(KNOWN, [OK, RISK], 99, {}, ("resolving", "resolving", None, "known"), id="no reminder amid its end"),
    pytest.param(KNOWN, [OK, OK], 1, {}, ("resolved", "resolved", "resolved", "resolved"), id="it ends"),
    pytest.param(
        KNOWN, [OK, OK], 1, {"silences": [SILENCE]}, ("resolved", "resolved", None, "silenced"), id="in silence"
    ),
    pytest.param(
        KNOWN, [OK, OK], 1, {"recent": ENDED}, ("resolving", "resolving", None, "known"), id="a list that flaps"
    ),
    pytest.param(
        incident(RISK, told=None), [OK, OK], 1, {}, ("resolved", "resolved", None, "known"), id="nobody heard of it"
    ),
    pytest.param(
        incident(RISK, told=RISK, state="resolving"), [RISK, OK], 1, {}, ("open", "returned", None, "known"), id="back"
    ),
    pytest.param(
        KNOWN, [RISK, RISK], 24, {}, ("open", "escalated", "escalated", "escalation"), id="nobody takes it on"
    ),
    pytest.param(ESCALATED, [RISK, RISK], 47, {}, ("open", None, None, "known"), id="escalated once"),
    pytest.param(ESCALATED, [RISK, RISK], 48, {}, ("open", "reminder", "reminder", "reminder"), id="a reminder"),
    pytest.param(
        acknowledged(ESCALATED, hours=99), [RISK, RISK], 48, {}, ("acknowledged", None, None, "known"), id="taken on"
    ),
    pytest.param(
        acknowledged(ESCALATED, hours=9),
        [RISK, RISK],
        48,
        {},
        ("open", "reminder", "reminder", "reminder"),
        id="taken on too long ago",
    ),
    pytest.param(
        acknowledged(ESCALATED, hours=9),
        [RISK, RISK],
        10,
        {},
        ("open", "expired", None, "known"),
        id="no longer taken on",
    ),
    pytest.param(
        KNOWN, [RISK, RISK], 1, {"silences": [SILENCE]}, ("silenced", "silenced", None, "silenced"), id="silenced now"
    ),
    pytest.param(
        incident(RISK, told=RISK, state="silenced"),
        [RISK, RISK],
        1,
        {},
        ("open", "unsilenced", None, "known"),
        id="unsilenced",
    ),
    pytest.param(
        incident(RISK, told=None, state="silenced"),
        [RISK, RISK],
        1,
        {},
        ("open", "unsilenced", "raised", "first"),
        id="what began in silence is told after it",
    ),
    pytest.param(
        incident(RISK, told=None),
        [RISK, RISK],
        1,
        {},
        ("open", "unsilenced", "raised", "first"),
        id="what nobody noted as told is told",
    ),
    pytest.param(
        incident(CRIT, told=RISK, state="silenced"),
        [CRIT, CRIT],
        1,
        {},
        ("open", "unsilenced", "changed", "worse"),
        id="what got worse in silence is told after it",
    ),
    pytest.param(
        incident(
            RISK, told=RISK, reasons=("ptr.missing",), unconfirmed_reasons=raised()[0].reasons, unconfirmed_at=NOW
        ),
        [RISK, RISK],
        1,
        {},
        ("open", "changed", "changed", "other-cause"),
        id="another cause",
    ),
    pytest.param(OF_FEW, [RISK, RISK], 1, {}, ("open", "changed", "changed", "more"), id="many more"),
    pytest.param(
        acknowledged(OF_FEW, hours=99),
        [RISK, RISK],
        1,
        {},
        ("acknowledged", "changed", "changed", "more"),
        id="taken on",
    ),
    pytest.param(
        replace(OF_FEW, told=replace(OF_FEW.told, subscribers=100)),
        [RISK, RISK],
        1,
        {},
        ("open", None, None, "known"),
        id="a few more",
    ),
    pytest.param(
        OF_FEW,
        [RISK, RISK],
        1,
        {"silences": [SILENCE]},
        ("silenced", "silenced", None, "silenced"),
        id="more in silence",
    ),
]


@pytest.mark.parametrize(("current", "levels", "hours", "others", "expected"), DECISIONS)
def test_what_the_facts_make_of_an_incident_and_what_is_told(current, levels, hours, others, expected):
    now = NOW + hours * HOUR
    found = assessment(levels[0], at=now)
    facts = {"policy": POLICY, **others}
    decided = decide(current, levels, found, now=now, **facts)
    kept, change, heard = decided.incident, decided.change, decided.heard
    assert (
        kept and kept.state.value,
        change and change.kind.value,
        heard and heard.kind.value,
        decided.reason,
    ) == expected
    assert (decided.reason in SILENT_REASONS) is (heard is None)
    assert change is None or kept.history[-1] == change, "what is new stands last in the history"
    if heard is None:
        assert kept is None or kept.told == (current and current.told), "nobody was told, but it is kept as if"
    else:
        assert (kept.told.at, kept.told.level) == (now, kept.level)
        first = OK if current is not None else UNKNOWN
        assert heard.previous_level is (first if decided.known is None else decided.known.level), "not what they knew"
    over = kept is None or kept.state is IncidentState.RESOLVED
    assert over or decide(kept, levels, found, now=now, **facts).heard is None, "the same facts are told twice"


@pytest.mark.parametrize("answer", NotifyReason)
def test_each_named_reason_stands_in_the_table(answer):
    assert answer.value in {row.values[-1][-1] for row in DECISIONS}


def test_an_expired_acknowledgement_and_the_reminder_both_enter_the_history():
    decided = decide(acknowledged(ESCALATED, hours=9), [RISK] * 2, assessment(RISK), POLICY, now=NOW + 2 * DAY)
    assert [each.kind for each in decided.incident.history[-2:]] == [ChangeKind.EXPIRED, ChangeKind.REMINDER]


def test_a_story_is_told_once_each_step():
    story = Story()
    steps = [
        (OK, NotifyReason.NO_DANGER, None),
        (WATCH, NotifyReason.FIRST, "list.risk.raised"),
        (WATCH, NotifyReason.KNOWN, None),
        (CRIT, NotifyReason.WORSE, "list.risk.changed"),
        (UNKNOWN, NotifyReason.BLIND, None),
        (CRIT, NotifyReason.KNOWN, None),
        (RISK, NotifyReason.BETTER, "list.risk.changed"),
        (OK, NotifyReason.RESOLVED, "list.risk.resolved"),
        (OK, NotifyReason.NO_DANGER, None),
    ]
    for level, answer, kind in steps:
        out = story.goes(level)
        assert out.reason is answer, level
        assert {notice.type for notice in out.notices} == ({kind} if kind else set())
        assert len(out.notices) == (2 if kind else 0)


def test_revisions_never_repeat_so_that_no_two_notices_share_an_id():
    story = Story(incidents={"remind_every": "1h"})
    told = [notice for level in (WATCH, WATCH, CRIT, CRIT, CRIT, OK) for notice in story.goes(level).notices]
    assert len({notice.id for notice in told}) == len(told) == 2 + 1 + 2 + 1 + 1 + 2


def test_reminders_go_by_mail_until_somebody_acknowledges():
    story = Story(incidents={"remind_every": "2d"})
    story.goes(CRIT)
    assert story.goes(CRIT, after=DAY).reason is NotifyReason.KNOWN
    out = story.goes(CRIT, after=DAY)
    assert [(notice.type, notice.channel) for notice in out.notices] == [("list.risk.reminder", "mail")]
    assert out.incident.history[-1].kind is ChangeKind.REMINDER
    story.current, _ = acknowledge(story.current, by="ann", reason="on it", now=story.now)
    assert story.goes(CRIT, after=9 * DAY).reason is NotifyReason.KNOWN
    assert story.goes(OK).reason is NotifyReason.RESOLVED


def test_an_escalation_goes_to_the_administrators_once():
    story = Story(administrators=["postmaster@example.org"], incidents={"escalate_after": "1d", "remind_every": "0s"})
    story.goes(CRIT)
    out = story.goes(CRIT, after=DAY)
    assert [(notice.type, notice.target) for notice in out.notices] == [
        ("list.risk.escalated", "postmaster@example.org")
    ]
    assert story.goes(CRIT, after=DAY).reason is NotifyReason.KNOWN


def test_without_administrators_nothing_escalates():
    story = Story(incidents={"escalate_after": "1d", "remind_every": "0s"})
    story.goes(CRIT)
    assert story.goes(CRIT, after=5 * DAY).reason is NotifyReason.KNOWN


def test_a_silence_holds_back_and_what_goes_on_after_it_is_told():
    story = Story()
    story.silence(list_id="ipv6-ops")
    out = story.goes(CRIT)
    assert (out.reason, out.incident.state, out.notices) == (NotifyReason.SILENCED, IncidentState.SILENCED, ())
    out = story.goes(CRIT, after=DAY)
    assert out.reason is NotifyReason.FIRST
    assert {notice.type for notice in out.notices} == {"list.risk.raised"}
    assert out.incident.state is IncidentState.OPEN
    assert out.incident.history[-1].kind is ChangeKind.UNSILENCED


def test_owners_who_want_to_hear_of_worse_only():
    story = Story(tell_from="at-risk")
    assert story.goes(WATCH).reason is NotifyReason.BELOW
    out = story.goes(RISK)
    assert (out.reason, out.notices[0].type) == (NotifyReason.FIRST, "list.risk.raised")
    assert '"previous_level":"unknown"' in out.notices[0].payload, "they were never told that it was ok"
    assert story.goes(OK).reason is NotifyReason.RESOLVED


def test_a_new_reason_breaks_a_silence_of_the_old_one():
    story = Story()
    story.silence(finding="ptr.missing")
    assert story.goes(CRIT, NO_PTR).reason is NotifyReason.SILENCED
    story.goes(CRIT, NO_PTR, NOT_COVERED)
    assert story.goes(CRIT, NO_PTR, NOT_COVERED).reason is NotifyReason.FIRST


def test_of_a_lists_first_assessments_nothing_was_known_before():
    story = Story()
    assert story.goes(CRIT).change.previous_level is UNKNOWN
    story.goes(OK)
    out = story.goes(CRIT)
    assert out.change.previous_level is OK
    assert '"previous_level":"ok"' in out.notices[0].payload


def test_when_many_more_are_in_danger_their_number_before_is_told():
    story = Story()
    story.goes(CRIT)
    told = replace(story.current.told, subscribers=64)
    story.current = replace(story.current, told=told)
    out = story.goes(CRIT)
    assert {notice.type for notice in out.notices} == {"list.risk.changed"}
    assert '"subscribers_before":64' in out.notices[0].payload
    assert story.goes(CRIT).reason is NotifyReason.KNOWN
