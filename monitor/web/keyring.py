"""The signing keys for the pages: read anew now and then, for a store may be emptied or replaced."""

from collections.abc import Sequence
from threading import Lock
from time import monotonic
from typing import Final

from monitor.errors import StoreUnavailable
from monitor.store import Store

READ_EVERY_S: Final = 2.0  # of any number of requests one asks; others sign with these keys, too


class Keyring:
    """A function that gives all keys, the present one first. Safe to use from several threads."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._lock = Lock()
        self._read_at: float | None = None

    def __call__(self) -> Sequence[bytes]:
        """All keys; without Redis those that were known. Raises StoreUnavailable where none ever were."""
        with self._lock:
            known = self._store.signing_keys.known
            if known and self._read_at is not None and monotonic() - self._read_at < READ_EVERY_S:
                return known
            self._read_at = monotonic()
            try:
                return self._store.signing_keys.all()
            except StoreUnavailable:
                if not known:
                    raise
                return known
