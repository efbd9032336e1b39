"""Many questions open at once on few sockets, driven by one thread: what a batch asks with.

Sockets are renewed after SOCKET_QUESTIONS, so that source ports stay unpredictable (RFC 5452 section 9.2).
"""

import contextlib
import heapq
import random
import selectors
import socket
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Self

from monitor.dns.cache import FAILURE_S, Cache, Kept, Key
from monitor.dns.exchange import MAX_UDP_BYTES, Silent, exchange
from monitor.dns.health import Health
from monitor.dns.resolution import Attempt, Resolution
from monitor.dns.servers import Server, ServerOrder
from monitor.dns.wire import Malformed, Message, is_response_to, query, read
from monitor.doors.files import none_left
from monitor.errors import OutOfFiles

MAX_OPEN = 256  # questions open at one server at most: what a local resolver takes from one client
SOCKETS = 4  # sockets to one server
SOCKET_QUESTIONS = 8192  # questions over one socket before it is renewed
TCP_THREADS = 8  # truncated answers fetched at once
PATIENCE = 3.0  # round trips of a server that are waited for before a question is sent again
Begin = Callable[[Key, float], Resolution]
_BUFFER_BYTES = 1 << 20  # receive buffer: the answers to all open questions may come together


def settle(resolution: Resolution, cache: Cache, health: Health, now: float) -> Kept:
    """The answer or the error that a resolution ended with, noted and kept for as long as it may be."""
    if resolution.error is not None:
        health.failed(resolution.name, resolution.error.reason, now, asked_at=resolution.started)
    else:
        health.answered(resolution.name, now, asked_at=resolution.started)
    kept = resolution.answer or resolution.error
    if kept is None:
        raise AssertionError("a resolution ends with an answer or an error")
    cache.put(
        (resolution.name, resolution.rrtype), kept, now, for_s=FAILURE_S if resolution.error else resolution.cache_s
    )
    return kept


class _Question:
    """A question on its way: the attempt whose turn it is, and every message that may still be answered."""

    __slots__ = ("attempt", "resolution", "sent")

    def __init__(self, resolution: Resolution) -> None:
        self.resolution = resolution
        self.attempt: Attempt | None = None
        self.sent: list[tuple[_Socket, int]] = []  # message ids


@dataclass(slots=True, eq=False)
class _Socket:
    """A connected socket and what is open on it, by message id: the attempt and when it was sent."""

    server: Server
    udp: socket.socket
    open: dict[int, tuple[_Question, Attempt, float]] = field(default_factory=dict)
    asked: int = 0


