"""What was written while the clock ran ahead holds up nothing once it is put right, in a real Redis."""

import json
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from monitor.admission.rules import load_rules
from monitor.config.settings import ScheduleSettings, Settings
from monitor.dns.authority import Authorities
from monitor.evidence.checks.source import CHECKS
from monitor.incident.silence import make
from monitor.metrics import CLOCK_JUMPS
from monitor.model.evidence import ProbeState
from monitor.model.incidents import DELIVERED, DeliveryAttempt, NoticeState
from monitor.model.risk import RiskLevel
from monitor.notify.retry import after
from monitor.operations import probe as probe_operation
from monitor.operations.heartbeat import turns
from monitor.operations.installation import watch
from monitor.operations.own_outbound import watch_own_outbound
from monitor.operations.plan_deliveries import plan
from monitor.operations.probe import probe
from monitor.operations.reassess import evidence_of
from monitor.operations.receiver_health import note_life
from monitor.operations.services import Services
from monitor.operations.tick import tick
from monitor.operations.timing import LEASE, next_due
from monitor.store import keys
from monitor.store.mail_limits import BURST, EVERY
from monitor.store.suppressions import PAUSE
from tests.builders import a_check, a_list, a_notice, a_vantage, an_assessment
from tests.fakes import ZoneResolver
from tests.seed import claim_notices

DAY, MINUTE, SECOND = timedelta(days=1), timedelta(minutes=1), timedelta(seconds=1)
CHECK_EVERY, PROBE_EVERY = timedelta(minutes=15), timedelta(hours=1)
RECEIVER = a_vantage()
LIST = a_list(submission="smtp://[2001:db8:25::25]:587")
JUMPS = pytest.mark.parametrize("ahead", [timedelta(minutes=20), DAY, 365 * DAY], ids=str)
ZONES = {RECEIVER.domain: {"MX": [(10, RECEIVER.hostname)]}, RECEIVER.hostname: {"AAAA": ["2001:db8:53::53"]}}


@pytest.fixture
def at():
    """What time it is; Redis itself is at the machine's own."""
    return [datetime.now(UTC).replace(microsecond=0)]


@pytest.fixture
def services(store, at):
    settings = Settings(
        list=[LIST],
        receiver=RECEIVER,
        schedule=ScheduleSettings(check_every=CHECK_EVERY, probe_every=PROBE_EVERY),
    )
    return Services(
        settings=lambda: settings,
        store=store,
        resolver=lambda: ZoneResolver(ZONES),
        authorities=lambda: Authorities(ZoneResolver({})),
        rules=load_rules(),
        now=lambda: at[0],
    )


@pytest.fixture
def sent(monkeypatch):
    """The probes that the list's MTA was given."""
    messages = []
    monkeypatch.setattr(probe_operation, "submit", lambda *_, **mail: messages.append(mail) or "250 2.0.0 Ok")
    return messages


def due_in(store, now):
    """In how long each piece of work is due."""
    found = store.client.zrange(keys.SCHEDULE, 0, -1, withscores=True)
    return {member.decode().split(":")[0]: score - now.timestamp() for member, score in found}


@JUMPS
@pytest.mark.parametrize("watched", [True, False], ids=["a watch was kept", "the jump was noticed"])
def test_nothing_is_due_later_than_its_interval_from_now(services, at, ahead, watched):
    store, right = services.store, at[0]
    tick(services)
    at[0] = right + ahead
    for _ in range(60):  # what is overdue is spread over one interval
        at[0] += MINUTE
        for claim in tick(services).claims:
            every = CHECK_EVERY if claim.kind == "check" else PROBE_EVERY
            store.schedule.finish(claim, next_due=next_due(at[0], every, chance=1.0))
    if watched:
        watch(services)
    assert due_in(store, right)["probe"] > ahead.total_seconds()
    before = due_in(store, at[0])
    jump = {"at": right.timestamp(), "by": (right - at[0]).total_seconds(), "host": "watch1", "shared": True}
    at[0] = right
    if not watched:
        store.client.hset(keys.CLOCKS, "jumped", json.dumps(jump))
    watch(services)
    after = due_in(store, right)
    assert 0 <= after["check"] <= CHECK_EVERY.total_seconds() * 1.05
    assert 0 <= after["probe"] <= PROBE_EVERY.total_seconds() * 1.05
    assert after == pytest.approx(before, abs=2), "put back by as much as the clock was"
    watch(services)
    assert due_in(store, right) == after, "once"


