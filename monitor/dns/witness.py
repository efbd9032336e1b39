"""Somebody else who is asked at once where a name does not answer: it shows whether we could see just then."""

import secrets
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from itertools import cycle
from math import ceil
from threading import Lock, Thread
from time import monotonic
from typing import Final

from monitor.errors import OutOfFiles

# They answer whoever sees, and nearly every list has subscribers there.
USUAL: Final = ("gmail.com", "outlook.com", "yahoo.com")
EVERY_S: Final = 0.8  # so seldom is one asked: often enough for one beside each name that fails (health.TOGETHER_S)
WITHIN_S: Final = 2.0  # for one question: a resolver that sees has answered by then


class Witnesses:
    """Domains to ask in turn, each time by a new name, which no cache can hold. Safe to use from several threads."""

    def __init__(self, ask: Callable[[str], None], domains: Sequence[str]) -> None:
        """`ask` asks for a name within WITHIN_S, and notes what became of it."""
        self._ask = ask
        self._domains = cycle(domains) if domains else None
        self._last_s = float("-inf")
        self._one = Lock()
        self._hearing = deque[Thread](maxlen=ceil(WITHIN_S / EVERY_S))  # as many as may be on their way at once

    def call(self) -> None:
        """Ask one in a thread, unless one was asked just now. Never waits."""
        if self._domains is None:
            return
        with self._one:
            if monotonic() - self._last_s < EVERY_S:
                return
            self._last_s, domain = monotonic(), next(self._domains)
        name = f"staysub-{secrets.token_hex(4)}.{domain}"
        hearing = Thread(target=self._hear, args=(name,), name="dns-witness", daemon=True)
        with suppress(RuntimeError):  # no thread can be had: nothing is shown
            hearing.start()
            self._hearing.append(hearing)

    def wait(self) -> None:
        """Until all that were asked have answered, or have not: WITHIN_S at most."""
        ends = monotonic() + WITHIN_S
        for each in list(self._hearing):
            each.join(max(ends - monotonic(), 0.0))

    def _hear(self, name: str) -> None:
        with suppress(OutOfFiles):
            self._ask(name)