class Flight:
    """Asks for many records at once. Use from one thread, as a context manager."""

    def __init__(self, begin: Begin, order: ServerOrder, cache: Cache, health: Health, *, timeout_s: float) -> None:
        """`begin` makes the resolution of a question at a monotonic second."""
        self.cache = cache
        self._begin, self._order, self._health = begin, order, health
        self._timeout_s = timeout_s
        self._max_open = MAX_OPEN * max(order.count, 1)
        self._wanted: set[Key] = set()
        self._queue: deque[Key] = deque()
        self._count = 0
        self._ready: list[tuple[Key, Kept]] = []
        self._timers: list[tuple[float, int, _Question, Attempt]] = []
        self._round_trip_s: dict[Server, float] = {}  # smoothed, as RFC 6298 section 2 does it
        self._sequence = 0
        self._sockets: dict[Server, list[_Socket]] = {}
        self._retired: list[_Socket] = []
        self._selector = selectors.DefaultSelector()
        self._random = random.SystemRandom()
        self._threads: ThreadPoolExecutor | None = None
        self._landed: deque[tuple[_Question, Attempt, Message | str | OutOfFiles]] = deque()
        self._wake, self._woken = socket.socketpair()
        self._woken.setblocking(False)
        self._selector.register(self._woken, selectors.EVENT_READ, None)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._threads is not None:
            self._threads.shutdown(wait=True, cancel_futures=True)
        self._selector.close()
        for one in [*self._retired, *(one for of_server in self._sockets.values() for one in of_server)]:
            one.udp.close()
        self._wake.close()
        self._woken.close()

    def want(self, key: Key) -> Kept | None:
        """What is known of a question; None where it has now been asked, or was already."""
        kept = self.cache.get(key, time.monotonic())
        if kept is None and key not in self._wanted:
            self._wanted.add(key)
            self._queue.append(key)
        return kept

    def land(self) -> list[tuple[Key, Kept]]:
        """The questions answered since, waiting for at least one; none where nothing is open. Raises OutOfFiles."""
        self._launch()
        while not self._ready and self._wanted:
            now = time.monotonic()
            wait = self._timers[0][0] - now if self._timers else self._timeout_s
            for selected, _ in self._selector.select(max(wait, 0.0)):
                if selected.data is None:
                    self._receive_tcp()
                else:
                    self._receive(selected.data)
            self._expire(time.monotonic())
            self._launch()
        ready, self._ready = self._ready, []
        return ready

    def _launch(self) -> None:
        """Give waiting questions their places."""
        if not self._queue:
            return
        now = time.monotonic()
        while self._queue and self._count < self._max_open:
            self._count += 1
            self._advance(_Question(self._begin(self._queue.popleft(), now)), now)

    def _advance(self, question: _Question, now: float) -> None:
        """Send a question's next message, or finish it."""
        resolution = question.resolution
        while (attempt := resolution.next_attempt(now)) is not None:
            question.attempt = attempt
            if attempt.tcp:
                self._fetch(question, attempt)
                return
            try:
                self._send(question, attempt, now)
            except OSError as error:
                if none_left((error,)):
                    raise OutOfFiles from error
                resolution.trouble(attempt, "network")
                self._order.failed(attempt.server, now)
            else:
                return
        for one, identifier in question.sent:
            one.open.pop(identifier, None)
        key = (resolution.name, resolution.rrtype)
        kept = settle(resolution, self.cache, self._health, now)
        self._wanted.discard(key)
        self._count -= 1
        self._ready.append((key, kept))

    def _send(self, question: _Question, attempt: Attempt, now: float) -> None:
        one = self._socket(attempt.server)
        identifier = self._random.getrandbits(16)
        while identifier in one.open:
            identifier = self._random.getrandbits(16)
        one.udp.send(query(identifier, attempt.asked, edns=attempt.edns))
        one.open[identifier] = (question, attempt, now)
        question.sent.append((one, identifier))
        one.asked += 1
        self._sequence += 1
        # A server that is only slow is not pressed with the same question again.
        wait_s = max(
            attempt.timeout_s, min(PATIENCE * self._round_trip_s.get(attempt.server, 0.0), self._timeout_s / 2)
        )
        heapq.heappush(self._timers, (now + wait_s, self._sequence, question, attempt))

    def _socket(self, server: Server) -> _Socket:
        """A socket to the server, one of few in turn."""
        sockets = self._sockets.setdefault(server, [])
        if len(sockets) < SOCKETS:
            sockets.append(self._connect(server))
        sockets.append(sockets.pop(0))
        if sockets[-1].asked >= SOCKET_QUESTIONS:
            self._retired.append(sockets.pop())
            sockets.append(self._connect(server))
            for old in [old for old in self._retired if not old.open]:
                self._retired.remove(old)
                self._selector.unregister(old.udp)
                old.udp.close()
        return sockets[-1]

    def _connect(self, server: Server) -> _Socket:
        udp = socket.socket(socket.AF_INET6 if server.family == 6 else socket.AF_INET, socket.SOCK_DGRAM)
        try:
            udp.setblocking(False)
            with contextlib.suppress(OSError):
                udp.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER_BYTES)
            udp.connect((server.address, server.port))
        except OSError:
            udp.close()
            raise
        one = _Socket(server, udp)
        self._selector.register(udp, selectors.EVENT_READ, one)
        return one

    def _receive(self, one: _Socket) -> None:
        """Take in all that has come on a socket."""
        while True:
            try:
                octets = one.udp.recv(MAX_UDP_BYTES)
            except BlockingIOError:
                return
            except OSError:
                self._unreachable(one)
                return
            identifier = int.from_bytes(octets[:2])
            waiting = one.open.get(identifier)
            if waiting is None:
                continue  # late, or forged: not what was asked (RFC 5452 section 9.1)
            question, attempt, sent_at = waiting
            if not is_response_to(octets, identifier, attempt.asked):
                continue
            del one.open[identifier]
            now = time.monotonic()
            known_s = self._round_trip_s.get(one.server)
            took_s = now - sent_at
            self._round_trip_s[one.server] = took_s if known_s is None else known_s + (took_s - known_s) / 8
            try:
                message: Message | str = read(octets, attempt.asked, attempt.name)
            except Malformed:
                message = "malformed"
            self._came(question, attempt, message, now)

    def _came(self, question: _Question, attempt: Attempt, came: Message | str, now: float) -> None:
        """A response to an attempt, or why there is none: the last one, or an earlier one whose time was up."""
        resolution = question.resolution
        if resolution.done:
            return
        if isinstance(came, str):
            self._order.failed(attempt.server, now)
            resolution.trouble(attempt, came)
        else:
            if came.usable:
                self._order.worked(attempt.server, now, edns=attempt.edns)
            resolution.message(attempt, came, now)
        if resolution.urgent or attempt is question.attempt:
            self._advance(question, now)

    def _unreachable(self, one: _Socket) -> None:
        """The server's host said that nobody listens: for all that is open there."""
        now = time.monotonic()
        waiting, one.open = list(one.open.values()), {}
        for question, attempt, _ in waiting:
            self._came(question, attempt, "network", now)

    def _expire(self, now: float) -> None:
        """Turn to the next server for all whose time is up; what was sent may still be answered."""
        while self._timers and self._timers[0][0] <= now:
            _, _, question, attempt = heapq.heappop(self._timers)
            if attempt is question.attempt:
                self._came(question, attempt, "timeout", now)

    def _fetch(self, question: _Question, attempt: Attempt) -> None:
        """Ask over TCP in a thread; what comes back wakes the loop."""
        if self._threads is None:
            self._threads = ThreadPoolExecutor(TCP_THREADS, thread_name_prefix="dns-tcp")

        def fetch() -> None:
            came: Message | str | OutOfFiles
            try:
                came = exchange(attempt)
            except Silent as silent:
                came = silent.reason
            except OutOfFiles as lack:
                came = lack
            self._landed.append((question, attempt, came))
            with contextlib.suppress(OSError):
                self._wake.send(b"x")

        self._threads.submit(fetch)

    def _receive_tcp(self) -> None:
        with contextlib.suppress(BlockingIOError):
            self._woken.recv(4096)
        while self._landed:
            question, attempt, came = self._landed.popleft()
            if isinstance(came, OutOfFiles):
                raise came
            self._came(question, attempt, came, time.monotonic())
