"""What Celery asks of us: how its messages are written, and what a worker needs before it begins."""

import logging
import os
import signal
import sys
import threading
from typing import Any, Final

from celery.concurrency.thread import TaskPool
from celery.signals import beat_init, setup_logging, worker_init, worker_ready

from monitor.doors.files import allow_files
from monitor.journal import configure

FILES: Final = 4096  # open ones of one worker: notices need some 700 (operations/deliver.py), probes two a try


@setup_logging.connect  # type: ignore[untyped-decorator] # celery ships no types
def log_plainly(loglevel: int | str | None = None, **_: object) -> None:
    """One line an event, as everywhere else in Staysub."""
    configure(loglevel or logging.INFO)


@worker_init.connect  # type: ignore[untyped-decorator] # celery ships no types
def allow_connections(**_: object) -> None:
    """Before a pool is made, so that its processes have it, too."""
    allow_files(FILES)


@worker_ready.connect  # type: ignore[untyped-decorator] # celery ships no types
def end_at_once(sender: Any, **_: object) -> None:
    """Of SIGQUIT: Celery has a pool give up its tasks, which threads cannot. What is cut off is done again."""
    if isinstance(sender.pool, TaskPool):
        signal.signal(signal.SIGQUIT, lambda *_: os._exit(os.EX_TEMPFAIL))


@beat_init.connect  # type: ignore[untyped-decorator] # celery ships no types
def end_surely(sender: Any, **_: object) -> None:
    """Of SIGTERM and SIGINT: beat stops by the flag that its loop asks, and at once where it sleeps or waits.

    Celery closes its connection from within the handler and raises SystemExit: where beat was asking Redis, another
    exception takes the place of that one, is logged, and beat goes on for ever.
    """

    def stop(*_: object) -> None:
        sender.stop()
        sys.exit()

    if threading.current_thread() is not threading.main_thread():
        return  # a thread of a worker's, which ends it by the flag alone
    for each in (signal.SIGTERM, signal.SIGINT):
        signal.signal(each, stop)