def test_what_nobody_noticed_is_due_within_an_interval(services, at):
    """As of a store that was brought from a machine whose clock was ahead."""
    store, right = services.store, at[0]
    tick(services)
    for member in ("check", "probe"):
        store.client.zadd(keys.SCHEDULE, {f"{member}:{LIST.id}": (right + 40 * DAY).timestamp()})
    watch(services)
    found = due_in(store, right)
    assert CHECK_EVERY.total_seconds() * 0.94 <= found["check"] <= CHECK_EVERY.total_seconds() * 1.05
    assert PROBE_EVERY.total_seconds() * 0.94 <= found["probe"] <= PROBE_EVERY.total_seconds() * 1.05


def test_a_lease_of_a_time_to_come_ends_and_one_of_now_holds(services, at):
    store, right = services.store, at[0]
    tick(services)
    at[0] = right + MINUTE
    assert tick(services).claims
    watch(services)
    held = due_in(store, right)
    at[0] = right + DAY
    for _ in range(60):
        at[0] += MINUTE
        tick(services)  # given out again and again: whoever had it was killed
    assert min(due_in(store, right).values()) > timedelta(hours=20).total_seconds()
    at[0] = right + MINUTE
    watch(services)
    assert all(in_s <= (MINUTE + LEASE).total_seconds() for in_s in due_in(store, right).values())
    assert held.keys() == due_in(store, right).keys()


def test_what_is_due_as_it_should_be_stays_as_it_is(services, at):
    store = services.store
    tick(services)
    at[0] += MINUTE
    for claim in tick(services).claims:
        every = CHECK_EVERY if claim.kind == "check" else PROBE_EVERY
        store.schedule.finish(claim, next_due=next_due(at[0], every, chance=1.0))
    store.notices.add([a_notice(created_at=at[0], next_attempt_at=at[0] + timedelta(hours=20))])
    before = due_in(store, at[0]), store.client.zrange(keys.NOTICES_DUE, 0, -1, withscores=True)
    at[0] += 30 * SECOND
    watch(services)
    at[0] -= 40 * SECOND
    watch(services)
    assert (due_in(store, at[0] + 10 * SECOND), store.client.zrange(keys.NOTICES_DUE, 0, -1, withscores=True)) == before


@JUMPS
def test_a_probe_that_was_begun_ahead_keeps_no_other_waiting_and_accuses_nobody(services, at, sent, ahead):
    store, right = services.store, at[0]
    note_life(services, RECEIVER)
    at[0] = right + ahead
    note_life(services, RECEIVER)
    probe(services, LIST.id, slot=1)
    assert len(sent) == 1
    at[0] = right
    note_life(services, RECEIVER)
    probe(services, LIST.id, slot=2)
    assert len(sent) == 2
    newest, first = store.probes.of_list(LIST.id)
    assert (newest.slot, newest.state) == (2, ProbeState.SUBMITTED), "the newest by time stands first"
    assert (first.slot, first.state, first.ours) == (1, ProbeState.LOST, True)
    at[0] = newest.deadline_at - SECOND
    probe(services, LIST.id, slot=3)
    assert len(sent) == 2, "one is open"


@JUMPS
def test_a_jump_forward_makes_no_open_probe_the_lists_fault(services, at, sent, ahead):
    """The receiver was in order all the time; of the time that never passed nobody knows."""
    store, right = services.store, at[0]
    note_life(services, RECEIVER)
    at[0] += MINUTE
    note_life(services, RECEIVER)
    probe(services, LIST.id, slot=1)
    at[0] = right + max(ahead, DAY)
    note_life(services, RECEIVER)
    probe(services, LIST.id, slot=2)
    assert (store.probes.get(store.probes.of_list(LIST.id)[-1].id).ours, len(sent)) == (True, 2)


