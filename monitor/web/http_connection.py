"""One HTTP connection: uvicorn's over h11, with a place among the others and an end to our patience.

uvicorn itself waits for ever for the rest of a request, and for who does not read its answer.
"""

import asyncio
import socket
from collections.abc import Callable
from typing import Any, Final

import h11
from uvicorn import Config
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.server import ServerState

from monitor.config.settings import WebSettings
from monitor.doors.places import Places, Share
from monitor.model.dns import IpAddress, read_address
from monitor.web.access.client import is_proxy
from monitor.web.patience import Stage, patience_s

CONNECTIONS: Final = 2000  # in all; a Python process holds them in some 100 MB
# Of them, by the other end's network; shares for programs of this machine and for named proxies there are not.
SHARES: Final = {
    4: (Share(bits=32, most=200), Share(bits=24, most=400), Share(bits=0, most=950)),  # an office behind one address
    6: (  # RFC 6177 section 2, RIPE-738 section 5.1.2: a site has a /64 to a /48, a provider a /32
        Share(bits=64, most=200),
        Share(bits=56, most=200),
        Share(bits=48, most=400),
        Share(bits=32, most=600),
        Share(bits=0, most=950),  # both families together leave 100 places to this machine: its /healthz, its proxy
    ),
}
GONE_AFTER_MS: Final = 60_000  # a client that acknowledges nothing for so long is gone (TCP_USER_TIMEOUT, RFC 5482)
CROWDED: Final = (
    b"HTTP/1.1 503 Service Unavailable\r\nconnection: close\r\nretry-after: 10\r\ncontent-length: 0\r\n\r\n"
)


class HttpConnection(H11Protocol):
    """A connection that knows what it is at, and since when."""

    def __init__(self, places: Places["HttpConnection"], web: WebSettings, **uvicorns: Any) -> None:
        super().__init__(**uvicorns)
        self._places = places
        self._web = web
        self._pauses = 0  # how often the client has let our answer wait
        self._mark: tuple[object, ...] = ()  # changes with whatever shows that it goes on
        self._since = 0.0
        self._waiting_octets = 0

    @property
    def stage(self) -> Stage:
        """What it is at now."""
        if self.transport.is_closing():
            return Stage.LEAVING
        if self.flow.write_paused:
            return Stage.READING
        if self.conn.their_state is h11.IDLE:
            return Stage.HEAD
        return Stage.BODY if self.conn.their_state is h11.SEND_BODY else Stage.ANSWER

    @property
    def lingers(self) -> bool:
        """Whether it waits for its client, not for us."""
        return self.stage is not Stage.ANSWER

    def make_room(self) -> None:
        """End at once."""
        self.transport.abort()

    def watch(self, now: float) -> None:
        """End where it has been at one thing for too long; `now` is the event loop's time, in seconds."""
        stage = self.stage
        mark = (stage, self.cycle, self._pauses)
        if mark != self._mark:
            self._mark, self._since = mark, now
            self._waiting_octets = self.transport.get_write_buffer_size()
        patience = patience_s(stage, self._waiting_octets)
        if patience is not None and now - self._since > patience:
            self.transport.abort()

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        """As uvicorn's, if there is a place."""
        super().connection_made(transport)
        self.watch(self.loop.time())
        sock = transport.get_extra_info("socket")
        if sock is not None and sock.family != socket.AF_UNIX and hasattr(socket, "TCP_USER_TIMEOUT"):
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, GONE_AFTER_MS)
        if not self._places.admit(self, _counted(self._web, self.client[0] if self.client else "")):
            transport.write(CROWDED)
            transport.close()

    def send_400_response(self, msg: str) -> None:
        """As uvicorn's, where an answer may still begin; else what cannot be read ends the connection, and no more.

        uvicorn answers a second time what it has answered, and the error of that fills our log at anybody's will.
        """
        if self.conn.our_state in (h11.IDLE, h11.SEND_RESPONSE):
            super().send_400_response(msg)
        else:
            self.transport.close()
        if self.cycle is not None and not self.cycle.response_complete:  # whoever works on an answer has no reader
            self.cycle.disconnected = True
            self.cycle.message_event.set()

    def connection_lost(self, exc: Exception | None) -> None:
        """As uvicorn's."""
        self._places.leave(self)
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        """As uvicorn's."""
        self._pauses += 1
        super().pause_writing()


class HttpDoor:
    """The connections of one server."""

    def __init__(self, web: Callable[[], WebSettings], most: int = CONNECTIONS) -> None:
        self._web = web
        self.places: Places[HttpConnection] = Places(most, SHARES)

    def connection(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> HttpConnection:
        """A new connection's protocol, with uvicorn's own arguments."""
        more = {"config": config, "server_state": server_state, "app_state": app_state, "_loop": _loop}
        return HttpConnection(self.places, self._web(), **more)

    def watch(self, now: float) -> None:
        """End what has taken too long. To be called about once a second."""
        for connection in self.places.guests:
            connection.watch(now)


def _counted(web: WebSettings, peer: str) -> IpAddress | None:
    """The address that counts: none for this machine's programs and for proxies, who speak for others."""
    address = read_address(peer)
    return None if address is None or address.is_loopback or is_proxy(web, address) else address
