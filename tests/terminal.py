"""Somebody at a terminal: a command in a pseudo terminal, what it says without its colours, and keys pressed."""

import os
import pty
import re
import select
import signal
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from tests.harness import PATIENCE_S


class Terminal:
    """A command of ours with a terminal of its own, and somebody who reads and types."""

    def __init__(self, cwd: Path, environ: Mapping[str, str], *words: str) -> None:
        self.said = ""  # since what was waited for last
        self.pid, self._master = pty.fork()
        if self.pid == 0:
            os.chdir(cwd)
            os.execve(sys.executable, [sys.executable, "-m", "monitor", *words], environ)  # noqa: S606 - our own interpreter

    def until(self, text: str) -> str:
        """What it says until it says so, after what was waited for before."""
        ends = time.monotonic() + PATIENCE_S
        while text not in self.said:
            self._read(ends, f"{text!r} was not said")
        before, _, self.said = self.said.partition(text)
        return before

    def types(self, text: str) -> None:
        """Press these keys."""
        os.write(self._master, text.encode())

    def leaves(self, key: str) -> None:
        """Press it once a second: Python's readline misses a signal in the moment in which it begins to wait."""
        ends = time.monotonic() + PATIENCE_S
        with suppress(EOFError):
            while time.monotonic() < ends:
                self.types(key)
                again = time.monotonic() + 1.0
                with suppress(AssertionError):
                    while "Nothing was written." not in self.said:
                        self._read(again, "")
                    return

    def ended(self) -> tuple[int, str]:
        """Its exit code, and all that it said to its end."""
        ends = time.monotonic() + PATIENCE_S
        with suppress(EOFError):
            while True:
                self._read(ends, "it did not end")
        _, status = os.waitpid(self.pid, 0)
        os.close(self._master)
        self.pid = 0
        return os.waitstatus_to_exitcode(status), self.said

    def close(self) -> None:
        """Let nothing of it live."""
        if self.pid:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
            os.close(self._master)

    def _read(self, ends: float, otherwise: str) -> None:
        ready, _, _ = select.select([self._master], [], [], max(0.0, ends - time.monotonic()))
        assert ready, f"{otherwise}; it said {self.said!r}"
        try:
            read = os.read(self._master, 65536)
        except OSError:  # the other end is closed
            read = b""
        if not read:
            raise EOFError
        self.said += re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", read.decode()).replace("\r\n", "\n")
