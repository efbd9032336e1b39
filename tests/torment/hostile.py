"""Hostile clients of the receiver and the pages: so many that they are felt, bounded in number and time."""

import contextlib
import socket
import threading
import time
from collections.abc import Callable
from typing import Final

HELD: Final = 40  # connections that are opened and say nothing more
MAILS: Final = 6
REQUESTS: Final = 6
HOLD_S: Final = 6.0
ANSWER_S: Final = 5.0
SIZE: Final = 300_000  # octets, of what is long

BLANKS: Final = (
    b"DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=bait-0.example; s=t; h=from; bh=; b=" + b"\r\n"
)
BODIES: Final = (
    BLANKS + b"From: a@bait-0.example\r\n\r\n" + b" " * SIZE + b"\r\n",
    BLANKS + b"From: a@bait-0.example\r\n\r\n" + b"\r\n" * (SIZE // 2),
    b"Content-Type: multipart/mixed" + b";" * SIZE + b"\r\n\r\nx\r\n",
    b"Received: " + b"(" * SIZE + b"\r\n\r\nx\r\n",
    b"Authentication-Results: " + b"a=b; " * (SIZE // 5) + b"\r\n\r\nx\r\n",
    b"Subject: =?utf-8?q?" + b"=FF" * (SIZE // 3) + b"?=\r\n\r\n\xff\xfe\x00\r\n",
)
PAGES: Final = (
    b"POST /explain HTTP/1.1\r\nHost: a\r\nContent-Type: multipart/form-data"
    + b";" * 60_000
    + b"\r\nContent-Length: 1\r\n\r\nx",
    b"POST /explain HTTP/1.1\r\nHost: a\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 99999999\r\n\r\na=",
    b"GET /lists/%00%ff%2e%2e HTTP/1.1\r\nHost: a\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"a" * 60_000 + b"\r\n\r\n",
    b"GET /api/v1/lists?limit=-1&offset=99999999999999999999 HTTP/1.1\r\nHost: a\r\n\r\n",
    b"POST /api/v1/lists HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 4\r\n\r\n[[[[",
)


def hostile_mail(port: int, recipient: str) -> None:
    """Connections that are held, strangers' recipients, and to an address with a valid token what is hard to read."""
    for number in range(HELD):
        _run(lambda number=number: _held(("::1", port), b"EHLO x\r\nMAIL FROM:<a@b>\r\n"[: number % 26]))
    for body in BODIES[:MAILS]:
        _run(lambda body=body: _mail(port, recipient, body))


def hostile_web(port: int) -> None:
    """Requests that are begun and not ended, and such as are hard to read."""
    for number in range(HELD):
        _run(lambda number=number: _held(("127.0.0.1", port), b"GET / HTTP/1.1\r\nHost: a\r\nX: "[: number % 30]))
    for request in PAGES[:REQUESTS]:
        _run(lambda request=request: _asked(("127.0.0.1", port), request))


def _run(work: Callable[[], None]) -> None:
    def quietly() -> None:
        with contextlib.suppress(OSError):
            work()

    threading.Thread(target=quietly, daemon=True).start()


def _held(address: tuple[str, int], begun: bytes) -> None:
    with socket.create_connection(address, timeout=ANSWER_S) as session:
        session.sendall(begun)
        time.sleep(HOLD_S)


def _asked(address: tuple[str, int], request: bytes) -> None:
    with socket.create_connection(address, timeout=ANSWER_S) as session:
        session.sendall(request)
        while session.recv(65536):
            pass


def _mail(port: int, recipient: str, body: bytes) -> None:
    with socket.create_connection(("::1", port), timeout=ANSWER_S) as session:
        words = (
            b"EHLO hostile.example\r\n",
            b"MAIL FROM:<bait-0-bounces@bait-0.example>\r\n",
            b"RCPT TO:<nobody@v6.probe.example>\r\n",
            b"RCPT TO:<" + (recipient or "nobody@v6.probe.example").encode() + b">\r\n",
            b"DATA\r\n",
            body + b"\r\n.\r\n",
        )
        for word in words:
            session.recv(65536)
            session.sendall(word)
        session.recv(65536)
