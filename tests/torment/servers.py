"""The servers around the parts, each failing as its mood says: name server, list MTAs, relay, endpoints."""

import asyncio
import contextlib
import hashlib
import itertools
import json
import re
import threading
import time
from collections.abc import Callable, Coroutine
from email import message_from_bytes, policy
from typing import Any, Final

import dns.message
import dns.rcode
from aiosmtpd.smtp import SMTP

from monitor.demo.mta import ListMta, Queued, Signing
from monitor.demo.nameserver import NameServer, Zones
from tests.torment.journal import Handed, Journal, Taken, Told
from tests.torment.lists import ADMINISTRATOR, BY_ID, LISTS, SELECTOR, Listed, Lot, zones

WELL: Final = "well"
OCTET_EVERY_S: Final = 0.25  # of a server that drips: a reply of 40 octets takes ten seconds
RETRY_S: Final = 4.0  # of a list's MTA; a real one waits minutes, and a run has ten
TRIES: Final = 400  # as long as any run
LINK: Final = re.compile(r"https?://\S+")  # signed anew for each try, with the moment until which it is good
BY_OWNER: Final = {one.owner: one.id for one in LISTS}


class Moods(dict[str, str]):
    """How each kind of server is now: dns, mta, relay, hook → well, or what is wrong with it."""

    def __init__(self) -> None:
        super().__init__(dns=WELL, mta=WELL, relay=WELL, hook=WELL)


