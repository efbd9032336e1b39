"""Answers kept for their TTL (RFC 1035 section 7.4), absence for its own (RFC 2308), failure briefly (RFC 9520)."""

import threading
from collections import OrderedDict

from monitor.dns.answer import Answer, Unanswered
from monitor.model.dns import DnsQuestion

Key = tuple[str, str]  # name in normal form, type
Kept = Answer | Unanswered

MAX_ENTRIES = 50_000  # about 1 KiB each
MAX_ANSWER_BYTES = 16_384  # larger answers are given and not kept
FAILURE_S = 2.0  # RFC 9520 section 3.2: at least one second, at most five minutes


class Use:
    """How often this process's caches knew the answer, since somebody last asked for it. Thread-safe."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Nothing noted: as made, and as a forked child must begin, since the lock may be held elsewhere."""
        self._lock = threading.Lock()
        self._hits = self._misses = 0

    def note(self, *, hit: bool) -> None:
        """One look into a cache."""
        with self._lock:
            self._hits += hit
            self._misses += not hit

    def take(self) -> tuple[int, int]:
        """(hits, misses), which begin anew."""
        with self._lock:
            taken = self._hits, self._misses
            self._hits = self._misses = 0
        return taken


USE = Use()


class Cache:
    """What was answered lately, bounded in number; the least recently used goes first. Thread-safe."""

    def __init__(self, max_entries: int = MAX_ENTRIES) -> None:
        self._max = max_entries
        self._kept: OrderedDict[Key, tuple[float, Kept, float]] = OrderedDict()  # good until, what, since
        self._lock = threading.Lock()

    def get(self, key: Key, now: float, *, newest_s: float | None = None) -> Kept | None:
        """What is kept and still good at the monotonic second `now`; not what is older than `newest_s`, where given."""
        with self._lock:
            entry = self._kept.get(key)
            if entry is not None and entry[0] <= now:
                del self._kept[key]
                entry = None
            if entry is not None and newest_s is not None and now - entry[2] > newest_s:
                entry = None  # others may go on to use it
            if entry is not None:
                self._kept.move_to_end(key)
                kept = entry[1]
                if not kept.question.cached:
                    kept = from_cache(kept)
                    self._kept[key] = entry = (entry[0], kept, entry[2])
        USE.note(hit=entry is not None)
        return None if entry is None else entry[1]

    def put(self, key: Key, kept: Kept, now: float, *, for_s: float) -> None:
        """Keep an answer for so many seconds; nothing is done for none."""
        if for_s <= 0 or (isinstance(kept, Answer) and sum(map(len, kept.question.answers)) > MAX_ANSWER_BYTES):
            return
        with self._lock:
            self._kept[key] = (now + for_s, kept, now)
            self._kept.move_to_end(key)
            while len(self._kept) > self._max:
                self._kept.popitem(last=False)

    def good_until(self, key: Key) -> float:
        """The monotonic second until which what is kept may be used; 0 where nothing is."""
        entry = self._kept.get(key)
        return 0.0 if entry is None else entry[0]

    def __len__(self) -> int:
        return len(self._kept)


def from_cache(kept: Kept) -> Kept:
    """The same as its later askers see it: their trace says that nobody was asked."""
    asked = kept.question
    line = DnsQuestion(
        name=asked.name,
        rrtype=asked.rrtype,
        rcode=asked.rcode,
        answers=asked.answers,
        server=asked.server,
        ttl_s=asked.ttl_s,
        cached=True,
        synthesised=asked.synthesised,
    )
    if isinstance(kept, Unanswered):
        return Unanswered(line, reason=kept.reason)
    return Answer(rcode=kept.rcode, records=kept.records, question=line)
