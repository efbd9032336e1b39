"""What was written while the clock ran ahead is not taken for past: signs of life, probes, incidents, the ledger."""

from dataclasses import replace
from datetime import timedelta

import pytest

from monitor.evidence.fold import changes
from monitor.evidence.ledger_text import read_ledger
from monitor.incident.blindness import WATCH, WATCH_BEGAN, blind, limits, watched_since
from monitor.incident.clocks import away_for_long, told_now, told_to_all
from monitor.incident.decision import IncidentPolicy, decide
from monitor.incident.lifecycle import LifePolicy, damped
from monitor.incident.notify_reason import NotifyPolicy, NotifyReason
from monitor.incident.signs_of_life import HEARTBEAT_EVERY, living, silent
from monitor.incident.upheaval import Change, StoreSeen, Upheaval
from monitor.model.clocks import Jump, MachineClock
from monitor.model.dns import SpfResult
from monitor.model.evidence import ProbeState
from monitor.model.incidents import IncidentState, Told
from monitor.model.risk import RiskLevel
from monitor.probe import life
from tests.builders import NOW, a_ledger, a_look, a_probe, a_refusal, a_vantage, an_assessment, an_incident, entered

DAY, YEAR, SECOND = timedelta(days=1), timedelta(days=365), timedelta(seconds=1)
JUMPS = pytest.mark.parametrize("ahead", [timedelta(minutes=2), timedelta(hours=1), DAY, YEAR], ids=str)
RISK = RiskLevel.AT_RISK


@JUMPS
def test_a_sign_of_life_of_a_time_to_come_is_none(ahead):
    assert silent(NOW + ahead, NOW)
    assert not silent(NOW + HEARTBEAT_EVERY, NOW), "hosts' clocks differ a little"
    assert not living((a_vantage(),), {"receiver": NOW + ahead}, NOW)
    allowed = limits(receivers=["receiver"], check_every=timedelta(minutes=15))
    found = blind(dict.fromkeys(allowed, NOW + ahead), allowed, now=NOW)
    assert [one.part for one in found] == ["worker", "beat", "receiver"]
    assert {one.since for one in found} == {None}, "when it was heard last is not known"


@JUMPS
def test_a_watch_of_a_time_to_come_has_not_been_kept(ahead):
    seen = {WATCH: NOW + ahead, WATCH_BEGAN: NOW - DAY}
    assert watched_since(seen, now=NOW) == NOW
    assert watched_since({**seen, WATCH: NOW - SECOND}, now=NOW) == NOW - DAY


@JUMPS
def test_an_open_probe_of_a_time_to_come_ends_by_our_own_fault_and_an_arrival_mends_it(ahead):
    probe = a_probe(ProbeState.SUBMITTED, scheduled_at=NOW + ahead)
    ended = life.undated(probe, now=NOW)
    assert (ended.state, ended.ours, ended.finished_at) == (ProbeState.LOST, True, NOW)
    assert life.arrived(ended, now=NOW).state is ProbeState.ARRIVED
    right = replace(probe, scheduled_at=NOW - SECOND)
    assert life.undated(right, now=NOW) is right
    over = a_probe(ProbeState.ARRIVED, scheduled_at=NOW + ahead)
    assert life.undated(over, now=NOW) is over


@JUMPS
def test_what_was_told_at_a_time_to_come_puts_off_no_reminder_for_so_long(ahead):
    policy = IncidentPolicy(
        life=LifePolicy(), notify=lambda: NotifyPolicy(remind_every=2 * DAY, escalate_after=timedelta(hours=6))
    )
    told = Told(first_at=NOW + ahead, at=NOW + ahead, level=RISK)
    current = an_incident(RISK, opened_at=NOW + ahead, told=told)
    kept = decide(current, [RISK, RISK], an_assessment(RISK), policy, now=NOW).incident
    assert (kept.opened_at, kept.changed_at, kept.told.first_at, kept.told.at) == (NOW, NOW, NOW, NOW)
    assert (kept.revision, kept.history) == (current.revision, current.history), "nothing is told of it"
    for hours, reason in ((5, NotifyReason.KNOWN), (6, NotifyReason.ESCALATION)):
        now = NOW + timedelta(hours=hours)
        assert decide(kept, [RISK, RISK], an_assessment(RISK, assessed_at=now), policy, now=now).reason is reason


@JUMPS
def test_incidents_that_ended_at_a_time_to_come_are_no_flapping_of_this_day(ahead):
    ended = [an_incident(RISK, state=IncidentState.RESOLVED, resolved_at=NOW + ahead)] * 5
    assert damped(LifePolicy(), ended, now=NOW) == LifePolicy()


