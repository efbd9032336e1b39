"""A log's place moves with all that was read up to it, or nothing is written."""

import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from monitor.evidence.entry import Reply
from monitor.evidence.replies.counted import OfList, Row, RowKey, Told, Waiting
from monitor.model.evidence import AdmissionAction
from monitor.model.log_place import LogPlace
from monitor.store import keys, open_store
from monitor.store.followed import Stretch
from monitor.store.unreadable import MET

pytestmark = pytest.mark.integration

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
LIST, LOG = "ipv6-ops", "postfix"
KEY = RowKey(
    day=NOW.date(), receiver="gmail", family=6, action=AdmissionAction.REJECT, kind="policy", rule="", code="5.7.26"
)
WAITING = Waiting(
    receiver="gmail",
    family=6,
    kind="policy",
    rule="",
    posts=1,
    members=3,
    queued_at=NOW,
    since=NOW,
    last=NOW,
    sample="450 4.7.26 no",
)


def a_reply(at):
    return Reply(at=at, receiver="gmail", family=6, action=AdmissionAction.REJECT, post=7, members=(1,), text="550 no")


def told(**differs):
    row = Row(attempts=1, recipients=2, first=NOW, last=NOW, sample="550 5.7.26 no")
    usual = {
        "rows": {KEY: row},
        "replies": (a_reply(NOW),),
        "posts": {7: NOW},
        "refused": {1 << 60: ("gmail", NOW)},
        "waiting": (WAITING,),
        "sources": {"2001:db8::25": NOW},
    }
    return Told(lists={LIST: OfList(**{**usual, **differs})})


def stretch(place, lines=1, **differs):
    after = replace(place, turn=place.turn + 1, octets={"a": 100 * (place.turn + 1)}, lines=place.lines + lines)
    return Stretch(before=place, after=after, **{"told": told(), "queue": {"4F": "{}"}, **differs})


def attempts(store):
    return sum(row.attempts for _, row in store.replies.of_list(LIST))


def test_all_that_was_told_is_kept_with_the_place(store):
    """Rows, ledger, what waits, who was refused, whence, the queue, and that the list is to be assessed."""
    place = store.followed.place(LOG)
    assert place == LogPlace(log=LOG)
    assert store.followed.commit(stretch(place), now=NOW)
    assert store.followed.place(LOG).octets == {"a": 100}
    ((key, row),) = store.replies.of_list(LIST)
    assert (key, row.attempts) == (KEY, 1)
    assert store.replies.waiting(LIST) == {LOG: (WAITING,)}
    assert store.replies.refused(LIST) == {(1 << 60, "gmail"): NOW}
    assert store.replies.sources(LIST) == {"2001:db8::25": NOW}
    assert store.followed.queue(LOG) == {"4F": "{}"}
    day = store.evidence.ledger(LIST).days[0]
    assert day.posts.number == 1
    assert [cell.recipients.number for cell in day.replies.values()] == [1]
    ((list_id, number),) = store.followed.to_assess().items()
    assert list_id == LIST
    store.followed.assessed(LIST, number - 1)
    assert store.followed.to_assess(), "more was told meanwhile"
    store.followed.assessed(LIST, number)
    assert not store.followed.to_assess()


def test_what_has_left_the_queue_and_waits_no_longer_goes(store):
    """None is what is to go."""
    store.followed.commit(stretch(store.followed.place(LOG)), now=NOW)
    gone = stretch(store.followed.place(LOG), queue={"4F": None}, told=told(waiting=()))
    assert store.followed.commit(gone, now=NOW)
    assert store.followed.queue(LOG) == {}
    assert store.replies.waiting(LIST) == {}


def test_what_was_kept_once_is_not_kept_again(store):
    """The connection broke behind it: who asks again hears that the place has moved."""
    begun = stretch(store.followed.place(LOG))
    assert store.followed.commit(begun, now=NOW)
    assert not store.followed.commit(begun, now=NOW)
    assert attempts(store) == 1


def test_a_store_that_was_emptied_is_another_beginning(store):
    """Nothing of what was read goes into it from the midst."""
    store.followed.commit(stretch(store.followed.place(LOG)), now=NOW)
    later = stretch(store.followed.place(LOG))
    store.client.flushdb()
    assert not store.followed.commit(later, now=NOW)
    assert store.client.keys("*") == []


def test_logs_of_one_list_that_are_read_at_once_add_up(store, redis_url):
    """Each by its own place; a step that another one came before is made anew."""

    def follow(log):
        own = open_store(redis_url)
        for _ in range(20):
            assert own.followed.commit(stretch(own.followed.place(log)), now=NOW)

    threads = [threading.Thread(target=follow, args=[f"log-{n}"]) for n in range(4)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert attempts(store) == 80
    assert set(store.replies.waiting(LIST)) == {f"log-{n}" for n in range(4)}


def test_a_key_of_another_type_costs_itself(store):
    """All others are written, and the place moves."""
    for name in (keys.replies, keys.refused, keys.ledger):
        store.client.set(name(LIST), "x")
    store.client.set(keys.log_queue(LOG), "x")
    MET.take()
    MET._told.clear()
    assert store.followed.commit(stretch(store.followed.place(LOG)), now=NOW)
    assert store.followed.place(LOG).turn == 1
    assert store.replies.waiting(LIST)
    assert MET.count == 4


def test_old_rows_and_refusals_go(store):
    """A quarter of rows; of refusals as long as one is evidence."""
    store.followed.commit(stretch(store.followed.place(LOG)), now=NOW)
    then = NOW + timedelta(days=91)
    fresh = replace(KEY, day=then.date())
    row = Row(attempts=5, recipients=5, first=then, last=then, sample="550 no")
    again = stretch(store.followed.place(LOG), told=told(rows={fresh: row}, refused={2: ("gmail", then)}))
    assert store.followed.commit(again, now=then)
    assert [key for key, _ in store.replies.of_list(LIST)] == [fresh]
    assert list(store.replies.refused(LIST)) == [(2, "gmail")]


@pytest.mark.parametrize("garbage", [b"garbage", b"", b"\xff\xfe", b"{}", b"[]", b"x\x9c" + bytes(20), b"9" * 5000])
def test_garbage_is_read_as_nothing(store, garbage):
    """A place that cannot be read is a beginning, a day that cannot be read begins anew."""
    store.client.set(keys.log_place(LOG), garbage)
    for name in (keys.replies(LIST), keys.waiting(LIST), keys.log_queue(LOG)):
        store.client.hset(name, garbage, garbage)
        store.client.hset(name, "20785", garbage)
    store.client.zadd(keys.refused(LIST), {garbage: 4e9})
    store.client.zadd(keys.sources(LIST), {garbage: 4e9})
    assert store.replies.of_list(LIST) == ()
    assert store.replies.waiting(LIST) in ({}, {garbage.decode(errors="replace"): (), "20785": ()})
    assert len(store.replies.refused(LIST)) == len(store.replies.sources(LIST)) == 1
    assert store.followed.commit(stretch(store.followed.place(LOG)), now=NOW)
    assert attempts(store) == 1