@JUMPS
def test_notices_are_tried_as_soon_as_they_would_have_been(services, at, ahead):
    store, right = services.store, at[0]
    store.notices.add([a_notice(created_at=right)])
    at[0] = right + ahead
    watch(services)
    assert claim_notices(store, at[0]) == ("n1",)
    failed = DeliveryAttempt(at=at[0], outcome="timeout")
    store.notices.save(after(store.notices.get("n1"), failed, now=at[0]))
    store.notices.add([a_notice(id="n2", channel="webhook", target="https://h.example.org/", created_at=at[0])])
    at[0] = right
    watch(services)
    assert set(claim_notices(store, right + MINUTE)) == {"n1", "n2"}
    for each in ("n1", "n2"):
        kept = store.notices.get(each)
        assert (kept.state, kept.next_attempt_at <= right + MINUTE) == (NoticeState.PENDING, True)


def test_a_notice_that_was_claimed_ahead_and_forgotten_comes_again_once(services, at):
    """No watch was kept while the clock was ahead, but somebody noticed how it went back."""
    store, right = services.store, at[0]
    store.notices.add([a_notice(created_at=right), a_notice(id="n2", created_at=right)])
    assert claim_notices(store, right + DAY) == ("n1", "n2")
    waits = replace(store.notices.get("n2"), next_attempt_at=right + timedelta(hours=20))
    store.notices.save(waits)
    jump = {"at": right.timestamp(), "by": -86400.0, "host": "watch1"}
    store.client.hset(keys.CLOCKS, "jumped", json.dumps({**jump, "shared": False}))
    watch(services)
    assert claim_notices(store, right + LEASE) == (), "the time that all go by did not jump"
    store.client.hset(keys.CLOCKS, "jumped", json.dumps({**jump, "shared": True}))
    watch(services)
    assert set(claim_notices(store, right + LEASE + SECOND)) == {"n1", "n2"}
    store.notices.save(waits)
    watch(services)
    assert claim_notices(store, right + timedelta(hours=19)) == ("n1",), "one that waits is called early once"


def test_a_notice_that_somebody_delivered_meanwhile_is_left_alone(services, at):
    store, right = services.store, at[0]
    store.notices.add([a_notice(created_at=right + DAY)])
    document = store.notices.get("n1")
    index, score = keys.NOTICES_DUE, (right + DAY).timestamp()
    store.notices.save(after(document, DeliveryAttempt(at=right, outcome=DELIVERED), now=right))
    assert store.notices._pulled(index, "n1", score, right) == 0
    assert store.notices.get("n1").state is NoticeState.DELIVERED


@JUMPS
def test_an_allowance_that_was_used_ahead_is_there_again_within_an_hour(store, at, ahead):
    right = at[0]
    for _ in range(BURST):
        assert store.mail_limits.take("owner@example.org", right + ahead) is None
    again = store.mail_limits.take("owner@example.org", right)
    assert again is None or again - right <= EVERY + ahead % DAY
    assert store.mail_limits.take("owner@example.org", right + EVERY + timedelta(minutes=20)) is None


@JUMPS
def test_a_silence_that_was_made_ahead_begins_now_and_lasts_as_long_as_was_asked_for(services, at, ahead):
    store, right = services.store, at[0]
    usual = {"list_id": LIST.id, "receiver": None, "finding": None, "by": "ann", "reason": "known"}
    store.silences.add(make(**usual, now=right + ahead, until=right + ahead + 4 * EVERY), now=right + ahead)
    kept = make(**usual, now=right - MINUTE, until=right + EVERY)
    store.silences.add(kept, now=right)
    for _ in range(2):
        watch(services)
        assert [(one.created_at, one.until) for one in store.silences.all()] == [
            (kept.created_at, kept.until),
            (right, right + 4 * EVERY),
        ]


@JUMPS
def test_a_pause_that_was_asked_for_ahead_is_no_longer_than_any(store, at, ahead):
    right = at[0]
    store.suppressions.begin("owner@example.org", "ops", now=right + ahead)
    until = store.suppressions.until("owner@example.org", "ops", right)
    assert until is None or until <= right + PAUSE + MINUTE
    store.suppressions.begin("owner@example.org", "ops", now=right)
    assert store.suppressions.until("owner@example.org", "ops", right) == right + PAUSE


