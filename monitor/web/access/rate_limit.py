"""How often one client may ask: enough for people and programs, too little to guess a token or to stop our work."""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import IPv6Address, IPv6Network
from typing import Final

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from monitor.web.access.client import Client, client_asking
from monitor.web.api.problem import refusal
from monitor.web.page_services import PageServices

CLIENTS_KEPT: Final = 10_000  # those who asked last; an IPv6 network of a site, /64, is one client
SITE_BITS: Final = 64


class Kind(StrEnum):
    """What is asked for, by what it costs us."""

    LOGIN = "login"  # a token offered and found wrong, or about to be tried
    EXPLAIN = "explain"  # a message to read
    CHANGE = "change"
    LOOK = "look"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """So many at once, and one more every `every_s` seconds."""

    burst: int
    every_s: float


RATES: Final = {
    Kind.LOGIN: Rate(burst=10, every_s=6.0),
    Kind.EXPLAIN: Rate(burst=20, every_s=2.0),
    Kind.CHANGE: Rate(burst=60, every_s=1.0),
    Kind.LOOK: Rate(burst=300, every_s=0.1),
}


class Counter:
    """The generic cell rate algorithm (ITU-T I.371 annex A): a time per client and kind, when all is free again."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._free_at: OrderedDict[tuple[Kind, str], float] = OrderedDict()
        self._lock = threading.Lock()

    def wait(self, kind: Kind, client: str, *, take: bool = True) -> float:
        """Seconds until the client may ask that again; 0 where it may now, which then counts unless `take` is false."""
        rate, now = RATES[kind], self._clock()
        with self._lock:
            free_at = max(self._free_at.get((kind, client), now), now)
            over = free_at + rate.every_s - now - rate.burst * rate.every_s
            if over > 0:
                return over
            if take:
                self._free_at[kind, client] = free_at + rate.every_s
                self._free_at.move_to_end((kind, client))
                while len(self._free_at) > CLIENTS_KEPT:
                    self._free_at.popitem(last=False)
        return 0.0


class RateLimits:
    """Answers 429 (RFC 6585 section 4) to who asks too often.

    Programs of this machine that ask directly may, but for logins.
    """

    def __init__(self, app: ASGIApp, services: PageServices, counter: Counter | None = None) -> None:
        self._app = app
        self._services = services
        self._counter = counter or Counter()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on, or answer that it is too often."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        who, client = self._client(scope)
        kind = kind_of(str(scope["method"]), str(scope["path"]))
        offers_token = "authorization" in Headers(scope=scope)
        wait = 0.0
        if kind is Kind.LOGIN or not who.local:
            wait = self._counter.wait(kind, client)
        if offers_token and not wait:
            wait = self._counter.wait(Kind.LOGIN, client, take=False)
        if wait:
            await _too_often(str(scope["path"]), wait)(scope, receive, send)
            return

        async def count_refusals(message: Message) -> None:
            if offers_token and message["type"] == "http.response.start" and message["status"] == 401:
                self._counter.wait(Kind.LOGIN, client)
            await send(message)

        await self._app(scope, receive, count_refusals)

    def _client(self, scope: Scope) -> tuple[Client, str]:
        who = client_asking(self._services.settings().web, scope)
        if isinstance(who.address, IPv6Address):
            return who, str(IPv6Network((int(who.address), SITE_BITS), strict=False))
        return who, str(who.address)


def kind_of(method: str, path: str) -> Kind:
    """What a request costs."""
    if method in {"GET", "HEAD", "OPTIONS"}:
        return Kind.LOOK
    if path == "/login":
        return Kind.LOGIN
    return Kind.EXPLAIN if path.endswith("/explain") else Kind.CHANGE


def _too_often(path: str, wait: float) -> Response:
    seconds = int(wait) + 1
    sentence = f"That is too often. Wait {seconds} second{'' if seconds == 1 else 's'}."
    answer = refusal(path, 429, sentence)
    answer.headers["retry-after"] = str(seconds)
    return answer
