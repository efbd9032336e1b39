"""How often one client may ask: enough for people and programs, too little to guess a token or to stop our work."""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from monitor.phrase.phrase import plural
from monitor.tongue.languages import language_wanted
from monitor.web.access.recognition import caller_of
from monitor.web.api.problem import refusal

CLIENTS_KEPT: Final = 10_000  # those who asked last


class Kind(StrEnum):
    """What is asked for, by what it costs us."""

    LOGIN = "login"  # a token that was found wrong
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

    Who is known has an allowance of its own, so that no stranger behind the same proxy can use it up. Wrong tokens are
    counted as such, never right ones. Programs of this machine that ask directly may ask as often as they like.
    """

    def __init__(self, app: ASGIApp, counter: Counter | None = None) -> None:
        self._app = app
        self._counter = counter or Counter()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on, or answer that it is too often."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        caller, path = caller_of(scope), str(scope["path"])
        kind = kind_of(str(scope["method"]), path)
        wait = self._counter.wait(Kind.LOGIN, caller.client.site) if caller.guessed else 0.0
        if not wait and kind is not Kind.LOGIN and not caller.client.local:
            wait = self._counter.wait(kind, caller.counted_as)
        if wait:
            await _too_often(scope, wait)(scope, receive, send)
            return
        refused = False

        async def send_judged(message: Message) -> None:
            """A login that failed too often is answered like any other request that comes too often."""
            nonlocal refused
            if message["type"] == "http.response.start" and message["status"] == 403:
                wait = self._counter.wait(Kind.LOGIN, caller.client.site)
                if wait:
                    refused = True
                    await _too_often(scope, wait)(scope, receive, send)
            if not refused:
                await send(message)

        await self._app(scope, receive, send_judged if kind is Kind.LOGIN else send)


def kind_of(method: str, path: str) -> Kind:
    """What a request costs."""
    if method in {"GET", "HEAD", "OPTIONS"}:
        return Kind.LOOK
    if path == "/login":
        return Kind.LOGIN
    return Kind.EXPLAIN if path.endswith("/explain") else Kind.CHANGE


def _too_often(scope: Scope, wait: float) -> Response:
    seconds = int(wait) + 1
    sentence = plural("That is too often. Wait {n} second.", "That is too often. Wait {n} seconds.", seconds)
    language = language_wanted(Headers(scope=scope).get("accept-language", ""))
    answer = refusal(str(scope["path"]), 429, sentence, language)
    answer.headers["retry-after"] = str(seconds)
    return answer
