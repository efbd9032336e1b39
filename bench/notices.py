"""Notices: how fast 10,000 lists are decided about, and how long 1,000 slow webhooks take, with what waits behind them.

`python -m bench notices`: decisions on one core, target 5 s, with the watch over the host; deliveries to endpoints that
take 2 s each, by one `staysub worker` with one process, target 60 s; and how long mail and checks take meanwhile and
without them.
"""

import asyncio
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from aiosmtpd.controller import Controller

from monitor.admission.rules import load_rules
from monitor.config.lists import ListSettings
from monitor.config.settings import Settings
from monitor.incident.decision import decide
from monitor.model.findings import Finding, Severity
from monitor.model.incidents import Notice, NoticeState
from monitor.model.lists import MailingList
from monitor.model.risk import Assessment, RiskLevel
from monitor.notify.notice import MAIL, TEST, WEBHOOK, notice_id
from monitor.notify.notices_for import notices_of_list, trial_payload
from monitor.operations.incident_policy import policy_of_list
from monitor.operations.installation import watch
from monitor.operations.services import Services
from monitor.store import open_store
from tests.harness import free_port
from tests.integration.redis_server import redis_server

ROOT = Path(__file__).parents[1]
LISTS, HOOKS, MAILS, CHECKS, SLOW_S = 10_000, 1_000, 20, 200, 2.0
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"  # noqa: S105 - of the benchmark alone


def main(arguments: list[str]) -> None:
    """Print one line a measurement."""
    del arguments
    decisions()
    with redis_server() as redis_url:
        watch_over_the_host(redis_url)
        alone = work(redis_url, hooks=0)
        beside = work(redis_url, hooks=HOOKS)
    print(
        f"deliveries  {HOOKS} webhooks of {SLOW_S:g} s, one worker of one process: {beside['webhook']:.1f} s (target 60 s)\n"
        f"meanwhile   {MAILS} mails {beside['mail']:.1f} s (alone {alone['mail']:.1f} s), "
        f"{CHECKS} checks {beside['check']:.1f} s (alone {alone['check']:.1f} s)"
    )


def a_list(number: int, url: str = "https://hooks.example.org/") -> MailingList:
    """A list with one owner and one endpoint."""
    facts = {
        "id": f"list-{number}",
        "address": f"list-{number}@lists.example.org",
        "reverse_path": f"list-{number}-bounces@lists.example.org",
        "helo": "mail.lists.example.org",
        "outbound": ["192.0.2.25", "2001:db8:25::25"],
        "owners": [f"owner-{number}@example.org"],
        "webhook": [{"url": url, "secret": SECRET}],
    }
    return ListSettings.model_validate(facts, by_alias=True).value()


