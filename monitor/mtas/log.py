"""The seam of an MTA's log: its lines in, what they tell of messages out. Pure.

An MTA's folder has a `log.py` with a `LogReader`, which its kind's `log` makes. A reader knows lines, and what lines of
one try belong together; whose mail a message is, who the receiver is and what a reply means is found out above it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol


class Became(StrEnum):
    """What the MTA made of a try."""

    SENT = "sent"
    NEXT = "next"  # it goes on at once with another address of the receiver
    DEFERRED = "deferred"
    BOUNCED = "bounced"


@dataclass(slots=True, kw_only=True)
class Queued:
    """What a line told of a message in the queue; None is what it does not tell."""

    at: float  # seconds since 1970 (UTC), as all times here
    queue_id: str
    reverse_path: str | None = None  # as it is written, without "<>"; "" is the null reverse-path
    message_id: str | None = None  # without "<>"


@dataclass(slots=True, kw_only=True)
class Tried:
    """One line about a try to hand a message on, or about more recipients of a try that a line before told of.

    Lines of one try add up: the first one `opens` it, each counts its own recipients.
    """

    at: float
    queue_id: str
    host: str = ""  # of the receiver, lower case; "" where nothing names it
    address: str = ""  # of the receiver, canonical; IPv4-mapped as IPv4
    code: int = 0  # the reply's own, 200 to 599; 0: no receiver answered
    text: str = ""  # all that is said, as it is logged: what was in front of the reply, the reply, the command
    recipients: tuple[str, ...] = ()  # addresses, as far as the line names them
    number: int = 0  # recipients that this line adds
    opens: bool = True
    became: Became = Became.DEFERRED
    source: str = ""  # the address that it was sent from, where the log tells


@dataclass(slots=True, kw_only=True)
class GaveUp:
    """The queue gave the message up after too long; these recipients (empty: all that were still deferred) bounce."""

    at: float
    queue_id: str
    recipients: tuple[str, ...] = ()


@dataclass(slots=True, kw_only=True)
class Left:
    """The message has left the queue: its id may come again."""

    at: float
    queue_id: str


LogEvent = Queued | Tried | GaveUp | Left


class LogReader(Protocol):
    """Reads one log, line after line. Total: what is no line of this MTA, or of no known form, is counted."""

    lines: int  # so many were given
    unread: int  # lines of this MTA that are of no known form
    sample: str  # the first of them, inert and without addresses; "" for none

    def read(self, line: bytes) -> Sequence[LogEvent]:
        """What one line (without its end) tells; nothing for most."""

    def state(self) -> Mapping[str, Any]:
        """What of earlier lines must be known to go on from here: small, bounded, as JSON, without any address."""

    def resume(self, state: Mapping[str, Any]) -> None:
        """Go on from there; a state that cannot be read is none."""


Clock = Callable[[], float]  # seconds since 1970: the latest time that a stamp without a year may have, less a day
