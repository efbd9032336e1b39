"""The time that all parts share, on however many machines: the store's.

A machine whose clock jumps, or is set wrong, so neither works ahead of the others nor behind them. Between two looks at
the store's clock time goes on as the machine's own does, unless that jumps: then as its steady one does. Where the
store is on the machine that jumps, all jump together, and what was written meanwhile is put right by
`monitor.operations.put_right`. Commands, which are over at once, ask the store itself (`Clocks.now`).
"""

import logging
import os
import platform
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from monitor.errors import StaysubError
from monitor.store.clocks import Clocks, Looked

log = logging.getLogger(__name__)

LOOK_EVERY_S: Final = 15.0  # as often as parts note their lives
NOTICED_WITHIN_S: Final = 1.0  # a jump of this machine's clock
MOVED_S: Final = 0.5  # both clocks of a machine differ by less in what they measure between two looks
PROMPT_S: Final = 1.0  # an answer that took longer says too little about the moment


class AgreedClock:
    """What time it is by the store's clock, without asking it each time. Never blocks but at the first question.

    A thread looks at the clocks again and again, in each process that asks, also after a fork.
    """

    def __init__(
        self,
        clocks: Clocks,
        *,
        wall: Callable[[], float] = time.time,
        steady: Callable[[], float] = time.monotonic,
    ) -> None:
        self._clocks, self._wall, self._steady = clocks, wall, steady
        self._ahead_s = 0.0  # of the store's clock
        self._drift_s = wall() - steady()  # as it was at the last look that was answered
        self._looked_at_s = -LOOK_EVERY_S
        self._looking_in = 0  # the process whose thread looks
        self._failed = False

    def now(self) -> datetime:
        """This moment: aware, UTC."""
        if self._looking_in != os.getpid():
            self._begin()
        wall, steady = self._wall(), self._steady()
        moved = wall - steady - self._drift_s
        return datetime.fromtimestamp(wall - self._ahead_s - (moved if abs(moved) > MOVED_S else 0.0), UTC)

    def look(self) -> None:
        """Look at the store's clock now; what is not answered promptly changes nothing. A jump is logged."""
        self._looked_at_s = self._steady()
        try:
            asked_at = self._clocks.now()
            wall, steady = self._wall(), self._steady()
            looked = self._clocks.look(machine(), platform.node(), wall_s=wall, steady_s=steady, asked_at=asked_at)
        except StaysubError:
            return  # whoever works with the store says so
        took = self._steady() - steady
        if took <= PROMPT_S:
            self._ahead_s, self._drift_s = wall + took / 2 - looked.at.timestamp(), wall - steady
        _tell(looked)

    def is_due(self) -> bool:
        """Whether it is time to look: after a while, and at once where this machine's clock has jumped."""
        wall, steady = self._wall(), self._steady()
        jumped = abs(wall - steady - self._drift_s) > MOVED_S
        return jumped or steady - self._looked_at_s >= LOOK_EVERY_S

    def _begin(self) -> None:
        self._looking_in = os.getpid()  # first of all: others who ask meanwhile take what was known before
        try:
            threading.Thread(target=self._keep_looking, name="clock", daemon=True).start()
        except RuntimeError:  # there are too many threads; whoever asks next tries it again
            self._looking_in = 0
        self._look_if_due()

    def _keep_looking(self) -> None:
        while True:
            time.sleep(NOTICED_WITHIN_S)
            self._look_if_due()

    def _look_if_due(self) -> None:
        """A look that fails by a fault of ours ends neither the thread nor whoever asks for the time; one is logged."""
        try:
            if self.is_due():
                self.look()
        except Exception:
            if not self._failed:
                log.exception("look_failed", extra={"at": "the clocks"})
            self._failed = True


def machine() -> str:
    """What all processes that share a steady clock have in common: the machine, since it was started (proc(5))."""
    with suppress(OSError):
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    return platform.node()


def _tell(looked: Looked) -> None:
    for whose, by in (("machine", looked.by), ("store", looked.store_by)):
        if by:
            log.warning("clock_jumped", extra={"whose": whose, "by_s": round(by / timedelta(seconds=1))})
