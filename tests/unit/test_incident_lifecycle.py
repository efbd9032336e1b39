"""The life of an incident: n of m, what changes it, what leaves it alone."""

from dataclasses import replace
from datetime import timedelta

import pytest

from monitor.incident.entries import HISTORY_KEPT, acknowledge, moved, noted
from monitor.incident.lifecycle import LifePolicy, damped, reasons_of, step
from monitor.model.incidents import ChangeKind, IncidentState
from monitor.model.risk import RiskLevel
from tests.sample_notices import NO_PTR, NOT_COVERED, NOW, assessment, raised
from tests.stories import DAY, HOUR

OK, WATCH, RISK, CRIT, UNKNOWN = (
    RiskLevel.OK,
    RiskLevel.WATCH,
    RiskLevel.AT_RISK,
    RiskLevel.CRITICAL,
    RiskLevel.UNKNOWN,
)
TWO_OF_THREE = LifePolicy()
ONCE = LifePolicy(raise_n=1, raise_m=1, resolve_n=1, resolve_m=1)


@pytest.mark.parametrize(
    ("levels", "policy", "raised_at"),
    [
        pytest.param([CRIT], TWO_OF_THREE, None, id="one is not enough"),
        pytest.param([CRIT, CRIT], TWO_OF_THREE, CRIT, id="two in a row"),
        pytest.param([CRIT, OK, CRIT], TWO_OF_THREE, CRIT, id="two of three"),
        pytest.param([CRIT, OK, OK, CRIT], TWO_OF_THREE, None, id="two of four"),
        pytest.param([OK, CRIT, CRIT], TWO_OF_THREE, None, id="the newest is ok"),
        pytest.param([UNKNOWN, CRIT, CRIT], TWO_OF_THREE, None, id="the newest is unknown"),
        pytest.param([CRIT, UNKNOWN, UNKNOWN, CRIT], TWO_OF_THREE, CRIT, id="unknown is passed over"),
        pytest.param([UNKNOWN] * 5, TWO_OF_THREE, None, id="unknown alone opens nothing"),
        pytest.param([CRIT, WATCH], TWO_OF_THREE, CRIT, id="at the newest level"),
        pytest.param([WATCH, CRIT, RISK], TWO_OF_THREE, WATCH, id="at the newest level, though it was worse"),
        pytest.param([WATCH], ONCE, WATCH, id="one of one"),
        pytest.param([OK, OK, OK], TWO_OF_THREE, None, id="ok"),
    ],
)
def test_an_incident_is_raised_by_n_of_the_last_m_known_levels(levels, policy, raised_at):
    incident, change = step(None, levels, assessment(levels[0]), policy, now=NOW)
    opened = incident if incident is not None and incident.state is not IncidentState.PENDING else None
    assert (opened.level if opened else None) is raised_at
    assert (change.kind if change else None) is (ChangeKind.RAISED if raised_at else None)


def test_what_too_few_have_seen_is_pending_until_it_is_confirmed_or_forgotten():
    first = assessment(RISK, at=NOW)
    pending, change = step(None, [RISK, OK], first, TWO_OF_THREE, now=NOW)
    assert (pending.state, pending.level, change) == (IncidentState.PENDING, RISK, None)
    assert [entry.kind for entry in pending.history] == [ChangeKind.PENDING]
    assert "2 of 3 open an incident" in pending.history[0].cause
    assert step(pending, [RISK, OK], first, TWO_OF_THREE, now=NOW) == (pending, None), "the same facts changed it"
    for levels in ([UNKNOWN, RISK], [OK, RISK, OK]):
        assert step(pending, levels, assessment(levels[0]), TWO_OF_THREE, now=NOW) == (pending, None)
    assert step(pending, [OK, OK, OK, RISK], assessment(OK), TWO_OF_THREE, now=NOW) == (None, None)
    later = NOW + timedelta(minutes=15)
    opened, change = step(pending, [CRIT, RISK], assessment(CRIT, at=later), TWO_OF_THREE, now=later)
    assert (opened.id, opened.state, opened.opened_at) == (pending.id, IncidentState.OPEN, later)
    assert [(entry.revision, entry.kind) for entry in opened.history] == [
        (1, ChangeKind.PENDING),
        (2, ChangeKind.RAISED),
    ]
    assert change == opened.history[-1]


