"""Each new connection is let in, counted by network, told apart as a proxy's, or sent away."""

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Sequence
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Final

from monitor.receiver.connection import Connection
from monitor.receiver.limits import Limits

_log: Final = logging.getLogger(__name__)

NETWORK_BITS: Final = 64  # what one site has at least (RFC 6177 section 2): addresses inside cost nothing
CROWDED: Final = b"421 4.7.0 Too many connections; please try again later.\r\n"


MakeConnection = Callable[[IPv6Address, bool], Connection]  # for a peer, which is a proxy or not; not yet connected


class ConnectionLimits:
    """Counts connections in all and per /64, and knows which peers are proxies that announce their clients.

    On one port a peer from `proxies` must begin with a PROXY header (as its specification demands: the receiver does
    not guess), and nobody else may send one.
    """

    def __init__(self, limits: Limits, proxies: Sequence[IPv4Network | IPv6Network]) -> None:
        self._limits = limits
        self._proxies = tuple(network for network in proxies if isinstance(network, IPv6Network))
        self._networks: Counter[int] = Counter()
        self.open: set[Connection] = set()

    def is_proxy(self, peer: IPv6Address) -> bool:
        """Whether the peer speaks for others."""
        return any(peer in network for network in self._proxies)

    def admit(self) -> bool:
        """Whether there is room for one more."""
        return len(self.open) < self._limits.connections

    def count(self, connection: Connection) -> bool:
        """Count the connection for its client's network; False where that has as many as it may."""
        network = _network(connection.client_ip)
        if self._networks[network] >= self._limits.connections_per_network:
            _log.info("network_refused", extra={"client_ip": str(connection.client_ip)})
            return False
        self._networks[network] += 1
        connection.counted = True
        return True

    def left(self, connection: Connection) -> None:
        """The connection has ended."""
        self.open.discard(connection)
        if connection.counted:
            connection.counted = False
            network = _network(connection.client_ip)
            self._networks[network] -= 1
            if not self._networks[network]:
                del self._networks[network]


class Arriving(asyncio.Protocol):
    """A connection's protocol for its first moment: it looks at the peer and hands the transport to a Connection."""

    def __init__(self, limits: ConnectionLimits, make_connection: MakeConnection) -> None:
        self._limits = limits
        self._make_connection = make_connection

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Let in or send away."""
        if not isinstance(transport, asyncio.Transport):  # asyncio's server gives no other
            transport.close()
            return
        peer = _peer(transport)
        if peer is None or not self._limits.admit():
            transport.write(CROWDED)
            transport.close()
            return
        behind_proxy = self._limits.is_proxy(peer)
        connection = self._make_connection(peer, behind_proxy)
        self._limits.open.add(connection)
        counted = behind_proxy or self._limits.count(connection)
        transport.set_protocol(connection)
        if not counted:
            transport.write(CROWDED)
            transport.close()
        connection.connection_made(transport)


def _peer(transport: asyncio.Transport) -> IPv6Address | None:
    """The other end's address without its zone (RFC 4007); None where it went away at once."""
    name = transport.get_extra_info("peername")
    address = ip_address(str(name[0]).partition("%")[0]) if name else None
    return address if isinstance(address, IPv6Address) else None


def _network(address: IPv6Address) -> int:
    return int(address) >> (128 - NETWORK_BITS)
