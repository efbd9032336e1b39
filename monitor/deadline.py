"""One end for a whole conversation with others, from the look-up of a name to the last octet.

A socket's own timeout counts from the last octet, so that a server which sends one now and then is never too slow for
it: neither in its replies nor in the handshake of TLS. So a watchdog cuts the connection when the time is up, whatever
it is doing: waiting, reading, or sending to somebody who has stopped to read.
"""

import errno
import socket
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextlib import suppress
from datetime import timedelta
from time import monotonic
from typing import Final, Self, TypeVar

T = TypeVar("T")
Resolve = Callable[[str, int], list[str]]
CONNECT_TIMEOUT: Final = timedelta(seconds=5)  # of one address; the deadline bounds all of them together
ADDRESSES_TRIED: Final = 4  # of one name: a long list must not use the time up
_NO_FILE: Final = (errno.EMFILE, errno.ENFILE)  # says nothing of a host, and goes to those who tell it as our own fault


class Deadline:
    """Cuts the connections that it guards when the time is up. Used as a context, which closes what it guards."""

    def __init__(self, within: timedelta) -> None:
        self.within = within
        self._ends = monotonic() + within.total_seconds()
        self._timer = threading.Timer(within.total_seconds(), self._cut)
        self._timer.daemon = True
        self._guarded: list[socket.socket] = []
        self._lock = threading.Lock()
        self.passed = False

    def __enter__(self) -> Self:
        self._timer.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._timer.cancel()
        with self._lock:
            for guarded in self._guarded:
                guarded.close()
            self._guarded.clear()

    @property
    def left_s(self) -> float:
        """Seconds left, never less than a moment, fit for a socket's timeout."""
        return max(0.001, self._ends - monotonic())

    def guard(self, sock: socket.socket) -> None:
        """Cut this connection, too. A duplicate is kept: TLS takes the socket itself away."""
        duplicate = sock.dup()
        with self._lock:
            self._guarded.append(duplicate)
            late = self.passed
        if late:
            self._cut()

    def _cut(self) -> None:
        with self._lock:
            self.passed = True
            for guarded in self._guarded:
                with suppress(OSError):
                    guarded.shutdown(socket.SHUT_RDWR)


def resolve(host: str, port: int) -> list[str]:
    """The addresses of a host as the system knows them, hosts file included. Raises socket.gaierror."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def in_time(call: Callable[[], T], deadline: Deadline, *, what: str) -> T:
    """What the call gives or raises; a thread waits for what cannot be told a timeout. Raises TimeoutError."""
    future: Future[T] = Future()

    def run() -> None:
        try:
            future.set_result(call())
        except BaseException as error:  # noqa: BLE001 - it is raised again where it is waited for
            future.set_exception(error)

    threading.Thread(target=run, daemon=True, name="in-time").start()
    try:
        return future.result(timeout=deadline.left_s)
    except TimeoutError as error:
        raise TimeoutError(f"{what} took too long") from error


def look_up(host: str, port: int, *, deadline: Deadline, resolver: Resolve = resolve) -> list[str]:
    """The host's addresses. Raises socket.gaierror where it has none, TimeoutError where they do not come in time.

    Any other OSError says that no file may be opened.
    """
    try:
        found = in_time(lambda: resolver(host, port), deadline, what=f"resolving {host}")
    except (TimeoutError, socket.gaierror):
        raise
    except (OSError, UnicodeError) as error:
        if isinstance(error, OSError) and error.errno in _NO_FILE:
            raise
        raise socket.gaierror(socket.EAI_NONAME, "no address") from error
    if not found:
        raise socket.gaierror(socket.EAI_NONAME, "no address")
    return found


def reach(
    addresses: Sequence[str],
    port: int,
    *,
    deadline: Deadline,
    source: tuple[str, int] | None = None,
    at_most: timedelta = CONNECT_TIMEOUT,
) -> socket.socket:
    """A guarded connection to the first of the addresses that answers, each being waited for so long.

    Where the connection is bound to `source`, addresses of the other family are passed over. Raises OSError.
    """
    trouble: OSError = TimeoutError("no time was left to connect")
    if source is not None:
        addresses = [each for each in addresses if (":" in each) == (":" in source[0])] or addresses
    for address in addresses[:ADDRESSES_TRIED]:
        if deadline.passed:
            break
        try:
            wait = min(at_most.total_seconds(), deadline.left_s)
            sock = socket.create_connection((address, port), timeout=wait, source_address=source)
        except OSError as error:
            trouble = error
            if error.errno in _NO_FILE:
                break
            continue
        sock.settimeout(deadline.left_s)
        try:
            deadline.guard(sock)
        except OSError:  # no file is left for the duplicate
            sock.close()
            raise
        return sock
    raise trouble
