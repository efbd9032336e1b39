"""Servers that are slow in every way there is: octets that drip, replies without end, silence, nobody reading."""

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

Talk = Callable[[socket.socket, threading.Event], None]
DRIP_S = 0.2  # from one octet to the next: far below any timeout of a single read


def drips(octets: bytes, *, after: bytes = b"") -> Talk:
    """Says `after` at once, and then these octets one at a time, over and over."""

    def talk(peer: socket.socket, stop: threading.Event) -> None:
        peer.sendall(after)
        while True:
            for octet in octets:
                peer.sendall(bytes([octet]))
                if stop.wait(DRIP_S):
                    return

    return talk


def hangs_up_after(octets: bytes) -> Talk:
    """Says these octets, and then ends the connection."""

    def talk(peer: socket.socket, _: threading.Event) -> None:
        peer.sendall(octets)
        peer.shutdown(socket.SHUT_WR)

    return talk


def floods(octets: bytes) -> Talk:
    """Says these octets over and over, as fast as they are read."""

    def talk(peer: socket.socket, _: threading.Event) -> None:
        while True:
            peer.sendall(octets * 1000)

    return talk


def is_silent(_: socket.socket, stop: threading.Event) -> None:
    """Accepts, and says nothing."""
    stop.wait()


def stops_reading(peer: socket.socket, stop: threading.Event) -> None:
    """An SMTP server that takes the commands and then reads nothing of the message."""
    peer.sendall(b"220 mx.example.org\r\n")
    for reply in (b"250 mx.example.org\r\n", b"250 Ok\r\n", b"250 Ok\r\n", b"354 go on\r\n"):
        _line(peer)
        peer.sendall(reply)
    stop.wait()


def thinks_before(place: int) -> Talk:
    """An SMTP server that answers at once up to its reply of that number, which never comes: 0 is the greeting."""

    def talk(peer: socket.socket, stop: threading.Event) -> None:
        replies = (b"220 mx.example.org", b"250 mx.example.org", b"250 Ok", b"250 Ok", b"354 go on")
        for reply in replies[:place]:
            peer.sendall(reply + b"\r\n")
            _line(peer)
        while place == len(replies) and not stop.is_set() and peer.recv(1 << 16):
            pass  # it takes the message, and looks at it
        stop.wait()

    return talk


def drips_each_reply(peer: socket.socket, stop: threading.Event) -> None:
    """An SMTP server whose replies come whole, if one has the time: each octet takes as long as a drop."""
    for reply in (b"220 mx.example.org\r\n", b"250 mx.example.org\r\n", *([b"250 Ok\r\n"] * 2), b"354 go on\r\n"):
        for octet in reply:
            peer.sendall(bytes([octet]))
            if stop.wait(DRIP_S):
                return
        _line(peer)


def drips_in_handshake(record: bytes) -> Talk:
    """An SMTP server that goes on to TLS, and whose first record begins so and then comes octet by octet."""

    def talk(peer: socket.socket, stop: threading.Event) -> None:
        for reply in (b"220 mx.example.org\r\n", b"250-mx.example.org\r\n250 STARTTLS\r\n"):
            peer.sendall(reply)
            _line(peer)
        peer.sendall(b"220 go on\r\n")
        peer.recv(1)  # the handshake has begun: what is said before it counts for nothing (RFC 3207 section 4.2)
        drips(b"\x00", after=record)(peer, stop)

    return talk


def _line(peer: socket.socket) -> None:
    while peer.recv(1) not in (b"\n", b""):
        pass


@contextmanager
def slow_peer(talk: Talk, *, host: str = "127.0.0.1", tls: ssl.SSLContext | None = None) -> Iterator[int]:
    """A server on loopback that talks so to everybody at once; its port."""
    stop, peers = threading.Event(), []

    def serve(peer: socket.socket) -> None:
        with suppress(OSError, ValueError):
            talk(peer if tls is None else tls.wrap_socket(peer, server_side=True), stop)

    def accept() -> None:
        with suppress(OSError):
            while True:
                peer, _ = listener.accept()
                peers.append(peer)
                threading.Thread(target=serve, args=(peer,), daemon=True).start()

    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.create_server((host, 0), family=family) as listener:
        threading.Thread(target=accept, daemon=True).start()
        try:
            yield listener.getsockname()[1]
        finally:
            stop.set()
            with suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)
            for peer in peers:
                peer.close()
