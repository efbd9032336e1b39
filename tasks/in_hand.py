"""What workers have in hand, dated by the time that all parts share.

kombu goes by each machine's own clock: a worker whose clock is an hour ahead would take what others are at for
forgotten, and do it beside them.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from kombu.transport import redis as kombus
from kombu.transport import virtual
from kombu.utils.json import dumps

from monitor import clock


class DatedQoS(kombus.QoS):
    """What this worker has in hand, and what others had for too long."""

    now: Callable[[], datetime] = staticmethod(clock.now)  # aware, UTC

    def append(self, message: Any, delivery_tag: str) -> None:
        """As kombu's, but for the time."""
        info = message.delivery_info
        parts = [message._raw, info["exchange"], info["routing_key"]]  # noqa: SLF001 - as kombu reads it
        document = dumps(parts)  # type: ignore[no-untyped-call] # kombu ships few types
        with self.pipe_or_acquire() as pipe:
            pipe.zadd(self.unacked_index_key, {delivery_tag: self.now().timestamp()})
            pipe.hset(self.unacked_key, delivery_tag, document).execute()
            virtual.QoS.append(self, message, delivery_tag)  # type: ignore[no-untyped-call] # kombu ships few types

    @property
    def visibility_timeout(self) -> float:
        """What kombu takes off this machine's clock, to learn since when others have had in hand what they lost."""
        ahead_s = clock.now().timestamp() - self.now().timestamp()
        return float(self.channel.visibility_timeout) + ahead_s
