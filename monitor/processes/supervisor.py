"""The parts of `staysub run` as processes: started, watched, restarted with backoff, logged, and ended together.

One thread and one selector: the parts' output, our signals and the clock are all waited for in one place. The parts
share our process group, so that the terminal's job control holds for all; the embedded server has a session of its own
and ends last.
"""

import os
import re
import selectors
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from monitor.errors import StaysubError
from monitor.processes.logfile import BoundedLog
from monitor.processes.part import Part, Running

PATIENCE_S = 8.0  # from SIGTERM to SIGKILL: a task that is cut off is done again, so waiting longer gains little
_COLD_S = 5.0  # from SIGTERM to SIGQUIT, by which Celery gives up its tasks
_SETTLED_S = 60.0  # a part that ran so long begins its restarts anew
_LONGEST_PAUSE_S = 30.0
_TICK_S = 0.25
_REPEAT_S = 60.0  # the same sentence is said again after so long
_GRAVE = re.compile(r"\b(ERROR|CRITICAL)\b")
_KEYS = object()  # marks the terminal among what is waited for


def pause_before_restart(failures: int) -> float:
    """Seconds to wait before a part that failed so many times in a row is started again: 1, 2, 4 … 30."""
    return float(min(_LONGEST_PAUSE_S, 2.0 ** min(10, max(0, failures - 1))))


class Server(Protocol):
    """The embedded server, as far as it is watched here."""

    def ensure(self) -> bool:
        """Start it again if it has died; True if it had."""

    def stop(self) -> None:
        """End it."""


