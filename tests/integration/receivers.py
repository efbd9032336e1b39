"""Receivers of a list's mail on a host of their own, one a domain: each takes it or gives the reply that is set."""

import asyncio
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from aiosmtpd.smtp import SMTP

from tests.integration.netns import Netns


@dataclass
class Receivers:
    """What they answer, and what they took.

    Whose post it is they see by its reverse-path, up to "-bounces".
    """

    refused: dict[tuple[str, str], str] = field(default_factory=dict)  # (list, domain) → reply to the message
    refused_addresses: dict[tuple[str, str], str] = field(default_factory=dict)  # (list, address) → reply to RCPT
    taken: list[tuple[str, str, bytes]] = field(default_factory=list)  # reverse-path, recipient, message

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, rcpt_options: Any) -> str:  # noqa: N802 - aiosmtpd's name
        del server, session, rcpt_options
        reply = self.refused_addresses.get((_list_of(envelope.mail_from), address))
        if reply is not None:
            return reply
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        del server, session
        domain = envelope.rcpt_tos[0].rpartition("@")[2]
        reply = self.refused.get((_list_of(envelope.mail_from), domain))
        if reply is not None:
            return reply
        self.taken += [(envelope.mail_from, each, envelope.content) for each in envelope.rcpt_tos]
        return "250 2.0.0 OK"


def _list_of(reverse_path: str | None) -> str:
    return (reverse_path or "").partition("-bounces")[0]


@contextmanager
def receivers(host: Netns) -> Iterator[Receivers]:
    """Receivers on port 25 of all addresses of `host`."""
    handler = Receivers()
    with answering(host, handler, port=25):
        yield handler


@contextmanager
def answering(host: Netns, handler: object, *, port: int) -> Iterator[None]:
    """An SMTP server of aiosmtpd with that handler, in a thread of its own; its socket is made on `host`."""
    loop, ready = asyncio.new_event_loop(), threading.Event()
    with host.entered():
        sock = socket.create_server(("::", port), family=socket.AF_INET6)

    async def serve() -> None:
        server = await loop.create_server(lambda: SMTP(handler, hostname="receiver.example.net"), sock=sock)
        ready.set()
        await server.serve_forever()

    def run() -> None:
        asyncio.set_event_loop(loop)
        try:
            loop.run_until_complete(task)
        except asyncio.CancelledError:
            loop.close()

    task = loop.create_task(serve())
    thread = threading.Thread(target=run, name="receivers")
    thread.start()
    try:
        assert ready.wait(10)
        yield
    finally:
        loop.call_soon_threadsafe(task.cancel)
        thread.join(10)
