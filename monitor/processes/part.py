"""One part of `staysub run` as a process: its command, its pipes, its lines, how it ended."""

import os
import re
import signal
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from monitor.processes.logfile import BoundedLog
from monitor.processes.supervised import SUPERVISOR

_LINE_BYTES = 8192  # a longer line is cut
_NO_NEWS = re.compile(r"^(Traceback|\s|$)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A process to run: its name, its command, what its environment adds to ours."""

    name: str
    argv: Sequence[str]
    environ: Mapping[str, str] = field(default_factory=dict)
    listens: bool = False  # the keys typed in the terminal are for it
    speaks: bool = False  # and its words are for the terminal
    opens_with: str = ""  # the word in its log by which it says that its server takes connections
    may_start: Callable[[], bool] = lambda: True  # it is started once this holds
    see: Callable[[], None] = lambda: None  # raises where a start that failed would fail again, and so all is to end


class Running:
    """A part's process of now, if there is one, and its log. What it says is taken in without ever waiting."""

    def __init__(self, part: Part, log: BoundedLog) -> None:
        self.part = part
        self.log = log
        self.started_at = 0.0  # on the clock of its supervisor
        self.failures = 0
        self.restart_at = 0.0
        self.last_words = ""
        self.has_opened = False  # its server took connections, be it before a restart
        self._process: subprocess.Popen[bytes] | None = None
        self._output: int | None = None
        self._rest = b""

    @property
    def alive(self) -> bool:
        """Whether its process runs."""
        return self._process is not None and self._process.poll() is None

    @property
    def output(self) -> int | None:
        """The descriptor that its words come from; None once it has said its last."""
        return self._output

    def start(self) -> int:
        """Start its process; the descriptor to read its words from."""
        self.last_words = ""
        self._process = subprocess.Popen(
            list(self.part.argv),
            stdin=subprocess.PIPE if self.part.listens else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env={**os.environ, "PYTHONUNBUFFERED": "1", **self.part.environ, SUPERVISOR: str(os.getpid())},
        )
        if self._process.stdout is None:
            raise AssertionError("a pipe was asked for")
        self._output = self._process.stdout.fileno()
        os.set_blocking(self._output, False)
        return self._output

    def ended(self) -> str | None:
        """How its process ended, as a sentence, once; None while it runs or where that was told already."""
        if self._process is None or self._process.poll() is None:
            return None
        code = self._process.returncode
        if self._process.stdin is not None:
            with suppress(OSError):
                self._process.stdin.close()
        self._process = None
        if self.last_words:
            return self.last_words
        return f"it was ended by signal {-code}." if code < 0 else f"it ended with code {code}."

    @property
    def idle(self) -> bool:
        """Whether there is no process, and its end was told."""
        return self._process is None

    def send(self, number: signal.Signals) -> None:
        """A signal, if it runs."""
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(number)

    def hear(self, typed: bytes) -> None:
        """Pass on what was typed, if it listens."""
        if self._process is not None and self._process.stdin is not None:
            with suppress(OSError):
                os.write(self._process.stdin.fileno(), typed)

    def lines(self) -> Iterator[str]:
        """What it has said since the last time, inert, line by line; all of it is in the log already.

        When it has said its last, `output` is None afterwards.
        """
        while self._output is not None:
            try:
                block = os.read(self._output, 65536)
            except BlockingIOError:
                return
            if not block:
                yield from self.close()
                return
            *whole, self._rest = (self._rest + block).split(b"\n")
            if len(self._rest) > _LINE_BYTES:
                whole, self._rest = [*whole, self._rest], b""
            for raw in whole:
                yield self._line(raw[:_LINE_BYTES])

    def close(self) -> Iterator[str]:
        """Listen no more; the unfinished line, if there is one."""
        self._output = None
        if self._process is not None and self._process.stdout is not None:
            self._process.stdout.close()
        if self._rest:
            raw, self._rest = self._rest, b""
            yield self._line(raw[:_LINE_BYTES])

    def _line(self, raw: bytes) -> str:
        self.log.write(raw + b"\n")
        line = "".join(c if c.isprintable() else "?" for c in raw.decode(errors="replace").rstrip("\r"))
        if self.part.opens_with and self.part.opens_with in line.split():
            self.has_opened = True
        if not _NO_NEWS.match(line):
            self.last_words = line.removeprefix("staysub: ")
        return line
