"""What a shape is, and how one is made: a head, then the same again and again until it is large enough."""

from collections.abc import Callable
from typing import Final

Maker = Callable[[int], bytes]  # so many octets, or a few more

DAEMON: Final = (
    b"Return-Path: <>\r\nFrom: MAILER-DAEMON@x.example\r\nSubject: failure notice\r\nMessage-ID: <1@x.example>\r\n"
)
UNTITLED: Final = b"Return-Path: <>\r\nFrom: MAILER-DAEMON@x.example\r\n"
REFUSED: Final = b"\r\n\r\n<a@b.example>: 550 5.1.1 User unknown\r\n"
PARTS: Final = DAEMON + b"Content-Type: multipart/mixed; boundary=x\r\n\r\n"
REPORT_TYPE: Final = b"Content-Type: multipart/report; report-type=delivery-status; boundary=x\r\n\r\n"
STATUS: Final = b"--x\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; x.example\r\n\r\n"
REPORT: Final = DAEMON + REPORT_TYPE + b"--x\r\n\r\nSorry.\r\n" + STATUS


def filled(head: bytes, unit: bytes, tail: bytes = b"") -> Maker:
    """The head, the unit as often as there is room, the tail."""
    return lambda n: head + unit * max(1, (n - len(head) - len(tail)) // len(unit)) + tail


def numbered(head: bytes, unit: Callable[[int], bytes], tail: bytes = b"") -> Maker:
    """Likewise with a unit for each number from 0."""

    def make(n: int) -> bytes:
        made, size, number = [head], len(head) + len(tail), 0
        while size < n:
            made.append(unit(number))
            size += len(made[-1])
            number += 1
        return b"".join((*made, tail))

    return make


def halves(first: Maker, second: Maker) -> Maker:
    """Half of one, half of the other."""
    return lambda n: first(n // 2) + second(n // 2)


def lines(head: bytes, words: bytes, tail: bytes = b"", *, long: int = 990) -> Maker:
    """Lines as long as they may be (RFC 5322 section 2.1.1), or so `long`, full of the same words."""
    return filled(head, words * (long // len(words)) + b"\n", tail)
