"""HTTP connections that go to a checked address only, and end in time: the one way out.

The name is resolved here, every address it has is judged, and the connection is made to the judged address itself, so
that a name which changes its address between look-up and use (DNS rebinding) gains nothing. TLS still verifies the
name. A watchdog cuts the connection at the deadline, because a server that sends one byte now and then satisfies every
timeout that counts from the last byte.
"""

import socket
import ssl
import threading
from collections.abc import Callable, Collection
from contextlib import suppress
from datetime import timedelta
from ipaddress import ip_address
from pathlib import Path
from time import monotonic
from typing import Any, Final, Self

from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, PoolManager
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import NameResolutionError

from monitor import __version__
from monitor.errors import StaysubError
from monitor.http.allowed_addresses import refusal
from monitor.model.dns import IpNetwork

OURS: Final = {
    "User-Agent": f"staysub/{__version__}",
    "Accept-Encoding": "identity",
    "Connection": "close",
}  # in every request
Resolve = Callable[[str, int], list[str]]
CONNECT_TIMEOUT: Final = timedelta(seconds=5)  # of one address; the deadline bounds all of them together
ADDRESSES_TRIED: Final = 4  # of one name: a long list must not use the time up


class AddressRefused(StaysubError):
    """The target is at an address that may not be connected to. `reason` is a stable word."""

    def __init__(self, host: str, address: str, reason: str) -> None:
        self.reason = reason
        super().__init__(f"{host} is at {address}, where webhooks are not sent ({reason})")


def resolve(host: str, port: int) -> list[str]:
    """The addresses of a host as the system knows them, hosts file included. Raises socket.gaierror."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def trusted() -> str | bool:
    """The system's CA certificates, where private ones may have been added; without any, those that requests brings."""
    paths = ssl.get_default_verify_paths()
    if paths.cafile:
        return paths.cafile
    if paths.capath and any(Path(paths.capath).iterdir()):
        return paths.capath
    return True


class Deadline:
    """Cuts one connection when the time is up, whatever it is doing. Used as a context."""

    def __init__(self, within: timedelta) -> None:
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


class Dialer:
    """Opens sockets to judged addresses for one delivery."""

    def __init__(self, *, allow_networks: Collection[IpNetwork], deadline: Deadline, resolver: Resolve) -> None:
        self._allowed = allow_networks
        self._deadline = deadline
        self._resolve = resolver

    def connect(self, host: str, port: int) -> socket.socket:
        """A connection to the first address that answers. Raises AddressRefused where any of them may not be used."""
        addresses = self._look_up(host, port)
        for address in addresses:
            reason = refusal(ip_address(address.partition("%")[0]), port=port, allow_networks=self._allowed)
            if reason is not None:
                raise AddressRefused(host, address, reason)
        trouble: OSError = TimeoutError(f"no time was left to connect to {host}")
        for address in addresses[:ADDRESSES_TRIED]:
            if self._deadline.passed:
                break
            try:
                wait = min(CONNECT_TIMEOUT.total_seconds(), self._deadline.left_s)
                sock = socket.create_connection((address, port), timeout=wait)
            except OSError as error:
                trouble = error
                continue
            self._deadline.guard(sock)
            return sock
        raise trouble

    def _look_up(self, host: str, port: int) -> list[str]:
        """The host's addresses, within the deadline.

        The system's resolver cannot be told a timeout, so a thread waits for it.
        """
        found: list[str] = []
        trouble: list[Exception] = []

        def ask() -> None:
            try:
                found.extend(self._resolve(host, port))
            except (OSError, UnicodeError) as error:
                trouble.append(error)

        thread = threading.Thread(target=ask, daemon=True, name="http-resolve")
        thread.start()
        thread.join(self._deadline.left_s)
        if thread.is_alive():
            raise TimeoutError(f"{host} was not resolved in time")
        if trouble or not found:
            reason = (
                trouble[0] if trouble and isinstance(trouble[0], socket.gaierror) else socket.gaierror(-2, "no address")
            )
            raise reason
        return found


class GuardedAdapter(HTTPAdapter):
    """The adapter of requests, with connections through a dialer. No proxy, no kept connection."""

    def __init__(self, dialer: Dialer) -> None:
        self._dialer = dialer
        super().__init__(pool_connections=1, pool_maxsize=1, max_retries=0)

    def init_poolmanager(self, connections: int, maxsize: int, block: bool = False, **kwargs: Any) -> None:  # noqa: FBT001, FBT002 - the signature is that of requests
        """The pools of urllib3, with our kinds of connection."""
        super().init_poolmanager(connections, maxsize, block, **kwargs)
        manager: PoolManager = self.poolmanager
        manager.pool_classes_by_scheme = _pools(self._dialer)


def _pools(dialer: Dialer) -> dict[str, type]:
    """Pool classes whose connections ask the dialer for their sockets."""

    def opened(connection: HTTPConnection) -> socket.socket:
        """What urllib3 calls to get a connected socket; it wraps it in TLS afterwards, by name."""
        host, port = connection._dns_host, connection.port or connection.default_port  # noqa: SLF001 - the name that urllib3 itself connects to
        try:
            return dialer.connect(host, port)
        except socket.gaierror as error:
            raise NameResolutionError(host, connection, error) from error

    class Plain(HTTPConnection):
        def _new_conn(self) -> socket.socket:
            return opened(self)

    class Secure(HTTPSConnection):
        def _new_conn(self) -> socket.socket:
            return opened(self)

    class PlainPool(HTTPConnectionPool):
        ConnectionCls = Plain

    class SecurePool(HTTPSConnectionPool):
        ConnectionCls = Secure

    return {"http": PlainPool, "https": SecurePool}
