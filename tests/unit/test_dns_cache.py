"""The cache keeps answers for their time and is bounded."""

from monitor.dns.answer import answered, unanswered
from monitor.dns.cache import MAX_ANSWER_BYTES, USE, Cache


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
