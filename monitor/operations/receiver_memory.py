"""What the receiver knows of the store without waiting for Redis: the keys, and whose mail is taken."""

import logging
from collections.abc import Sequence
from contextlib import suppress
from threading import Lock, Thread
from time import sleep
from typing import Final
from weakref import ref

from monitor.errors import StoreUnavailable
from monitor.operations.services import Services
from monitor.operations.store_watch import look_at_store

log = logging.getLogger(__name__)

LOOKED_AT_EVERY_S: Final = 2.0


class ReceiverMemory:
    """The keys and the watched lists' ids, asked anew every few seconds by a thread; the last hold without Redis."""

    def __init__(self, made: Services) -> None:
        """Raises StoreUnavailable where the signing key cannot be read."""
        self._made = made
        self._keys: Sequence[bytes] = made.store.signing_keys.all()
        self._list_ids = frozenset(each.id for each in made.settings().file_lists)
        self._one = Lock()

    def keys(self) -> Sequence[bytes]:
        """The signing keys as last known, the present one first."""
        return self._keys

    def list_ids(self) -> frozenset[str]:
        """The watched lists' ids as last known."""
        return self._list_ids

    def look_again(self) -> bool:
        """As Backend.look_again. Raises StoreUnavailable."""
        with self._one:
            seen = look_at_store(self._made, count=False)
            self._keys = self._made.store.signing_keys.all()
            self._list_ids = frozenset(each.id for each in self._made.lists())
        return seen is not None and not seen.in_doubt(self._made.now())

    def begin(self) -> None:
        """Look for the first time, and again and again as long as this is held by somebody.

        In the process that serves, before it listens.
        """
        self.look()
        Thread(target=_keep_looking, args=(ref(self),), name="receiver-memory", daemon=True).start()

    def look(self) -> None:
        """Look again, for the thread, which must not end by what fails: without it the receiver learns nothing new."""
        try:
            with suppress(StoreUnavailable):
                self.look_again()
        except Exception:
            log.exception("look_failed")


def _keep_looking(held: ref[ReceiverMemory]) -> None:
    while True:
        sleep(LOOKED_AT_EVERY_S)
        memory = held()
        if memory is None:
            return
        memory.look()
        del memory