@pytest.mark.parametrize(
    ("before", "after", "kind", "words"),
    [
        (IncidentState.OPEN, IncidentState.SILENCED, ChangeKind.SILENCED, "by the configuration"),
        (IncidentState.SILENCED, IncidentState.OPEN, ChangeKind.UNSILENCED, "is over"),
        (IncidentState.OPEN, IncidentState.RESOLVING, ChangeKind.RESOLVING, "says ok"),
        (IncidentState.RESOLVING, IncidentState.OPEN, ChangeKind.RETURNED, "seen again"),
        (IncidentState.ACKNOWLEDGED, IncidentState.OPEN, ChangeKind.EXPIRED, "by ann has expired"),
        (IncidentState.OPEN, IncidentState.OPEN, None, ""),
        (IncidentState.OPEN, IncidentState.RESOLVED, None, ""),
    ],
)
def test_every_move_between_states_is_kept_with_time_and_cause(before, after, kind, words):
    one, _ = acknowledge(raised()[0], by="ann", reason="on it", now=NOW)
    later = NOW + timedelta(hours=1)
    kept, change = moved(replace(one, state=before), replace(one, state=after), "by the configuration", now=later)
    assert (change.kind if change else None) is kind
    assert kept.revision == one.revision + (1 if kind else 0)
    if kind:
        assert kept.history[-1] == change
        assert change.at == later
        assert words in change.cause


@pytest.mark.parametrize(
    ("levels", "kind", "level", "state"),
    [
        pytest.param([RISK, RISK], None, RISK, IncidentState.OPEN, id="nothing new"),
        pytest.param([CRIT, RISK, RISK], None, RISK, IncidentState.OPEN, id="worse once"),
        pytest.param([CRIT, RISK, CRIT], ChangeKind.CHANGED, CRIT, IncidentState.OPEN, id="worse"),
        pytest.param([WATCH, RISK, RISK], None, RISK, IncidentState.OPEN, id="better once"),
        pytest.param([WATCH, WATCH, RISK], ChangeKind.CHANGED, WATCH, IncidentState.OPEN, id="better"),
        pytest.param([OK, RISK, RISK], None, RISK, IncidentState.RESOLVING, id="ok once"),
        pytest.param([OK, RISK, OK], ChangeKind.RESOLVED, OK, IncidentState.RESOLVED, id="over"),
        # To tell of a level by the words of an assessment that says another would be "at risk: nothing is wrong".
        pytest.param([OK, WATCH, RISK], None, RISK, IncidentState.RESOLVING, id="on its way down"),
        pytest.param([WATCH, OK, WATCH], ChangeKind.CHANGED, WATCH, IncidentState.OPEN, id="down to where it stays"),
        pytest.param([RISK, OK, OK], None, RISK, IncidentState.OPEN, id="back before the news of its end"),
        pytest.param([UNKNOWN, OK, OK], None, RISK, IncidentState.OPEN, id="unknown ends nothing"),
        pytest.param([OK, UNKNOWN, OK], ChangeKind.RESOLVED, OK, IncidentState.RESOLVED, id="unknown is passed over"),
    ],
)
def test_an_open_incident_changes_and_ends_by_n_of_m_likewise(levels, kind, level, state):
    current = replace(raised()[0], level=RISK, worst_level=RISK)
    incident, change = step(current, levels, assessment(levels[0]), TWO_OF_THREE, now=NOW + timedelta(hours=1))
    assert (change.kind if change else None) is kind
    assert (incident.level, incident.state) == (level, state)
    assert incident.revision == current.revision + (1 if kind else 0)
    assert incident.worst_level is max(RISK, level, key=[OK, WATCH, RISK, CRIT].index)


def test_the_same_facts_give_the_same_incident_and_change_nothing_the_second_time():
    facts = ([CRIT, CRIT], assessment(), TWO_OF_THREE)
    first, change = step(None, *facts, now=NOW)
    assert (first, change) == step(None, *facts, now=NOW)
    assert step(first, *facts, now=NOW + timedelta(seconds=9)) == (first, None)


