"""Real DNS servers for tests: NSD, Unbound before it, and a gate that misbehaves on demand."""

import contextlib
import select
import shutil
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Self

import pytest

from monitor.dns.name import escape, from_labels, labels_of
from monitor.dns.text import show
from monitor.dns.wire import RCODES, TYPES
from tests.harness import free_port, started

NSD = shutil.which("nsd") or shutil.which("nsd", path="/usr/sbin:/usr/local/sbin")
UNBOUND = shutil.which("unbound") or shutil.which("unbound", path="/usr/sbin:/usr/local/sbin")
CODES = {name: code for code, name in RCODES.items()}

needs_nsd = pytest.mark.skipif(
    NSD is None, reason="NSD, the authoritative DNS server, is not installed (apt install nsd)"
)

needs_unbound = pytest.mark.skipif(
    UNBOUND is None, reason="Unbound, a resolver, is not installed (apt install unbound)"
)


def zone_text(zones: Mapping[str, Mapping[str, Sequence[Any]]], origin: str = "") -> str:
    """A zone file with those records; `origin` is the root unless given."""
    lines = [f"{absolute(origin)} 300 IN SOA ns.invalid. hostmaster.invalid. 1 3600 600 86400 60"]
    lines.append(f"{absolute(origin)} 300 IN NS ns.invalid.")
    for name, sets in zones.items():
        for rrtype, records in sets.items():
            lines += [f"{absolute(name)} 300 IN {rrtype} {rdata(rrtype, record)}" for record in records]
    return "\n".join(dict.fromkeys(lines)) + "\n"


def absolute(name: str) -> str:
    """A name as a zone file has it."""
    labels = labels_of(escape(name)) if name.removesuffix(".") else ()
    if labels is None:
        raise ValueError(f"{name!r} cannot be in DNS")
    return from_labels(labels) + "."


def rdata(rrtype: str, record: Any) -> str:
    """A record's data as a zone file has it."""
    if rrtype == "TXT":
        octets = record.encode() if isinstance(record, str) else record
        strings = (
            octets if isinstance(octets, tuple) else tuple(octets[i : i + 255] for i in range(0, len(octets), 255))
        )
        return show(strings or (b"",))
    if rrtype == "MX":
        return f"{record[0]} {absolute(record[1])}"
    return absolute(record) if rrtype in ("CNAME", "PTR", "NS") else str(record)


@contextlib.contextmanager
def nsd(
    folder: Path,
    zones: Mapping[str, str],
    port: int | None = None,
    hosts: Sequence[str] = ("127.0.0.1",),
    also: Sequence[str] = (),
) -> Iterator[int]:
    """NSD serving zone files (origin → text) on one port of those addresses; gives the port when it answers.

    `also` names further places as `address@port`.
    """
    assert NSD is not None
    port = port or free_port()
    folder.mkdir(parents=True, exist_ok=True)
    config = [
        "server:",
        "  server-count: 1",
        '  username: ""',
        '  chroot: ""',
        f'  zonesdir: "{folder}"',
        '  database: ""',
    ]
    config += [f'  {key}: "{folder}/{key}"' for key in ("pidfile", "xfrdfile", "zonelistfile", "logfile")]
    config += ["  rrl-ratelimit: 0", "  rrl-whitelist-ratelimit: 0", "  verbosity: 1", '  cookie-secret-file: ""']
    config += [f"  ip-address: {place}" for place in (*(f"{host}@{port}" for host in hosts), *also)]
    config += ["remote-control:", "  control-enable: no"]
    for number, (origin, text) in enumerate(zones.items()):
        (folder / f"{number}.zone").write_text(text)
        config += ["zone:", f'  name: "{origin or "."}"', f'  zonefile: "{number}.zone"']
    (folder / "nsd.conf").write_text("\n".join(config) + "\n")
    command = [NSD, "-d", "-c", folder / "nsd.conf"]
    log = folder / "logfile"
    with started(
        command,
        ready=lambda: _answers(hosts[0], port),
        said=lambda: log.read_text() if log.exists() else "",
    ):
        yield port


@contextlib.contextmanager
def unbound_dns64(folder: Path, behind: int, prefix: str, zones: Sequence[str] = (".",)) -> Iterator[int]:
    """Unbound that asks the name server on port `behind` and makes addresses up with a prefix; gives its port."""
    making_up = ['  module-config: "dns64 iterator"', f"  dns64-prefix: {prefix}"]
    with unbound(folder, {zone: [behind] for zone in zones}, making_up) as port:
        yield port


