"""Silences: one hash of all that were made, without those whose end has passed."""

from datetime import datetime

from monitor.model.incidents import Silence
from monitor.store import keys
from monitor.store.client import Redis, translated
from monitor.store.codec import decode, encode


class Silences:
    """Few and small: read as a whole, swept at every write."""

    def __init__(self, client: Redis) -> None:
        self._redis = client

    def all(self) -> tuple[Silence, ...]:
        """Every silence that was not swept yet, soonest end first; some may have ended."""
        with translated("read the silences"):
            documents = self._redis.hvals(keys.SILENCES)
        return tuple(sorted((decode(Silence, each) for each in documents), key=lambda one: (one.until, one.id)))

    def add(self, silence: Silence, *, now: datetime) -> None:
        """Keep a silence, and forget those that have ended. May be repeated."""
        over = [one.id for one in self.all() if one.until <= now]
        with translated("kept a silence"):
            pipe = self._redis.pipeline(transaction=True)
            if over:
                pipe.hdel(keys.SILENCES, *over)
            pipe.hset(keys.SILENCES, silence.id, encode(silence))
            pipe.execute()

    def remove(self, silence_id: str) -> bool:
        """End a silence now; False where there is none of that id."""
        with translated("ended a silence"):
            return bool(self._redis.hdel(keys.SILENCES, silence_id))
