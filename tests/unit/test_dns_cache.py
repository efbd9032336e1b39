"""The cache keeps answers for their time and is bounded."""

import time
from datetime import timedelta

from monitor.dns.answer import answered, unanswered
from monitor.dns.cache import MAX_ANSWER_BYTES, USE, Cache
from monitor.dns.resolver import Anew, SystemResolver
from monitor.dns.servers import parse_server


def test_answers_are_kept_for_their_time():
    cache, answer = Cache(), answered("a.example", "A", ("192.0.2.1",))
    cache.put(("a.example", "A"), answer, 100.0, for_s=30)
    kept = cache.get(("a.example", "A"), 129.9)
    assert (kept.records, kept.question.cached, answer.question.cached) == (answer.records, True, False)
    assert cache.good_until(("a.example", "A")) == 130.0
    assert cache.get(("a.example", "A"), 130.0) is None
    assert len(cache) == 0


def test_nothing_is_kept_for_no_time_or_when_too_large():
    cache = Cache()
    cache.put(("a.example", "A"), answered("a.example", "A", ()), 0.0, for_s=0)
    cache.put(("b.example", "TXT"), answered("b.example", "TXT", ((b"x" * (MAX_ANSWER_BYTES + 1),),)), 0.0, for_s=60)
    assert len(cache) == 0


def test_the_least_recently_used_goes_first():
    cache = Cache(max_entries=2)
    for name in ("a", "b"):
        cache.put((name, "A"), unanswered(name, "A", "timeout"), 0.0, for_s=60)
    assert cache.get(("a", "A"), 1.0)
    cache.put(("c", "A"), unanswered("c", "A", "timeout"), 1.0, for_s=60)
    assert [bool(cache.get((name, "A"), 2.0)) for name in ("a", "b", "c")] == [True, False, True]


def test_it_is_noted_how_often_the_cache_knew_the_answer():
    cache = Cache()
    USE.take()
    cache.get(("a.example", "A"), 0.0)
    cache.put(("a.example", "A"), answered("a.example", "A", ("192.0.2.1",)), 0.0, for_s=30)
    cache.get(("a.example", "A"), 1.0)
    cache.get(("a.example", "A"), 60.0)
    assert USE.take() == (1, 2)
    assert USE.take() == (0, 0)


def test_what_is_older_than_is_asked_for_is_not_given_and_stays_for_others():
    cache, key = Cache(), ("a.example", "A")
    cache.put(key, answered("a.example", "A", ("192.0.2.1",)), 100.0, for_s=3600)
    assert cache.get(key, 120.0, newest_s=30.0)
    assert cache.get(key, 131.0, newest_s=30.0) is None
    assert cache.get(key, 131.0)
    assert cache.get(key, 132.0, newest_s=30.0) is None, "that it was used does not make it newer"


class Counting(SystemResolver):
    """A resolver that says how often it was asked, each time another address, to be kept for an hour."""

    asked = 0

    def _ask(self, key, _timeout_s):
        self.asked += 1
        answer = answered(*key, (f"192.0.2.{self.asked}",))
        self.cache.put(key, answer, time.monotonic(), for_s=3600)
        return answer


def test_who_asks_anew_is_answered_anew_and_what_was_heard_since_is_kept_for_all():
    resolver = Counting([parse_server("127.0.0.1:1")])
    first = resolver.lookup("a.example", "A")
    assert resolver.lookup("a.example", "A").strings == first.strings
    anew = Anew(resolver, timedelta(0)).lookup("a.example", "A")
    assert (anew.strings, anew.question.cached) == (("192.0.2.2",), False)
    assert resolver.lookup("a.example", "A").strings == ("192.0.2.2",)
    many = Anew(resolver, timedelta(seconds=30))
    assert {many.lookup("a.example", "A").strings for _ in range(50)} == {("192.0.2.2",)}
    assert resolver.asked == 2
