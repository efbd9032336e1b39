"""The store itself looked at, in a real Redis: by its own clock, by several threads, and what is told of it."""

import threading
from datetime import UTC, datetime, timedelta

import pytest

from monitor.admission.rules import load_rules
from monitor.config.settings import Settings
from monitor.incident.upheaval import Change
from monitor.operations.services import Services
from monitor.operations.store_watch import steady_since
from monitor.store import keys, open_store
from monitor.store.store import Store
from tests.builders import a_list
from tests.integration.redis_server import redis_server
from tests.integration.shifted_clock import library, shifted_clock

pytestmark = [pytest.mark.integration, pytest.mark.timeout(60)]

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


@pytest.mark.skipif(library() is None, reason="libfaketime is not installed (apt install faketime)")
@pytest.mark.parametrize("away", [-10 * MINUTE, DAY], ids=str)
def test_all_its_times_are_by_its_own_clock(tmp_path, away):
    """Whatever the clock of whoever looks first."""
    with shifted_clock(tmp_path) as clock, redis_server(environ=clock.environ) as url:
        clock.jump(away)
        store = open_store(url)
        store.identity.look()
        store.client.hset(keys.STORE, "server", "one that ended")
        seen = store.identity.look()
        there = datetime.now(UTC) + away
        assert all(abs(at - there) < MINUTE for at in (seen.born_at, seen.served_since, seen.at))
        store.client.flushall()
        Store(store.client).identity.look()
        noticed = store.identity.look().upheaval
        assert (noticed.change, noticed.seen_at) == (Change.EMPTIED, seen.at)
        assert abs(noticed.noticed_at - there) < MINUTE


def test_threads_that_look_at_once_see_no_store_that_was_set_back():
    """The answer of one is kept back until a tick and the look of another thread have come."""
    with redis_server() as url:  # of its own: what other tests left running empties and names theirs
        store = open_store(url)
        identity, tick = store.identity, Store(store.client).identity
        tick.look()
        identity.look(count=False)
        asked, goes_on, real = threading.Event(), threading.Event(), identity._look

        def slow(*args, **kwargs):
            answer = real(*args, **kwargs)
            if threading.current_thread().name == "slow":
                asked.set()
                goes_on.wait(10)
            return answer

        identity._look = slow
        found = []
        threads = [
            threading.Thread(target=lambda: found.append(identity.look(count=False)), name=name)
            for name in ("slow", "two")
        ]
        threads[0].start()
        asked.wait(10)
        tick.look()
        threads[1].start()
        threads[1].join(0.5)  # in time where nothing holds it back
        goes_on.set()
        for each in threads:
            each.join()
        assert [each.upheaval for each in found] == [None, None]


def test_lists_that_went_with_an_emptied_store_are_named_still_when_it_is_emptied_again(store):
    store.identity.look(lists=["a", "b"])
    seen_at = store.identity.seen.at
    for _ in range(3):
        store.client.flushall()
        noticed = store.identity.look(lists=[]).upheaval
        assert (noticed.lists, noticed.seen_at) == (("a", "b"), seen_at)
    store.client.flushall()
    assert store.identity.look(lists=["b"]).upheaval.lists == ("a",)


def test_a_store_without_a_name_may_have_lost_everything(store):
    settings = Settings(list=[a_list()])
    services = Services(settings=lambda: settings, store=store, rules=load_rules(), now=store.clocks.now)
    store.identity.look()
    store.client.flushdb()
    assert not steady_since(services, store.clocks.now())
    store.identity.look()
    assert steady_since(services, store.clocks.now())


class Installation:
    """One with a store of its own, and processes that remember its key."""

    def __init__(self, url):
        self.parts = [open_store(url), open_store(url)]
        self.looks()
        self.key = self.parts[0].signing_key()

    def looks(self):
        for each in self.parts:
            each.identity.look()
            each.signing_keys.all()


def test_two_installations_that_were_taken_for_each_other_keep_no_key_of_the_other(redis_url):
    """As after a change of redis.url, a proxy or an address that led to the wrong one for a while."""
    urls = [redis_url.replace("db=0", f"db={number}") for number in (4, 5)]
    client = open_store(redis_url).client
    for url in urls:
        open_store(url).client.flushdb()
    ours, theirs = map(Installation, urls)
    ours.looks()  # a store that was begun since is one that was emptied
    client.swapdb(4, 5)
    for each in (ours, theirs):
        each.looks()
        assert all(part.identity.seen.upheaval.change is Change.REPLACED for part in each.parts)
    assert ours.parts[0].signing_keys.all() == (theirs.key,)
    client.swapdb(4, 5)
    for each in (ours, theirs):
        each.looks()
    for one, other in ((ours, theirs), (theirs, ours)):
        assert one.parts[0].signing_key() == one.key
        assert other.key not in one.parts[0].signing_keys.all()
        assert other.key not in open_store(urls[0] if one is ours else urls[1]).signing_keys.all(), "whoever begins"


def test_more_keys_than_are_kept_come_to_rest(store):
    """Of keys that different processes remember, none pushes out what another put there, again and again."""
    many = [bytes([number]) * 32 for number in range(6)]
    one, other = Store(store.client).signing_keys, Store(store.client).signing_keys
    one._known, other._known = tuple(many[:4]), (many[0], many[3], many[4], many[5])
    kept = []
    for _ in range(6):
        one.all()
        other.all()
        kept.append(store.client.lrange(keys.FORMER_KEYS, 0, -1))
    assert kept[1:] == [kept[0]] * 5
    assert len(kept[0]) == keys.FORMER_KEYS_KEPT


def test_the_key_that_was_lost_last_is_kept_where_the_former_ones_are_many(store):
    remembers = store.signing_keys
    for number in range(keys.FORMER_KEYS_KEPT + 2):
        before = remembers.all()[0]
        store.client.set(keys.SIGNING_KEY, bytes([number]) * 32)
        assert before in remembers.all()
        assert before in Store(store.client).signing_keys.all(), "whoever begins"
