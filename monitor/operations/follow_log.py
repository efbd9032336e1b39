"""Follow one MTA's log: read, keep what was read in one step with the place, assess the lists that it concerns.

A kill at any line loses and doubles nothing: what was not kept is read again, and what was kept is not.
"""

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from threading import Event
from typing import Final

from monitor.errors import StaysubError, StoreUnavailable
from monitor.follow.source import open_source
from monitor.incident.signs_of_life import HEARTBEAT_EVERY
from monitor.model.lists import Lists
from monitor.model.mta_log import MtaLog, log_named
from monitor.mtas.catalogue import mta_named
from monitor.operations.confirm_seen import SoonAgain
from monitor.operations.list_bounces import weigh_anew
from monitor.operations.log_reading import LogReading, Memory, is_worth
from monitor.operations.services import Services
from monitor.store.followed import Stretch

log = logging.getLogger(__name__)

LINES_MOST: Final = 20_000  # at one go: half a second's at the speed that is promised
WITHIN_S: Final = 0.5
LOOKED_EVERY: Final = timedelta(seconds=15)  # that a log was looked at is kept, though it says nothing new
COUNTED_EVERY_S: Final = 60.0
STORE_PAUSE_S: Final = 1.0
PROBLEM_AFTER_S: Final = 5.0  # a log that is just being turned is missing for a moment
ASSESSED_EVERY_S: Final = 10.0  # a list, while a flood goes on; the first time at once
ASSESSING_S: Final = 0.25  # at one go, while more lines wait
OLD: Final = timedelta(minutes=10)  # lines of so long ago, with more behind them: what they tell may be over since
OLD_MOST_S: Final = 300.0  # so long it is waited for the newer ones

MemoryOf = Callable[[Services, Lists, Mapping[str, str]], Memory]  # of the lists, from what is kept of the queue


