"""How much mail each list sends a day, by author domain and receiver: the judgement of one list knows of the others."""

import json
from collections.abc import Mapping
from functools import partial
from threading import Lock
from time import monotonic
from typing import Final

from monitor.model.sending import Sending, Sendings, summed
from monitor.store import keys
from monitor.store.client import Part, Redis, text, translated
from monitor.store.unreadable import readable

# How long a process goes by what it read: of 10,000 lists that is a megabyte, and what a list sends changes over days.
READ_EVERY_S: Final = 60.0


class ListSendings(Part):
    """One field a list. For any number of threads."""

    def __init__(self, client: Redis) -> None:
        super().__init__(client)
        self._lock = Lock()
        self._read: Sendings | None = None
        self._until = 0.0

    def all(self) -> Sendings:
        """What every list sends, as of at most READ_EVERY_S ago; a field that cannot be read counts for nothing."""
        with self._lock:
            if self._read is None or monotonic() >= self._until:
                with translated("read what lists send"):
                    kept = self._redis.hgetall(keys.SENDINGS)
                read = {text(list_id): readable(keys.SENDINGS, partial(_read, each)) for list_id, each in kept.items()}
                self._read = summed({list_id: each for list_id, each in read.items() if each is not None})
                self._until = monotonic() + READ_EVERY_S
            return self._read

    def note(self, list_id: str, sending: Sending) -> None:
        """Keep what the list sends now; nothing is written where that is known already. May be repeated."""
        if self.all().by_list.get(list_id) == sending:
            return
        with translated("noted what a list sends"):
            self._redis.hset(keys.SENDINGS, list_id, _written(sending))
        with self._lock:  # to read all again for each that changes would take as long as judging some lists
            self._read = None if self._read is None else self._read.with_one(list_id, sending)

    def forget(self, list_id: str) -> None:
        """Of a list that is watched no longer."""
        with translated("forgot what a list sent"):
            self._redis.hdel(keys.SENDINGS, list_id)
        with self._lock:
            self._read = None


def _written(sending: Sending) -> str:
    return json.dumps([sending.a_day, sending.counted], separators=(",", ":"))


def _read(document: bytes) -> Sending:
    a_day, counted = json.loads(document)
    return Sending(a_day={str(of): _counts(receivers) for of, receivers in a_day.items()}, counted=bool(counted))


def _counts(receivers: Mapping[str, object]) -> dict[str, int]:
    return {str(receiver): int(str(messages)) for receiver, messages in receivers.items()}
