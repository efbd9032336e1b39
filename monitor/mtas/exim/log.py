"""Reads Exim's main log, from its file or through syslog. Pure.

The file's own stamp is `2026-11-28 10:00:00`, with milliseconds, zone and process where `log_selector` says so; syslog
puts its header in front of it, and `syslog_timestamp = no` leaves that alone. There Exim cuts long lines into `[1/2]
…`, `[2/2] …`, which are put together again.

A try that is told twice, as `H=…` and as `==` or `**`, is one (see `tries`). What no other machine answered is no
reply: files, pipes, commands, LMTP over a socket, and servers on a loopback address. `retry time not reached` and `all
hosts … have been failing` are no tries. Messages that come in and are refused (`rejected …`) are another log's matter.
"""

import re
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any, Final

from monitor.mtas.exim.line import Kind, Line, id_of, read_line
from monitor.mtas.exim.tries import OpenTries
from monitor.mtas.log import Clock, GaveUp, Left, LogEvent, Queued
from monitor.mtas.place import is_here
from monitor.mtas.stamp import Stamps, SyslogLines
from monitor.mtas.unread import sample_of

LINE_OCTETS_MAX: Final = 65_536
MESSAGES_MAX: Final = 4096  # whose tries are open at once; the ones longest without a line go first
KEPT_MESSAGES: Final = 200  # from one stretch of a log to the next
CUT_MAX: Final = 32  # lines in several parts at once

_PART: Final = re.compile(rb"\[(\d{1,4})[/\\](\d{1,4})\] ")
_PROCESS: Final = re.compile(rb"\[\d{1,10}\] ")


class EximLog:
    """A `LogReader` of Exim's main log."""

    def __init__(self, now: Clock) -> None:
        """`now` is when the log was last written to, or the present."""
        self.lines = 0
        self.unread = 0
        self.sample = ""
        self._stamps = Stamps(now)
        self._syslog = SyslogLines(now)
        self._open: OrderedDict[str, OpenTries] = OrderedDict()
        self._cut: OrderedDict[bytes, bytes] = OrderedDict()  # by process: the parts of a line that came so far

    def read(self, line: bytes) -> Sequence[LogEvent]:
        """What one line (without its end) tells; nothing for most."""
        self.lines += 1
        line = line[:LINE_OCTETS_MAX].rstrip(b"\r\n")
        stamp = self._stamps.read(line)
        if stamp is None:
            if not self._syslog.is_own(line):
                self._count_unread(line)
            return ()
        at, start = stamp
        named = id_of(line, start)
        if named is None:
            if line[:4].isdigit() and line[10:11] == b" ":  # Exim's own stamp: a line about no message
                return ()
            found = self._behind_syslog(line, at)
            if found is None:
                return ()
            line, at, named = found
        queue_id, start = named
        said = read_line(line[start:].decode("utf-8", "replace"))
        if said.kind is Kind.OTHER:
            return ()
        if said.kind is Kind.UNREADABLE or (said.remote and said.host and not said.address):
            self._count_unread(line)
            return ()
        return tuple(self._tell(at, queue_id, said))

    def _behind_syslog(self, line: bytes, at: float) -> tuple[bytes, float, tuple[str, int]] | None:
        """The line that syslog's header stands before, when it was logged, its message's id and where that ends."""
        header = self._syslog.read(line)
        if header is None or not header.program.startswith(b"exim"):
            return None
        whole = self._put_together(header.pid, line[header.rest :])
        if whole is None:
            return None
        start = 0
        process = _PROCESS.match(whole)
        if process and id_of(whole, 0) is None:
            start = process.end()
        stamp = self._stamps.read(whole[start:]) if whole[start : start + 4].isdigit() else None
        if stamp is not None:
            at, start = stamp[0], start + stamp[1]
        named = id_of(whole, start)
        return (whole, at, named) if named is not None else None

    def _put_together(self, process: bytes, said: bytes) -> bytes | None:
        """The whole of a line that syslog has in parts; None until the last one is there."""
        part = _PART.match(said)
        if not part:
            return said
        number, of = int(part[1]), int(part[2])
        before = self._cut.pop(process, b"") if number > 1 else b""
        whole = (before + said[part.end() :])[:LINE_OCTETS_MAX]
        if number == of:
            return whole if before or of == 1 else None
        if number == 1 or before:
            self._cut[process] = whole
            if len(self._cut) > CUT_MAX:
                self._cut.popitem(last=False)
        return None

    def _tell(self, at: float, queue_id: str, said: Line) -> Iterable[LogEvent]:
        if said.reverse_path is not None:
            yield Queued(at=at, queue_id=queue_id, reverse_path=said.reverse_path, message_id=said.message_id)
        if said.kind is Kind.LEFT:
            tries = self._open.pop(queue_id, None)
            if tries is not None:
                yield from tries.close(at, queue_id)
            yield Left(at=at, queue_id=queue_id)
        elif said.kind is not Kind.QUEUED:
            if said.tried or said.remote:
                yield from self._tell_try(at, queue_id, said)
            if said.given_up:
                yield GaveUp(at=at, queue_id=queue_id, recipients=(said.recipient,))

    def _tell_try(self, at: float, queue_id: str, said: Line) -> Iterable[LogEvent]:
        if said.kind not in _TRIES:
            return ()
        here = said.address != "" and is_here(said.address)
        if here and said.kind is not Kind.HOST:
            return ()
        if said.kind is not Kind.HOST and not said.tried and not said.remote:
            return ()
        if (said.kind in _SENT) and not said.remote:
            return ()
        tries = self._open.pop(queue_id, None) or OpenTries()
        self._open[queue_id] = tries  # the newest one
        if len(self._open) > MESSAGES_MAX:
            self._open.popitem(last=False)
        if here:  # recipients' own lines may not name it again
            tries.of_this_host(said)
            return ()
        if said.kind is Kind.HOST:
            return tries.of_host(at, queue_id, said)
        return tries.of_recipient(at, queue_id, said)

    def _count_unread(self, line: bytes) -> None:
        if line[:1].isspace() or not line:  # what Exim says over several lines
            return
        self.unread += 1
        self.sample = self.sample or sample_of(line)

    def state(self) -> Mapping[str, Any]:
        """What of earlier lines must be known to go on from here: small, bounded, as JSON, without any address."""
        newest = list(self._open.items())[-KEPT_MESSAGES:]
        return {"newest": self._stamps.newest, "open": {queue_id: tries.state() for queue_id, tries in newest}}

    def resume(self, state: Mapping[str, Any]) -> None:
        """Go on from there; a state that cannot be read is none."""
        with suppress(AttributeError, KeyError, TypeError, ValueError, OverflowError):
            resumed = {
                str(queue_id): OpenTries.resumed(tries)
                for queue_id, tries in list(state["open"].items())[:KEPT_MESSAGES]
            }
            self._stamps.newest = float(state["newest"])
            self._open.update(resumed)


_SENT: Final = (Kind.SENT, Kind.ALSO_SENT)
_TRIES: Final = (*_SENT, Kind.DEFERRED, Kind.FAILED, Kind.HOST)
