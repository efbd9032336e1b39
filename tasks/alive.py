"""The worker's sign of life, from its own loop, so that a stuck or dead one is seen by its silence.

Celery's own heartbeat will not do: a worker started with `--without-heartbeat` has none, and works all the same.
"""

from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from celery import bootsteps

from monitor.errors import StaysubError
from monitor.incident.signs_of_life import HEARTBEAT_EVERY, worker_of
from monitor.wiring import services


class SignOfLife(bootsteps.StartStopStep):  # type: ignore[misc] # celery ships no types
    """A step of the consumer: while there is a connection to the broker, we note that we live."""

    requires = ("celery.worker.consumer.tasks:Tasks",)

    def __init__(self, consumer: Any, **options: Any) -> None:
        self._timer: Any = None
        super().__init__(consumer, **options)

    def start(self, parent: Any) -> None:
        """Note it now, and again and again from now on."""
        queues = tuple(parent.app.amqp.queues.consume_from)
        note(queues)
        self._timer = parent.timer.call_repeatedly(HEARTBEAT_EVERY.total_seconds(), note, (queues,))

    def stop(self, parent: Any) -> None:
        """No more; may be called twice."""
        del parent
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


def note(queues: Sequence[str] = ()) -> None:
    """Note that a worker lives, and one for each of these queues.

    Where Redis is away there is nowhere to note it, and the worker says so itself.
    """
    with suppress(StaysubError):
        services().store.heartbeats.beat("worker", services().now(), *map(worker_of, queues))
