"""HTTP connections that go to a checked address only, and end in time: the one way out.

The name is resolved here, every address it has is judged, and the connection is made to the judged address itself, so
that a name which changes its address between look-up and use (DNS rebinding) gains nothing. TLS still verifies the
name. The whole call has one deadline.
"""

import socket
import ssl
from collections.abc import Collection
from http import HTTPStatus
from http.client import HTTPException, HTTPResponse, parse_headers  # noqa: TID251 - what urllib3 reads answers with
from ipaddress import ip_address
from pathlib import Path
from typing import Any, Final

from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, PoolManager
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import NameResolutionError

from monitor import __version__
from monitor.deadline import Deadline, Resolve, look_up, reach
from monitor.errors import StaysubError
from monitor.http.allowed_addresses import refusal
from monitor.model.dns import IpNetwork
from monitor.phrase.phrase import say

OURS: Final = {
    "User-Agent": f"staysub/{__version__}",
    "Accept-Encoding": "identity",
    "Connection": "close",
}  # in every request


INTERIM_MOST: Final = 16  # answers before the final one; a server has reason for two or three (RFC 8297, RFC 9110)


class AddressRefused(StaysubError):
    """The target is at an address that may not be connected to. `reason` is a stable word."""

    def __init__(self, host: str, address: str, reason: str) -> None:
        self.reason = reason
        super().__init__(
            say(
                "{host} is at {address}, where webhooks are not sent ({reason})",
                host=host,
                address=address,
                reason=reason,
            )
        )


def trusted() -> str | bool:
    """The system's CA certificates, where private ones may have been added; without any, those that requests brings."""
    paths = ssl.get_default_verify_paths()
    if paths.cafile:
        return paths.cafile
    if paths.capath and any(Path(paths.capath).iterdir()):
        return paths.capath
    return True


class Dialer:
    """Opens sockets to judged addresses for one delivery."""

    def __init__(self, *, allow_networks: Collection[IpNetwork], deadline: Deadline, resolver: Resolve) -> None:
        self._allowed = allow_networks
        self._deadline = deadline
        self._resolve = resolver

    def connect(self, host: str, port: int) -> socket.socket:
        """A connection to the first address that answers. Raises AddressRefused where any of them may not be used."""
        addresses = look_up(host, port, deadline=self._deadline, resolver=self._resolve)
        for address in addresses:
            reason = refusal(ip_address(address.partition("%")[0]), port=port, allow_networks=self._allowed)
            if reason is not None:
                raise AddressRefused(host, address, reason)
        return reach(addresses, port, deadline=self._deadline)


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


class FinalAnswer(HTTPResponse):
    """An answer whose status is the final one: http.client passes over 100 alone, and takes 103 for the end."""

    def _read_status(self) -> tuple[str, int, str]:
        """As http.client's, past what is interim: 1xx but for 101, which ends HTTP (RFC 9110 section 15.2)."""
        for _ in range(INTERIM_MOST):
            version, status, reason = super()._read_status()  # type: ignore[misc] # the seam that its begin() calls
            if not 100 <= status < 200 or status == HTTPStatus.SWITCHING_PROTOCOLS:
                return version, status, reason
            parse_headers(self.fp)
        raise HTTPException(f"more than {INTERIM_MOST} interim answers")


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
        response_class = FinalAnswer

        def _new_conn(self) -> socket.socket:
            return opened(self)

    class Secure(HTTPSConnection):
        response_class = FinalAnswer

        def _new_conn(self) -> socket.socket:
            return opened(self)

    class PlainPool(HTTPConnectionPool):
        ConnectionCls = Plain

    class SecurePool(HTTPSConnectionPool):
        ConnectionCls = Secure

    return {"http": PlainPool, "https": SecurePool}
