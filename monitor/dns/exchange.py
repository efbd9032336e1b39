"""One DNS message to one server and its response, over UDP or TCP, each with a socket of its own (RFC 5452 section 9.2).

A fresh socket has a fresh random port, and nothing is shared over a fork.
"""

import errno
import secrets
import socket
import struct
import time

from monitor.dns.resolution import Attempt
from monitor.dns.wire import Malformed, Message, is_response_to, query, read

MAX_UDP_BYTES = 65535
_OUR_LACK = (errno.ENETUNREACH, errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT)  # no route or no such family on this machine


class Silent(Exception):
    """No message came back; `reason` is `timeout`, `network`, `unroutable` or `malformed`."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


def exchange(attempt: Attempt, *, recursion: bool = True) -> Message:
    """The server's response to an attempt. Raises Silent."""
    identifier = secrets.randbits(16)
    octets = query(identifier, attempt.asked, edns=attempt.edns, recursion=recursion)
    deadline = time.monotonic() + attempt.timeout_s
    try:
        if attempt.tcp:
            response = _over_tcp(attempt, octets, identifier, deadline)
        else:
            response = _over_udp(attempt, octets, identifier, deadline)
        return read(response, attempt.asked)
    except TimeoutError as error:
        raise Silent("timeout") from error
    except Malformed as error:
        raise Silent("malformed") from error
    except OSError as error:
        raise Silent("unroutable" if error.errno in _OUR_LACK else "network") from error


def _over_udp(attempt: Attempt, octets: bytes, identifier: int, deadline: float) -> bytes:
    server = attempt.server
    family = socket.AF_INET6 if server.family == 6 else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as udp:
        udp.settimeout(attempt.timeout_s)
        udp.connect((server.address, server.port))
        udp.send(octets)
        while True:
            response = udp.recv(MAX_UDP_BYTES)
            if is_response_to(response, identifier, attempt.asked):
                return response
            udp.settimeout(_left(deadline))


def _over_tcp(attempt: Attempt, octets: bytes, identifier: int, deadline: float) -> bytes:
    server = attempt.server
    with socket.create_connection((server.address, server.port), attempt.timeout_s) as tcp:
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
