"""A resolver that stops when its time is up: who asks many questions has one end for all of them."""

import time
from collections.abc import Callable
from datetime import timedelta

from monitor.dns.answer import Answer, Resolver, unanswered


class DeadlineResolver:
    """Another resolver, for so long.

    After that every question is unanswered with the reason `timeout`: temperror, unknown.
    """

    def __init__(self, base: Resolver, budget: timedelta, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._base = base
        self._clock = clock
        self._ends = clock() + budget.total_seconds()

    @property
    def left_s(self) -> float:
        """Seconds until the end; none or fewer after it."""
        return self._ends - self._clock()

    def lookup(self, name: str, rrtype: str, *, timeout_s: float | None = None) -> Answer:
        """As Resolver.lookup."""
        left = self.left_s
        if left <= 0:
            raise unanswered(name, rrtype, "timeout", server="our deadline")
        return self._base.lookup(name, rrtype, timeout_s=left if timeout_s is None else min(left, timeout_s))
