"""DNS as receivers meet it: every name server of a zone asked directly, over IPv4 and IPv6 (RFC 1034 section 4.1).

A resolver asks one of a zone's servers and another where that one fails; what differs between them is why SPF fails
sporadically. Load is bounded: each server address is asked at most once a name within REPORT_KEPT_S.
"""

import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from ipaddress import ip_address, ip_network
from typing import TypeVar

from monitor.dns.answer import Resolver, Unanswered
from monitor.dns.deadline import DeadlineResolver
from monitor.dns.exchange import Silent, exchange
from monitor.dns.name import labels_of, normal
from monitor.dns.report import ServerAnswer, ServerState, ZoneReport
from monitor.dns.resolution import NO_EDNS, Attempt
from monitor.dns.resolver import SystemResolver
from monitor.dns.servers import DNS_PORT, Server
from monitor.dns.wire import Message, question
from monitor.phrase.phrase import say

T = TypeVar("T")
R = TypeVar("R")

TRY_S = 1.5  # for one message; resolvers of receivers wait about as long before they turn to the next server
SILENT_S = 60.0  # how long one try is enough for a server that was silent: the other names of the same check
TOTAL_S = 10.0  # for all servers of one name
ALL_S = 15.0  # for all names of one examination; what is not asked by then is not known
MAX_ADDRESSES = 16  # of one zone; real zones have at most 13 servers, the bound keeps hostile ones harmless
MAX_OPEN = 16  # servers of one name asked at once
NAMES_OPEN = 4  # names examined at once
REPORT_KEPT_S = 600.0  # a zone that many lists share is examined once in ten minutes
MAX_KEPT = 10_000
NO_TIME = say("No time was left to ask the name servers.")

# Addresses for documentation lead nowhere (RFC 5737, RFC 3849, RFC 9637); nor do these be asked.
_NOWHERE = tuple(
    map(
        ip_network,
        (
            "0.0.0.0/8",
            "192.0.2.0/24",
            "198.51.100.0/24",
            "203.0.113.0/24",
            "224.0.0.0/3",
            "::/128",
            "2001:db8::/32",
            "3fff::/20",
            "ff00::/8",
        ),
    )
)


