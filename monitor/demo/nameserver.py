"""An authoritative name server on loopback, over UDP and TCP, whose zones change at run time and which can falter."""

import asyncio
import struct
import time
from collections.abc import Callable, Mapping
from typing import cast

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdataclass
import dns.rdatatype
import dns.rrset
import dns.zone

# A faltering server fails in four of every ten spells; a spell is long enough that a retry fails as well.
SPELL_S = 6.0
SPELLS = 10
_BAD_SPELLS = frozenset({2, 3, 5, 6})
_UDP_BYTES = 1232


def in_bad_spell(now_s: float) -> bool:
    """Whether a faltering server fails at this time."""
    return int(now_s // SPELL_S) % SPELLS in _BAD_SPELLS


class Zones:
    """The zones as they are now."""

    def __init__(self) -> None:
        self._zones: dict[dns.name.Name, dns.zone.Zone] = {}

    def load(self, texts: Mapping[str, str]) -> None:
        """Replace all zones by these master files."""
        self._zones = {
            dns.name.from_text(apex): dns.zone.from_text(text, origin=apex, relativize=False)
            for apex, text in texts.items()
        }

    def answer(self, query: dns.message.Message) -> dns.message.Message:
        """The authoritative answer (RFC 1034 section 4.3.2): records, no data with the SOA, or NXDOMAIN."""
        response = dns.message.make_response(query)
        response.flags |= dns.flags.AA
        if len(query.question) != 1 or query.opcode() != 0:
            response.set_rcode(dns.rcode.NOTIMP)
            return response
        asked = query.question[0]
        zone = self._closest(asked.name)
        if zone is None:
            response.set_rcode(dns.rcode.REFUSED)
            return response
        node = zone.get_node(asked.name)
        found = None if node is None else node.get_rdataset(dns.rdataclass.IN, asked.rdtype)
        if found is not None:
            response.answer.append(dns.rrset.from_rdata_list(asked.name, found.ttl, list(found)))
            return response
        exists = node is not None or any(name.is_subdomain(asked.name) for name in zone.nodes)
        if not exists:
            response.set_rcode(dns.rcode.NXDOMAIN)
        soa = zone.get_rdataset(zone.origin, dns.rdatatype.SOA) if zone.origin is not None else None
        if soa is not None and zone.origin is not None:
            response.authority.append(dns.rrset.from_rdata_list(zone.origin, soa.ttl, list(soa)))
        return response

    def _closest(self, name: dns.name.Name) -> dns.zone.Zone | None:
        """The zone with the longest apex above the name."""
        while True:
            if name in self._zones:
                return self._zones[name]
            if name == dns.name.root:
                return None
            name = name.parent()


class NameServer:
    """Serves the zones. `falters(name)` says of which names the answers fail from time to time."""

    def __init__(
        self, zones: Zones, falters: Callable[[str], bool], *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._zones = zones
        self._falters = falters
        self._clock = clock
        self._udp: asyncio.DatagramTransport | None = None
        self._tcp: asyncio.Server | None = None

    async def start(self, port: int) -> None:
        """Listen on 127.0.0.1."""
        loop = asyncio.get_running_loop()
        self._udp, _ = await loop.create_datagram_endpoint(lambda: _Udp(self), local_addr=("127.0.0.1", port))
        self._tcp = await asyncio.start_server(self._serve_tcp, "127.0.0.1", port)

    def stop(self) -> None:
        """Close the sockets."""
        if self._udp is not None:
            self._udp.close()
        if self._tcp is not None:
            self._tcp.close()

    def respond(self, octets: bytes, *, limit: int) -> bytes | None:
        """The response to a query as octets, truncated to the limit; None for what is no query."""
        try:
            query = dns.message.from_wire(octets)
        except (dns.exception.DNSException, ValueError):
            return None
        if query.flags & dns.flags.QR:
            return None
        name = query.question[0].name.to_text(omit_final_dot=True).lower() if query.question else ""
        if self._falters(name) and in_bad_spell(self._clock()):
            response = dns.message.make_response(query)
            response.set_rcode(dns.rcode.SERVFAIL)
        else:
            response = self._zones.answer(query)
        try:
            return response.to_wire(max_size=limit)
        except dns.exception.TooBig:
            short = dns.message.make_response(query)
            short.flags |= dns.flags.TC
            return short.to_wire()

    async def _serve_tcp(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Questions with a length of two octets before each (RFC 1035 section 4.2.2)."""
        try:
            while True:
                (length,) = struct.unpack("!H", await reader.readexactly(2))
                response = self.respond(await reader.readexactly(length), limit=65535)
                if response is None:
                    break
                writer.write(struct.pack("!H", len(response)) + response)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()


class _Udp(asyncio.DatagramProtocol):
    """Questions of one datagram each."""

    def __init__(self, server: NameServer) -> None:
        self._server = server
        self._transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Remember where answers go out."""
        self._transport = cast(
            "asyncio.DatagramTransport", transport
        )  # its class is not declared so before Python 3.12

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        """Answer one question."""
        response = self._server.respond(data, limit=_UDP_BYTES)
        if response is not None and self._transport is not None:
            self._transport.sendto(response, addr)
