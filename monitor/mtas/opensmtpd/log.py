"""Reads what OpenSMTPD says through syslog. Pure.

Each recipient has a line of its own; those of one message and one session are of one transaction. A message is known by
the first half of its envelopes' ids. What names a server is its reverse DNS, not its MX record.

A server that refuses a session before it is told of a message (its greeting, HELO) is a try of no message, with no
recipients: OpenSMTPD says nothing of whose mail would have come next, and goes on with another server after a while.
Where none is left, `Network error on destination MXs` stands for what failed, which is a try that nobody answered.
Message-IDs, and that a message has left the queue, are not logged.
"""

from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import islice
from typing import Any, Final, TypeVar

from monitor.mtas.log import Became, Clock, GaveUp, LogEvent, Queued, Tried
from monitor.mtas.mark import mark_of
from monitor.mtas.opensmtpd.line import Kind, Line, read_line
from monitor.mtas.place import is_here
from monitor.mtas.stamp import SyslogLines
from monitor.mtas.unread import sample_of

LINE_OCTETS_MAX: Final = 65_536
SESSIONS_MAX: Final = 4096  # open at once; the oldest go first
TRIES_MAX: Final = 4096
SENDERS_MAX: Final = 4096  # messages whose sender was told lately
KEPT: Final = 200  # of each, from one stretch of a log to the next
KEPT_RECIPIENTS: Final = 500
RECIPIENTS_MAX: Final = 20_000

V = TypeVar("V")

_PROGRAMS: Final = (b"smtpd", b"opensmtpd")
_BECAME: Final = {"Ok": Became.SENT, "TempFail": Became.DEFERRED, "PermFail": Became.BOUNCED}


class OpenSmtpdLog:
    """A `LogReader` of OpenSMTPD's lines."""

    def __init__(self, now: Clock) -> None:
        """`now` is when the log was last written to, or the present."""
        self.lines = 0
        self.unread = 0
        self.sample = ""
        self._syslog = SyslogLines(now)
        self._sessions: OrderedDict[str, tuple[str, str, bool]] = OrderedDict()  # id → host, address, SMTP
        self._tries: OrderedDict[str, set[int]] = OrderedDict()  # session and message → recipients so far
        self._told: OrderedDict[str, None] = OrderedDict()  # messages

    def read(self, line: bytes) -> Sequence[LogEvent]:
        """What one line (without its end) tells; nothing for most."""
        self.lines += 1
        line = line[:LINE_OCTETS_MAX].rstrip(b"\r\n")
        header = self._syslog.read(line)
        if header is None:
            if line.strip() and not self._syslog.is_own(line):
                self._count_unread(line)
            return ()
        if header.program not in _PROGRAMS:
            return ()
        said = read_line(line[header.rest :].decode("utf-8", "replace"))
        if said.kind is Kind.OTHER:
            return ()
        if said.kind is Kind.UNREADABLE:
            self._count_unread(line)
            return ()
        return tuple(self._tell(header.at, said))

    def _tell(self, at: float, said: Line) -> Iterator[LogEvent]:
        if said.reverse_path is not None and said.message not in self._told:
            _put(self._told, said.message, None, SENDERS_MAX)
            yield Queued(at=at, queue_id=said.message, reverse_path=said.reverse_path)
        if said.kind is Kind.CONNECTING:
            _put(self._sessions, said.session, (said.host, said.address, said.is_smtp), SESSIONS_MAX)
        elif said.kind is Kind.OVER:
            self._sessions.pop(said.session, None)
        elif said.kind is Kind.EXPIRED:
            yield GaveUp(at=at, queue_id=said.message, recipients=(said.recipient,))
        elif said.kind is Kind.DELIVERY:
            yield from self._tell_delivery(at, said)
        elif said.kind is Kind.REJECTED:
            host, address, is_smtp = self._sessions.get(said.session, ("", "", False))
            if is_smtp and address and not is_here(address):
                yield Tried(at=at, queue_id="", host=host, address=address, code=said.code, text=said.text)

    def _tell_delivery(self, at: float, said: Line) -> Iterator[Tried]:
        *_, is_smtp = self._sessions.get(said.session, ("", "", True))
        if not is_smtp or (said.address and is_here(said.address)):
            return
        yield Tried(
            at=at,
            queue_id=said.message,
            host=said.host,
            address=said.address,
            code=said.code,
            text=said.text,
            recipients=(said.recipient,),
            number=1,
            opens=self._opens(f"{said.session} {said.message}", said.recipient),
            became=_BECAME[said.result],
            source=said.source,
        )

    def _opens(self, key: str, recipient: str) -> bool:
        """Whether it is another try than the one that lines before told of."""
        mark = mark_of(recipient)
        ended = self._tries.get(key)
        opens = ended is None or mark in ended
        if ended is None or opens or len(ended) >= RECIPIENTS_MAX:
            ended = set()
        ended.add(mark)
        _put(self._tries, key, ended, TRIES_MAX)
        return opens

    def _count_unread(self, line: bytes) -> None:
        self.unread += 1
        self.sample = self.sample or sample_of(line)

    def state(self) -> Mapping[str, Any]:
        """What of earlier lines must be known to go on from here: small, bounded, as JSON, without any address."""
        return {
            "newest": self._syslog.stamps.newest,
            "sessions": dict(_last(self._sessions)),
            "tries": {key: sorted(islice(ended, KEPT_RECIPIENTS)) for key, ended in _last(self._tries)},
        }

    def resume(self, state: Mapping[str, Any]) -> None:
        """Go on from there; a state that cannot be read is none."""
        with suppress(AttributeError, KeyError, TypeError, ValueError, OverflowError):
            sessions = {
                str(each): (str(host), str(address), bool(is_smtp))
                for each, (host, address, is_smtp) in list(state["sessions"].items())[:KEPT]
            }
            tries = {str(key): set(map(int, ended)) for key, ended in list(state["tries"].items())[:KEPT]}
            self._syslog.stamps.newest = float(state["newest"])
            self._sessions.update(sessions)
            self._tries.update(tries)


def _put(known: OrderedDict[str, V], key: str, value: V, most: int) -> None:
    """As the newest, with the oldest let go where there are too many."""
    known[key] = value
    known.move_to_end(key)
    if len(known) > most:
        known.popitem(last=False)


def _last(known: OrderedDict[str, V]) -> list[tuple[str, V]]:
    return list(islice(reversed(known.items()), KEPT))[::-1]
