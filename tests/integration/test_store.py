"""The store on a real Redis: once means once, leases, atomic changes, bounds."""

import threading
import time
from dataclasses import replace
from datetime import timedelta
from hashlib import sha512

import pytest

from monitor.errors import StoreUnavailable
from monitor.evidence.arrivals.source import ARRIVALS
from monitor.evidence.bounces.source import BOUNCES
from monitor.evidence.canary.source import CANARY, CANARY_NOTICES
from monitor.evidence.catalogue import SOURCES
from monitor.evidence.checks.source import CHECKS
from monitor.model.dns import PtrResult
from monitor.model.evidence import CanaryKind, CanaryMail, CheckOutcome, ProbeState
from monitor.model.findings import CheckStatus
from monitor.model.incidents import IncidentState, NoticeState
from monitor.model.risk import RiskLevel
from monitor.store import keys, open_store
from monitor.store.list_record import Depth
from tests import seed
from tests.builders import NOW, a_change, a_notice, a_probe, a_ptr, an_arrival, an_assessment, an_incident
from tests.seed import claim_notices

SECOND = timedelta(seconds=1)
LEASE = timedelta(minutes=5)
EVERY = timedelta(minutes=15)


def check(slot=1, evaluated_at=NOW, status=CheckStatus.OK, **more):
    return CheckOutcome(
        domain="lists.example.org", list_id="a", slot=slot, evaluated_at=evaluated_at, status=status, **more
    )


def probe(ident="p1", **more):
    return a_probe(id=ident, list_id="a", **more)


def incident(revision=1, state=IncidentState.OPEN):
    return an_incident(list_id="a", state=state, revision=revision, history=(a_change(revision=revision),))


def notice(ident="n1", at=NOW):
    return a_notice(id=ident, list_id="a", next_attempt_at=at)


class TestSchedule:
    def test_what_is_due_is_claimed_by_one_of_two_beats_only(self, store):
        store.schedule.sync({("check", f"l{n}"): EVERY for n in range(100)}, NOW)
        later, taken = NOW + timedelta(minutes=1), []
        beats = [
            threading.Thread(target=lambda: taken.append(store.schedule.claim(later, limit=70, lease=LEASE)))
            for _ in range(2)
        ]
        for beat in beats:
            beat.start()
        for beat in beats:
            beat.join()
        names = [claim.list_id for claims in taken for claim in claims]
        assert len(names) == len(set(names)) == 100

    def test_a_claim_whose_lease_ran_out_comes_again_under_its_slot(self, store):
        store.schedule.sync({("check", "a"): EVERY}, NOW)
        (first,) = store.schedule.claim(NOW + timedelta(minutes=1), limit=9, lease=LEASE)
        assert store.schedule.claim(NOW + timedelta(minutes=2), limit=9, lease=LEASE) == ()
        (second,) = store.schedule.claim(NOW + timedelta(minutes=7), limit=9, lease=LEASE)
        assert second == first

    def test_a_finished_claim_gets_a_new_slot_and_cannot_be_finished_twice(self, store):
        store.schedule.sync({("check", "a"): EVERY}, NOW)
        (first,) = store.schedule.claim(NOW + timedelta(minutes=1), limit=9, lease=LEASE)
        assert store.schedule.finish(first, next_due=NOW + EVERY)
        assert not store.schedule.finish(first, next_due=NOW)
        assert store.schedule.claim(NOW + EVERY - SECOND, limit=9, lease=LEASE) == ()
        (second,) = store.schedule.claim(NOW + EVERY, limit=9, lease=LEASE)
        assert second.slot != first.slot

    def test_after_downtime_there_is_no_burst_and_nothing_is_forgotten(self, store):
        lists = {("check", f"l{n}"): EVERY for n in range(200)}
        store.schedule.sync(lists, NOW)
        back = NOW + timedelta(hours=5)
        assert store.schedule.claim(back, limit=500, lease=LEASE) == ()
        by_minute = [
            len(store.schedule.claim(back + timedelta(minutes=minute), limit=500, lease=timedelta(hours=1)))
            for minute in range(1, 16)
        ]
        assert sum(by_minute) == 200
        assert max(by_minute) < 40

    def test_sync_drops_lists_that_are_gone_and_shortens_intervals(self, store):
        store.schedule.sync({("check", "a"): timedelta(days=1), ("check", "b"): EVERY}, NOW)
        for claim in store.schedule.claim(NOW + timedelta(minutes=1), limit=9, lease=LEASE):
            store.schedule.finish(claim, next_due=NOW + timedelta(days=1))
        store.schedule.sync({("check", "a"): EVERY}, NOW)
        assert store.list_record("b", Depth(due=True)).next_check is None
        assert store.list_record("a", Depth(due=True)).next_check == NOW + EVERY


