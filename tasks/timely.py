"""Celery by the time that all parts share, whatever the clock of a machine does.

Beat remembers by the clock when it sent something last, and waits until the clock has come to the next time: where the
clock ran ahead for a day and is put right, for a day. A message says until when it is of use, and a worker whose clock
is ahead of the sender's would throw it away.
"""

import time
from contextlib import suppress
from datetime import datetime
from typing import Any, Final

from celery import Celery
from celery.beat import Scheduler
from celery.worker.request import Request
from celery.worker.state import revoked as thrown_away

from monitor.errors import StaysubError
from monitor.wiring import services

JUMP_LEAST_S: Final = 1.0  # half of the shortest interval in which beat sends something


class TimelyCelery(Celery):  # type: ignore[misc] # celery ships no types
    """Celery whose messages expire by the shared time."""

    def now(self) -> datetime:
        """This moment, as Celery's; by this machine's clock where the store's cannot be asked."""
        with suppress(StaysubError):
            return services().now()
        return super().now()  # type: ignore[no-any-return] # celery ships no types


class TimelyRequest(Request):  # type: ignore[misc] # celery ships no types
    """A message that came to a worker."""

    def maybe_expire(self) -> bool:
        """Whether it is of no use any more; then it is thrown away."""
        if not self.expires or self.app.now() <= self.expires:
            return False
        thrown_away.add(self.id)
        return True


class TimelyScheduler(Scheduler):  # type: ignore[misc] # celery ships no types
    """Beat's schedule, begun anew where the clock jumps: everything is due at once then, and goes on as ever."""

    def __init__(self, *args: Any, **options: Any) -> None:
        self._drift_s: float | None = None
        super().__init__(*args, **options)

    def tick(self, *args: Any, **options: Any) -> float:
        """As Celery's: send what is due; how many seconds to wait."""
        drift_s = self.app.now().timestamp() - time.monotonic()
        if self._drift_s is not None and abs(drift_s - self._drift_s) > JUMP_LEAST_S:
            for entry in self.schedule.values():
                entry.last_run_at = self.app.now() - entry.schedule.run_every
            self._heap = None  # the times in it are of the clock before
        self._drift_s = drift_s
        return super().tick(*args, **options)  # type: ignore[no-any-return] # celery ships no types
