"""How long the web server waits for a client, by what it waits for. Pure."""

from enum import StrEnum
from typing import Final


class Stage(StrEnum):
    """What a connection is at."""

    HEAD = "head"  # the next request has not been said to the end of its header
    BODY = "body"  # its body has not
    ANSWER = "answer"  # we are at work on it
    READING = "reading"  # the client has much of our answer to read
    LEAVING = "leaving"  # we have closed, and what we said last is not yet taken


HEAD_S: Final = 10.0  # a browser sends it at once; half of nginx' client_header_timeout's 60 s would hold 500 more
BODY_S: Final = 60.0  # of 8 MiB at most, which takes 60 s at 1.1 Mbit/s
READ_S: Final = 30.0  # and beyond that what the slowest reader needs:
READ_OCTETS_S: Final = 16 << 10  # octets in a second, 0.13 Mbit/s: a page of 500 KiB in half a minute more
LEAVE_S: Final = 5.0


def patience_s(stage: Stage, waiting_octets: int) -> float | None:
    """Seconds that a connection may stay at that, with so many octets for it to read; None: as long as we need."""
    match stage:
        case Stage.HEAD:
            return HEAD_S
        case Stage.BODY:
            return BODY_S
        case Stage.READING:
            return READ_S + waiting_octets / READ_OCTETS_S
        case Stage.LEAVING:
            return LEAVE_S
        case Stage.ANSWER:
            return None