class Follower:
    """Follows the log of that id, whatever the configuration makes of it meanwhile."""

    def __init__(
        self,
        services: Services,
        log_id: str,
        memory_of: MemoryOf,
        *,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._services = services
        self._monotonic = monotonic
        self._soon = SoonAgain(services, monotonic)
        self._id = log_id
        self._memory_of = memory_of
        self._reading: LogReading | None = None
        self._of: tuple[MtaLog, Lists] | None = None  # what is being read was begun for
        self._pending: Stretch | None = None  # read and not kept yet
        self._at_end = True
        self._ended = False
        self._problem, self._problem_since, self._told = "", 0.0, ""
        self._assessed: dict[str, float] = {}
        self._alive_at: datetime | None = None
        self._lines = self._attempts = 0  # since it was said last
        self._counted_at = -COUNTED_EVERY_S
        self._old_since: float | None = None  # since when lines of the past are read

    def follow(self, ending: Event) -> None:
        """Until asked to end, or nothing more will ever come."""
        while not ending.is_set():
            try:
                if not self.step():
                    break
            except StoreUnavailable as error:
                self._tell("log_waits_for_store", str(error))
                ending.wait(STORE_PAUSE_S)
        self.close()

    def close(self) -> None:
        """Let go of the log; what was read and not kept is read again."""
        if self._reading is not None:
            self._reading.close()
        self._reading, self._pending = None, None

    def step(self) -> bool:
        """One go; False where nothing more will ever come. Raises StoreUnavailable, and goes on where it was.

        May be done by two at once: of what both read one of them keeps it.
        """
        wanted = log_named(self._services.settings().mta_logs, self._id)
        if wanted is None:
            self.close()
            self._tell("log_not_configured", f"There is no [[mta_log]] of the id {self._id} any more.")
            time.sleep(WITHIN_S)
            return True
        if self._pending is None:
            self._read(wanted)
        if self._pending is not None:
            self._keep(self._pending)
        self._show_life(wanted)
        self._assess()
        return not self._ended or self._pending is not None

    def _read(self, wanted: MtaLog) -> None:
        """The next lines; what is to be kept of them is pending then."""
        lists = self._services.lists()
        if self._of is None or self._of[0] != wanted or (self._of[1] is not lists and self._of[1] != lists):
            self.close()
        if self._ended:
            return
        reading = self._reading or self._begin(wanted, lists)
        now = self._services.now()
        looked_at = reading.place.read_at
        batch, stretch = reading.read(LINES_MOST, WITHIN_S, now)
        self._at_end, self._ended = batch.at_end, batch.ended
        problem = self._lasting(batch.problem, reading.place.problem)
        overdue = looked_at is None or abs(now - looked_at) >= LOOKED_EVERY
        if is_worth(batch, stretch) or (overdue and not batch.problem) or problem != reading.place.problem:
            self._pending = replace(stretch, after=replace(stretch.after, problem=problem))

    def _begin(self, wanted: MtaLog, lists: Lists) -> LogReading:
        """From the place that is kept."""
        store = self._services.store
        place = store.followed.place(wanted.id)
        reader = mta_named(wanted.kind).log
        if reader is None:
            raise StaysubError(f"Staysub does not read logs of {wanted.kind}.")
        memory = self._memory_of(self._services, lists, store.followed.queue(wanted.id))
        source = open_source(wanted, place, now=self._services.now().timestamp())
        self._reading, self._of = LogReading(place, source, reader, memory), (wanted, lists)
        log.info("log_begun", extra={"log": wanted.id, "source": wanted.source, "turn": place.turn})
        return self._reading

    def _keep(self, stretch: Stretch) -> None:
        """Keep it; where another one has, begin anew from what is kept. Raises StoreUnavailable: it stays pending."""
        if self._services.store.followed.commit(stretch, now=self._services.now()):
            self._pending = None
            if self._reading is not None:
                self._reading.place = stretch.after
            self._count(stretch)
            return
        log.warning("log_place_moved", extra={"log": self._id, "turn": stretch.before.turn})
        self.close()

    def _count(self, stretch: Stretch) -> None:
        """Say now and then how much was read."""
        self._lines += stretch.after.lines - stretch.before.lines
        self._attempts += stretch.told.attempts
        if self._lines and time.monotonic() - self._counted_at >= COUNTED_EVERY_S:
            self._counted_at = time.monotonic()
            log.info("log_read", extra={"log": self._id, "lines": self._lines, "attempts": self._attempts})
            self._lines = self._attempts = 0

    def _assess(self) -> None:
        """Assess lists that something was told of; while a flood goes on each now and then, so that it can be read."""
        began = self._monotonic()
        if not self._is_old(began):
            self._assess_all(began)

    def _is_old(self, monotonic: float) -> bool:
        """Whether what is read is of the past, and newer lines, which may tell that all is well again, come at once."""
        reading = self._reading
        last = None if reading is None else reading.place.last_line_at
        if self._at_end or last is None or self._services.now() - last <= OLD:
            self._old_since = None
            return False
        self._old_since = monotonic if self._old_since is None else self._old_since
        return monotonic - self._old_since < OLD_MOST_S

    def _assess_all(self, began: float) -> None:
        self._assessed = {each: at for each, at in self._assessed.items() if began - at < ASSESSED_EVERY_S}
        for list_id in self._soon.due():
            if self._weigh(list_id, cause=f"log:{self._id}:{list_id}:again:{self._services.now().timestamp()}"):
                self._assessed[list_id] = began
        for list_id, number in self._services.store.followed.to_assess().items():
            if list_id in self._assessed:
                continue
            self._assessed[list_id] = self._monotonic()
            if self._weigh(list_id, cause=f"log:{self._id}:{list_id}:{number}"):
                self._services.store.followed.assessed(list_id, number)
                self._soon.note(list_id)
            if not self._at_end and self._monotonic() - began > ASSESSING_S:
                break

    def _weigh(self, list_id: str, *, cause: str) -> bool:
        """Assess it; False where that failed by a fault of ours, which must not stop the others, nor the reading."""
        try:
            weigh_anew(self._services, [list_id], cause=cause)
        except StoreUnavailable:
            raise
        except Exception:
            log.exception("log_assessment_failed", extra={"list": list_id})
            return False
        return True

    def _show_life(self, wanted: MtaLog) -> None:
        now = self._services.now()
        if self._alive_at is None or abs(now - self._alive_at) >= HEARTBEAT_EVERY:
            self._services.store.heartbeats.beat(wanted.part, now)
            self._alive_at = now

    def _lasting(self, problem: str, before: str) -> str:
        """The problem once it lasts, and until then that of before; "" where it is over. Both are logged once."""
        if problem != self._problem:
            self._problem, self._problem_since = problem, self._monotonic()
        if not problem:
            if self._told:
                self._told = ""
                log.info("log_goes_on", extra={"log": self._id})
            return ""
        if self._monotonic() - self._problem_since < PROBLEM_AFTER_S:
            return before
        self._tell("log_unreadable", problem)
        return problem

    def _tell(self, event: str, sentence: str) -> None:
        """Once, until it is another one."""
        if self._told != sentence:
            self._told = sentence
            log.warning(event, extra={"log": self._id, "detail": sentence})
