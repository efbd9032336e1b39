"""The parts as processes: each is killed, stopped and seen by its group, and started again when it ends."""

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from tests.torment.moved_clock import forget

RESTART_S: Final = 1.0  # as systemd's RestartSec in our units: a part that ended is started again after so long
END_S: Final = 15.0  # from SIGTERM to SIGKILL
PAGE_BYTES: Final = os.sysconf("SC_PAGE_SIZE")


class Part:
    """One part: its main process leads a group (and a session) of its own."""

    def __init__(self, name: str, command: Sequence[str | Path], *, environ: dict[str, str], log: Path) -> None:
        self.name, self.log = name, log
        self.held = False  # whether it stays away although it has ended
        self.kills = self.exits = 0  # those that we killed, those that ended by themselves
        self._command, self._environ = command, environ
        self._process: subprocess.Popen[bytes] | None = None
        self._ended_s: float | None = None
        self._killed = False

    def start(self) -> None:
        """Start it."""
        with self.log.open("ab") as out:
            self._process = subprocess.Popen(
                self._command,
                env={**os.environ, **self._environ},
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                start_new_session=True,
            )
        self._ended_s, self._killed = None, False

    @property
    def alive(self) -> bool:
        """Whether its main process runs."""
        return self._process is not None and self._process.poll() is None

    @property
    def pid(self) -> int:
        """Of its main process."""
        return 0 if self._process is None else self._process.pid

    def keep(self) -> None:
        """Start it again where it has ended and is not held away. Called again and again."""
        if self._process is None or self.alive:
            return
        now = time.monotonic()
        if self._ended_s is None:
            self._ended_s = now
            self.exits += not self._killed
            self.signal(signal.SIGKILL)  # what is left of its group, as systemd does
            forget(self.pid)
        if not self.held and now - self._ended_s >= RESTART_S:
            self.start()

    def kill(self) -> None:
        """SIGKILL to its main process alone, as the kernel does that is short of memory."""
        if self.alive and self._process is not None:
            self._killed = True
            self.kills += 1
            self._process.kill()
            self._process.wait()

    def kill_child(self, choose: Callable[[Sequence[int]], int]) -> None:
        """SIGKILL to one of the processes below the main one, if there are any."""
        below = [pid for pid in self.group() if pid != self.pid]
        if below:
            self.kills += 1
            with contextlib.suppress(ProcessLookupError):
                os.kill(choose(below), signal.SIGKILL)

    def signal(self, number: signal.Signals) -> None:
        """A signal to all of its processes."""
        if self.pid:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.pid, number)

    def end(self) -> None:
        """Tell it to end, and see that all of it does."""
        self.held = True
        if self._process is None:
            return
        self.signal(signal.SIGCONT)
        if self.alive:
            self._process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(END_S)
        self.signal(signal.SIGKILL)
        self._process.wait()
        forget(self.pid)

    def group(self) -> list[int]:
        """Its processes."""
        return [] if not self.pid else [pid for pid, session in sessions() if session == self.pid]

    def memory_bytes(self) -> int:
        """What its processes have in memory, of which they share some."""
        total = 0
        for pid in self.group():
            with contextlib.suppress(OSError):
                total += int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * PAGE_BYTES
        return total


def sessions() -> list[tuple[int, int]]:
    """Each process with its session (proc(5): the fourth field behind the command)."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            found.append((int(path.parent.name), int(path.read_text().rpartition(")")[2].split()[3])))
    return found