class TestOutcomes:
    def test_a_slot_is_recorded_once(self, store):
        assert store.evidence.record(CHECKS, check(slot=7))
        assert not store.evidence.record(CHECKS, check(slot=7, record="v=spf1 -all"))
        assert store.evidence.record(CHECKS, check(slot=8))
        assert [c.slot for c in store.evidence.read(CHECKS, "a")] == [8, 7]

    def test_outcomes_come_back_as_they_went_in(self, store):
        arrival = an_arrival(
            list_id="a",
            tls_version="TLSv1.3",
            delay=timedelta(seconds=3.5),
            ptr=a_ptr(result=PtrResult.MISSING),
            spf=(),
        )
        assert store.evidence.record_arrival(arrival)
        assert not store.evidence.record_arrival(replace(arrival, size_bytes=1))
        assert store.evidence.read(ARRIVALS, "a") == (arrival,)

    def test_mail_to_the_canary_is_kept_beside_the_probes_by_its_message_id(self, store):
        def came(minute, message_id, *, canary):
            return an_arrival(
                list_id="a",
                probe_id=None if canary else f"p{minute}",
                received_at=NOW + timedelta(minutes=minute),
                message_id=message_id,
                canary=CanaryMail(kind=CanaryKind.POST) if canary else None,
            )

        probe, post, nameless = came(2, "<p>", canary=False), came(1, "<1@b>", canary=True), came(3, "", canary=True)
        for each in (probe, post, nameless, came(4, "", canary=True)):
            assert store.evidence.record_arrival(each)
        assert not store.evidence.record_arrival(replace(post, received_at=NOW)), "the same message came twice"
        assert store.evidence.read(ARRIVALS, "a") == (probe,)
        assert [each.received_at.minute for each in store.evidence.read(CANARY, "a")] == [4, 3, 1]
        record = store.list_record("a", Depth(evidence={ARRIVALS: 4, CANARY: 4}))
        assert [each.received_at.minute for each in record.arrived(3)] == [4, 3, 2]

    def test_notices_to_the_canary_are_kept_apart_from_its_posts_and_read_with_them(self, store):
        post, notice = (
            an_arrival(
                list_id="a", probe_id=None, received_at=NOW, message_id=f"<{kind}@b>", canary=CanaryMail(kind=kind)
            )
            for kind in (CanaryKind.POST, CanaryKind.NOTICE)
        )
        assert store.evidence.record_arrival(post)
        assert store.evidence.record_arrival(notice)
        record = store.list_record("a", Depth(evidence={CANARY: 4, CANARY_NOTICES: 4}))
        assert (record.of(CANARY), record.of(CANARY_NOTICES)) == ((post,), (notice,))
        assert set(record.arrived(4)) == {post, notice}

    def test_of_what_is_asked_for_0_times_nothing_is_read(self, store):
        assert store.evidence.record(CHECKS, check(slot=1))
        assert store.probes.open(probe(), now=NOW)
        record = store.list_record("a", Depth(evidence=dict.fromkeys(SOURCES, 0)))
        assert not any(map(record.of, SOURCES))

    def test_what_is_kept_is_bounded_and_expires(self, store):
        kept = CHECKS.stream.kept
        for slot in range(1, kept + 50):
            record = sha512(bytes([slot % 7])).hexdigest() * 3  # like no other of them
            store.evidence.record(CHECKS, check(slot=slot, record=record))
        assert store.client.llen(keys.kept("checks", "a")) == kept
        assert store.client.hlen(keys.bases("checks", "a")) == 7 + 1, "what many found is kept once, and the newest"
        for slot in range(kept + 50, 2 * kept + 50):
            store.evidence.record(CHECKS, check(slot=slot))
        assert store.client.hlen(keys.bases("checks", "a")) <= 4, "what none refers to is dropped"
        assert [each.slot for each in store.evidence.read(CHECKS, "a", 3)] == [449, 448, 447]
        assert all(store.client.ttl(each("checks", "a")) > 0 for each in (keys.kept, keys.bases))

    def test_mail_whose_base_was_dropped_meanwhile_is_kept_whole(self, store, monkeypatch):
        """Two receivers record at the same time, and one of them drops the base that the other has just read."""
        first, second = an_arrival(list_id="a", probe_id="1"), an_arrival(list_id="a", probe_id="2")
        store.evidence.record_arrival(first)
        read = store.client.hgetall

        def then_dropped(key):
            found = read(key)
            store.client.delete(key)
            return found

        monkeypatch.setattr(store.client, "hgetall", then_dropped)
        assert store.evidence.record_arrival(second)
        monkeypatch.undo()
        assert store.evidence.read(ARRIVALS, "a", 1) == (second,)

    def test_a_mark_ends_with_its_life(self, store):
        """Marks of what is done under a lease outlive the lease and the broker's visibility timeout, and no more."""
        store.evidence.record(CHECKS, check(slot=7))
        ((_, ends),) = store.client.zrange(keys.marks("a"), 0, -1, withscores=True)
        assert 3600 < ends - time.time() <= 2 * 3600
        for mark in store.client.zrange(keys.marks("a"), 0, -1):
            store.client.zadd(keys.marks("a"), {mark: time.time() - 1})
        assert store.evidence.record(CHECKS, check(slot=8))
        assert store.client.zcard(keys.marks("a")) == 1

    def test_outcomes_are_counted_by_quarters_of_a_day(self, store):
        for slot, status in ((1, CheckStatus.OK), (1, CheckStatus.OK), (2, CheckStatus.CRITICAL), (3, CheckStatus.OK)):
            at = NOW + (timedelta(hours=6) if slot == 3 else timedelta())
            store.evidence.record(CHECKS, check(slot=slot, status=status, evaluated_at=at))
        assessment = an_assessment(RiskLevel.WATCH, list_id="a")
        store.outcomes.record_assessment(assessment, cause="check:1")
        first, second = store.list_record("a", Depth(tallies=True)).tallies
        assert second.begin - first.begin == timedelta(hours=6)
        assert first.begin <= NOW < second.begin
        assert {status: count for status, count in first.checks.items() if count} == {"ok": 1, "critical": 1}
        assert {level: count for level, count in first.levels.items() if count} == {"watch": 1}
        assert sum(second.counts) == 1
        assert store.client.ttl(keys.days("a")) > 0

    def test_counts_beyond_an_octet_and_below_nought(self, store):
        for number in range(300):
            store.evidence.record(BOUNCES, replace(seed.bounce("a", NOW), id=str(number)))
        store.probes.open(probe("p1"), now=NOW)
        for state in (ProbeState.LOST, ProbeState.ARRIVED):
            store.probes.change("p1", lambda one, state=state: replace(one, state=state))
            (tally,) = store.list_record("a", Depth(tallies=True)).tallies
            assert (tally.bounced, tally.lost) == (2100, int(state is ProbeState.LOST))

    def test_counts_are_kept_for_a_quarter_of_a_year(self, store):
        for day in range(keys.DAYS_KEPT + 5):
            store.evidence.record(CHECKS, check(slot=day + 1, evaluated_at=NOW + timedelta(days=day)))
        kept = store.list_record("a", Depth(tallies=True)).tallies
        assert len(kept) == keys.DAYS_KEPT
        assert kept[-1].begin > NOW + timedelta(days=keys.DAYS_KEPT + 3)
        assert store.client.object("encoding", keys.days("a")) == b"listpack", "small as long as it is"

    def test_a_level_enters_the_history_once_per_cause(self, store):
        assessment = an_assessment(RiskLevel.WATCH, list_id="a")
        assert store.outcomes.record_assessment(assessment, cause="check:1")
        assert not store.outcomes.record_assessment(assessment, cause="check:1")
        assert store.outcomes.record_assessment(replace(assessment, level=RiskLevel.OK), cause="check:2")
        assert store.outcomes.levels("a", 10) == (RiskLevel.OK, RiskLevel.WATCH)
        assert store.outcomes.assessments()["a"].level is RiskLevel.OK
        assert store.outcomes.assessments(["a", "b"]).keys() == {"a"}

    def test_equal_assessments_are_one_run_until_a_silence(self, store):
        def assessed(minute, level=RiskLevel.OK, **more):
            made = an_assessment(level, list_id="a", assessed_at=NOW + timedelta(minutes=minute), **more)
            store.outcomes.record_assessment(made, cause=f"check:{minute}")

        for minute in (0, 15, 30):
            assessed(minute)
        assessed(45, RiskLevel.WATCH)
        assessed(200, RiskLevel.WATCH, act_by=NOW + timedelta(days=12))
        assessed(215, RiskLevel.WATCH, act_by=NOW + timedelta(days=12, hours=1))
        assessed(300, RiskLevel.WATCH, act_by=NOW + timedelta(days=12, hours=2))
        found = store.list_record("a", Depth(history=10)).history
        assert [(run.level, run.times) for run in found] == [("watch", 1), ("watch", 2), ("watch", 1), ("ok", 3)]
        assert (found[-1].since, found[-1].assessed_at) == (NOW, NOW + timedelta(minutes=30))
        assert store.outcomes.levels("a", 6) == (*(RiskLevel.WATCH,) * 4, *(RiskLevel.OK,) * 2)
        assert store.outcomes.level_at("a", NOW + timedelta(minutes=44)) is RiskLevel.OK


