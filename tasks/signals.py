"""What Celery tells us of itself: the worker's sign of life, and how its messages are written."""

import logging
from contextlib import suppress

from celery.signals import heartbeat_sent, setup_logging

from monitor.errors import StaysubError
from monitor.journal import configure
from monitor.wiring import services


@heartbeat_sent.connect  # type: ignore[untyped-decorator] # celery ships no types
def worker_is_alive(**_: object) -> None:
    """Note that a worker lives. Where Redis is away there is nowhere to note it, and the worker says so itself."""
    with suppress(StaysubError):
        services().store.heartbeats.beat("worker", services().now())


@setup_logging.connect  # type: ignore[untyped-decorator] # celery ships no types
def log_plainly(loglevel: int | str | None = None, **_: object) -> None:
    """One line an event, as everywhere else in Staysub."""
    configure(loglevel or logging.INFO)
