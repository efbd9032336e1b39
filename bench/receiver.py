"""Receiver: DKIM-signed probes accepted per second, all facts recorded, beside bare aiosmtpd and Postfix's smtp-sink.

Load is Postfix's smtp-source over ::1, the same message for each server, one server at a time. Ours asks NSD through
its own resolver and records in a real Redis server; the peers throw the message away. Needs NSD and Postfix's test
programs.

Every server is measured in each of several rounds, in turn, so that a machine that others use too slows all of them
alike: the medians of the rounds are told, and the ratio to aiosmtpd is that of the same round. Processor time, the
least of the rounds, is told beside: it does not depend on what else the machine does. `--endurance N` sends N messages
to one process and tells its memory ten times; `--idle N` holds N connections open meanwhile and tells how long a probe
takes.
"""

import argparse
import asyncio
import base64
import os
import shutil
import smtplib
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median

import dkim
import nacl.encoding
import nacl.signing
from aiosmtpd.smtp import SMTP

from monitor.admission.rules import load_rules
from monitor.dns.resolver import system_resolver
from monitor.doors.files import allow_files
from monitor.model.vantage import Vantage
from monitor.probe.message import compose
from monitor.probe.token import issue, make_probe_id
from monitor.receiver import server
from monitor.receiver.limits import Limits
from monitor.receiver.processor import keep_on_one_processor
from monitor.receiver.sockets import bind
from monitor.receiver.token_addresses import TokenAddresses
from monitor.store import Store, open_store
from tests.integration.redis_server import redis_server
from tests.servers import nsd, zone_text

KEY = bytes(range(32))
DOMAIN, SENDER, HELO = "v6.probe.example.org", "ipv6-ops-bounces@lists.example.org", "mail.lists.example.org"
SESSIONS = 10
PROBES = 100
SBIN = "/usr/sbin:/usr/local/sbin"


SERVERS = ("aiosmtpd alone", "smtp-sink (C)", "Staysub, 1 process", "Staysub, 2 processes")


@dataclass(frozen=True)
class Row:
    """One measurement."""

    name: str
    rate: float  # messages per second
    busy_s: float  # processor time of all its processes, per message
    resident_kib: int  # of all its processes, at the end


def main(arguments: Sequence[str]) -> None:
    """Run and print tables in Markdown."""
    parser = argparse.ArgumentParser(prog="python -m bench receiver", description=__doc__)
    parser.add_argument("--messages", type=int, default=2000, help="in one round")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--endurance", type=int, metavar="N", help="instead: memory over N messages to one process")
    parser.add_argument("--idle", type=int, metavar="N", help="instead: a probe's time beside N idle connections")
    parser.add_argument("--serve", nargs=5, metavar=("WHAT", "NUMBER", "PORT", "DNS", "REDIS"), help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.serve:
        serve(*options.serve)
        return
    missing = [name for name in ("smtp-source", "smtp-sink", "nsd") if which(name) is None]
    if missing:
        sys.exit(f"Not installed: {', '.join(missing)} (apt install postfix nsd).")
    print(
        f"{os.cpu_count()} cores, shared with load, DNS and Redis; {os.getloadavg()[0]:.1f} processes were running before.\n"
    )
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="staysub-bench-")))
        folder.chmod(0o755)
        (folder / "message").write_bytes(signed(recipient()).replace(b"\r\n", b"\n"))
        dns = str(stack.enter_context(nsd(folder / "nsd", {"": zone_text(zones())})))
        redis = stack.enter_context(redis_server())
        if options.endurance:
            endure(options.endurance, folder, dns, redis)
        elif options.idle:
            hold(options.idle, dns, redis)
        else:
            compare(options.messages, options.rounds, folder, dns, redis)


def compare(messages: int, rounds: int, folder: Path, dns: str, redis: str) -> None:
    """Each server in each round."""
    rows: dict[str, list[Row]] = {name: [] for name in SERVERS}
    for _ in range(rounds):
        for name, running in zip(
            SERVERS,
            (
                served("bare", 1, dns, redis),
                sink(),
                served("ours", 1, dns, redis),
                served("ours", 2, dns, redis),
            ),
            strict=True,
        ):
            rows[name].append(measure(name, messages, folder, running))
    bare = rows[SERVERS[0]]
    print(f"{rounds} rounds of {messages} messages over {SESSIONS} sessions; medians, and the range of the ratios.\n")
    print("| server | messages/s | of aiosmtpd alone | processor time a message | of aiosmtpd's | resident |")
    print("| --- | ---: | ---: | ---: | ---: | ---: |")
    quiet = min(each.busy_s for each in bare)
    for name, found in rows.items():
        ratios = [each.rate / beside.rate for each, beside in zip(found, bare, strict=True)]
        rate, resident_kib = median(each.rate for each in found), median(each.resident_kib for each in found)
        spread = f"{median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})"
        busy = min(each.busy_s for each in found)
        times = f"{busy * 1000:.2f} ms | {busy / quiet:.1f} times" if busy else "none told | "
        print(f"| {name} | {rate:.0f} | {spread} | {times} | {resident_kib // 1024} MiB |")


