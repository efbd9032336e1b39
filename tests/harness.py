"""What tests with real servers and processes need: a free port, patience, a start that is awaited and a sure end."""

import contextlib
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

T = TypeVar("T")
Process = subprocess.Popen[bytes]

TOP = Path(__file__).parents[1]
STAYSUB = (sys.executable, "-m", "monitor")
PATIENCE_S = 30.0
EVERY_S = 0.05
STOP_S = 30.0


@contextmanager
def nothing_raised(*, but: type[Exception] | tuple[type[Exception], ...] = ()) -> Iterator[None]:
    """What the test holds is that the block ends, or raises what `but` names; anything else fails it."""
    try:
        yield
    except but:
        pass
    except Exception as error:
        raise AssertionError(f"{type(error).__name__} was raised: {error}") from error


def free_port() -> int:
    """A port that is free for UDP and TCP on the loopback."""
    while True:
        with socket.socket() as tcp, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
            tcp.bind(("127.0.0.1", 0))
            port = tcp.getsockname()[1]
            with contextlib.suppress(OSError):
                udp.bind(("127.0.0.1", port))
                return int(port)


def wait_for(
    holds: Callable[[], T],
    what: str = "sign of it",
    *,
    within_s: float = PATIENCE_S,
    every_s: float = EVERY_S,
    said: Callable[[], object] = str,
) -> T:
    """What `holds` gives once it is true; fails with `what` and all that was `said` where that takes longer."""
    ends = time.monotonic() + within_s
    while not (found := holds()):
        assert time.monotonic() < ends, f"no {what} within {within_s:g} s\n{said()}"
        time.sleep(every_s)
    return found


@contextmanager
def started(
    command: Sequence[str | Path],
    *,
    log: Path | None = None,
    ready: Callable[[], object] = lambda: True,
    said: Callable[[], str] = str,
    within_s: float = PATIENCE_S,
    stop: Callable[[Process], object] = subprocess.Popen.terminate,
    **options: Any,
) -> Iterator[Process]:
    """A process from when it is `ready` until the end of the block; fails with its log where it does not start.

    Its output goes to `log`, without one nowhere; `said` gives what else it has written. `stop` tells it to end, and
    where it does not it is killed.
    """
    with contextlib.ExitStack() as stack:
        out = subprocess.DEVNULL if log is None else stack.enter_context(log.open("ab"))
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=out, **options)

        def words() -> str:
            return f"{log.read_text() if log else ''}{said()}"

        try:
            wait_for(
                lambda: process.poll() is not None or ready(), f"start of {command[0]}", within_s=within_s, said=words
            )
            assert process.poll() is None, f"{command[0]} did not start: {words()}"
            yield process
        finally:
            if process.poll() is None:
                stop(process)
            ended(process)


def ended(process: Process) -> int:
    """The code of a process that was told to end; killed where it takes longer than it may."""
    try:
        return process.wait(STOP_S)
    except subprocess.TimeoutExpired:
        process.kill()
        return process.wait()


def greeted(host: str, port: int, greeting: bytes = b"220 ") -> bool:
    """Whether a server greets there, as those of SMTP do."""
    with contextlib.suppress(OSError), socket.create_connection((host, port), timeout=5) as session:
        return session.recv(200).startswith(greeting)
    return False