class Authorities:
    """Examines names at their zones' own servers, and keeps the reports for a while. Thread-safe.

    `ports` says where a server listens that is not on port 53: address → port. Without it the ports of the resolver's
    own servers hold, so that a name server on a port of its own, configured as resolver too, is found as a zone's
    server.
    """

    def __init__(self, resolver: Resolver, *, ports: Mapping[str, int] | None = None) -> None:
        self._resolver = resolver
        self._loopback_port: int | None = None
        if ports is None and isinstance(resolver, SystemResolver):
            ports = {server.address: server.port for server in resolver.servers}
            # With our own resolver on loopback and a port of its own, zones that name loopback servers mean that port
            # too.
            own = (port for address, port in ports.items() if ip_address(address).is_loopback and port != DNS_PORT)
            self._loopback_port = next(own, None)
        self._ports = dict(ports or {})
        self._kept: dict[str, tuple[float, ZoneReport]] = {}
        self._silent: dict[str, float] = {}  # address that did not answer lately → until when one try is enough
        self._lock = threading.Lock()

    def examine(self, names: Iterable[str]) -> tuple[ZoneReport, ...]:
        """One report a name, in order; names that stand twice are examined once. Never raises for DNS trouble."""
        wanted = list(dict.fromkeys(map(normal, names)))
        ends = time.monotonic() + ALL_S
        return _side_by_side(lambda name: self._examine(name, ends=ends), wanted, at_once=NAMES_OPEN, name="authority")

    def _examine(self, name: str, *, ends: float) -> ZoneReport:
        now = time.monotonic()
        with self._lock:
            kept = self._kept.get(name)
        if kept is not None and kept[0] > now:
            return kept[1]
        if now >= ends:
            return ZoneReport(name=name, unknown=NO_TIME)
        report = self._ask_all(name, ends=ends)
        if time.monotonic() >= ends:
            return report  # perhaps not all of it: it is not kept
        with self._lock:
            if len(self._kept) >= MAX_KEPT:
                self._kept.clear()
            self._kept[name] = (now + REPORT_KEPT_S, report)
        return report

    def _ask_all(self, name: str, *, ends: float) -> ZoneReport:
        in_time = DeadlineResolver(self._resolver, timedelta(seconds=ends - time.monotonic()))
        try:
            zone, servers = zone_of(in_time, name)
        except Unanswered as error:
            return ZoneReport(name=name, unknown=error.sentence)
        if not servers:
            return ZoneReport(name=name, unknown=say("No zone with name servers was found for {name}.", name=name))
        report, addresses = self._addresses(ZoneReport(name=name, zone=zone), servers, in_time)
        deadline = min(time.monotonic() + TOTAL_S, ends)
        if time.monotonic() >= deadline:
            return ZoneReport(name=name, unknown=NO_TIME)
        answers = _side_by_side(
            lambda pair: self._ask(name, *pair, deadline=deadline),
            addresses[:MAX_ADDRESSES],
            at_once=MAX_OPEN,
            name="name-server",
        )
        return replace(report, answers=answers)

    def _addresses(
        self, report: ZoneReport, servers: Sequence[str], resolver: Resolver
    ) -> tuple[ZoneReport, list[tuple[str, str]]]:
        """The report with what the servers' names say, and (name, address) of each server."""
        pairs: list[tuple[str, str]] = []
        homeless, unresolved, without_ipv6 = [], [], []
        for server in servers:
            found: dict[str, tuple[str, ...]] = {}
            try:
                for rrtype in ("A", "AAAA"):
                    found[rrtype] = resolver.lookup(server, rrtype).strings
            except Unanswered:
                unresolved.append(server)
            pairs += [(server, address) for addresses in found.values() for address in addresses]
            if len(found) == 2 and not any(found.values()):
                homeless.append(server)
            elif "AAAA" in found and not found["AAAA"]:
                without_ipv6.append(server)
        report = replace(
            report,
            without_address=tuple(homeless),
            without_ipv6=tuple(without_ipv6),
            unresolved=tuple(unresolved),
        )
        return report, pairs

    def _ask(self, name: str, server_name: str, address: str, *, deadline: float) -> ServerAnswer:
        """What one server address says of TXT at the name, over UDP and where truncated over TCP."""
        answer = ServerAnswer(server_name=server_name, address=address, state=ServerState.NOT_ASKED)
        number = ip_address(address)
        if any(number in network for network in _NOWHERE if network.version == number.version):
            return replace(answer, why=say("an address that leads nowhere"))
        labels = labels_of(name)
        if labels is None:
            return replace(answer, why=say("no name in DNS"))
        port = self._ports.get(address)
        guessed = port is None and number.is_loopback and self._loopback_port is not None
        server = Server(address, port or (self._loopback_port if guessed else None) or DNS_PORT)
        attempt = Attempt(server, tcp=False, edns=True, asked=question(labels, "TXT"), timeout_s=TRY_S)
        last = answer
        # A datagram may be lost, and there are servers that cannot bear the EDNS option (RFC 6891 section 6.2.2).
        tries = (True,) if self._silent.get(address, 0.0) > time.monotonic() else (True, False)
        for edns in tries:
            left = deadline - time.monotonic()
            if left <= 0:
                return replace(last, why=last.why or say("no time was left"))
            started = time.monotonic()
            attempt = attempt._replace(edns=edns, timeout_s=min(TRY_S, left))
            try:
                message = exchange(attempt, recursion=False)
            except Silent as silent:
                if guessed and silent.reason == "network":
                    return replace(answer, why=say("an address of this machine where nobody listens"))
                last = replace(answer, state=_STATES[silent.reason], why=silent.reason)
                if silent.reason == "timeout":
                    continue
                return last
            took_ms = round((time.monotonic() - started) * 1000, 3)
            last = read_answer(replace(answer, took_ms=took_ms), message, name)
            self._silent.pop(address, None)
            if message.truncated:
                return self._by_tcp(last, attempt, name, deadline)
            if message.rcode not in NO_EDNS:
                return last
        if last.state is ServerState.TIMEOUT and len(self._silent) < MAX_KEPT:
            self._silent[address] = time.monotonic() + SILENT_S
        return last

    def _by_tcp(self, said: ServerAnswer, attempt: Attempt, name: str, deadline: float) -> ServerAnswer:
        """A truncated response asked for again over TCP (RFC 7766 section 5)."""
        left = max(deadline - time.monotonic(), 0.1)
        try:
            message = exchange(attempt._replace(tcp=True, timeout_s=min(TRY_S, left)), recursion=False)
        except Silent as silent:
            return replace(said, state=ServerState.TCP_REFUSED, texts=(), truncated=True, why=silent.reason)
        return replace(read_answer(said, message, name), truncated=True)


_STATES = {
    "timeout": ServerState.TIMEOUT,
    "network": ServerState.UNREACHABLE,
    "malformed": ServerState.MALFORMED,
    "unroutable": ServerState.NOT_ASKED,
}


def _side_by_side(do: Callable[[T], R], pieces: Sequence[T], *, at_once: int, name: str) -> tuple[R, ...]:
    """What it gives for each, in order; for a single one no thread is started."""
    if len(pieces) < 2:
        return tuple(map(do, pieces))
    with ThreadPoolExecutor(min(at_once, len(pieces)), thread_name_prefix=name) as pool:
        return tuple(pool.map(do, pieces))


def zone_of(resolver: Resolver, name: str) -> tuple[str, tuple[str, ...]]:
    """The zone that holds a name and its name servers; ("", ()) where none is found. Raises Unanswered."""
    labels = normal(name).split(".")
    for start in range(len(labels)):
        at = ".".join(labels[start:])
        servers = resolver.lookup(at, "NS").strings
        if servers:
            return at, tuple(sorted(servers))
    return "", ()


def read_answer(answer: ServerAnswer, message: Message, name: str) -> ServerAnswer:
    """What a message says about the server that sent it."""
    if message.rcode not in ("NOERROR", "NXDOMAIN"):
        return replace(answer, state=ServerState.LAME, rcode=message.rcode, why=message.rcode)
    if not message.authoritative and not message.truncated:
        return replace(answer, state=ServerState.LAME, rcode=message.rcode, why=say("not authoritative"))
    texts = tuple(
        sorted(
            b"".join(part for part in one.value if isinstance(part, bytes))
            for one in message.answers
            if one.rrtype == "TXT" and one.name == name
        )
    )
    return replace(answer, state=ServerState.ANSWERED, rcode=message.rcode, texts=texts)