class Servers:
    """All of them in one event loop, in a thread of its own."""

    def __init__(self, journal: Journal, *, dkim_seed: bytes, dkim_key: str, receiver_port: int) -> None:
        self.moods = Moods()
        self.broken: set[str] = {one.id for one in LISTS if one.lot is Lot.GONE}
        self._journal, self._dkim_key = journal, dkim_key
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="servers", daemon=True)
        self._zones, self._serials = Zones(), itertools.count(int(time.time()))
        self._publish()
        self._names = Names(self._zones, self.moods, journal)
        self.mtas = {
            one.id: Mta(one, self.moods, journal, receiver_port=receiver_port, seed=dkim_seed) for one in LISTS
        }
        self._servers: list[asyncio.Server] = []

    def start(self, *, dns_port: int, mta_ports: dict[str, int], relay_port: int, hook_port: int) -> None:
        """Open all of them."""
        self._thread.start()

        async def opened() -> None:
            await self._names.start(dns_port)
            for list_id, mta in self.mtas.items():
                await mta.start(mta_ports[list_id])
            relay, hooks = Relay(self._journal, self.moods), Hooks(self._journal, self.moods)

            def protocol() -> MoodySmtp:
                return MoodySmtp(relay, mood=lambda: self.moods["relay"], hostname="relay.example")

            self._servers.append(await self._loop.create_server(protocol, "127.0.0.1", relay_port))
            self._servers.append(await asyncio.start_server(hooks.serve, "127.0.0.1", hook_port))

        self._call(opened())

    def stop(self) -> None:
        """Close all of them."""

        async def closed() -> None:
            self._names.stop()
            for each in (*self.mtas.values(), *(_Closing(one) for one in self._servers)):
                each.stop()
            others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
            for task in others:
                task.cancel()
            await asyncio.gather(*others, return_exceptions=True)

        if self._thread.is_alive():
            self._call(closed())
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(10)

    def turn(self, list_id: str, *, broken: bool) -> None:
        """Break or mend a list's record."""
        (self.broken.add if broken else self.broken.discard)(list_id)
        self._publish()
        self._journal.turned.append((time.monotonic(), list_id, broken))

    def _publish(self) -> None:
        self._zones.load(zones(self.broken, serial=next(self._serials), dkim_key=self._dkim_key))

    def _call(self, work: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(30)


class _Closing:
    def __init__(self, server: asyncio.Server) -> None:
        self._server = server

    def stop(self) -> None:
        self._server.close()


class Names(NameServer):
    """The demonstration's name server, that falls silent, fails or loses every other answer."""

    def __init__(self, served: Zones, moods: Moods, journal: Journal) -> None:
        super().__init__(served, lambda _: False)
        self._moods, self._journal, self._turns = moods, journal, itertools.count()
        self._by_domain = {one.domain: one.id for one in LISTS}

    def respond(self, octets: bytes, *, limit: int) -> bytes | None:
        """As the server's mood is."""
        mood = self._moods["dns"]
        if mood == "silent" or (mood == "lossy" and next(self._turns) % 2):
            return None
        if mood == "servfail":
            response = dns.message.make_response(dns.message.from_wire(octets))
            response.set_rcode(dns.rcode.SERVFAIL)
            return response.to_wire()
        answer = super().respond(octets, limit=limit)
        if answer is not None:
            asked = dns.message.from_wire(answer).question[0].name.to_text(omit_final_dot=True).lower()
            if asked in self._by_domain:
                self._journal.asked_s[self._by_domain[asked]] = time.monotonic()
        return answer


class MoodySmtp(SMTP):
    """An SMTP server whose replies hang, drip, or never come because the connection is reset."""

    def __init__(self, handler: object, *, mood: Callable[[], str], hostname: str) -> None:
        super().__init__(handler, hostname=hostname, loop=asyncio.get_running_loop())
        self._mood = mood

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Reset, where that is the mood."""
        if self._mood() == "resets":
            transport.abort()
        else:
            super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        """One that was reset at once has no session to end."""
        if self.session is not None:
            super().connection_lost(error)

    async def push(self, status: str | bytes) -> None:
        """Reply; that a message was taken is always said at once, so that nobody has to guess whether it was."""
        said = status.encode() if isinstance(status, str) else status
        while self._mood() == "hangs" and not said.startswith(b"250 2.0.0"):  # noqa: ASYNC110 - a mood is a word
            await asyncio.sleep(0.2)
        if self._mood() == "drips" and not said.startswith(b"250 2.0.0"):
            for octet in said:
                self._writer.write(bytes([octet]))
                await self._writer.drain()
                if self._mood() == "drips":
                    await asyncio.sleep(OCTET_EVERY_S)
            self._writer.write(b"\r\n")
            await self._writer.drain()
            return
        await super().push(status)


class Mta(ListMta):
    """A list's MTA: takes nothing but in a good mood, and tries often."""

    def __init__(self, one: Listed, moods: Moods, journal: Journal, *, receiver_port: int, seed: bytes) -> None:
        signing = Signing(domain=one.domain, selector=SELECTOR, seed=seed) if one.signs else None
        super().__init__(helo=one.helo, address=one.ipv6, receiver_port=receiver_port, signing=signing)
        self.last_forward_path = ""
        self._one, self._moods, self._journal = one, moods, journal
        self._codes: dict[int, int] = {}
        self._taken_at: dict[int, tuple[str, float]] = {}

    async def start(self, port: int) -> None:
        """Take submissions on 127.0.0.1."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(
            lambda: MoodySmtp(self, mood=lambda: self._moods["mta"], hostname=self.helo), "127.0.0.1", port
        )

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        """Queue it, in a good mood."""
        if self._moods["mta"] != WELL:
            return "451 4.3.0 Not now"
        answer = await super().handle_DATA(server, session, envelope)
        if answer.startswith("250"):
            ident, now = str(message_from_bytes(envelope.content)["Message-ID"]), time.monotonic()
            self._taken_at[self._taken] = ident, now
            self.last_forward_path = envelope.rcpt_tos[0]
            self._journal.taken.append(Taken(at_s=now, list_id=self._one.id, message_id=ident))
        return answer

    async def _deliver(self, mail: Queued) -> None:
        for _ in range(TRIES):
            if await asyncio.to_thread(self._relay, mail):
                ident, taken_at_s = self._taken_at.pop(mail.number)
                facts = {"taken_at_s": taken_at_s, "list_id": self._one.id, "message_id": ident}
                code = self._codes.pop(mail.number, 250)
                self._journal.handed.append(Handed(at_s=time.monotonic(), code=code, **facts))
                return
            await asyncio.sleep(RETRY_S)

    def _answered(self, mail: Queued, code: int, reply: bytes | str) -> bool:
        if code // 100 == 5:
            self._codes[mail.number] = code
        return super()._answered(mail, code, reply)


class Relay:
    """Takes notices by mail."""

    def __init__(self, journal: Journal, moods: Moods) -> None:
        self._journal, self._moods = journal, moods

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        """Keep it."""
        del server, session
        if self._moods["relay"] == "refuses":
            return "451 4.3.0 Not now"
        message = message_from_bytes(envelope.content, policy=policy.default)
        part = message.get_body(preferencelist=("plain",))
        for to in envelope.rcpt_tos:
            incident = str(message.get("X-Staysub-Incident", ""))
            told = Told(
                at_s=time.monotonic(),
                channel="mail",
                to=to,
                list_id="" if to == ADMINISTRATOR else BY_OWNER.get(to, ""),
                ident=str(message["Message-ID"]).strip("<>").partition("@")[0],
                incident="" if incident == "none" else incident,
                subject=str(message["Subject"]),
                content=_digest(LINK.sub("", part.get_content() if part else "").encode()),
            )
            self._journal.told.append(told)
        return "250 2.0.0 Kept"


class Hooks:
    """Endpoints, one a list by its path."""

    def __init__(self, journal: Journal, moods: Moods) -> None:
        self._journal, self._moods = journal, moods

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One call."""
        with contextlib.suppress(OSError, asyncio.IncompleteReadError, ValueError):
            await self._serve(reader, writer)
        writer.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        fields = {name.lower(): value.strip() for name, _, value in (x.partition(":") for x in head.splitlines()[1:])}
        body = await reader.readexactly(int(fields.get("content-length", "0")))
        one = BY_ID.get(head.split(" ")[1].strip("/"))
        mood = self._moods["hook"]
        if mood == "resets":
            writer.transport.abort()
            return
        while self._moods["hook"] == "hangs":  # noqa: ASYNC110 - a mood is a word
            await asyncio.sleep(0.2)
        if mood == "hangs":
            return
        status = "410 Gone" if one is None or one.lot is Lot.GONE else "500 Trouble" if mood == "500" else "204 Kept"
        if status.startswith("204") and one is not None:
            self._keep(one, fields.get("webhook-id", ""), body)
        answer = f"HTTP/1.1 {status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode()
        for octet in answer:
            writer.write(bytes([octet]))
            if self._moods["hook"] == "drips":
                await writer.drain()
                await asyncio.sleep(OCTET_EVERY_S)
        await writer.drain()

    def _keep(self, one: Listed, ident: str, body: bytes) -> None:
        document = json.loads(body)
        data = document.get("data", {})
        self._journal.told.append(
            Told(
                at_s=time.monotonic(),
                channel="webhook",
                to=one.id,
                list_id=one.id,
                ident=ident,
                incident=str(data.get("incident_id", "")),
                change=str(document.get("type", "")).rpartition(".")[2],
                revision=int(data.get("revision") or 0),
                said_at=str(data.get("changed_at") or document.get("timestamp", "")),
                why=str(data.get("reason", "")),
                content=_digest(body),
            )
        )


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:16]
