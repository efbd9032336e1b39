"""Reads what Sendmail says through syslog. Pure.

Versions from 8.16 on log the first line of a refusal (`reply=550-5.7.26 …`), cut to 203 characters: rules that look for
words of later lines do not find them. Older ones have only what Sendmail made of it, `dsn=5.7.26, stat=Service
unavailable`, which counts as a reply of Sendmail's own code for it. Of what was taken they have the text without its
code, which counts as 250.

A receiver of several servers has one line for all of them, about the last one tried: what those before it said is not
in the log, so replies are counted too low there, and never twice. A server that failed earlier in the same queue run is
not asked again (`stat=Deferred` without address and reply): that is no try. A reply without an address came over the
connection that the process had to that server for the message before. Whether a message has left the queue is logged
from LogLevel 11 on alone. A reverse-path of more than 83 characters is logged without its middle.

Lines of one try come from one process: refusals of single recipients first, then one line for all the others, which
goes over several where it is long (`[more]`).
"""

from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Final

from monitor.mtas.log import Became, Clock, GaveUp, Left, LogEvent, Queued, Tried
from monitor.mtas.mark import mark_of
from monitor.mtas.place import is_here
from monitor.mtas.sendmail.line import ID, Kind, Line, read_line
from monitor.mtas.stamp import SyslogLines
from monitor.mtas.unread import sample_of

LINE_OCTETS_MAX: Final = 65_536
MESSAGES_MAX: Final = 4096  # whose newest try may go on; the ones longest without a line go first
KEPT_MESSAGES: Final = 200  # from one stretch of a log to the next
KEPT_RECIPIENTS: Final = 500
RECIPIENTS_MAX: Final = 20_000
APART_S: Final = 600.0  # a reply to RCPT may be waited for so long: RFC 5321 section 4.5.3.2.3, twice

_PROGRAMS: Final = (b"sendmail", b"sm-", b"MTA")


@dataclass(slots=True)
class _Try:
    """The newest try of a message."""

    process: str
    address: str
    at: float
    over: bool = False  # all recipients were told of
    ended: set[int] = field(default_factory=set)


class SendmailLog:
    """A `LogReader` of Sendmail's lines."""

    def __init__(self, now: Clock) -> None:
        """`now` is when the log was last written to, or the present."""
        self.lines = 0
        self.unread = 0
        self.sample = ""
        self._syslog = SyslogLines(now)
        self._newest: OrderedDict[str, _Try] = OrderedDict()
        self._servers: OrderedDict[tuple[str, str], str] = OrderedDict()  # process and host → address

    def read(self, line: bytes) -> Sequence[LogEvent]:
        """What one line (without its end) tells; nothing for most."""
        self.lines += 1
        line = line[:LINE_OCTETS_MAX].rstrip(b"\r\n")
        header = self._syslog.read(line)
        if header is None:
            if line.strip() and not self._syslog.is_own(line):
                self._count_unread(line)
            return ()
        if not header.program.startswith(_PROGRAMS):
            return ()
        found = ID.match(line, header.rest)
        if not found:
            return ()
        said = read_line(line[found.end() :].decode("utf-8", "replace"))
        if said.kind is Kind.OTHER:
            return ()
        if said.kind is Kind.UNREADABLE:
            self._count_unread(line)
            return ()
        return tuple(self._tell(header.at, found[1].decode("ascii"), header.pid.decode("ascii"), said))

    def _tell(self, at: float, queue_id: str, process: str, said: Line) -> Iterator[LogEvent]:
        if said.kind is Kind.QUEUED:
            yield Queued(at=at, queue_id=queue_id, reverse_path=said.reverse_path, message_id=said.message_id)
        elif said.kind is Kind.NOTICE:
            yield Queued(at=at, queue_id=said.notice, reverse_path="")
            if said.expired:
                yield GaveUp(at=at, queue_id=queue_id)
        elif said.kind is Kind.LEFT:
            self._newest.pop(queue_id, None)
            yield Left(at=at, queue_id=queue_id)
        elif not (said := self._with_address(process, said)).address or not is_here(said.address):
            yield Tried(
                at=at,
                queue_id=queue_id,
                host=said.host,
                address=said.address,
                code=said.code,
                text=said.text,
                recipients=said.recipients,
                number=len(said.recipients),
                opens=self._opens(at, queue_id, process, said),
                became=Became.SENT if said.sent else Became.BOUNCED if said.bounced else Became.DEFERRED,
            )

    def _with_address(self, process: str, said: Line) -> Line:
        """With the address of the connection that the process has to that server, where the line has none."""
        if said.address:
            self._servers[process, said.host] = said.address
            self._servers.move_to_end((process, said.host))
            if len(self._servers) > MESSAGES_MAX:
                self._servers.popitem(last=False)
            return said
        return said._replace(address=self._servers.get((process, said.host), "")) if said.code else said

    def _opens(self, at: float, queue_id: str, process: str, said: Line) -> bool:
        """Whether it is another try than the one that the line before told of."""
        known = self._newest.pop(queue_id, None)
        marks = {mark_of(each) for each in said.recipients}
        opens = (
            known is None
            or known.over
            or (known.process, known.address) != (process, said.address)
            or at - known.at > APART_S
            or not known.ended.isdisjoint(marks)
        )
        if known is None or opens:
            known = _Try(process, said.address, at)
        known.at = at
        known.over = not said.more and (said.sent or len(said.recipients) > 1)
        known.ended |= marks if len(known.ended) < RECIPIENTS_MAX else set()
        self._newest[queue_id] = known
        if len(self._newest) > MESSAGES_MAX:
            self._newest.popitem(last=False)
        return opens

    def _count_unread(self, line: bytes) -> None:
        self.unread += 1
        self.sample = self.sample or sample_of(line)

    def state(self) -> Mapping[str, Any]:
        """What of earlier lines must be known to go on from here: small, bounded, as JSON, without any address."""
        newest = [(queue_id, known) for queue_id, known in self._newest.items() if not known.over][-KEPT_MESSAGES:]
        tries = {
            queue_id: [each.process, each.address, each.at, sorted(islice(each.ended, KEPT_RECIPIENTS))]
            for queue_id, each in newest
        }
        servers = [[*of, address] for of, address in islice(reversed(self._servers.items()), KEPT_MESSAGES)]
        return {"newest": self._syslog.stamps.newest, "tries": tries, "servers": servers}

    def resume(self, state: Mapping[str, Any]) -> None:
        """Go on from there; a state that cannot be read is none."""
        with suppress(AttributeError, KeyError, TypeError, ValueError, OverflowError):
            resumed = {
                str(queue_id): _Try(str(process), str(address), float(at), ended=set(map(int, ended)))
                for queue_id, (process, address, at, ended) in list(state["tries"].items())[:KEPT_MESSAGES]
            }
            self._syslog.stamps.newest = float(state["newest"])
            self._newest.update(resumed)
            for process, host, address in reversed(list(state["servers"])[:KEPT_MESSAGES]):
                self._servers[str(process), str(host)] = str(address)
