"""Each new connection is let in, given a place by its network, told apart as a proxy's, or sent away."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Final

from monitor.doors.places import Places
from monitor.receiver.connection import Connection
from monitor.receiver.limits import Limits

_log: Final = logging.getLogger(__name__)

CROWDED: Final = b"421 4.7.0 Too many connections; please try again later.\r\n"


MakeConnection = Callable[[IPv6Address, bool], Connection]  # for a peer, which is a proxy or not; not yet connected


class ConnectionLimits:
    """Gives places, in all and by network, and knows which peers are proxies that announce their clients.

    On one port a peer from `proxies` must begin with a PROXY header (as its specification demands: the receiver does
    not guess), and nobody else may send one.
    """

    def __init__(self, limits: Limits, proxies: Sequence[IPv4Network | IPv6Network]) -> None:
        self._proxies = tuple(network for network in proxies if isinstance(network, IPv6Network))
        self.places: Places[Connection] = Places(limits.connections, {6: limits.shares})

    def is_proxy(self, peer: IPv6Address) -> bool:
        """Whether the peer speaks for others."""
        return any(peer in network for network in self._proxies)

    def arrived(self, connection: Connection, *, behind_proxy: bool) -> bool:
        """Whether there is a place for it. A proxy's own address is nobody's network."""
        return self._placed(connection, None if behind_proxy else connection.client_ip)

    def announced(self, connection: Connection) -> bool:
        """Whether there is a place for the client that the proxy has named."""
        return self._placed(connection, connection.client_ip)

    def renew(self, connection: Connection) -> None:
        """It has delivered a message: others are to make room before it does."""
        self.places.renew(connection)

    def left(self, connection: Connection) -> None:
        """The connection has ended."""
        self.places.leave(connection)

    def _placed(self, connection: Connection, address: IPv6Address | None) -> bool:
        placed = self.places.admit(connection, address)
        if not placed:
            _log.info("connection_refused", extra={"client_ip": str(connection.client_ip)})
        return placed


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
        if peer is None:
            transport.close()
            return
        behind_proxy = self._limits.is_proxy(peer)
        connection = self._make_connection(peer, behind_proxy)
        if not self._limits.arrived(connection, behind_proxy=behind_proxy):
            transport.write(CROWDED)
            transport.close()
            return
        transport.set_protocol(connection)
        connection.connection_made(transport)


def _peer(transport: asyncio.Transport) -> IPv6Address | None:
    """The other end's address without its zone (RFC 4007); None where it went away at once."""
    name = transport.get_extra_info("peername")
    address = ip_address(str(name[0]).partition("%")[0]) if name else None
    return address if isinstance(address, IPv6Address) else None
