"""Silences: one hash of all that were made, without those whose end has passed."""

from collections.abc import Iterable
from datetime import datetime
from functools import partial

from monitor.model.incidents import Silence
from monitor.store import keys
from monitor.store.client import Part, translated
from monitor.store.codec import decode, encode
from monitor.store.unreadable import each_readable


class Silences(Part):
    """Few and small: read as a whole, swept at every write."""

    def all(self) -> tuple[Silence, ...]:
        """Every silence that was not swept yet, soonest end first; some may have ended."""
        with translated("read the silences"):
            return read_silences(self._redis.hvals(keys.SILENCES))

    def add(self, silence: Silence, *, now: datetime) -> None:
        """Keep a silence, and forget those that have ended. May be repeated."""
        over = [one.id for one in self.all() if one.until <= now]
        with self._transaction("kept a silence") as pipe:
            if over:
                pipe.hdel(keys.SILENCES, *over)
            pipe.hset(keys.SILENCES, silence.id, encode(silence))

    def remove(self, silence_id: str) -> bool:
        """End a silence now; False where there is none of that id."""
        with translated("ended a silence"):
            return bool(self._redis.hdel(keys.SILENCES, silence_id))


def read_silences(documents: Iterable[bytes]) -> tuple[Silence, ...]:
    """Those of the documents, soonest end first."""
    found = each_readable(keys.SILENCES, partial(decode, Silence), documents)
    return tuple(sorted(found, key=lambda one: (one.until, one.id)))
