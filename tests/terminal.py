"""Somebody at a terminal: a command in a pseudo terminal, what it says without its colours, and keys pressed."""

import fcntl
import json
import os
import pty
import re
import select
import signal
import struct
import sys
import termios
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from tests.harness import PATIENCE_S

COLUMNS, ROWS = 80, 40


class Cast:
    """What a terminal showed over several commands, and when: an asciicast, version 2."""

    def __init__(self, path: Path) -> None:
        self._path, self._began = path, time.monotonic()
        path.write_text(json.dumps({"version": 2, "width": COLUMNS, "height": ROWS}) + "\n")

    def shows(self, text: str) -> None:
        """Keep it, with the seconds since the beginning."""
        event = [round(time.monotonic() - self._began, 3), "o", text]
        with self._path.open("a") as file:
            file.write(json.dumps(event, ensure_ascii=False) + "\n")


class Terminal:
    """A command of ours with a terminal of its own, and somebody who reads and types.

    `within` is the command that it is started by, such as one that enters a namespace; `shows` gets what stands on the
    terminal, colours and all.
    """

    def __init__(
        self,
        cwd: Path,
        environ: Mapping[str, str],
        *words: str,
        within: Sequence[str] = (),
        shows: Callable[[str], object] = str,
    ) -> None:
        self.said = ""  # since what was waited for last
        self._shows = shows
        shows(f"$ staysub {' '.join(words)}\r\n")
        self.pid, self._master = pty.fork()
        if self.pid == 0:
            os.chdir(cwd)
            command = [*within, sys.executable, "-m", "monitor", *words]
            os.execvpe(command[0], command, environ)  # noqa: S606 - our own interpreter
        fcntl.ioctl(self._master, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))

    def until(self, text: str, within_s: float = PATIENCE_S) -> str:
        """What it says until it says so, after what was waited for before."""
        ends = time.monotonic() + within_s
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

    def ended(self, within_s: float = PATIENCE_S) -> tuple[int, str]:
        """Its exit code, and all that it said to its end."""
        ends = time.monotonic() + within_s
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
        text = read.decode(errors="replace")
        self._shows(text)
        self.said += re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", text).replace("\r\n", "\n")
