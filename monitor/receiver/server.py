"""The receiver as a server: an IPv6-only socket, its connections, a clean end."""

import asyncio
import dataclasses
import logging
import signal
import socket
from collections.abc import Callable
from datetime import timedelta
from ipaddress import IPv6Address
from typing import Final

from monitor.config.endpoints import split_endpoint
from monitor.dns.answer import Resolver
from monitor.doors.files import allow_files
from monitor.model.vantage import Vantage
from monitor.receiver.backend import Backend
from monitor.receiver.connection import Connection
from monitor.receiver.connection_limits import Arriving, ConnectionLimits
from monitor.receiver.handler import Handler
from monitor.receiver.limits import Limits
from monitor.receiver.message_room import MessageRoom
from monitor.receiver.privileges import drop_privileges
from monitor.receiver.processor import take_short_turns
from monitor.receiver.sockets import bind, systemd_socket
from monitor.receiver.tls import Certificates

_log: Final = logging.getLogger(__name__)

BACKLOG: Final = 256  # connections that the kernel holds for us, and asyncio takes at once
GRACE: Final = timedelta(seconds=20)  # for messages that are being recorded when the end comes
SPARE_FILES: Final = 256 + 2 * BACKLOG  # DNS, the store, logs; what came at once, before others have gone
CLOSING: Final = "421 4.3.2 The server is shutting down; please try again later."


class Receiver:
    """The running server. `start` and `stop` belong to one event loop."""

    def __init__(self, vantage: Vantage, *, backend: Backend, resolver: Resolver, limits: Limits | None = None) -> None:
        """Raises ConfigError where the certificate cannot be used."""
        self._vantage = vantage
        self._limits = limits or Limits()
        self._certificates = (
            Certificates(vantage.tls_certificate, vantage.tls_key)
            if vantage.tls_certificate is not None and vantage.tls_key is not None
            else None
        )
        self._connections = ConnectionLimits(self._limits, vantage.proxies)
        self._room = MessageRoom(self._limits)
        self._handler = Handler(
            vantage,
            backend=backend,
            resolver=resolver,
            limits=self._limits,
            connections=self._connections,
        )
        self._server: asyncio.Server | None = None
        self.address = ("", 0)

    @property
    def connections(self) -> int:
        """How many there are now."""
        return len(self._connections.places)

    @property
    def message_octets(self) -> int:
        """How many octets of large messages are held now."""
        return self._room.large

    async def start(self, sock: socket.socket | None = None) -> None:
        """Listen: on `sock` where given, else on what systemd hands over, else where the vantage says."""
        sock = sock or systemd_socket() or bind(split_endpoint(self._vantage.listen))
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(
            lambda: Arriving(self._connections, self._make_connection), sock=sock, backlog=BACKLOG
        )
        self.address = sock.getsockname()[:2]
        _log.info("receiver_listens", extra={"host": self.address[0], "port": self.address[1]})

    async def stop(self, grace: timedelta = GRACE) -> None:
        """Take no more connections, let messages that are being recorded be answered, close the rest with 421."""
        if self._server is not None:
            self._server.close()
        connections = self._connections.places.guests
        for each in connections:
            if each.idle.is_set():
                each.dismiss(CLOSING)
        busy = [asyncio.create_task(each.idle.wait()) for each in connections if not each.idle.is_set()]
        if busy:
            await asyncio.wait(busy, timeout=grace.total_seconds())
        for each in self._connections.places.guests:
            each.dismiss(CLOSING)
        await asyncio.get_running_loop().run_in_executor(None, self._handler.close)

    def _make_connection(self, client_ip: IPv6Address, behind_proxy: bool) -> Connection:  # noqa: FBT001 - a fact, not a switch
        return Connection(
            self._handler,
            hostname=self._vantage.hostname,
            client_ip=client_ip,
            limits=self._limits,
            room=self._room,
            tls_context=None if self._certificates is None else self._certificates.context(),
            behind_proxy=behind_proxy,
            on_end=self._connections.left,
            loop=asyncio.get_running_loop(),
        )


async def serve(
    vantage: Vantage,
    *,
    backend: Backend,
    resolver: Resolver,
    stop: asyncio.Event,
    ready: Callable[[Receiver], None] | None = None,
    limits: Limits | None = None,
    sock: socket.socket | None = None,
) -> None:
    """Serve until `stop` is set; `ready` is called once connections are taken."""
    quiet_dialogue()
    receiver = Receiver(vantage, backend=backend, resolver=resolver, limits=limits)
    await receiver.start(sock)
    try:
        if ready is not None:
            ready(receiver)
        await stop.wait()
    finally:
        await receiver.stop()


def run(
    vantage: Vantage,
    *,
    backend: Backend,
    resolver: Resolver,
    ready: Callable[[Receiver], None],
    user: str | None = None,
    sock: socket.socket | None = None,
) -> None:
    """Serve in the foreground until SIGINT or SIGTERM: on `sock` where given, else as `Receiver.start` says.

    Started by root, it becomes `user` once it listens and has read its certificate; a renewed one must be readable to
    that user.
    """

    def listening(receiver: Receiver) -> None:
        if user is not None:
            drop_privileges(user)
        ready(receiver)

    limits = Limits()
    files = allow_files(limits.connections + SPARE_FILES)
    if files < limits.connections + SPARE_FILES:
        limits = dataclasses.replace(limits, connections=max(files - SPARE_FILES, 1))
        _log.warning("few_open_files", extra={"files": files, "connections": limits.connections})
    take_short_turns()

    async def until_signal() -> None:
        stop = asyncio.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
        await serve(vantage, backend=backend, resolver=resolver, stop=stop, ready=listening, limits=limits, sock=sock)

    asyncio.run(until_signal())


def quiet_dialogue() -> None:
    """Silence aiosmtpd's log: every command with its addresses, which are personal data, and each client's nonsense."""
    logging.getLogger("mail.log").setLevel(logging.ERROR)
    logging.getLogger("mail.debug").setLevel(logging.ERROR)
