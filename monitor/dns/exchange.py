"""One DNS message to one server and its response, over UDP or TCP, on its own socket (RFC 5452 section 9.2).

A fresh socket has a fresh random port, and nothing is shared over a fork.
"""

import errno
import secrets
import selectors
import socket
import struct
import time
from typing import Self

from monitor.dns.resolution import Attempt, Resolution
from monitor.dns.servers import ServerOrder
from monitor.dns.wire import Malformed, Message, is_response_to, query, read
from monitor.doors.files import none_left
from monitor.errors import OutOfFiles

MAX_UDP_BYTES = 65535
_OUR_LACK = (errno.ENETUNREACH, errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT)  # no route or no such family on this machine


class Silent(Exception):
    """No message came back; `reason` is `timeout`, `network`, `unroutable` or `malformed`."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


class Exchange:
    """The messages of one question, until it is closed: an answer that comes after its time is taken all the same.

    Raises OutOfFiles where no socket can be had: that says nothing of servers.
    """

    def __init__(self, *, recursion: bool = True) -> None:
        self._recursion = recursion
        self._sent: dict[socket.socket, tuple[int, Attempt]] = {}
        try:
            self._selector = selectors.DefaultSelector()
        except OSError as error:
            raise OutOfFiles from error

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._selector.close()
        for udp in self._sent:
            udp.close()

    def ask(self, attempt: Attempt) -> tuple[Attempt, Message]:
        """The response to an attempt or to an earlier one, and to which. Raises Silent."""
        identifier = secrets.randbits(16)
        octets = query(identifier, attempt.asked, edns=attempt.edns, recursion=self._recursion)
        deadline = time.monotonic() + attempt.timeout_s
        try:
            if attempt.tcp:
                response = _over_tcp(attempt, octets, identifier, deadline)
                return attempt, read(response, attempt.asked)
            return self._over_udp(attempt, octets, identifier, deadline)
        except TimeoutError as error:
            raise Silent("timeout") from error
        except Malformed as error:
            raise Silent("malformed") from error
        except OSError as error:
            if none_left((error,)):
                raise OutOfFiles from error
            raise Silent("unroutable" if error.errno in _OUR_LACK else "network") from error

    def _over_udp(self, attempt: Attempt, octets: bytes, identifier: int, deadline: float) -> tuple[Attempt, Message]:
        server = attempt.server
        udp = socket.socket(socket.AF_INET6 if server.family == 6 else socket.AF_INET, socket.SOCK_DGRAM)
        self._sent[udp] = identifier, attempt
        udp.setblocking(False)
        udp.connect((server.address, server.port))
        self._selector.register(udp, selectors.EVENT_READ)
        udp.send(octets)
        while True:
            for ready, _ in self._selector.select(_left(deadline)):
                came: socket.socket = ready.fileobj  # type: ignore[assignment]  # only sockets are registered
                try:
                    response = came.recv(MAX_UDP_BYTES)
                    expected, sent = self._sent[came]
                    if is_response_to(response, expected, sent.asked):
                        message = read(response, sent.asked)
                        self._forget(came)
                        return sent, message
                except BlockingIOError:
                    continue
                except (OSError, Malformed):
                    self._forget(came)
                    if came is udp:
                        raise

    def _forget(self, udp: socket.socket) -> None:
        self._selector.unregister(udp)
        del self._sent[udp]
        udp.close()


def exchange(attempt: Attempt, *, recursion: bool = True) -> Message:
    """The server's response to a single attempt. Raises Silent, or OutOfFiles."""
    with Exchange(recursion=recursion) as one:
        return one.ask(attempt)[1]


def carry(resolution: Resolution, order: ServerOrder) -> None:
    """Send what a resolution says and give it what comes back, until it is done; the order hears how servers did."""
    with Exchange() as messages:
        while (attempt := resolution.next_attempt(time.monotonic())) is not None:
            try:
                attempt, message = messages.ask(attempt)
            except Silent as silent:
                order.failed(attempt.server, time.monotonic())
                resolution.trouble(attempt, silent.reason)
            else:
                now = time.monotonic()
                if message.usable:
                    order.worked(attempt.server, now, edns=attempt.edns)
                resolution.message(attempt, message, now)


def _over_tcp(attempt: Attempt, octets: bytes, identifier: int, deadline: float) -> bytes:
    server = attempt.server
    with socket.create_connection((server.address, server.port), attempt.timeout_s) as tcp:
        tcp.settimeout(_left(deadline))
        tcp.sendall(struct.pack("!H", len(octets)) + octets)  # RFC 1035 section 4.2.2
        size = int.from_bytes(_receive(tcp, 2, deadline))
        response = _receive(tcp, size, deadline)
    if not is_response_to(response, identifier, attempt.asked):
        raise Malformed("A response over TCP answers another question.")
    return response


def _receive(tcp: socket.socket, size: int, deadline: float) -> bytes:
    received = bytearray()
    while len(received) < size:
        tcp.settimeout(_left(deadline))
        part = tcp.recv(size - len(received))
        if not part:
            raise ConnectionResetError("closed before the response was whole")
        received += part
    return bytes(received)


def _left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left
