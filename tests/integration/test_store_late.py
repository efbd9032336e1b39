"""What is recorded late, again after its mark, over garbage or by many at once, in a real Redis."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from time import sleep

import pytest

from monitor.evidence.bounces.source import BOUNCES
from monitor.evidence.checks.source import CHECKS
from monitor.evidence.fold import day_field
from monitor.model.evidence import AdmissionAction, BounceReport
from monitor.model.risk import RiskLevel
from monitor.store import keys
from tests.builders import NOW, a_check, an_assessment

GOOD = "v=spf1 ip4:192.0.2.25 ip6:2001:db8:25::25 -all"
LIST, QUARTER = "ops", timedelta(minutes=15)


def recorded(store, number, record=GOOD, *, slot=None, more=timedelta()):
    at = NOW + number * QUARTER + more
    return store.evidence.record(CHECKS, a_check(record, at=at, slot=slot or 1000 + number))


def looks(store):
    return sum(n for day in store.evidence.ledger(LIST).days for n in day.facts.values())


def slots(store):
    return [each.slot - 1000 for each in store.evidence.read(CHECKS, LIST, 300)]


@pytest.mark.parametrize("order", [(1, 3, 2), (1, 4, 3, 2), (3, 2, 1), (2, 4, 1, 3)])
def test_a_check_that_is_recorded_late_is_not_the_newest(store, order):
    for number in order:
        assert recorded(store, number, "v=spf1 -all" if number == 2 else GOOD)
    assert slots(store) == sorted(order, reverse=True)
    newest = store.evidence.read(CHECKS, LIST, 1)[0]
    assert newest == a_check(GOOD, at=newest.evaluated_at, slot=newest.slot), "it is the one that is kept whole"
    assert store.metric_totals.successes()["check", LIST] == NOW + max(order) * QUARTER


def test_a_clock_that_ran_ahead_hides_nothing_that_comes_after_it_was_put_right(store):
    ahead = timedelta(days=30)
    assert recorded(store, 1, more=ahead)
    store.outcomes.record_assessment(an_assessment(assessed_at=NOW + ahead), cause="ahead")
    assert recorded(store, 2)
    store.outcomes.record_assessment(an_assessment(RiskLevel.CRITICAL, assessed_at=NOW), cause="right")
    assert slots(store) == [2, 1]
    assert store.metric_totals.successes()["check", LIST] == NOW + 2 * QUARTER
    assert store.outcomes.assessment(LIST).level is RiskLevel.CRITICAL


def test_a_slot_that_is_claimed_again_after_its_mark_counts_once(store):
    for number in range(3):
        assert recorded(store, number)
    known = looks(store)
    store.client.delete(keys.marks(LIST))
    assert not recorded(store, 2, more=timedelta(hours=5))
    assert (looks(store), slots(store)) == (known, [2, 1, 0])
    assert recorded(store, 3)


def test_an_older_assessment_that_is_recorded_late_is_not_the_current_one(store):
    newer = an_assessment(RiskLevel.CRITICAL, assessed_at=NOW)
    assert store.outcomes.record_assessment(newer, cause="b")
    assert store.outcomes.record_assessment(an_assessment(assessed_at=NOW - timedelta(seconds=9)), cause="a")
    assert store.outcomes.assessment(LIST) == newer
    assert store.outcomes.levels(LIST, 9) == (RiskLevel.CRITICAL,)


@pytest.mark.parametrize("garbage", [b'{"p":"AAA="}', b"\xff", b"[" * 100_000, b'"\\ud800"'])
def test_garbage_in_the_ledger_counts_as_empty_and_is_written_over(store, garbage):
    assert recorded(store, 1)
    for name in (day_field(NOW), "runs", "said", "dns", "old"):
        store.client.hset(keys.ledger(LIST), name, garbage)
    assert looks(store) == 0
    assert recorded(store, 2)
    assert looks(store) == 2


def refused(number, **differs):
    usual = {
        "list_id": LIST, "id": f"b{number}", "at": NOW, "kind": "policy", "receiver": "gmail", "rule": None,
        "about": None, "action": AdmissionAction.REJECT, "family": 6, "recipients": 1, "post": 7, "members": (number,),
        "text": "550 no",
    }  # fmt: skip
    return BounceReport(**{**usual, **differs})


def test_half_a_surrogate_pair_is_recorded(store):
    assert store.evidence.record(BOUNCES, refused(1, text="550 \ud800", domains=("\ud800.example",), members=(-1,)))
    assert [each.text for each in store.evidence.ledger(LIST).said.values()] == ["550 ?"]


def test_the_bounces_of_one_post_that_come_together_are_all_recorded(store, monkeypatch):
    """More at once than a slow way to Redis lets through one by one in a few attempts."""
    streams = store.evidence._streams
    monkeypatch.setattr(streams, "_tried", slowly(streams._tried))
    with ThreadPoolExecutor(80) as pool:
        assert all(pool.map(lambda number: store.evidence.record(BOUNCES, refused(number)), range(80)))
    (day,) = store.evidence.ledger(LIST).days
    (cell,) = day.replies.values()
    assert (cell.members.number, cell.posts.number) == (80, 1)


def slowly(done):
    def wrapped(*args, **more):
        sleep(0.01)
        return done(*args, **more)

    return wrapped
