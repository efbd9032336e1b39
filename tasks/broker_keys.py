"""The broker's own keys in Redis: one of the wrong type, which somebody else wrote, would stop every queue."""

import logging
from contextlib import suppress
from typing import Any, Final

from celery import bootsteps
from redis.exceptions import RedisError, ResponseError

from monitor.errors import StaysubError
from monitor.operations.queues import QUEUES
from monitor.wiring import services

log: Final = logging.getLogger(__name__)

LOOKED_AT_EVERY_S: Final = 10.0  # a look is one question; as often as a worker notes that it lives
_BINDINGS: Final = ("_kombu.binding.{}", "_kombu.binding_permanent.{}")
_EXCHANGES: Final = (*QUEUES, "celery.pidbox", "reply.celery.pidbox", "celeryev")
TYPES: Final = {
    **dict.fromkeys(QUEUES, "list"),
    **{form.format(name): "set" for form in _BINDINGS for name in _EXCHANGES},
    "_kombu.binding_deadlines": "zset",
    "unacked": "hash",
    "unacked_index": "zset",
    "unacked_mutex": "string",
}


class KeptApart(bootsteps.StartStopStep):  # type: ignore[misc] # celery ships no types
    """A step of the consumer: what goes wrong while it consumes; the transport looks at each new connection."""

    requires = ("celery.worker.consumer.connection:Connection",)

    def __init__(self, consumer: Any, **options: Any) -> None:
        self._timer: Any = None
        super().__init__(consumer, **options)

    def start(self, parent: Any) -> None:
        """Look again and again from now on."""
        self._timer = parent.timer.call_repeatedly(LOOKED_AT_EVERY_S, look)

    def stop(self, parent: Any) -> None:
        """No more; may be called twice."""
        del parent
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


def look() -> None:
    """Put aside what is wrong now. Nothing where Redis is away: the consumer says so itself."""
    with suppress(StaysubError, RedisError):
        put_aside(services().store.client)


def put_aside(client: Any) -> None:
    """Rename each key of the broker's that has the wrong type, so that nothing of somebody else's is lost.

    May be repeated, and done by several at once. Raises RedisError where Redis does not answer.
    """
    pipe = client.pipeline(transaction=False)
    for key in TYPES:
        pipe.type(key)
    for (key, wanted), answer in zip(TYPES.items(), pipe.execute(), strict=True):
        found = answer.decode() if isinstance(answer, bytes) else answer
        if found in (wanted, "none"):
            continue
        with suppress(ResponseError):  # another one was faster
            client.rename(key, f"{key}.put-aside")
            log.error("broker_key_put_aside", extra={"key": key, "found": found, "wanted": wanted})