class TestProbes:
    def test_the_newest_of_several_lists_come_together(self, store):
        later = NOW + timedelta(minutes=1)
        assert store.probes.open(probe("p1"), now=NOW)
        store.probes.change("p1", lambda old: replace(old, state=ProbeState.LOST, finished_at=NOW))
        assert store.probes.open(replace(probe("p2"), scheduled_at=later), now=later)
        assert {name: one.id for name, one in store.probes.newest(["a", "never-probed"]).items()} == {"a": "p2"}
        assert store.probes.newest([]) == {}

    def test_a_list_has_one_open_probe(self, store):
        assert store.probes.open(probe("p1"), now=NOW)
        assert not store.probes.open(probe("p1"), now=NOW)
        assert not store.probes.open(probe("p2"), now=NOW)
        assert store.probes.current("a") == probe("p1")
        store.probes.change("p1", lambda p: replace(p, state=ProbeState.ARRIVED))
        assert store.probes.current("a") is None
        assert store.probes.open(probe("p2"), now=NOW)
        assert {p.id for p in store.probes.of_list("a")} == {"p1", "p2"}

    def test_probes_are_bounded_but_for_those_that_may_still_arrive_or_bounce(self, store):
        """Fifty of a list, one an hour: a token holds for four hours, and the DSN of one by hand is waited for."""
        by_hand = probe("by-hand", slot=-1)
        for number in range(keys.PROBES_KEPT + 10):
            at = NOW + number * timedelta(hours=1)
            one = by_hand if number == 0 else probe(f"p{number}", slot=number, scheduled_at=at)
            assert store.probes.open(one, now=at)
            store.probes.change(one.id, lambda old: replace(old, state=ProbeState.ARRIVED))
        assert len(store.probes.of_list("a", 100)) == keys.PROBES_KEPT
        assert store.probes.get("p9") is None
        assert store.probes.get("p10") is not None
        assert store.probes.get("by-hand") is not None
        assert store.client.ttl(keys.probe("by-hand")) <= keys.PROBE_BY_HAND_TTL.total_seconds()
        for number in range(keys.PROBES_KEPT + 10):
            at = NOW + timedelta(days=5, minutes=number)
            assert store.probes.open(probe(f"q{number}", slot=number, scheduled_at=at), now=at)
            store.probes.change(f"q{number}", lambda old: replace(old, state=ProbeState.ARRIVED))
        assert store.probes.get("q0") is not None, "within its token's life, though there are more than fifty"

    def test_changes_of_worker_and_receiver_do_not_overwrite_each_other(self, store):
        store.probes.open(probe(), now=NOW)

        def add(times):
            for _ in range(times):
                store.probes.change("p1", lambda p: replace(p, attempts=p.attempts + 1))

        hands = [threading.Thread(target=add, args=(50,)) for _ in range(4)]
        for hand in hands:
            hand.start()
        for hand in hands:
            hand.join()
        assert store.probes.get("p1").attempts == 200

    def test_a_try_to_submit_is_begun_once_and_its_time_is_known(self, store):
        assert store.probes.begin_attempt(probe(), NOW) is None
        assert store.probes.begin_attempt(probe(), NOW + LEASE) == NOW
        assert store.probes.begin_attempt(replace(probe(), attempts=1), NOW + LEASE) is None

    def test_an_unknown_probe_is_nobody(self, store):
        assert store.probes.get("x") is None
        assert store.probes.change("x", lambda p: p) is None


