"""Several processes of one part: forked, told to end together, and none of them missed."""

import logging
import os
import signal
import sys
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from types import FrameType
from typing import Final

from monitor.errors import StaysubError
from monitor.inert import inert
from monitor.processes.supervised import SUPERVISOR, end_with_supervisor
from monitor.processes.supervisor import pause_before_restart

_log: Final = logging.getLogger(__name__)

SIGNALS: Final = frozenset({signal.SIGINT, signal.SIGTERM, signal.SIGQUIT})
EX_SOFTWARE: Final = 70  # sysexits.h
_LOOK_S: Final = 0.25  # between two looks while a start is put off
_SETTLED_S: Final = 60.0  # a child that ran so long begins its restarts anew


def run_forked(
    count: int, work: Callable[[int], None], *, again: bool = False, orphans: signal.Signals = signal.SIGTERM
) -> int:
    """Do `work(number)` in that many children until SIGINT or SIGTERM, which all of them get; 0 where all ended well.

    Where one ends unasked, it is started `again` after a pause; or else the others are told to end too and the answer
    is not 0: whoever runs us starts us anew, and half a receiver is not taken for a whole one. SIGQUIT is passed on as
    it is: Celery gives up its tasks by it. Where we are killed outright, the children get `orphans`. Call it before any
    thread is started.
    """
    crew = _Crew(work, os.getpid(), orphans)
    signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)  # none is lost between a fork and its note
    for number in range(count):
        crew.start(number)
    for each in SIGNALS:
        signal.signal(each, crew.end)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)
    failed = False
    while crew.children or crew.due:
        crew.start_due()
        pid, status = _ended(wait=not crew.due)
        if pid not in crew.children:
            if crew.due:
                time.sleep(_LOOK_S)
            continue
        number = crew.children.pop(pid)
        failed = failed or os.waitstatus_to_exitcode(status) != 0 or not (crew.asked or again)
        if crew.asked:
            continue
        _log.error("process_ended", extra={"pid": pid, "number": number, "status": status})
        if again:
            crew.put_off(number)
            failed = False
        else:
            crew.end(signal.SIGTERM, None)
    return 1 if failed else 0


def _ended(*, wait: bool) -> tuple[int, int]:
    """A child that ended, and how; (0, 0) where there is none, or none has and we do not wait."""
    try:
        return os.waitpid(-1, 0 if wait else os.WNOHANG)
    except ChildProcessError:
        return 0, 0


class _Crew:
    """The children: which number is which process, which are put off, and whether somebody asked for the end."""

    def __init__(self, work: Callable[[int], None], parent: int, orphans: signal.Signals) -> None:
        self.children: dict[int, int] = {}
        self.due: dict[int, float] = {}  # numbers that are started again, and when, on the monotonic clock
        self.asked = False
        self._work, self._parent, self._orphans = work, parent, orphans
        self._failures: dict[int, tuple[int, float]] = {}  # how many in a row, and when it was started last

    def start(self, number: int) -> None:
        """Fork one. Signals are blocked."""
        self._failures[number] = self._failures.get(number, (0, 0.0))[0], time.monotonic()
        pid = os.fork()
        if pid == 0:
            _child(number, self._work, self._parent, self._orphans)
        self.children[pid] = number

    def put_off(self, number: int) -> None:
        """Have one started anew after a pause of its own: it makes no other wait."""
        before, started = self._failures[number]
        failures = 1 if time.monotonic() - started > _SETTLED_S else before + 1
        self._failures[number] = failures, started
        signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
        if not self.asked:
            self.due[number] = time.monotonic() + pause_before_restart(failures)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)

    def start_due(self) -> None:
        """Fork those whose pause is over."""
        signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
        for number in [number for number, at in self.due.items() if at <= time.monotonic()]:
            del self.due[number]
            self.start(number)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)

    def end(self, number: int, _frame: FrameType | None) -> None:
        """Pass the wish on: the end, in whatever way it is asked for, is SIGTERM; SIGQUIT is an end at once."""
        self.asked = True
        self.due.clear()
        for pid in tuple(self.children):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGQUIT if number == signal.SIGQUIT else signal.SIGTERM)


def _child(number: int, work: Callable[[int], None], parent: int, orphans: signal.Signals) -> None:
    """In a child; never returns."""
    status = EX_SOFTWARE
    try:
        os.environ[SUPERVISOR] = str(parent)
        for each in SIGNALS:
            signal.signal(each, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        end_with_supervisor(orphans)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)
        work(number)
        status = 0
    except StaysubError as error:
        sys.stderr.write(f"{inert(error)}\n")
    except SystemExit as ended:
        status = ended.code if isinstance(ended.code, int) else 1 if ended.code else 0
        if isinstance(ended.code, str):
            sys.stderr.write(f"{inert(ended.code)}\n")
    except BaseException:  # noqa: BLE001 - the child's last chance to say anything
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)
