"""The broker: kombu's Redis, connected only where it takes writes.

A Redis that is full or a read-only replica answers, so that a worker would find its connection good, fail at the first
write, and begin anew several times a second. Tried with a write, it counts as away: the worker says why, and waits
longer each time, up to half a minute.
"""

from typing import Any, Final

from kombu.transport.redis import Transport as RedisTransport

from monitor.store.keys import TRIAL

TRIAL_MS: Final = 1000  # the key is gone by itself


class Transport(RedisTransport):
    """Redis, tried with a write; `tasks.transport` adds what its channels outlive."""

    def establish_connection(self) -> Any:
        """As kombu's. Raises what the client raises where Redis takes no writes, which kombu tries again."""
        made = super().establish_connection()  # type: ignore[no-untyped-call] # kombu ships few types
        self._avail_channels[-1].client.set(TRIAL, "", px=TRIAL_MS)
        return made