def test_the_way_of_notices_is_checked_again(services, at):
    store, right = services.store, at[0]
    store.heartbeats.beat("own-way", right + DAY)
    watch_own_outbound(services)
    assert store.heartbeats.last_seen("own-way") == right


def test_the_dead_mans_switch_is_called_again_within_its_interval(store):
    assert store.heartbeats.claim_pulse(MINUTE)
    assert not store.heartbeats.claim_pulse(MINUTE)
    store.client.pexpire(keys.PULSE, DAY)  # what is left of it after the clock of Redis went back by a day
    assert store.heartbeats.claim_pulse(MINUTE)
    assert not store.heartbeats.claim_pulse(MINUTE)


@JUMPS
def test_a_mail_that_was_made_ahead_does_not_wait_for_more_of_its_kind(services, at, ahead):
    """To an owner of several lists it waits for half an hour at most."""
    store, right = services.store, at[0]
    settings = services.settings().model_copy(
        update={"file_lists": tuple(replace(LIST, id=each, owners=("owner@example.org",)) for each in ("ops", "also"))}
    )
    services = replace(services, settings=lambda: settings)
    store.notices.add([a_notice(created_at=right)])
    assert plan(services, ["n1"]) == [], "it waits for more"
    store.client.flushdb()
    store.notices.add([a_notice(id="n2", created_at=right + max(ahead, EVERY))])
    assert plan(services, ["n2"]) == ["n2"]


@JUMPS
def test_a_loop_that_turned_at_a_time_to_come_calls_no_switch(services, at, ahead):
    store, right = services.store, at[0]
    tick(services)
    note_life(services, RECEIVER)
    store.heartbeats.beat("check", right)
    assert turns(services)
    store.heartbeats.beat("check", right + ahead)
    assert not turns(services)
    watch(services)
    assert turns(services), "the watch takes it for one of now: the next comes with the next check"


@JUMPS
def test_a_try_to_submit_that_was_begun_ahead_is_given_up(services, at, sent, ahead):
    """The worker was killed over it; nobody waits until its time has come."""
    store, right = services.store, at[0]
    note_life(services, RECEIVER)
    probe_operation.begin(services, LIST, RECEIVER, slot=1)
    current = store.probes.current(LIST.id)
    assert store.probes.begin_attempt(current, right + ahead) is None
    probe(services, LIST.id, slot=1)
    ended = store.probes.get(current.id)
    assert (ended.state, ended.ours, sent) == (ProbeState.LOST, True, [])


def test_what_was_recorded_ahead_does_not_judge(services, at):
    """After the clock was put right nothing is known of now until the next check; that is no failure."""
    store, right, settings = services.store, at[0], services.settings()
    for days, record in ((0, "v=spf1 +all"), (1, "v=spf1 -all")):
        assert store.evidence.record(CHECKS, a_check(record, at=right + days * DAY, slot=days + 1))
    for now, slots in ((right, []), (right + DAY, [2])):
        evidence = evidence_of(store, LIST, settings, services.rules, now=now)
        assert [each.slot for each in evidence.reports[CHECKS.name]] == slots
        assert evidence.ledger == store.evidence.ledger(LIST.id).up_to(now)
    assert store.evidence.record(CHECKS, a_check("v=spf1 +all", at=right, slot=3))
    assert [each.slot for each in evidence_of(store, LIST, settings, services.rules, now=right).reports["check"]] == [3]


