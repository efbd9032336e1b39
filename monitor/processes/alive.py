"""A part's sign of life: noted again and again by a thread, so that a stuck or dead part is seen by its silence."""

import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta

from monitor.errors import StoreUnavailable


class Alive:
    """Notes that we live at once and then at each interval, from `start` until the process ends."""

    def __init__(self, note: Callable[[], None], every: timedelta) -> None:
        self._note = note
        self._every = every
        self._thread = threading.Thread(target=self._live, name="alive", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def _live(self) -> None:
        pause = threading.Event()
        while True:
            with suppress(StoreUnavailable):  # nowhere to note it; what is missing there is seen as silence
                self._note()
            pause.wait(self._every.total_seconds())
