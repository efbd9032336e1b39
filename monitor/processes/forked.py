"""Several processes of one part: forked, told to end together, and none of them missed."""

import logging
import os
import signal
import sys
import traceback
from collections.abc import Callable
from contextlib import suppress
from types import FrameType
from typing import Final

from monitor.errors import StaysubError
from monitor.inert import inert
from monitor.processes.supervised import SUPERVISOR, end_with_supervisor

_log: Final = logging.getLogger(__name__)

SIGNALS: Final = frozenset({signal.SIGINT, signal.SIGTERM})
EX_SOFTWARE: Final = 70  # sysexits.h


def run_forked(count: int, work: Callable[[int], None]) -> int:
    """Do `work(number)` in that many children until SIGINT or SIGTERM, which all of them get; 0 where all ended well.

    Where one ends unasked, the others are told to end too and the answer is not 0: whoever runs us starts us anew, and
    half a receiver is not taken for a whole one. Call it before any thread is started.
    """
    parent = os.getpid()
    asked = False

    def end(_number: int, _frame: FrameType | None) -> None:
        nonlocal asked
        asked = True
        _tell(children)

    children: set[int] = set()
    signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)  # none is lost between a fork and its note
    for number in range(count):
        pid = os.fork()
        if pid == 0:
            _child(number, work, parent)
        children.add(pid)
    for each in SIGNALS:
        signal.signal(each, end)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)
    failed = False
    while children:
        pid, status = os.wait()
        if pid not in children:
            continue
        children.discard(pid)
        failed = failed or not asked or os.waitstatus_to_exitcode(status) != 0
        if not asked:
            _log.error("receiver_process_ended", extra={"pid": pid, "status": status})
            asked = True
            _tell(children)
    return 1 if failed else 0


def _child(number: int, work: Callable[[int], None], parent: int) -> None:
    """In a child; never returns."""
    status = EX_SOFTWARE
    try:
        os.environ[SUPERVISOR] = str(parent)
        end_with_supervisor()
        signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)
        work(number)
        status = 0
    except StaysubError as error:
        sys.stderr.write(f"{inert(error)}\n")
    except BaseException:  # noqa: BLE001 - the child's last chance to say anything
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


def _tell(children: set[int]) -> None:
    for pid in tuple(children):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGTERM)
