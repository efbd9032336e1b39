"""The resolver that the product asks: cached, questions in flight joined, over the system's or the given servers."""

import os
import threading
import time
import weakref
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import Future
from datetime import timedelta

from monitor.dns.answer import Answer, Resolver, Unanswered, unanswered
from monitor.dns.cache import USE, Cache, Kept, Key, from_cache
from monitor.dns.discovery import Discovery
from monitor.dns.dns64 import Prefixes
from monitor.dns.exchange import carry
from monitor.dns.flight import Flight, settle
from monitor.dns.health import Health
from monitor.dns.name import normal
from monitor.dns.resolution import Resolution
from monitor.dns.servers import Server, ServerOrder, parse_server, system_servers
from monitor.dns.witness import WITHIN_S, Witnesses

__all__ = ["Anew", "Answer", "Resolver", "SystemResolver", "Unanswered", "system_resolver"]

TIMEOUT = timedelta(seconds=5)  # for one question over all servers; a check asks several within RFC 7208's 20 seconds
MAX_OPEN = 128  # questions that one resolver has open at once


def system_resolver(
    nameservers: Sequence[str] = (), timeout: timedelta = TIMEOUT, *, witnesses: Sequence[str] = ()
) -> "SystemResolver":
    """A resolver over the named servers (`192.0.2.53`, `[2001:db8::53]:5353`), else the system's.

    `witnesses` as in SystemResolver. Raises UsageError where a server is written wrongly.
    """
    servers = tuple(map(parse_server, nameservers)) or system_servers()
    return SystemResolver(servers, timeout_s=timeout.total_seconds(), witnesses=witnesses)