def decisions() -> None:
    """A tick in which every list is judged: one in ten is newly in danger, one in ten has recovered."""
    settings, rules = Settings(), load_rules()
    lists = [a_list(number) for number in range(LISTS)]
    finding = Finding(
        code="spf.ipv6-not-covered", severity=Severity.CRITICAL, message="Over IPv6 the record says fail."
    )
    danger = [RiskLevel.CRITICAL, RiskLevel.CRITICAL, RiskLevel.OK]
    opened = {}
    for listed in lists[: LISTS // 10]:
        facts = Assessment(list_id=listed.id, assessed_at=NOW, level=danger[0], reason="bench", findings=(finding,))
        opened[listed.id] = decide(None, danger, facts, policy_of_list(listed, settings), now=NOW).incident
    later, told = NOW + timedelta(hours=1), 0
    began = time.process_time()
    for number, listed in enumerate(lists):
        levels = danger if number % 10 == 1 else [RiskLevel.OK] * 3
        facts = Assessment(
            list_id=listed.id,
            assessed_at=later,
            level=levels[0],
            reason="bench",
            findings=(finding,) if levels is danger else (),
        )
        policy = policy_of_list(listed, settings)
        decided = decide(opened.get(listed.id), levels, facts, policy, now=later)
        told += len(notices_of_list(decided, facts, listed, rules, settings, now=later))
    took = time.process_time() - began
    print(f"decisions   {LISTS} lists, {told} notices made: {took:.2f} s of one core (target 5 s)")


def watch_over_the_host(redis_url: str) -> None:
    """Half of the lists have causes of their own, the other half shares one."""
    store = open_store(redis_url)
    store.client.flushdb()
    settings = Settings.model_validate({"list": [a_list(number) for number in range(LISTS)]}, by_alias=True)
    for number in range(LISTS):
        about = "2001:db8:25::25" if number % 2 else f"list-{number}.example.org"
        store.shared_causes.note(f"list-{number}", RiskLevel.CRITICAL, [("ptr.missing", about), ("spf.none", about)])
    services = Services(settings=lambda: settings, store=store, rules=load_rules(), now=lambda: NOW)
    watch(services)
    began = time.process_time()
    watch(services)
    took = time.process_time() - began
    found = len(store.incidents.recent(10))
    print(f"host        {LISTS} lists in danger, {found} shared causes: {took:.2f} s of one core each half minute")


def work(redis_url: str, *, hooks: int) -> dict[str, float]:
    """Webhooks, mails and checks that are due at once, done by real parts; seconds until the last of each kind."""
    store = open_store(redis_url)
    store.client.flushdb()
    port, _ = serve_slowly()
    url = f"http://127.0.0.1:{port}/"
    sink = Sink()
    relay = Controller(sink, hostname="127.0.0.1", port=free_port())
    relay.start()
    with (
        tempfile.TemporaryDirectory() as folder,
        parts_of_staysub(redis_url, Path(folder), url, relay.port, nameserver()),
    ):
        wait_for(lambda: "worker" in store.heartbeats.all(), 60)
        now = datetime.now(UTC)
        calls = [a_notice(n, WEBHOOK, url, now) for n in range(hooks)]
        mails = [a_notice(n, MAIL, f"owner-{n}@example.org", now) for n in range(MAILS)]
        began = time.monotonic()
        store.notices.add([*calls, *mails])
        took: dict[str, float] = {}

        def is_done(kind: str) -> bool:
            if kind == "check":
                return len(store.outcomes.assessments()) == CHECKS
            found = [one for one in store.notices.recent(hooks + MAILS) if one.channel == kind]
            return all(one.state is NoticeState.DELIVERED for one in found)

        beat = Part("beat", Path(folder))
        try:
            while len(took) < 3 and time.monotonic() - began < 300:
                for kind in {"webhook", "mail", "check"} - took.keys():
                    if is_done(kind):
                        took[kind] = time.monotonic() - began
                time.sleep(0.2)
        finally:
            beat.end()
    relay.stop()
    return took


def a_notice(number: int, channel: str, target: str, now: datetime) -> Notice:
    """One that is due."""
    listed = a_list(number % CHECKS)
    return Notice(
        id=notice_id(f"bench-{number}", 1, channel, target),
        incident_id="",
        list_id=listed.id,
        revision=1,
        type="list.risk.raised" if channel == WEBHOOK else TEST,
        channel=channel,
        target=target,
        created_at=now,
        payload=trial_payload(listed),
        next_attempt_at=now,
    )


CONFIG = """
[redis]
url = "{redis}"
[dns]
nameservers = ["127.0.0.1:{dns}"]
[schedule]
check_every = "15s"
[notices]
from = "staysub@example.net"
relay = "smtp://127.0.0.1:{relay}"
allow_networks = ["127.0.0.0/8"]
"""
LIST = """
[[list]]
id = "list-{n}"
address = "list-{n}@lists.example.org"
reverse_path = "list-{n}-bounces@lists.example.org"
helo = "mail.lists.example.org"
outbound = ["2001:db8:25::25"]
owners = ["owner-{n}@example.org"]
[[list.webhook]]
url = "{url}"
secret = "{secret}"
"""


class Part:
    """One part of Staysub as a process."""

    def __init__(self, name: str, folder: Path, *arguments: str) -> None:
        environ = {**os.environ, "STAYSUB_CONFIG": str(folder / "staysub.toml"), "PYTHONPATH": str(ROOT)}
        command = [sys.executable, "-m", "monitor", name, *arguments]
        with (folder / f"{name}.log").open("w") as said:
            self._process = subprocess.Popen(command, env=environ, stdout=said, stderr=said)

    def end(self) -> None:
        """End it, and wait for that."""
        self._process.terminate()
        self._process.wait(30)


@contextmanager
def parts_of_staysub(redis_url: str, folder: Path, url: str, relay: int, dns_port: int) -> Iterator[None]:
    """A configuration of as many lists as there are checks, and one worker with one process; beat is started later."""
    lists = "".join(LIST.format(n=n, url=url, secret=SECRET) for n in range(CHECKS))
    text = CONFIG.format(redis=redis_url, dns=dns_port, relay=relay) + lists
    (folder / "staysub.toml").write_text(text)
    worker = Part("worker", folder, "--concurrency", "1", "--loglevel", "warning")
    try:
        yield
    finally:
        worker.end()


class Sink:
    """Takes every mail."""

    async def handle_DATA(self, *_: object) -> str:  # noqa: N802 - the name is aiosmtpd's
        """Take it."""
        return "250 2.0.0 queued"


def nameserver() -> int:
    """A name server on loopback that says NXDOMAIN to everything (RFC 1035 section 4.1.1); its port."""
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.bind(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            asked, peer = sock.recvfrom(4096)
            end = asked.index(b"\0", 12) + 5
            sock.sendto(asked[:2] + b"\x81\x83" + b"\0\1\0\0\0\0\0\0" + asked[12:end], peer)

    threading.Thread(target=serve, daemon=True).start()
    return int(sock.getsockname()[1])


def wait_for(holds: Callable[[], bool], patience_s: float) -> None:
    """Wait until it holds."""
    ends = time.monotonic() + patience_s
    while not holds():
        assert time.monotonic() < ends, "the worker did not start"
        time.sleep(0.1)


def serve_slowly() -> tuple[int, Callable[[], int]]:
    """An endpoint that answers 200 after SLOW_S; its port, and a function that counts its calls."""
    calls, ready, ports = [], threading.Event(), []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        await asyncio.sleep(SLOW_S)
        calls.append(1)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        await writer.drain()
        writer.close()

    async def serve() -> None:
        server = await asyncio.start_server(answer, "127.0.0.1", 0, backlog=1024)
        ports.append(server.sockets[0].getsockname()[1])
        ready.set()
        await server.serve_forever()

    threading.Thread(target=lambda: asyncio.run(serve()), daemon=True).start()
    ready.wait()
    return ports[0], lambda: len(calls)
