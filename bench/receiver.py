"""Receiver: DKIM-signed probes accepted per second with all facts recorded, beside bare aiosmtpd and Postfix's smtp-sink.

Load is Postfix's smtp-source over ::1, the same message for each server, one server at a time. Ours asks NSD through its own
resolver and records in a real Redis server; the peers throw the message away. Needs NSD and Postfix's test programs.
"""

import argparse
import asyncio
import base64
import os
import shutil
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

import dkim
import nacl.encoding
import nacl.signing
from aiosmtpd.smtp import SMTP

from monitor.config.settings import ReceiverSettings
from monitor.dns.resolver import system_resolver
from monitor.probe.message import compose
from monitor.probe.token import issue, make_probe_id
from monitor.receiver import server
from monitor.receiver.desk import TokenDesk
from monitor.receiver.limits import Limits
from monitor.store import open_store
from tests.integration.redis_server import redis_server
from tests.servers import nsd, zone_text

KEY = bytes(range(32))
DOMAIN, SENDER, HELO = "v6.probe.example.org", "ipv6-ops-bounces@lists.example.org", "mail.lists.example.org"
SESSIONS = 10
SBIN = "/usr/sbin:/usr/local/sbin"


@dataclass(frozen=True)
class Row:
    """One measurement."""

    name: str
    rate: float  # messages per second
    resident_kib: int  # of all its processes, at the end
    grown_kib: int  # between half-way and the end


def main(arguments: Sequence[str]) -> None:
    """Run and print a table in Markdown."""
    parser = argparse.ArgumentParser(prog="python -m bench receiver", description=__doc__)
    parser.add_argument("--messages", type=int, default=4000)
    parser.add_argument("--serve", nargs=4, metavar=("WHAT", "PORT", "DNS", "REDIS"), help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.serve:
        serve(*options.serve)
        return
    missing = [name for name in ("smtp-source", "smtp-sink", "nsd") if which(name) is None]
    if missing:
        sys.exit(f"Not installed: {', '.join(missing)} (apt install postfix nsd).")
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="staysub-bench-")))
        folder.chmod(0o755)
        (folder / "message").write_bytes(signed(recipient()).replace(b"\r\n", b"\n"))
        dns = str(stack.enter_context(nsd(folder / "nsd", {"": zone_text(zones())})))
        redis = stack.enter_context(redis_server())
        rows = [
            measure("aiosmtpd alone", options.messages, folder, served("bare", 1, dns, redis)),
            measure("smtp-sink (C)", options.messages, folder, sink()),
            measure("Staysub, 1 process", options.messages, folder, served("ours", 1, dns, redis)),
            measure("Staysub, 2 processes", options.messages, folder, served("ours", 2, dns, redis)),
        ]
    bare = rows[0].rate
    print(__doc__.split("\n", 1)[0])
    print(
        f"\n{options.messages} messages over {SESSIONS} sessions, {os.cpu_count()} cores shared with load, DNS and Redis.\n"
    )
    print("| server | messages/s | of aiosmtpd alone | resident | grown in the second half |")
    print("| --- | ---: | ---: | ---: | ---: |")
    for row in rows:
        print(
            f"| {row.name} | {row.rate:.0f} | {row.rate / bare:.2f} | {row.resident_kib // 1024} MiB "
            f"| {row.grown_kib} KiB |"
        )


def measure(name: str, messages: int, folder: Path, running: AbstractContextManager[tuple[int, list[int]]]) -> Row:
    """Warm up, then two halves, so that growth can be seen."""
    with running as (port, pids):
        load(port, folder, max(100, messages // 10))
        started = time.perf_counter()
        load(port, folder, messages // 2)
        half = resident(pids)
        load(port, folder, messages // 2)
        seconds = time.perf_counter() - started
        end = resident(pids)
    return Row(name=name, rate=2 * (messages // 2) / seconds, resident_kib=end, grown_kib=end - half)


@contextmanager
def served(what: str, processes: int, dns: str, redis: str) -> Iterator[tuple[int, list[int]]]:
    """Server processes of ours on one port."""
    holder = server.bind("[::1]:0", reuse_port=True)  # bound, never listening: it keeps the port ours
    port = holder.getsockname()[1]
    command = [sys.executable, "-m", "bench", "receiver", "--serve", what, str(port), dns, redis]
    children = [subprocess.Popen(command) for _ in range(processes)]
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
    with server.bind("[::1]:0") as free:
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


def serve(what: str, port: str, dns: str, redis: str) -> None:
    """In a child: serve until killed."""
    sock = server.bind(f"[::1]:{port}", reuse_port=True)
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


async def ours(sock: socket.socket, dns: str, redis: str) -> None:
    """The receiver with a real resolver and a real store."""
    store = open_store(redis)
    desk = TokenDesk(
        key=KEY, list_ids=lambda: {"ipv6-ops"}, find_submitted_at=lambda _: None, keep=store.outcomes.record_arrival
    )
    settings = ReceiverSettings(domain=DOMAIN, hostname="receiver.example.org")
    resolver = system_resolver([f"127.0.0.1:{dns}"])
    limits = Limits(transactions=1_000_000)
    await server.serve(settings, desk=desk, resolver=resolver, stop=asyncio.Event(), limits=limits, sock=sock)


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
