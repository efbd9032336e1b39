"""What each kind of torment does to the world, and how it is undone."""

import contextlib
import random
import signal
import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Final

import redis

from tests.torment.hostile import hostile_mail, hostile_web
from tests.torment.lists import LISTS, Lot
from tests.torment.plan import KILL, TURN, Step
from tests.torment.servers import WELL
from tests.torment.world import World

DAY: Final = timedelta(days=1)
MINUTES: Final = timedelta(minutes=7)  # longer than leases and the shortest deadline of a probe
NOWHERE: Final = ("127.0.0.1", "1")  # no Redis answers there
Undo = Callable[[], None]


class Torments:
    """Applies steps of the plan to a world."""

    def __init__(self, world: World, *, seed: int) -> None:
        self._world, self._dice = world, random.Random(f"{seed}:torments applied")

    def apply(self, step: Step) -> Undo:
        """Do it; what undoes it. Redis may be away, and then what is done to it has no effect."""
        if step.kind == KILL:
            return self._kill(step)
        if step.kind == TURN:
            self._world.servers.turn(step.target, broken=step.broken)
            return _nothing
        room, _, what = step.kind.partition("-")
        if room in self._world.servers.moods:
            return self._mood(room, what)
        done = {"redis": self._redis, "clock": self._clock, "part": self._part, "hostile": self._hostile}[room]
        return done(what, step)

    def _kill(self, step: Step) -> Undo:
        """One in three times a child of a worker alone."""
        part = self._world.parts[step.target]
        if step.target.startswith("worker") and self._dice.random() < 1 / 3:
            part.kill_child(self._dice.choice)
        else:
            part.kill()
        return _nothing

    def _mood(self, room: str, what: str) -> Undo:
        moods = self._world.servers.moods
        moods[room] = what
        return lambda: moods.update({room: WELL})

    def _redis(self, what: str, step: Step) -> Undo:
        part, client = self._world.redis, self._world.client()
        if what == "stopped":
            part.signal(signal.SIGSTOP)
            return lambda: part.signal(signal.SIGCONT)
        if what == "killed":
            part.held = True
            part.kill()
            return lambda: setattr(part, "held", False)
        if what == "asleep":
            asleep = self._world.client(timeout_s=step.for_s + 5)
            threading.Thread(target=lambda: _said(asleep, "DEBUG", "SLEEP", str(step.for_s)), daemon=True).start()
            return _nothing
        if what == "emptied":
            _said(client, "FLUSHALL")
            return _nothing
        if what == "read-only":
            _said(client, "REPLICAOF", *NOWHERE)
            return lambda: _said(client, "REPLICAOF", "NO", "ONE")
        _said(client, "CONFIG", "SET", "maxmemory", "1mb")
        return lambda: _said(client, "CONFIG", "SET", "maxmemory", "0")

    def _clock(self, what: str, step: Step) -> Undo:
        del step
        world = self._world
        jump = world.clock.jump if what == "apart" else world.jump
        by = {"day-ahead": DAY, "minutes-ahead": MINUTES, "minutes-behind": -MINUTES, "apart": DAY}[what]
        jump(by)
        return lambda: jump(-by)

    def _part(self, what: str, step: Step) -> Undo:
        del what
        part = self._world.parts[step.target]
        part.signal(signal.SIGSTOP)
        return lambda: part.signal(signal.SIGCONT)

    def _hostile(self, what: str, step: Step) -> Undo:
        del step
        if what == "web":
            hostile_web(self._world.ports.web)
        else:
            bait = next(one.id for one in LISTS if one.lot is Lot.BAIT)
            hostile_mail(self._world.ports.receiver, self._world.servers.mtas[bait].last_forward_path)
        return _nothing

    def put_right(self) -> None:
        """Everything as it should be, whatever was done."""
        world = self._world
        world.servers.moods.update(dict.fromkeys(world.servers.moods, WELL))
        world.redis.held = False
        for part in world.everything:
            part.signal(signal.SIGCONT)
        for words in (("REPLICAOF", "NO", "ONE"), ("CONFIG", "SET", "maxmemory", "0")):
            _said(world.client(), *words)


def _said(client: "redis.Redis", *words: str) -> None:
    with contextlib.suppress(redis.RedisError):
        client.execute_command(*words)


def _nothing() -> None:
    pass