@JUMPS
def test_what_is_dated_at_a_time_to_come_is_not_the_newest_that_is_known(ahead):
    at = NOW + ahead
    ledger = a_ledger(
        a_look(at=NOW - DAY), a_look(at=NOW), a_look(SpfResult.FAIL, at=at), a_refusal(at=NOW), a_refusal(at=at)
    )
    cut = ledger.up_to(NOW)
    assert all(each.date <= NOW.date() for each in cut.days)
    (runs,) = cut.runs.values()
    assert [one.facts[0].spf for one in runs] == [SpfResult.PASS]
    assert all(one.at <= NOW for one in cut.said.values()), "the reply was in other words then"
    whole = a_ledger(a_look(at=NOW - DAY), a_look(at=NOW), a_refusal(at=NOW))
    assert whole.up_to(NOW) == whole


@JUMPS
def test_the_first_look_after_the_clock_was_put_right_counts(ahead):
    """Without `now` a look of some hours later is taken for one that was recorded sooner."""
    before = entered([a_look(at=NOW - DAY), a_look(SpfResult.FAIL, at=NOW + ahead)])
    fields = {**before, **_changes(a_look(at=NOW), before)}
    newest = next(iter(_runs(fields)))
    assert (newest.facts[0].spf, newest.last) == (SpfResult.PASS, NOW)


def _changes(entry, fields):
    return {name: text for name, text in changes(entry, fields, now=NOW).items() if text is not None}


def _runs(fields):
    (runs,) = read_ledger(fields).runs.values()
    return runs


@JUMPS
def test_a_store_that_was_begun_at_a_time_to_come_excuses_no_later_loss(ahead):
    seen = StoreSeen(id="one", born_at=NOW - DAY, looks=5, at=NOW, served_since=NOW + ahead)
    assert seen.steady_since == NOW - DAY
    assert replace(seen, born_at=NOW + ahead).steady_since == NOW, "all of it: nothing is known of before"
    assert not replace(seen, born_at=NOW + YEAR).in_doubt(NOW)
    gone = Upheaval(change=Change.EMPTIED, noticed_at=NOW + YEAR, seen_at=NOW)
    assert replace(seen, upheaval=gone).upheaval_told(NOW) is None


def a_clock(**differs):
    usual = {"host": "watch1", "looked_at": NOW, "ahead": timedelta(), "since": NOW - DAY}
    return MachineClock(**usual | differs)


@pytest.mark.parametrize(
    ("clock", "told", "lasts"),
    [
        pytest.param(a_clock(), "", False, id="right"),
        pytest.param(a_clock(ahead=timedelta(seconds=50)), "", False, id="nearly right"),
        pytest.param(a_clock(ahead=DAY + timedelta(hours=2)), "1 d 2 h ahead of", True, id="ahead"),
        pytest.param(a_clock(ahead=-timedelta(minutes=3)), "3 min behind", True, id="behind"),
        pytest.param(a_clock(ahead=DAY, since=NOW - SECOND), "1 d ahead of", False, id="since just now"),
        pytest.param(a_clock(ahead=DAY, looked_at=NOW - DAY), "", False, id="of a machine that is gone"),
    ],
)
def test_a_clock_that_is_away_is_told_and_administrators_hear_when_it_lasts(clock, told, lasts):
    said = told_now([clock], None, NOW)
    assert (told in said[0]) if told else not said
    conditions = list(away_for_long([clock, clock], NOW))
    assert [one.subject.cause for one in conditions] == ([("clock", "watch1")] if lasts else [])


def test_who_knows_no_token_learns_no_name_of_a_machine():
    machines = [a_clock(ahead=DAY), a_clock(host="watch2", ahead=DAY), a_clock(host="watch3", ahead=-DAY)]
    told = told_to_all(machines, Jump(at=NOW, by=DAY, host="watch1"), NOW)
    assert len(told) == 3
    assert not any("watch" in each for each in told)
    assert told_to_all((), Jump(at=NOW, by=DAY, host=""), NOW)[0].startswith("The clock of Redis")


@pytest.mark.parametrize(
    ("jump", "told"),
    [
        pytest.param(Jump(at=NOW, by=DAY, host="watch1"), "The clock of watch1 went forward by 1 d at", id="forward"),
        pytest.param(
            Jump(at=NOW - timedelta(hours=23), by=-DAY, host=""), "The clock of Redis went back by", id="back"
        ),
        pytest.param(Jump(at=NOW - 2 * DAY, by=DAY, host="watch1"), "", id="long ago"),
        pytest.param(Jump(at=NOW + 2 * DAY, by=DAY, host="watch1"), "", id="at a time to come"),
    ],
)
def test_a_jump_is_told_for_a_day(jump, told):
    said = told_now([], jump, NOW)
    assert (told in said[0]) if told else not said
