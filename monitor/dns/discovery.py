"""Which name servers make up IPv6 addresses, and with which prefixes (RFC 7050): each is asked once an hour at most."""

import threading
import time
from collections.abc import Callable
from typing import Final

from monitor.dns.dns64 import NAME, Prefixes, prefixes_in
from monitor.dns.exchange import carry
from monitor.dns.resolution import Resolution
from monitor.dns.servers import Server, ServerOrder

MOST_WAITED_S: Final = 2.0  # for the answer of a server that has just given another
SHARE: Final = 1 / 4  # of what a question may take, at most: others may wait behind this one
LEAST_S: Final = 300.0  # how long an answer is kept at least, and that there was none: RFC 9520 section 3.2, at most
MOST_S: Final = 3600.0  # a network changes while its name server's address stays

Ask = Callable[[Resolution], None]  # carries a resolution to its end


class Discovery:
    """The prefixes of each name server. Thread-safe: who comes while the question is under way waits for its answer.

    `order` knows which servers are to be asked without EDNS; `timeout_s` is what a question may take.
    """

    def __init__(
        self,
        order: ServerOrder,
        *,
        timeout_s: float,
        ask: Ask | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._order, self._timeout_s = order, min(MOST_WAITED_S, SHARE * timeout_s)
        self._ask, self._clock = ask or _alone, clock
        self._known: dict[Server, tuple[float, Prefixes]] = {}  # until when
        self._lock = threading.Lock()

    def prefixes(self, server: Server) -> Prefixes:
        """The prefixes that a server makes up addresses with: none where it does not, and where it does not tell."""
        known = self._known.get(server)
        if known is not None and known[0] > self._clock():
            return known[1]
        with self._lock:
            known = self._known.get(server)
            if known is None or known[0] <= self._clock():
                known = self._known[server] = self._asked(server)
            return known[1]

    def found(self) -> tuple[Server, ...]:
        """The servers that are known to make addresses up. Nobody is asked."""
        return tuple(server for server, (_, prefixes) in list(self._known.items()) if prefixes)

    def _asked(self, server: Server) -> tuple[float, Prefixes]:
        now = self._clock()
        resolution = Resolution(
            NAME, "AAAA", (server,), started=now, timeout_s=self._timeout_s, plain=self._order.plain(now)
        )
        self._ask(resolution)
        kept_s = min(max(resolution.cache_s, LEAST_S), MOST_S)
        return now + kept_s, () if resolution.answer is None else prefixes_in(resolution.answer.strings)


def _alone(resolution: Resolution) -> None:
    """Ask without a word to those who keep the servers' order: silence about this one name is no fault of a server."""
    carry(resolution, ServerOrder(()))