def measure(name: str, messages: int, folder: Path, running: AbstractContextManager[tuple[int, list[int]]]) -> Row:
    """Warm up, then the round."""
    with running as (port, pids):
        load(port, folder, max(100, messages // 10))
        before, started = processor_time(pids), time.perf_counter()
        load(port, folder, messages)
        seconds = time.perf_counter() - started
        busy_s = (processor_time(pids) - before) / messages
        return Row(name=name, rate=messages / seconds, busy_s=busy_s, resident_kib=resident(pids))


def endure(messages: int, folder: Path, dns: str, redis: str) -> None:
    """Memory of one process at each tenth."""
    print("| messages | resident | messages/s |")
    print("| ---: | ---: | ---: |")
    with served("ours", 1, dns, redis) as (port, pids):
        for tenth in range(1, 11):
            started = time.perf_counter()
            load(port, folder, messages // 10)
            rate = messages // 10 / (time.perf_counter() - started)
            print(f"| {tenth * messages // 10} | {resident(pids)} KiB | {rate:.0f} |", flush=True)


def hold(connections: int, dns: str, redis: str) -> None:
    """How long a probe takes beside that many connections that say nothing, from greeting to 250."""
    allow_files(connections + server.SPARE_FILES)
    to, message = recipient(), signed(recipient())
    print("| idle connections | probes | median | slowest | resident |")
    print("| ---: | ---: | ---: | ---: | ---: |")
    with served("ours", 1, dns, redis) as (port, pids), ExitStack() as stack:
        for held in (0, connections):
            for _ in range(held):
                session = stack.enter_context(socket.create_connection(("::1", port), timeout=30))
                assert session.recv(4) == b"220 "
            times = []
            for _ in range(PROBES):
                started = time.perf_counter()
                with smtplib.SMTP("::1", port, local_hostname=HELO) as client:
                    client.sendmail(SENDER, [to], message)
                    times.append(time.perf_counter() - started)
            print(
                f"| {held} | {PROBES} | {median(times) * 1000:.0f} ms | {max(times) * 1000:.0f} ms "
                f"| {resident(pids) // 1024} MiB |"
            )


@contextmanager
def served(what: str, processes: int, dns: str, redis: str) -> Iterator[tuple[int, list[int]]]:
    """Server processes of ours on one port."""
    holder = bind(("::1", 0), reuse_port=True)  # bound, never listening: it keeps the port ours
    port = holder.getsockname()[1]
    command = [sys.executable, "-m", "bench", "receiver", "--serve", what]
    children = [subprocess.Popen([*command, str(number), str(port), dns, redis]) for number in range(processes)]
    try:
        await_greeting(port)
        if processes > 1:
            time.sleep(2)  # until all of them listen
        yield port, [child.pid for child in children]
    finally:
        for child in children:
            child.kill()
            child.wait()
        holder.close()


@contextmanager
def sink() -> Iterator[tuple[int, list[int]]]:
    """Postfix's smtp-sink."""
    with bind(("::1", 0)) as free:
        port = free.getsockname()[1]
    user = ["-u", "nobody"] if os.geteuid() == 0 else []
    child = subprocess.Popen([which("smtp-sink") or "smtp-sink", *user, f"inet:[::1]:{port}", "512"])
    try:
        await_greeting(port)
        yield port, [child.pid]
    finally:
        child.kill()
        child.wait()


def load(port: int, folder: Path, messages: int) -> None:
    """Send that many messages, each over one of the standing sessions."""
    command = [which("smtp-source") or "smtp-source", "-d", "-s", str(SESSIONS), "-m", str(messages), "-M", HELO]
    command += ["-f", SENDER, "-t", recipient(), "-F", str(folder / "message"), f"inet:[::1]:{port}"]
    subprocess.run(command, check=True)


def serve(what: str, number: str, port: str, dns: str, redis: str) -> None:
    """In a child: serve until killed, on one processor as `staysub receiver` does; aiosmtpd likewise."""
    keep_on_one_processor(int(number))
    sock = bind(("::1", int(port)), reuse_port=True)
    server.quiet_dialogue()
    asyncio.run(bare(sock) if what == "bare" else ours(sock, dns, redis))


async def bare(sock: socket.socket) -> None:
    """What aiosmtpd does alone."""
    loop = asyncio.get_running_loop()

    class Sink:
        async def handle_DATA(self, *_: object) -> str:  # noqa: N802 - aiosmtpd's name
            return "250 2.0.0 Ok"

    listening = await loop.create_server(lambda: SMTP(Sink(), hostname="bench", loop=loop), sock=sock)
    await listening.serve_forever()


class Recording:
    """A backend that records in the store, and thinks of nothing."""

    def __init__(self, store: Store) -> None:
        self.addresses = TokenAddresses(
            keys=lambda: (KEY,), list_ids=lambda: {"ipv6-ops"}, rules=load_rules(), clock=lambda: datetime.now(UTC)
        )
        self.record = store.evidence.record_arrival
        self.look_again = lambda: True

    def submitted_at(self, probe_id: str) -> None:
        """Nobody knows."""


async def ours(sock: socket.socket, dns: str, redis: str) -> None:
    """The receiver with a real resolver and a real store."""
    backend = Recording(open_store(redis))
    settings = Vantage(domain=DOMAIN, hostname="receiver.example.org")
    resolver = system_resolver([f"127.0.0.1:{dns}"])
    limits = Limits(transactions=1_000_000, shares=())  # all come from ::1
    allow_files(limits.connections + server.SPARE_FILES)
    await server.serve(settings, backend=backend, resolver=resolver, stop=asyncio.Event(), limits=limits, sock=sock)


def recipient() -> str:
    """The probe's address; the same each time, so that Redis is asked each time and grows by one arrival."""
    probe_id = make_probe_id(KEY, "ipv6-ops", 1)
    expires_at = datetime(2100, 1, 1, tzinfo=UTC)
    return issue(KEY, list_id="ipv6-ops", probe_id=probe_id, expires_at=expires_at) + "@" + DOMAIN


def signed(to: str) -> bytes:
    """A probe with an Ed25519 signature (RFC 8463)."""
    content = compose(
        list_address="ipv6-ops@lists.example.org",
        forward_path=to,
        probe_id="abcdefghijklmnop",
        message_id="<probe.abcdefghijklmnop@v6.probe.example.org>",
        contact="postmaster@probe.example.org",
        at=datetime.now(UTC) - timedelta(seconds=5),
    )
    key = signing_key().encode(nacl.encoding.Base64Encoder)
    signature: bytes = dkim.sign(content, b"ed", b"lists.example.org", key, signature_algorithm=b"ed25519-sha256")
    return signature + content


def zones() -> dict[str, dict[str, list[object]]]:
    """DNS under which everything passes."""
    public = base64.b64encode(bytes(signing_key().verify_key)).decode()
    return {
        "lists.example.org": {"TXT": ["v=spf1 ip6:::1 -all"]},
        HELO: {"AAAA": ["::1"], "TXT": ["v=spf1 a -all"]},
        "1" + ".0" * 31 + ".ip6.arpa": {"PTR": [HELO]},
        "_dmarc.example.org": {"TXT": ["v=DMARC1; p=reject"]},
        "ed._domainkey.lists.example.org": {"TXT": [f"v=DKIM1; k=ed25519; p={public}"]},
    }


def signing_key() -> nacl.signing.SigningKey:
    """The same in every process."""
    return nacl.signing.SigningKey(bytes(32))


def resident(pids: Sequence[int]) -> int:
    """Resident memory of the processes, in KiB."""
    fields = [line.split() for pid in pids for line in Path(f"/proc/{pid}/status").read_text().splitlines()]
    return sum(int(field[1]) for field in fields if field and field[0] == "VmRSS:")


def processor_time(pids: Sequence[int]) -> float:
    """Processor time of the processes so far, user and system, in seconds (proc(5))."""
    behind_name = [Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split() for pid in pids]
    return sum(int(fields[11]) + int(fields[12]) for fields in behind_name) / os.sysconf("SC_CLK_TCK")


def await_greeting(port: int) -> None:
    """Until somebody says 220 there."""
    for _ in range(200):
        try:
            with socket.create_connection(("::1", port), timeout=5) as session:
                if session.recv(4) == b"220 ":
                    return
        except OSError:
            pass
        time.sleep(0.05)
    sys.exit("The server did not start.")


def which(name: str) -> str | None:
    """Where a program is, also when sbin is not on PATH."""
    return shutil.which(name) or shutil.which(name, path=SBIN)
