"""What Celery asks of us: how its messages are written."""

import logging

from celery.signals import setup_logging

from monitor.journal import configure


@setup_logging.connect  # type: ignore[untyped-decorator] # celery ships no types
def log_plainly(loglevel: int | str | None = None, **_: object) -> None:
    """One line an event, as everywhere else in Staysub."""
    configure(loglevel or logging.INFO)
