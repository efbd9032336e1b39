"""What Celery asks of us: how its messages are written, and what a worker needs before it begins."""

import logging
from typing import Final

from celery.signals import setup_logging, worker_init

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
