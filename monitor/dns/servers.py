"""Name servers: how they are written, which ones the system has, and which to ask first."""

import threading
from collections.abc import Sequence
from ipaddress import AddressValueError, IPv4Address, IPv6Address, ip_address
from typing import NamedTuple

from monitor.errors import UsageError

DNS_PORT = 53  # RFC 1035 section 4.2
PENALTY_S = 15.0  # how long a server that failed is asked last
PLAIN_S = 900.0  # how long a server that knows no EDNS is asked without; BIND and Unbound remember it for a quarter of an hour


class Server(NamedTuple):
    """Where a name server listens."""

    address: str
    port: int = DNS_PORT

    def __str__(self) -> str:
        host = f"[{self.address}]" if ":" in self.address else self.address
        return f"{host}:{self.port}"

    @property
    def family(self) -> int:
        """4 or 6."""
        return 6 if ":" in self.address else 4


def parse_server(text: str) -> Server:
    """A server as people write it: `192.0.2.53`, `192.0.2.53:5353`, `2001:db8::53`, `[2001:db8::53]:5353`.

    Raises UsageError with a sentence.
    """
    host, port = text.strip(), str(DNS_PORT)
    if host.startswith("["):
        host, closed, rest = host[1:].partition("]")
        if rest or not closed:
            port = rest[1:] if rest.startswith(":") else "?"
    elif host.count(":") == 1:
        host, _, port = host.partition(":")
    try:
        address: IPv4Address | IPv6Address = ip_address(host)
        number = int(port) if port.isascii() and port.isdecimal() else 0
    except (ValueError, AddressValueError) as error:
        raise UsageError(f"{text!r} is no name server: write 192.0.2.53 or [2001:db8::53]:5353.") from error
    if not 0 < number <= 0xFFFF:
        raise UsageError(f"{text!r} has no usable port: write 192.0.2.53:5353 or [2001:db8::53]:5353.")
    return Server(str(address), number)


def system_servers() -> tuple[Server, ...]:
    """Those of the system's configuration; the loopback where there is none (resolv.conf(5))."""
    import dns.resolver  # only here: importing it takes as long as asking a hundred questions

    try:
        found = dns.resolver.Resolver(configure=True)
    except dns.resolver.NoResolverConfiguration:
        return (Server("127.0.0.1"),)
    servers = tuple(Server(address, found.port) for address in found.nameservers if isinstance(address, str))
    return servers or (Server("127.0.0.1"),)


class ServerOrder:
    """Spreads questions over servers in turn; one that failed lately comes last. Thread-safe."""

    def __init__(self, servers: Sequence[Server]) -> None:
        self._servers = tuple(servers)
        self._turn = 0
        self._failed_until: dict[Server, float] = {}
        self._plain_until: dict[Server, float] = {}
        self._knows_edns: set[Server] = set()
        self._lock = threading.Lock()

    @property
    def count(self) -> int:
        """How many servers there are."""
        return len(self._servers)

    def order(self, now: float) -> tuple[Server, ...]:
        """The servers in the order to ask, at the monotonic second `now`."""
        if len(self._servers) == 1:
            return self._servers
        with self._lock:
            turn = self._turn = (self._turn + 1) % len(self._servers)
            bad = {server for server, until in self._failed_until.items() if until > now}
        turned = self._servers[turn:] + self._servers[:turn]
        return tuple(sorted(turned, key=bad.__contains__)) if bad else turned

    def failed(self, server: Server, now: float) -> None:
        """A server did not answer."""
        with self._lock:
            self._failed_until[server] = now + PENALTY_S

    def plain(self, now: float) -> tuple[Server, ...]:
        """The servers that are to be asked without EDNS."""
        if not self._plain_until:
            return ()
        with self._lock:
            return tuple(server for server, until in self._plain_until.items() if until > now)

    def worked(self, server: Server, now: float, *, edns: bool) -> None:
        """A server gave an answer, to a question with the EDNS option or without.

        Without is asked only after it has failed with (RFC 6891 section 6.2.2): unless the option has ever been
        answered, it is left out from now on.
        """
        if edns and server in self._knows_edns and not self._failed_until:
            return  # nothing new
        with self._lock:
            self._failed_until.pop(server, None)
            if edns:
                self._knows_edns.add(server)
                self._plain_until.pop(server, None)
            elif server not in self._knows_edns:
                self._plain_until[server] = now + PLAIN_S
