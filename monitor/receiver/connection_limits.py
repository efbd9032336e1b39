"""The door of the receiver: each new connection is let in, counted by network, told apart as a proxy's, or sent away."""

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Sequence
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Final, Protocol

from monitor.receiver.limits import Limits
from monitor.receiver.session import Connection

_log: Final = logging.getLogger(__name__)

NETWORK_BITS: Final = 64  # what one site has at least (RFC 6177 section 2): addresses inside cost nothing
CROWDED: Final = b"421 4.7.0 Too many connections; please try again later.\r\n"


class MakeConnection(Protocol):
    """How the server makes the session of one connection."""

    def __call__(
        self, *, client_ip: IPv6Address, behind_proxy: bool, on_end: Callable[[Connection], None]
    ) -> Connection:
        """A session, not yet connected."""


class ConnectionLimits:
    """Counts sessions in all and per /64, and knows which peers are proxies that announce their clients.

    On one port a peer from `proxies` must begin with a PROXY header (as its specification demands: the receiver does not
    guess), and nobody else may send one.
    """

    def __init__(self, limits: Limits, proxies: Sequence[IPv4Network | IPv6Network]) -> None:
        self._limits = limits
        self._proxies = tuple(network for network in proxies if isinstance(network, IPv6Network))
        self._networks: Counter[int] = Counter()
        self.sessions: set[Connection] = set()

    def is_proxy(self, peer: IPv6Address) -> bool:
        """Whether the peer speaks for others."""
        return any(peer in network for network in self._proxies)

    def admit(self) -> bool:
        """Whether there is room for one more."""
        return len(self.sessions) < self._limits.connections

    def count(self, session: Connection) -> bool:
        """Count the session for its client's network; False where that has as many as it may."""
        network = _network(session.client_ip)
        if self._networks[network] >= self._limits.connections_per_network:
            _log.info("network_refused", extra={"client_ip": str(session.client_ip)})
            return False
        self._networks[network] += 1
        session.counted = True
        return True

    def left(self, session: Connection) -> None:
        """The session has ended."""
        self.sessions.discard(session)
        if session.counted:
            session.counted = False
            network = _network(session.client_ip)
            self._networks[network] -= 1
            if not self._networks[network]:
                del self._networks[network]


class Arriving(asyncio.Protocol):
    """The protocol of a connection for its first moment: it looks at the peer and hands the transport to a session."""

    def __init__(self, door: ConnectionLimits, make_session: MakeConnection) -> None:
        self._door = door
        self._make_session = make_session

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Let in or send away."""
        if not isinstance(transport, asyncio.Transport):  # asyncio's server gives no other
            transport.close()
            return
        peer = _peer(transport)
        if peer is None or not self._door.admit():
            transport.write(CROWDED)
            transport.close()
            return
        behind_proxy = self._door.is_proxy(peer)
        session = self._make_session(client_ip=peer, behind_proxy=behind_proxy, on_end=self._door.left)
        self._door.sessions.add(session)
        counted = behind_proxy or self._door.count(session)
        transport.set_protocol(session)
        if not counted:
            transport.write(CROWDED)
            transport.close()
        session.connection_made(transport)


def _peer(transport: asyncio.Transport) -> IPv6Address | None:
    """The other end's address without its zone (RFC 4007); None where it went away at once."""
    name = transport.get_extra_info("peername")
    address = ip_address(str(name[0]).partition("%")[0]) if name else None
    return address if isinstance(address, IPv6Address) else None


def _network(address: IPv6Address) -> int:
    return int(address) >> (128 - NETWORK_BITS)
