"""Notices: how fast 10,000 lists are decided about, and how long 1,000 slow webhooks take.

`python -m bench notices`: decisions on one core, target 5 s; deliveries to endpoints that take 2 s each, from one process,
target 60 s.
"""

import asyncio
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from monitor.config.settings import MailingList, Settings
from monitor.model import Assessment, Finding, Notice, RiskLevel, Severity
from monitor.notify import deliver, news
from monitor.notify.outbox import WEBHOOK, notice_id, trial_payload
from monitor.operations.deliver import AT_ONCE, BATCH
from monitor.operations.side_by_side import parts, side_by_side

LISTS, HOOKS, SLOW_S = 10_000, 1_000, 2.0
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"  # noqa: S105 - of the benchmark alone


def main(arguments: list[str]) -> None:
    """Print one line a measurement."""
    del arguments
    decide()
    call()


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
    return MailingList.model_validate(facts, by_alias=True)


def decide() -> None:
    """A tick in which every list is judged: one in ten is newly in danger, one in ten has recovered, the others stay."""
    settings = Settings()
    lists = [a_list(number) for number in range(LISTS)]
    finding = Finding(
        code="spf.ipv6-not-covered", severity=Severity.CRITICAL, message="Over IPv6 the record says fail."
    )
    danger = [RiskLevel.CRITICAL, RiskLevel.CRITICAL, RiskLevel.OK]
    opened = {}
    for listed in lists[: LISTS // 10]:
        facts = Assessment(list_id=listed.id, assessed_at=NOW, level=danger[0], reason="bench", findings=(finding,))
        opened[listed.id] = news(None, danger, facts, listed, settings, now=NOW).incident
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
        told += len(news(opened.get(listed.id), levels, facts, listed, settings, now=later).notices)
    took = time.process_time() - began
    print(f"decisions   {LISTS} lists, {told} notices made: {took:.2f} s of one core (target 5 s)")


def call() -> None:
    """Webhooks to an endpoint that takes its time, as the operation calls them."""
    port, count = serve_slowly()
    url = f"http://127.0.0.1:{port}/"
    listed = a_list(0, url)
    settings = Settings.model_validate(
        {"list": [listed], "notices": {"allow_networks": ["127.0.0.0/8"]}}, by_alias=True
    )
    one = Notice(
        id="",
        incident_id="inc",
        list_id=listed.id,
        revision=1,
        type="list.risk.raised",
        channel=WEBHOOK,
        target=url,
        created_at=NOW,
        payload=trial_payload(listed),
    )
    notices = {ident: replace(one, id=ident) for ident in (notice_id("bench", n, WEBHOOK, url) for n in range(HOOKS))}
    outcomes: list[str] = []

    def try_one(ident: str) -> None:
        outcomes.append(deliver(notices[ident], settings, now=datetime.now(UTC)).attempts[-1].outcome)

    began = time.monotonic()
    for some in parts(list(notices), BATCH):
        side_by_side(try_one, some, at_once=AT_ONCE, name="notice")
    took = time.monotonic() - began
    assert outcomes.count("delivered") == HOOKS == count(), (set(outcomes), count())
    print(f"deliveries  {HOOKS} webhooks of {SLOW_S:g} s, {AT_ONCE} at once, one process: {took:.1f} s (target 60 s)")


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