@contextlib.contextmanager
def unbound(folder: Path, servers: Mapping[str, Sequence[int]], settings: Sequence[str] = ()) -> Iterator[int]:
    """Unbound that asks the name servers on these ports for each zone; gives its port."""
    assert UNBOUND is not None
    port = free_port()
    folder.mkdir(parents=True, exist_ok=True)
    config = ["server:", f"  interface: 127.0.0.1@{port}", f'  directory: "{folder}"', f'  logfile: "{folder}/logfile"']
    config += [f'  {key}: ""' for key in ("chroot", "username", "pidfile")]
    config += ["  use-syslog: no", "  do-not-query-localhost: no", "  unblock-lan-zones: yes", *settings]
    for zone, behind in servers.items():
        config += ["stub-zone:", f'  name: "{zone}"', *(f"  stub-addr: 127.0.0.1@{each}" for each in behind)]
    config += ["remote-control:", "  control-enable: no"]
    (folder / "unbound.conf").write_text("\n".join(config) + "\n")
    log = folder / "logfile"
    with started(
        [UNBOUND, "-d", "-p", "-c", folder / "unbound.conf"],
        ready=lambda: _answers("127.0.0.1", port),
        said=lambda: log.read_text() if log.exists() else "",
    ):
        yield port


def _answers(host: str, port: int) -> bool:
    """Whether a name server answers there."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    ask = struct.pack("!HHHHHHBHH", 1, 0, 1, 0, 0, 0, 0, 2, 1)  # NS of the root
    with contextlib.suppress(OSError), socket.socket(family, socket.SOCK_DGRAM) as udp:
        udp.settimeout(0.05)
        udp.connect((host, port))
        udp.send(ask)
        return bool(udp.recv(4096))
    return False


Rule = Callable[
    [str, str], "str | float | None"
]  # (name, type) → "drop", an rcode, "truncate", seconds of delay, or None; with "EDNS " before it for such questions alone


class Gate:
    """A small name server before a real one: passes questions on, or does to them what `rule` says. UDP and TCP.

    `tcp` is "pass" or "refuse". `asked` counts the questions by (name, type, transport).
    """

    def __init__(self, port: int, rule: Rule, *, tcp: str = "pass", host: str = "127.0.0.1") -> None:
        self.rule, self.asked = rule, list[tuple[str, str, str]]()
        self._behind = ("127.0.0.1", port)
        self._family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self.port = free_port()
        self._udp = socket.socket(self._family, socket.SOCK_DGRAM)
        self._udp.bind((host, self.port))
        self._tcp = socket.create_server((host, self.port), family=self._family) if tcp == "pass" else None
        self._stop, self._stopped = socket.socketpair()
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.send(b"x")
        self._thread.join(10)
        for one in (self._udp, self._tcp, self._stop, self._stopped):
            if one is not None:
                one.close()

    def _serve(self) -> None:
        listening = [one for one in (self._udp, self._tcp, self._stopped) if one is not None]
        while True:
            ready, _, _ = select.select(listening, [], [])
            if self._stopped in ready:
                return
            for one in ready:
                if one is self._udp:
                    octets, client = self._udp.recvfrom(65535)
                    threading.Thread(target=self._answer_udp, args=(octets, client), daemon=True).start()
                else:
                    connection, _ = one.accept()
                    threading.Thread(target=self._answer_tcp, args=(connection,), daemon=True).start()

    def _answer_udp(self, octets: bytes, client: Any) -> None:
        with contextlib.suppress(OSError):  # the test has ended meanwhile
            response = self._response(octets, "udp")
            if response is not None:
                self._udp.sendto(response, client)

    def _answer_tcp(self, connection: socket.socket) -> None:
        with connection:
            size = int.from_bytes(connection.recv(2))
            response = self._response(connection.recv(size), "tcp")
            if response is not None:
                connection.sendall(len(response).to_bytes(2) + response)

    def _response(self, octets: bytes, transport: str) -> bytes | None:
        name, rrtype = asked_in(octets)
        self.asked.append((name, rrtype, transport))
        say = self.rule(name, rrtype)
        if isinstance(say, str) and say.startswith("EDNS "):  # only to questions with the option
            say = say.removeprefix("EDNS ") if octets[10:12] != b"\0\0" else None
        if say == "drop":
            return None
        if say == "garbage":
            return octets[:2] + b"\x80\x00" + octets[4:6] + b"\x00\x05" + bytes(4) + _question(octets) + b"\xff"
        if isinstance(say, float):
            time.sleep(say)
        elif say == "truncate" and transport == "udp":
            return octets[:2] + b"\x86\x00" + octets[4:6] + bytes(6) + _question(octets)
        elif say in CODES:
            above, code = divmod(CODES[say], 16)  # the upper bits stand in the OPT record
            option = bytes((0, 0, 41, 4, 208, above, 0, 0, 0, 0, 0)) if above else b""
            counts = bytes(4) + bytes((0, 1 if option else 0))
            return octets[:2] + bytes((0x80, code)) + octets[4:6] + counts + _question(octets) + option
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as behind:
            behind.settimeout(5)
            behind.connect(self._behind)
            behind.send(octets)
            return behind.recv(65535)


def asked_in(octets: bytes) -> tuple[str, str]:
    """Name and type of a query."""
    labels, at = [], 12
    while octets[at]:
        labels.append(octets[at + 1 : at + 1 + octets[at]])
        at += 1 + octets[at]
    code = int.from_bytes(octets[at + 1 : at + 3])
    return from_labels(tuple(labels)), next((name for name, number in TYPES.items() if number == code), str(code))


def _question(octets: bytes) -> bytes:
    at = 12
    while octets[at]:
        at += 1 + octets[at]
    return octets[12 : at + 5]