def test_other_reasons_are_told_once_two_assessments_agree_on_them():
    current, _ = raised()
    only_ptr = [assessment(CRIT, NO_PTR, at=NOW + timedelta(hours=hours)) for hours in range(1, 3)]
    waiting, change = step(current, [CRIT] * 3, only_ptr[0], TWO_OF_THREE, now=NOW)
    assert change is None
    assert waiting.revision == current.revision
    again, change = step(waiting, [CRIT] * 3, only_ptr[0], TWO_OF_THREE, now=NOW)
    assert (again, change) == (waiting, None), "the same assessment confirmed itself"
    told, change = step(waiting, [CRIT] * 3, only_ptr[1], TWO_OF_THREE, now=NOW)
    assert change.kind is ChangeKind.CHANGED
    assert told.reasons == ("ptr.missing",)
    assert "gone: spf.ipv6-not-covered" in change.cause


def test_reasons_that_come_and_go_are_not_told():
    current, _ = raised()
    other = assessment(CRIT, NO_PTR, at=NOW + timedelta(hours=1))
    waiting, _ = step(current, [CRIT] * 3, other, TWO_OF_THREE, now=NOW)
    back, change = step(waiting, [CRIT] * 3, assessment(CRIT, at=NOW + timedelta(hours=2)), TWO_OF_THREE, now=NOW)
    assert change is None
    assert back.unconfirmed_reasons is None


def test_what_we_could_not_find_out_is_no_reason():
    blind = replace(NOT_COVERED, code="dns.temperror", severity=assessment().findings[0].severity.__class__("unknown"))
    assert reasons_of(assessment(CRIT, blind, NO_PTR)) == ("ptr.missing",)


def test_an_acknowledgement_lasts_until_it_expires_gets_worse_or_ends():
    current = replace(raised()[0], level=RISK, worst_level=RISK)
    taken, change = acknowledge(current, by="ann", reason="on it", now=NOW, until=NOW + timedelta(hours=4))
    assert (change.kind, taken.state, taken.revision) == (ChangeKind.ACKNOWLEDGED, IncidentState.ACKNOWLEDGED, 2)
    same, nothing = acknowledge(
        taken, by="ann", reason="on it", now=NOW + timedelta(minutes=1), until=NOW + timedelta(hours=4)
    )
    assert (same, nothing) == (taken, None)
    held, _ = step(taken, [RISK] * 3, assessment(RISK), TWO_OF_THREE, now=NOW + timedelta(hours=1))
    assert held.state is IncidentState.ACKNOWLEDGED
    expired, _ = step(taken, [RISK] * 3, assessment(RISK), TWO_OF_THREE, now=NOW + timedelta(hours=5))
    assert expired.state is IncidentState.OPEN
    worse, _ = step(taken, [CRIT] * 3, assessment(CRIT), TWO_OF_THREE, now=NOW + timedelta(hours=1))
    assert (worse.state, worse.acknowledgement) == (IncidentState.OPEN, None)
    over, _ = step(taken, [OK] * 3, assessment(OK), TWO_OF_THREE, now=NOW + timedelta(hours=1))
    assert (over.state, over.acknowledgement) == (IncidentState.RESOLVED, None)
    assert acknowledge(over, by="ann", reason="late", now=NOW) == (over, None)


def test_history_keeps_its_first_entry_and_its_last_ones():
    incident, first = raised()
    for count in range(HISTORY_KEPT + 20):
        incident, last = noted(incident, ChangeKind.REMINDER, f"reminder {count}", now=NOW)
    assert len(incident.history) == HISTORY_KEPT
    assert (incident.history[0], incident.history[-1]) == (first, last)
    assert incident.revision == last.revision == HISTORY_KEPT + 21


def test_ids_follow_from_list_and_assessment():
    ids = {
        step(None, [CRIT] * 2, assessment(at=NOW + timedelta(hours=hours)), TWO_OF_THREE, now=NOW)[0].id
        for hours in (0, 0, 1)
    }
    assert len(ids) == 2
    assert all(len(i) == 20 and i.startswith("inc-") for i in ids)


def test_a_list_that_flaps_has_to_be_good_for_longer():
    incident, _ = raised()
    ended = [replace(incident, resolved_at=NOW - HOUR * n) for n in range(5)]
    old = [replace(incident, resolved_at=NOW - 3 * DAY)] * 5
    calm = LifePolicy()
    assert damped(calm, [*ended[:2], *old], now=NOW) == calm
    assert damped(calm, ended[:3], now=NOW).resolve_n == 4
    assert damped(calm, ended * 9, now=NOW).resolve_m == 24
    assert damped(calm, ended[:3], now=NOW).raise_n == calm.raise_n