class TestIncidents:
    def test_incident_and_notices_are_written_together_or_not_at_all(self, store):
        assert store.incidents.commit(incident(), [notice()], expected_revision=0)
        assert not store.incidents.commit(incident(), [notice("n2")], expected_revision=0)
        assert store.notices.get("n2") is None
        assert store.incidents.current("a") == incident()
        assert [n.id for n in store.notices.of_incident("i1")] == ["n1"]
        assert not store.incidents.commit(replace(incident(), id="i2"), [], expected_revision=0)

    def test_a_resolved_incident_is_kept_but_open_no_more(self, store):
        store.incidents.commit(incident(), [], expected_revision=0)
        assert store.incidents.currents(["a", "b"]) == {"a": incident()}
        assert store.incidents.currents(["b"]) == store.incidents.currents([]) == {}
        done = replace(incident(revision=2, state=IncidentState.RESOLVED), resolved_at=NOW)
        assert store.incidents.commit(done, [], expected_revision=1)
        assert store.incidents.current("a") is None
        assert store.incidents.of_list("a") == (done,) == store.incidents.recent()
        again = incident(revision=3, state=IncidentState.RESOLVING)
        assert not store.incidents.commit(again, [notice()], expected_revision=2), "what is over stays over"
        store.client.set(keys.incident_open("a"), done.id)  # as another had read the pointer before it ended
        assert store.incidents.current("a") is None
        assert store.incidents.currents(["a"]) == {}
        assert store.incidents.get(done.id) == done
        store.client.delete(keys.incident_open("a"))
        assert store.incidents.commit(replace(incident(), id="i2"), [], expected_revision=0)


