"""The broker's transport, so that nothing that lies in a queue, and no death of Redis, ends a worker.

kombu takes for granted that a queue holds what it wrote itself, and that a channel is not used after its connection was
given up. Anything else escapes it as an error that no part of Celery expects, and the worker ends. Here an entry that
nobody can read is dropped with one line in the log: what it was to cause is still due, and comes again after its lease.
"""

import logging
from collections.abc import Callable
from datetime import datetime
from typing import Any, Final

from kombu.exceptions import InconsistencyError
from kombu.transport import TRANSPORT_ALIASES
from kombu.transport import redis as ours
from kombu.transport.virtual import Empty
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError

from tasks import broker
from tasks.broker_keys import put_aside
from tasks.in_hand import DatedQoS

log: Final = logging.getLogger(__name__)

# What tells of the broker, not of an entry: kombu and Celery know what to do then.
_OF_THE_BROKER: Final = (RedisError, OSError, InconsistencyError, Empty)


class QoS(DatedQoS):
    """Messages in hand. Of those that were given back, one that cannot be read is forgotten."""

    def restore_by_tag(self, tag: Any, client: Any = None, leftmost: bool = False) -> None:  # noqa: FBT001, FBT002 - kombu's signature
        """As kombu's."""
        try:
            super().restore_by_tag(tag, client, leftmost)  # type: ignore[no-untyped-call] # kombu ships few types
        except _OF_THE_BROKER:
            raise
        except Exception as error:  # noqa: BLE001 - whatever the reading of garbage raises
            log.warning("queue_entry_dropped", extra={"queue": self.unacked_key, "reason": repr(error)})
            self._remove_from_indices(tag).execute()  # type: ignore[no-untyped-call] # kombu ships few types


class Channel(ours.Channel):
    """A channel that is told apart from one without a connection, and survives what it reads."""

    QoS = QoS

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)  # type: ignore[no-untyped-call] # kombu ships few types
        with self.conn_or_acquire() as client:
            put_aside(client)

    def _connparams(self, *args: Any, **options: Any) -> Any:
        """As kombu's. Its connection is None once it was given up, while the acknowledgement of a task still comes."""
        if self.connection is None or self.connection.client is None:
            raise RedisConnectionError("This connection to the broker was given up.")
        return super()._connparams(*args, **options)  # type: ignore[no-untyped-call] # kombu ships few types

    def _brpop_read(self, **options: Any) -> Any:
        """As kombu's; `Empty` for an entry that is no JSON."""
        try:
            return super()._brpop_read(**options)  # type: ignore[no-untyped-call] # kombu ships few types
        except (ValueError, RecursionError) as error:
            log.warning("queue_entry_dropped", extra={"queue": "", "reason": repr(error)})
            raise Empty from error

    def _receive_one(self, c: Any) -> Any:
        """As kombu's, of what is published to all workers; `Empty` likewise for what is nested too deeply."""
        try:
            return super()._receive_one(c)  # type: ignore[no-untyped-call] # kombu ships few types
        except RecursionError as error:
            log.warning("queue_entry_dropped", extra={"queue": "", "reason": repr(error)})
            raise Empty from error


class Transport(broker.Transport):
    """The transport of `redis://`, `rediss://` and `redis+socket://`."""

    Channel = Channel

    def _deliver(self, message: Any, queue: str) -> None:
        """Hand an entry to the consumer of its queue."""
        fault = fault_of(message)
        if fault:
            log.warning("queue_entry_dropped", extra={"queue": queue, "reason": fault})
            return
        try:
            super()._deliver(message, queue)  # type: ignore[no-untyped-call] # kombu ships few types
        except _OF_THE_BROKER:
            raise
        except Exception as error:
            log.warning("queue_entry_dropped", extra={"queue": queue, "reason": repr(error)})
            self._forget(message["properties"]["delivery_tag"])
            # Celery may hold a place of its pool for it, and for ever: it lets go of all as it connects anew.
            raise RedisConnectionError("An entry of a queue could not be taken.") from error

    def _forget(self, delivery_tag: str) -> None:
        """Not to be delivered again: it would fail again."""
        for channel in self.channels:
            channel.qos.reject(delivery_tag)


def fault_of(message: Any) -> str:
    """Why this is no message as kombu writes one, "" where it is. Pure."""
    if not isinstance(message, dict):
        return "it is no object"
    properties, headers = message.get("properties"), message.get("headers")
    if not isinstance(properties, dict) or not isinstance(properties.get("delivery_tag"), str):
        return "it has no properties with a delivery tag"
    info = properties.get("delivery_info")
    if not isinstance(info, dict) or not all(isinstance(info.get(each), str) for each in ("exchange", "routing_key")):
        return "it does not tell where it was sent"
    if not isinstance(headers, dict) or not isinstance(message.get("body"), str):
        return "it has no headers or no body"
    if properties.get("body_encoding") not in (None, "base64"):
        return "its body is in no encoding of ours"
    if not all(isinstance(message.get(each), str) for each in ("content-type", "content-encoding")):
        return "it does not tell what its body is"
    if "task" in headers and not (isinstance(headers["task"], str) and isinstance(headers.get("id"), str)):
        return "its task has no name or no id"
    return ""


def install(now: Callable[[], datetime]) -> None:
    """Let kombu take this transport for Redis, and that clock. Before the first connection of the process."""
    DatedQoS.now = staticmethod(now)
    for scheme in ("redis", "rediss"):
        TRANSPORT_ALIASES[scheme] = f"{__name__}:{Transport.__qualname__}"