@pytest.mark.parametrize("ahead", [timedelta(minutes=5), timedelta(hours=1), DAY], ids=str)
def test_what_comes_after_the_clock_was_put_right_is_the_newest(store, at, ahead):
    """Within two hours it would be taken for something that was recorded late."""
    right = at[0]
    assert store.evidence.record(CHECKS, a_check("v=spf1 -all", at=right + ahead, slot=1))
    store.outcomes.record_assessment(an_assessment(assessed_at=right + ahead), cause="ahead")
    assert store.evidence.record(CHECKS, a_check("v=spf1 +all", at=right, slot=2))
    store.outcomes.record_assessment(an_assessment(RiskLevel.CRITICAL, assessed_at=right), cause="right")
    assert [each.slot for each in store.evidence.read(CHECKS, "ops", 5)] == [2, 1]
    assert store.outcomes.assessment("ops").level is RiskLevel.CRITICAL
    assert store.outcomes.levels("ops", 1) == (RiskLevel.CRITICAL,)
    assert store.metric_totals.successes()["check", "ops"] == right
    runs = store.evidence.ledger("ops").runs
    assert all(several[0].last <= right for several in runs.values())


class Host:
    """A machine whose clock is away from the store's, and jumps."""

    def __init__(self, store, name="watch1", host=None):
        self.store, self.name, self.host, self.ahead, self.steady = store, name, host or name, 0.0, 1000.0

    def look(self):
        asked_at = self.store.clocks.now()
        wall = time.time() + self.ahead
        return self.store.clocks.look(self.name, self.host, wall_s=wall, steady_s=self._steady(), asked_at=asked_at)

    def _steady(self):
        return time.monotonic() + self.steady


def counted(store):
    totals = store.metric_totals.all()
    return tuple(totals.get(CLOCK_JUMPS.field(to), 0) for to in ("forward", "back"))


@pytest.mark.parametrize("by", [60.0, 86400.0, 365 * 86400.0])
def test_a_jump_is_noticed_once_by_all_processes_of_a_machine(store, by):
    host, other = Host(store), Host(store, "list1")
    assert (host.look().by, other.look().by) == (timedelta(), timedelta())
    for to, jumps in ((by, (1, 0)), (-by, (1, 1))):
        host.ahead += to
        looked = host.look()
        assert looked.by.total_seconds() == pytest.approx(to, abs=1)
        assert host.look().by == other.look().by == looked.store_by == timedelta()
        assert counted(store) == jumps
        machines, jump = store.clocks.known()
        assert (jump.host, jump.by.total_seconds()) == ("watch1", pytest.approx(to, abs=1))
        assert [one.host for one in machines] == ["list1", "watch1"]
        assert machines[1].ahead.total_seconds() == pytest.approx(host.ahead, abs=1)


def test_a_jump_of_the_stores_own_clock_is_told_apart(store):
    """What the machine sees then: its own two clocks agree as before, and it is away from the store's."""
    host = Host(store)
    host.look()
    document = json.loads(store.client.hget(keys.CLOCKS, "watch1"))
    store.client.hset(keys.CLOCKS, "watch1", json.dumps(document | {"ahead": document["ahead"] + 86400}))
    looked = host.look()
    assert (looked.by, looked.store_by.total_seconds()) == (timedelta(), pytest.approx(86400, abs=1))
    assert store.clocks.known()[1].host == ""


def test_machines_that_are_gone_are_forgotten_and_garbage_is_passed_over(store):
    Host(store, "old").look()
    document = json.loads(store.client.hget(keys.CLOCKS, "old"))
    store.client.hset(keys.CLOCKS, "old", json.dumps(document | {"at": document["at"] - 2 * 86400}))
    Host(store).look()
    assert [one.host for one in store.clocks.known()[0]] == ["watch1"]
    store.client.hset(keys.CLOCKS, "jumped", b"\xff")
    assert store.clocks.known()[1] is None


def test_administrators_are_told_of_a_clock_that_stays_wrong_and_of_its_end(services, at):
    store, host = services.store, Host(services.store)
    host.ahead = 7200.0
    host.look()
    watch(services)
    assert not store.incidents.recent(), "it has to last"
    document = json.loads(store.client.hget(keys.CLOCKS, "watch1"))
    store.client.hset(keys.CLOCKS, "watch1", json.dumps(document | {"since": document["since"] - 600}))
    host.look()
    watch(services)
    (incident,) = store.incidents.recent()
    assert incident.list_id == "@clock:watch1"
    assert "2 h ahead of that of Redis" in incident.history[-1].cause
    host.ahead = 0.0
    host.look()
    at[0] += MINUTE
    watch(services)
    assert store.incidents.current("@clock:watch1") is None
