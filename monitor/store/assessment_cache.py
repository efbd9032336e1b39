"""The newest assessments of many lists, each unpacked only when it has changed since the last look."""

from collections.abc import Callable, Sequence
from hashlib import blake2b
from typing import Generic, TypeVar

from monitor.model.risk import Assessment
from monitor.store import keys
from monitor.store.client import Redis, translated
from monitor.store.unreadable import unpacked

T = TypeVar("T")

CHUNK = 1000  # lists a question: about a megabyte each


class AssessmentCache(Generic[T]):
    """Keeps what `make` takes of each assessment, `unreadable` of one that is none. For one thread at a time."""

    def __init__(self, client: Redis, make: Callable[[Assessment], T], *, unreadable: T) -> None:
        self._redis = client
        self._make = make
        self._unreadable = unreadable
        self._kept: dict[str, tuple[bytes, T]] = {}

    def look(self, list_ids: Sequence[str]) -> dict[str, T]:
        """What was made of each list's newest assessment; a list without one is left out. Raises StoreUnavailable."""
        seen: dict[str, tuple[bytes, T]] = {}
        for start in range(0, len(list_ids), CHUNK):
            chunk = list(list_ids[start : start + CHUNK])
            with translated("read the assessments"):
                documents = self._redis.hmget(keys.ASSESSMENT, chunk)
            for list_id, document in zip(chunk, documents, strict=True):
                if document is None:
                    continue
                digest = blake2b(document, digest_size=16).digest()
                known = self._kept.get(list_id)
                if known is None or known[0] != digest:
                    read = unpacked(Assessment, f"{keys.ASSESSMENT} {list_id}", document)
                    known = (digest, self._unreadable if read is None else self._make(read))
                seen[list_id] = known
        self._kept = seen
        return {list_id: made for list_id, (_, made) in seen.items()}