class TestNotices:
    def test_a_notice_is_claimed_by_one_and_comes_again_if_nothing_became_of_it(self, store):
        store.incidents.commit(incident(), [notice()], expected_revision=0)
        assert claim_notices(store, NOW - SECOND) == ()
        assert claim_notices(store, NOW) == ("n1",)
        assert claim_notices(store, NOW) == ()
        assert claim_notices(store, NOW + LEASE) == ("n1",)

    def test_a_delivered_notice_is_due_no_more_until_it_is_replayed(self, store):
        store.incidents.commit(incident(), [notice()], expected_revision=0)
        store.notices.save(replace(notice(), state=NoticeState.DELIVERED, finished_at=NOW))
        assert claim_notices(store, NOW + LEASE) == ()
        assert store.notices.waiting() == 0
        assert store.notices.replay("n1", NOW).state is NoticeState.PENDING
        assert claim_notices(store, NOW) == ("n1",)
        assert store.notices.replay("n9", NOW) is None


def test_heartbeats_tell_when_a_part_was_last_alive(store):
    assert store.heartbeats.last_seen("worker") is None
    store.heartbeats.beat("worker", NOW)
    assert store.heartbeats.all() == {"worker": NOW}


def test_the_signing_key_is_made_once(store):
    assert len(store.signing_key()) == 32
    assert store.signing_key() == store.signing_key()


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        pytest.param("unix:///nonexistent/staysub.sock", "connection", id="nobody there"),
        pytest.param("postgres://localhost", "url", id="no Redis URL"),
    ],
)
def test_a_store_that_is_away_is_one_sentence(url, reason):
    with pytest.raises(StoreUnavailable) as caught:
        open_store(url).ping()
    assert caught.value.reason == reason


def test_every_key_is_documented_with_its_bound():
    """Each name in the module stands in its table."""
    table = keys.__doc__
    for name, value in vars(keys).items():
        if isinstance(value, str) and value.startswith(keys.PREFIX) and name != "PREFIX":
            assert f"| {value.removeprefix(keys.PREFIX)} " in table
    assert "| {evidence}:{list} " in table, "one for all kinds, each with its own bound"
    for function in ("assessments", "probe", "probes", "probe_open", "incident", "notice"):
        made = getattr(keys, function)("{x}").removeprefix(keys.PREFIX)
        assert made.split("{", maxsplit=1)[0] in table