class SystemResolver:
    """Asks recursive (or, in tests, authoritative) servers, over UDP and where needed TCP.

    Thread-safe and fork-safe.
    """

    def __init__(
        self,
        servers: Sequence[Server],
        *,
        timeout_s: float = TIMEOUT.total_seconds(),
        witnesses: Sequence[str] = (),
    ) -> None:
        """`witnesses` are domains that are asked while a name does not answer, for answered_beside()."""
        self.servers = tuple(servers)
        self.timeout_s = timeout_s
        self._domains = tuple(witnesses)
        self._reset()
        _RESOLVERS.add(self)

    def lookup(
        self, name: str, rrtype: str, *, timeout_s: float | None = None, newest_s: float | None = None
    ) -> Answer:
        """As Resolver.lookup; with `newest_s`, of what is kept nothing that is older."""
        key = (normal(name), rrtype)
        within = self.timeout_s if timeout_s is None else min(timeout_s, self.timeout_s)
        kept = self.cache.get(key, time.monotonic(), newest_s=newest_s)
        if kept is not None:
            return _give(kept)
        with self._lock:
            future = self._open.get(key)
            leads = future is None
            if future is None:
                future = self._open[key] = Future()
        if leads:
            try:
                future.set_result(self._ask(key, within))
            except BaseException as error:
                future.set_exception(error)
                raise
            finally:
                with self._lock:
                    self._open.pop(key, None)
        try:
            kept = future.result(timeout=within)
            return _give(kept if leads else from_cache(kept))
        except TimeoutError as error:
            raise unanswered(*key, "timeout", server="joined a question in flight") from error

    def trouble(self) -> str | None:
        """A sentence where the last questions show that the fault is ours, so that it is told once; else None."""
        return self.health.trouble(time.monotonic())

    def failed_beside(self, names: Collection[str], since: float) -> bool:
        """Whether unrelated domains failed together with these names; `since` is a second of the monotonic clock."""
        return self.health.failed_beside(names, since)

    def answered_beside(self, names: Collection[str], since: float) -> bool:
        """Whether an unrelated domain was answered just when one of these names was asked for in vain.

        Waits for witnesses that were asked, some seconds at most.
        """
        self.witnesses.wait()
        return self.health.answered_beside(names, since)

    def answers_by_now(self, name: str, rrtype: str, *, timeout_s: float) -> bool:
        """Whether a name that did not answer does now; what is kept of its failure is not asked."""
        kept = self._ask((normal(name), rrtype), min(timeout_s, self.timeout_s))
        return not isinstance(kept, Unanswered)

    def synthesising(self) -> dict[Server, Prefixes]:
        """The servers that make up IPv6 addresses, each with its prefixes; one that does not tell is not among them."""
        found = {server: self.discovery.prefixes(server) for server in self.servers}
        return {server: prefixes for server, prefixes in found.items() if prefixes}

    def flight(self) -> Flight:
        """Many questions at once, with this resolver's cache and servers; for one thread, as a context manager."""
        return Flight(self._begin, self.order, self.cache, self.health, timeout_s=self.timeout_s)

    def _ask(self, key: Key, timeout_s: float) -> Kept:
        """The answer or the error, kept for as long as it may be."""
        resolution = self._begin(key, time.monotonic(), timeout_s)
        with self._places:
            carry(resolution, self.order)
        return settle(resolution, self.cache, self.health, time.monotonic())

    def _begin(
        self, key: Key, now: float, timeout_s: float | None = None, *, in_trouble: Callable[[], None] | None = None
    ) -> Resolution:
        """The resolution of a question, which begins now; a witness is asked in trouble unless something else is to."""
        return Resolution(
            *key,
            self.order.order(now),
            started=now,
            timeout_s=self.timeout_s if timeout_s is None else timeout_s,
            plain=self.order.plain(now),
            prefixes=self.discovery.prefixes,
            in_trouble=in_trouble or self.witnesses.call,
        )

    def _ask_witness(self, name: str) -> None:
        """Ask whether we see, for nothing else: nothing is kept, and no further witness is asked for its sake.

        It waits for no place among open questions: late, it would show that we do not see.
        """
        resolution = self._begin((name, "A"), time.monotonic(), WITHIN_S, in_trouble=lambda: None)
        carry(resolution, self.order)
        reason = "" if resolution.error is None else resolution.error.reason
        self.health.witnessed(name, reason, time.monotonic(), asked_at=resolution.started)

    def _reset(self) -> None:
        """Nothing known, nothing open: as made, and as a forked child must begin (locks may be held elsewhere)."""
        self.cache = Cache()
        self.health = Health()
        self.witnesses = Witnesses(self._ask_witness, self._domains)
        self.order = ServerOrder(self.servers)
        self.discovery = Discovery(self.order, timeout_s=self.timeout_s)
        self._open: dict[Key, Future[Kept]] = {}
        self._lock = threading.Lock()
        self._places = threading.BoundedSemaphore(MAX_OPEN)


class Anew:
    """A resolver that asks anew what was asked longer ago than `newest`, for evidence that memory cannot give.

    What others have asked since is taken: many who ask anew at once ask once. The servers asked have a memory of their
    own (RFC 1035 section 7.4), which a client cannot pass by.
    """

    def __init__(self, base: SystemResolver, newest: timedelta) -> None:
        self._base = base
        self._newest_s = newest.total_seconds()

    def lookup(self, name: str, rrtype: str, *, timeout_s: float | None = None) -> Answer:
        """As Resolver.lookup."""
        return self._base.lookup(name, rrtype, timeout_s=timeout_s, newest_s=self._newest_s)


def _give(kept: Kept) -> Answer:
    """An answer as the asker sees it. Raises an error like the kept one."""
    if isinstance(kept, Unanswered):
        raise Unanswered(kept.question, reason=kept.reason)  # a fresh one: tracebacks must not pile up on a shared one
    return kept


def _after_fork() -> None:
    USE.reset()
    for resolver in list(_RESOLVERS):
        resolver._reset()  # noqa: SLF001 - the resolver's own module


_RESOLVERS: "weakref.WeakSet[SystemResolver]" = weakref.WeakSet()
os.register_at_fork(after_in_child=_after_fork)
