"""The clocks of our machines beside the store's own: how far each is away, and when one of them jumped."""

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from monitor.metrics import CLOCK_JUMPS
from monitor.model.clocks import Jump, MachineClock
from monitor.store import keys, scripts
from monitor.store.client import Part, Redis, moment, text, translated

JUMPED: Final = "jumped"  # the field of the last jump; machines are named otherwise
JUMP_LEAST: Final = timedelta(seconds=10)  # NTP steps a clock by less at a start; our shortest task lives for so long
# What Redis takes up later than so long after it was asked the time, was read off the clocks at another time than it is
# compared with: the client waits for a second and has given up by then (HURRY_S), Redis does it all the same.
LATE_MOST: Final = timedelta(seconds=2)
FORGOTTEN: Final = timedelta(days=1)  # a machine that was not heard for so long is none of ours any more


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """What a look at the clocks found."""

    at: datetime  # by the store's clock
    by: timedelta = timedelta()  # this machine's clock jumped by that since the last look of any process on it
    store_by: timedelta = timedelta()  # the store's did


class Clocks(Part):
    """One hash: a field a machine, and one with the last jump."""

    def __init__(self, client: Redis) -> None:
        super().__init__(client)
        self._look = client.register_script(scripts.LOOK_AT_CLOCKS)

    def now(self) -> datetime:
        """This moment by the store's clock, asked of it: what commands go by, on whatever machine they are given."""
        with translated("asked what time it is"):
            seconds, micros = self._redis.time()
        return moment(seconds + micros / 1e6)

    def look(self, machine: str, host: str, *, wall_s: float, steady_s: float, asked_at: datetime) -> Looked:
        """Compare this machine's clock with the store's and with its own steady one; a jump is counted once.

        `machine` is one for all processes that share the steady clock; both clocks in seconds, read just now.
        `asked_at` is what `now` answered just before: a look that Redis takes up later, having stalled, says nothing.
        """
        with translated("looked at the clocks"):
            at, by, store_by = self._look(
                keys=[keys.CLOCKS, keys.COUNTS],
                args=[
                    machine,
                    host,
                    repr(wall_s),
                    repr(steady_s),
                    JUMP_LEAST.total_seconds(),
                    FORGOTTEN.total_seconds(),
                    JUMPED,
                    CLOCK_JUMPS.field("forward"),
                    CLOCK_JUMPS.field("back"),
                    repr(asked_at.timestamp()),
                    LATE_MOST.total_seconds(),
                ],
            )
        return Looked(at=moment(at), by=timedelta(seconds=float(by)), store_by=timedelta(seconds=float(store_by)))

    def known(self) -> tuple[tuple[MachineClock, ...], Jump | None]:
        """Every machine on which a part of ours runs, by name, and the last jump. What cannot be read is left out."""
        with translated("read the clocks"):
            found = self._redis.hgetall(keys.CLOCKS)
        machines, jump = [], None
        for name, document in found.items():
            with suppress(ValueError, KeyError, TypeError, OverflowError):
                one = json.loads(document)
                if text(name) == JUMPED:
                    jump = Jump(
                        at=moment(one["at"]),
                        by=timedelta(seconds=one["by"]),
                        host=str(one["host"]),
                        shared=bool(one["shared"]),
                        put_right=bool(one.get("put_right")),
                    )
                else:
                    machines.append(_machine_clock(one))
        return tuple(sorted(machines, key=lambda each: (each.host, each.looked_at))), jump

    def note_put_right(self, jump: Jump) -> None:
        """Keep that what was written before this jump for a time to come was looked for."""
        document = {
            "at": jump.at.timestamp(),
            "by": jump.by / timedelta(seconds=1),
            "host": jump.host,
            "shared": jump.shared,
            "put_right": True,
        }
        with translated("noted that a clock was put right"):
            self._redis.hset(keys.CLOCKS, JUMPED, json.dumps(document))

    def ahead(self, now: datetime) -> timedelta:
        """How far a clock that says `now` is ahead of the store's."""
        return now - self.now()


def _machine_clock(one: Mapping[str, Any]) -> MachineClock:
    return MachineClock(
        host=str(one["host"]),
        looked_at=moment(one["at"]),
        ahead=timedelta(seconds=one["ahead"]),
        since=moment(one["since"]),
    )
