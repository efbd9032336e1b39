"""What Postfix's log tells of messages (src/global/log_adhoc.c, src/smtp/smtp_trouble.c, src/qmgr/qmgr_active.c). Pure.

Replies come from the SMTP client alone, and from hosts other than this one. What other agents deliver, what was handed
to a content filter, and what is put off without a try (`delivery temporarily suspended`) is none. Address verification
probes (`status=deliverable`, `undeliverable`) are no mail.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from monitor.mtas.log import Became, Clock, GaveUp, Left, LogEvent, Queued, Tried
from monitor.mtas.postfix.deliveries import Deliveries
from monitor.mtas.postfix.said import Said, code_of, is_broken, is_suspended, read_ended, read_gone_on, server_of
from monitor.mtas.stamp import SyslogLine, SyslogLines
from monitor.mtas.unread import sample_of

LINE_OCTETS_MAX: Final = 16_384  # syslog cuts at 8 kilooctets or before

# Hexadecimal, or base 52 (enable_long_queue_ids): digits and consonants.
_ID: Final = rb"([0-9A-F]{6,20}|[0-9B-DF-HJ-NP-TV-Zb-df-hj-np-tv-z]{10,24}): "
_ADDRESS: Final = rb'<((?:[^">]++|"(?:[^"\\]++|\\.)*+")*+)>'  # a quoted local part may hold any character
_QUEUE_ID: Final = re.compile(_ID)
_DELIVERY: Final = re.compile(
    _ID
    + rb"to="
    + _ADDRESS
    + rb"(?:, orig_to="
    + _ADDRESS
    + rb")?, relay=(?:([^\s,\[\]]*)\[([^\s\]]*)\](?::\d+)?|[^\s,]+)(?:, conn_use=(\d+))?(?:, delay=([\d.]+))?"
    rb"(?:, delays=([\d.]+/[\d.]+/[\d.]+)/([\d.]+))?(?:, [a-z_]+=[^\s,]*+)*?, dsn=[245]\.\d+\.\d+, status=([A-Za-z-]+) \("
)
_TO_SOMEBODY: Final = re.compile(rb"[^\s:]++: to=<")  # a delivery, whatever its queue id looks like
_SENDER: Final = re.compile(rb"from=" + _ADDRESS + rb", (?:size=|status=((?:force-)?expired))")
_BEGINNING: Final = re.compile(rb"[0-9A-Za-z]{0,24}(?::(?: (?:t(?:o(?:=)?)?)?)?)?$")  # of a delivery that was cut off
_BECAME: Final = {
    b"sent": Became.SENT,
    b"deferred": Became.DEFERRED,
    b"bounced": Became.BOUNCED,
    b"SOFTBOUNCE": Became.DEFERRED,  # soft_bounce = yes
}
_PROBED: Final = (b"deliverable", b"undeliverable")
_MESSAGE_ID: Final = b"message-id="
_TO: Final = b"to=<"
_REMOVED: Final = b"removed"
_CONNECT: Final = b"connect to "


class PostfixLog:
    """A reader of one log, which may be of several instances and hosts."""

    def __init__(self, now: Clock) -> None:
        """`now` is when the log was last written to, or the present."""
        self.lines = 0
        self.unread = 0
        self.sample = ""
        self._headers = SyslogLines(now)
        self._deliveries = Deliveries()
        self._agents: Mapping[bytes, Callable[[bytes, SyslogLine], Sequence[LogEvent] | None]] = {
            b"smtp": self._smtp,
            b"qmgr": self._qmgr,
            b"cleanup": self._cleanup,
            b"postsuper": self._qmgr,
            **dict.fromkeys((b"lmtp", b"local", b"virtual", b"pipe", b"error", b"retry", b"discard"), self._elsewhere),
        }

    def read(self, line: bytes) -> Sequence[LogEvent]:
        """What one line (without its end) tells; nothing for most."""
        self.lines += 1
        line = line[:LINE_OCTETS_MAX].rstrip(b"\r\n")
        header = self._headers.read(line)
        if header is None:
            if line.strip() and not self._headers.is_own(line):
                self._not_read(line)
            return ()
        instance, _, agent = header.program.rpartition(b"/")
        read = self._agents.get(agent) if instance else None
        if read is None:
            return ()
        events = None if b"\0" in line else read(line, header)
        if events is None:
            self._not_read(line)
            return ()
        return events

    def state(self) -> Mapping[str, Any]:
        """What of earlier lines must be known to go on from here, as JSON, without any address of a recipient."""
        return {"newest": self._headers.stamps.newest, "processes": self._deliveries.state()}

    def resume(self, state: Mapping[str, Any]) -> None:
        """Go on from there; a state that cannot be read is none."""
        deliveries = Deliveries()
        try:
            newest = float(state["newest"])
            deliveries.resume(state["processes"])
        except (KeyError, IndexError, TypeError, ValueError, OverflowError):
            return
        self._headers.stamps.newest, self._deliveries = newest, deliveries

    def _not_read(self, line: bytes) -> None:
        self.unread += 1
        self.sample = self.sample or sample_of(line)

    def _smtp(self, line: bytes, header: SyslogLine) -> Sequence[LogEvent] | None:
        start = header.rest
        found = _DELIVERY.match(line, start)
        if found is not None:
            return self._ended(found, line, header)
        if line.startswith(_CONNECT, start):
            return self._gone_on(b"", line[start:], header)
        found = _QUEUE_ID.match(line, start)
        if found is not None and not line.startswith(_TO, found.end()):
            return self._gone_on(found[1], line[found.end() :], header)
        return self._elsewhere(line, header)

    def _ended(self, found: re.Match[bytes], line: bytes, header: SyslogLine) -> Sequence[LogEvent] | None:
        """A line that tells what became of one recipient."""
        queue_id, recipient, _, host, address, uses, delay, delays, sending, status = found.groups()
        name = b"%b %b %b" % header[1:4]
        text = line[found.end() :].removesuffix(b")")
        if status in _PROBED:
            self._deliveries.drop(name)
            return ()
        became = _BECAME.get(status)
        if became is None:
            return None
        if is_suspended(text):
            return ()
        said = _taken(host, address, text) if became is Became.SENT else read_ended(text)
        if said is None or (not said.code and not line.endswith(b")")):  # cut off: who said what is not known
            return None
        if address is not None and not said.address:  # the line names the server, where the words do not
            name_of_server, place, here = server_of(host, address)
            said = said._replace(host=name_of_server, address=place, here=here)
        if said.here:
            return ()
        recipients = (recipient.decode("utf-8", "replace"),)
        session = (queue_id, host, address, uses, delays)
        spent = (delay or b"") + b" " + (sending or b"") if became is Became.SENT else b""
        events, opens = self._deliveries.end(
            name, session, said, text, recipients=recipients, became=became, spent=spent
        )
        events.append(
            Tried(
                at=header.at,
                queue_id=queue_id.decode("ascii"),
                host=said.host,
                address=said.address,
                code=said.code,
                text=text.decode("utf-8", "replace"),
                recipients=recipients,
                number=1,
                opens=opens,
                became=became,
            )
        )
        return events

    def _gone_on(self, queue_id: bytes, text: bytes, header: SyslogLine) -> Sequence[LogEvent] | None:
        """A line that tells why a server was left for the next one; or any other one of the client."""
        said = read_gone_on(text)
        if said is None:
            return None if is_broken(text) else ()
        if said.here:
            return ()
        return self._deliveries.hold(b"%b %b %b" % header[1:4], header.at, queue_id, said, text)

    def _elsewhere(self, line: bytes, header: SyslogLine) -> Sequence[LogEvent] | None:
        """What is delivered without SMTP, or to nobody, is no reply; but it must be such a line."""
        start = header.rest
        if _DELIVERY.match(line, start):
            return ()
        if _TO_SOMEBODY.match(line, start) or _BEGINNING.match(line, start):
            return None
        return ()

    def _qmgr(self, line: bytes, header: SyslogLine) -> Sequence[LogEvent] | None:
        found = _QUEUE_ID.match(line, header.rest)
        if found is None:
            return ()
        queue_id, start = found[1].decode("ascii"), found.end()
        if line.startswith(_REMOVED, start):
            return (Left(at=header.at, queue_id=queue_id),)
        if not line.startswith(b"from=<", start):
            return ()
        sender = _SENDER.match(line, start)
        if sender is None:
            return None
        if sender[2]:
            return (GaveUp(at=header.at, queue_id=queue_id),)
        return (Queued(at=header.at, queue_id=queue_id, reverse_path=sender[1].decode("utf-8", "replace")),)

    def _cleanup(self, line: bytes, header: SyslogLine) -> Sequence[LogEvent] | None:
        found = _QUEUE_ID.match(line, header.rest)
        if found is None or not line.startswith(_MESSAGE_ID, found.end()):
            return ()
        message_id = line[found.end() + len(_MESSAGE_ID) :].strip().removeprefix(b"<").removesuffix(b">")
        if not message_id:
            return ()
        return (
            Queued(at=header.at, queue_id=found[1].decode("ascii"), message_id=message_id.decode("utf-8", "replace")),
        )


def _taken(host: bytes | None, address: bytes | None, text: bytes) -> Said | None:
    """By whom a recipient's mail was taken; None where no reply says so."""
    code = code_of(text)
    if host is None or address is None or not code:
        return None
    name, place, here = server_of(host, address)
    return Said(name, place, code, here, of_one=False)
