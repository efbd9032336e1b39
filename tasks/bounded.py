"""Queues that do not grow without limit while no worker takes from them.

Beat goes on ticking when the workers are down, and expired messages leave a queue only when a worker sees them. Nothing
is lost by what is not sent: what is due stays in the schedule, and is claimed again once its lease has run out.
"""

import logging
from contextlib import suppress
from typing import Any, Final

from celery import Task

from monitor.errors import StaysubError
from monitor.wiring import services
from tasks.options import QUEUE_LIMIT, ROUTES

log: Final = logging.getLogger(__name__)


class BoundedTask(Task):  # type: ignore[misc] # celery ships no types
    """A task that is not sent while its queue is full."""

    Request = "tasks.timely:TimelyRequest"

    def apply_async(self, *args: Any, **options: Any) -> Any:
        """As Celery's; None where the queue is full. Where the store does not answer, the broker has the word."""
        queue = ROUTES.get(self.name, {}).get("queue", "")
        with suppress(StaysubError):
            if queue and services().store.waiting(queue) >= QUEUE_LIMIT:
                log.warning("queue_full", extra={"queue": queue, "task": self.name})
                return None
        return super().apply_async(*args, **options)