class Supervisor:
    """Runs the parts until a signal asks for the end."""

    def __init__(self, *, log_dir: Path, say: Callable[[str], None]) -> None:
        self._log_dir = log_dir
        self._say = say
        self._server: Server | None = None
        self._server_failures = 0
        self._server_retry_at = 0.0
        self._parts: list[Running] = []
        self._selector = selectors.DefaultSelector()
        self._signals = 0
        self._said: dict[str, tuple[str, float]] = {}

    @contextmanager
    def signals_caught(self) -> Iterator[None]:
        """Within it, SIGINT, SIGTERM and SIGHUP ask for the end instead of ending us. Main thread only."""
        read_end, write_end = os.pipe()
        os.set_blocking(read_end, False)
        os.set_blocking(write_end, False)
        self._selector.register(read_end, selectors.EVENT_READ, None)
        old_wakeup = signal.set_wakeup_fd(write_end, warn_on_full_buffer=False)
        caught = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
        old = {number: signal.signal(number, self._on_signal) for number in caught}
        try:
            yield
        finally:
            for number, handler in old.items():
                signal.signal(number, handler)
            signal.set_wakeup_fd(old_wakeup)
            self._selector.close()
            os.close(read_end)
            os.close(write_end)

    @property
    def ending(self) -> bool:
        """Whether a signal has asked for the end."""
        return self._signals > 0

    def look_after(self, server: Server) -> None:
        """Watch a server that was started already."""
        self._server = server

    def forward_keys(self, terminal: int) -> None:
        """From now on, what is typed in that terminal goes to the parts that listen."""
        self._selector.register(terminal, selectors.EVENT_READ, _KEYS)

    def add(self, part: Part) -> None:
        """Start a part, if it may, and watch it from now on."""
        running = Running(part, BoundedLog(self._log_dir / f"{part.name}.log"))
        self._parts.append(running)
        self._start(running)

    def has_opened(self, *names: str) -> bool:
        """Whether the servers of these parts take connections."""
        return all(running.has_opened for running in self._parts if running.part.name in names)

    def watch(self, until: Callable[[], bool] = lambda: False, *, limit_s: float | None = None) -> bool:
        """Keep everything going until a signal comes, `until` holds (then True), or the limit is over.

        Raises what a part's `see` does where that part ended before its server took connections.
        """
        deadline = None if limit_s is None else time.monotonic() + limit_s
        while not self.ending:
            if until():
                return True
            if deadline is not None and time.monotonic() > deadline:
                return False
            self._wait(_TICK_S)
            self._look_after_server()
            for running in self._parts:
                self._look_after_part(running)
        return False

    def end(self) -> None:
        """End the parts, by force after a while or at a second signal; the server last."""
        asked_at = time.monotonic()
        asked = self._signals
        for running in self._parts:
            running.send(signal.SIGTERM)
        cold = False
        while any(running.alive for running in self._parts):
            waited = time.monotonic() - asked_at
            if waited > PATIENCE_S or self._signals > asked:
                for running in self._parts:
                    running.send(signal.SIGKILL)
            elif waited > _COLD_S and not cold:
                cold = True
                for running in self._parts:
                    running.send(signal.SIGQUIT)
            self._wait(0.05)
        for running in self._parts:
            self._take_in(running, last=True)
            running.log.close()
        if self._server is not None:
            self._server.stop()

    def _start(self, running: Running) -> None:
        if not running.part.may_start():
            running.restart_at = time.monotonic() + _LONGEST_PAUSE_S
            return
        running.started_at = time.monotonic()
        self._selector.register(running.start(), selectors.EVENT_READ, running)

    def _look_after_part(self, running: Running) -> None:
        """Tell of a part that has ended, and start it again when its pause is over."""
        now = time.monotonic()
        if running.idle:
            if now >= running.restart_at:
                self._start(running)
        elif not running.alive:
            self._take_in(running, last=True)
            why = running.ended() or ""
            if not running.has_opened:
                running.part.see()
            running.failures = 1 if now - running.started_at > _SETTLED_S else running.failures + 1
            pause = pause_before_restart(running.failures)
            running.restart_at = now + pause
            name = running.part.name
            told = f"{name} stopped: {why} (Trying again in {pause:.0f} s; {running.log.path})"
            self._say_once(f"{name} stopped", why, told)

    def _look_after_server(self) -> None:
        now = time.monotonic()
        if self._server is None or now < self._server_retry_at:
            return
        try:
            if self._server.ensure():
                self._server_failures += 1
                self._server_retry_at = now + pause_before_restart(self._server_failures)
                self._say("The embedded server had stopped; it runs again, with all its data.")
        except StaysubError as error:
            self._server_failures += 1
            self._server_retry_at = now + pause_before_restart(self._server_failures)
            self._say_once("server", str(error), str(error))

    def _wait(self, seconds: float) -> None:
        """Take in what the parts say and what is typed, for at most so long."""
        for key, _ in self._selector.select(seconds):
            if isinstance(key.data, Running):
                self._take_in(key.data)
            elif key.data is _KEYS:
                self._pass_on(key.fd)
            else:
                os.read(key.fd, 4096)  # a signal woke us; its handler has counted it

    def _pass_on(self, terminal: int) -> None:
        try:
            typed = os.read(terminal, 64)
        except OSError:
            typed = b""
        if not typed:  # the terminal has gone
            self._selector.unregister(terminal)
        for running in self._parts:
            running.hear(typed)

    def _take_in(self, running: Running, *, last: bool = False) -> None:
        """What a part has said since the last time; `last`: it has ended, and whatever else holds its pipe is left."""
        output = running.output
        for line in running.lines():
            self._report(running, line)
        if last and running.output is not None:
            for line in running.close():
                self._report(running, line)
        if output is not None and running.output is None:
            self._selector.unregister(output)

    def _report(self, running: Running, line: str) -> None:
        """Say a line, if it is for people."""
        if running.part.speaks and line != running.part.opens_with:
            self._say(line)
        elif _GRAVE.search(line):
            self._say_once(running.part.name, line, f"{running.part.name}: {line}")

    def _say_once(self, topic: str, what: str, sentence: str) -> None:
        """Say it, unless the same was said of this topic within the last minute."""
        now = time.monotonic()
        stable = re.sub(r"[0-9a-f-]*[0-9][0-9a-f-]*", "#", what)
        before, at = self._said.get(topic, ("", 0.0))
        if before != stable or now - at > _REPEAT_S:
            self._said[topic] = (stable, now)
            self._say(sentence)

    def _on_signal(self, number: int, frame: object) -> None:
        del number, frame
        self._signals += 1
