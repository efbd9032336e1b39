"""What belongs to one try: the lines that one process of Postfix's SMTP client writes of one message. Pure.

The client is handed a message with some recipients of one destination. It goes from server to server, and logs why it
goes on, without recipients; in the end it logs one line a recipient. What was said on the way is held until then: the
first of those lines shows that it is mail, and no probe of an address; each of them is one more recipient of all that
was said before, but for what was said of one recipient alone.

Lines of one session have the same server, `conn_use`, and first three `delays`; of one transaction in it, what is said
of all recipients together is the same text, and comes after what is said of one; where the mail was taken all delays
are the same too. Two transactions that have all of that in common cannot be told apart: two connections of one process
for one message within the same hundredth of a second, to a server whose replies bear no id.
"""

from dataclasses import dataclass, field
from typing import Any, Final
from zlib import crc32

from monitor.mtas.log import Became, LogEvent, Tried
from monitor.mtas.names import without_bracketed
from monitor.mtas.postfix.said import Said
from monitor.mtas.unread import TEXT_OCTETS_MAX, without_addresses

PROCESSES_MAX: Final = 1024  # ten times default_process_limit
PROCESSES_KEPT: Final = 256  # from one stretch of a log to the next
ALL: Final = 1 << 20  # more than a message has
HELD_MAX: Final = 64  # of one process: smtp_mx_address_limit is 5, and each recipient may be refused at each


@dataclass(slots=True, kw_only=True)
class Held:
    """What was said on the way."""

    at: float
    said: Said
    text: bytes
    queue_id: bytes  # b"": that of the process's next line
    opens: bool  # a session of its own
    before: int = 0  # recipients that were refused one by one in that session: it was not said of them
    request: bytes = b""  # that it was told of
    told: bool = False

    def tell(self, number: int, recipient: tuple[str, ...] = ()) -> Tried:
        """For so many recipients more; the first time it opens the try."""
        opens, self.told = self.opens and not self.told, True
        return Tried(
            at=self.at,
            queue_id=self.queue_id.decode("ascii"),
            host=self.said.host,
            address=self.said.address,
            code=self.said.code,
            text=self.text.decode("utf-8", "replace"),
            recipients=recipient,
            number=number,
            opens=opens,
            became=Became.NEXT,
        )


@dataclass(slots=True)
class Process:
    """One process of the client."""

    session: tuple[bytes | None, ...] = ()  # queue id, relay, conn_use, delays: of its newest line with a recipient
    address: str = ""  # of that session's server
    whole: int = 0  # what was said in it of all recipients together: a digest; 0 for nothing yet
    last: bool = False  # whether no server comes after it: what is put off there waits for another try
    left: int = 0  # recipients whom it, or what is held behind it, leaves to the next server; ALL of them
    at: str = ""  # the server that has put off the newest of them, whose session goes on
    held: list[Held] = field(default_factory=list)

    def begin(self) -> None:
        """Begin another session: where nobody was left to it, the process was handed more recipients meanwhile."""
        if not self.left:
            self.held = [each for each in self.held if not each.told]
        self.left = 0

    def is_open(self, queue_id: bytes, address: str) -> bool:
        """Whether its newest session is with that server, and more of its recipients may come."""
        return self.session[:1] == (queue_id,) and self.address == address and not self.whole and not self.last


class Deliveries:
    """The processes of one log."""

    def __init__(self) -> None:
        """None yet."""
        self._processes: dict[bytes, Process] = {}

    def hold(self, name: bytes, at: float, queue_id: bytes, said: Said, text: bytes) -> list[LogEvent]:
        """Keep what made a process go on; what others of its messages are still owed is told now."""
        process = self._process(name)
        events = _settle(process, queue_id) if queue_id else []
        held = process.held
        if not said.of_one and any(each.told and each.said.address == said.address for each in held):
            held[:] = [each for each in held if not each.told]  # the servers are gone through from the first one again
        same = [each for each in held if said.address and each.said.address == said.address and not each.told]
        in_session = bool(same) or (said.address != "" and process.is_open(queue_id, said.address))
        if not in_session:
            process.begin()
            held = process.held
        process.left += 1 if said.of_one else ALL
        process.at = said.address if said.of_one else ""
        before = 0 if said.of_one else sum(each.said.of_one for each in same)
        text = without_bracketed(text) if said.of_one else text
        held.append(Held(at=at, said=said, text=text, queue_id=queue_id, opens=not in_session, before=before))
        if len(held) > HELD_MAX:
            first = held.pop(0)
            if not first.told:
                events.append(first.tell(int(first.said.of_one)))
        return events

    def end(
        self,
        name: bytes,
        session: tuple[bytes | None, ...],
        said: Said,
        text: bytes,
        *,
        recipients: tuple[str, ...],
        became: Became,
        spent: bytes = b"",
    ) -> tuple[list[LogEvent], bool]:
        """What was held for a recipient whose last line came, and whether that line opens a try.

        `spent` is what of its delays is the same for all whose mail was taken at once.
        """
        process = self._process(name)
        if process.session != session and not (said.address and process.at == said.address):
            process.begin()
        process.at = ""
        whole = 0 if said.of_one else crc32(text, crc32(spent)) or 1
        opens = process.session != session or bool(process.whole and process.whole != whole)
        process.last = became is not Became.BOUNCED or (process.last and not opens)
        process.session, process.address, process.whole = session, said.address, whole
        if not process.held:
            return [], opens
        events = _settle(process, session[0] or b"")
        process.held = [each for each in process.held if _concerns(each, session, said, text)]
        for each in process.held:
            each.request = _request_of(session)
            if each.said.of_one:
                opens = opens and each.said.address != said.address
                if not each.told:
                    events.append(each.tell(1))
            elif each.before:
                each.before -= 1
                if not each.told:
                    events.append(each.tell(0))
            else:
                events.append(each.tell(1, recipients))
        return events, opens

    def drop(self, name: bytes) -> None:
        """Forget what a process said on the way: it probed an address."""
        self._processes.pop(name, None)

    def state(self) -> list[Any]:
        """As JSON, without any address of a recipient."""
        newest = list(self._processes.items())[-PROCESSES_KEPT:]
        return [[name.decode("latin-1"), *_state_of(process)] for name, process in newest]

    def resume(self, state: Any) -> None:
        """Go on from there. Raises ValueError, TypeError, KeyError or IndexError where it is no state."""
        self._processes = {str(each[0]).encode("latin-1"): _process_of(each[1:]) for each in state[:PROCESSES_KEPT]}

    def _process(self, name: bytes) -> Process:
        """The process of that name, which is the newest then."""
        process = self._processes.pop(name, None) or Process()
        self._processes[name] = process
        if len(self._processes) > PROCESSES_MAX:
            del self._processes[next(iter(self._processes))]
        return process


def _settle(process: Process, queue_id: bytes) -> list[LogEvent]:
    """A line of a message: what was held of none is of this one, what of another will not be told any better."""
    events: list[LogEvent] = []
    for each in process.held:
        if not each.queue_id:
            each.queue_id = queue_id
        elif each.queue_id != queue_id and not each.told:
            events.append(each.tell(int(each.said.of_one)))
    process.held = [each for each in process.held if each.queue_id == queue_id]
    return events


def _concerns(held: Held, session: tuple[bytes | None, ...], said: Said, text: bytes) -> bool:
    """Whether it was said on the way to that line, by another server than the line tells of."""
    if held.said.of_one:
        return not held.told or held.request == _request_of(session)
    if held.told:  # a server comes again only when the process was handed more recipients
        return held.request == _request_of(session) and not (said.address and held.said.address == said.address)
    return held.text != text


def _request_of(session: tuple[bytes | None, ...]) -> bytes:
    """What comes before the connection in its delays: the same for all that a process was handed at once."""
    return (session[-1] or b"").rpartition(b"/")[0]


def _state_of(process: Process) -> tuple[Any, ...]:
    session = [None if each is None else each.decode("latin-1") for each in process.session]
    return (
        session,
        process.address,
        process.whole,
        process.last,
        process.left,
        process.at,
        [_held_as_state(each) for each in process.held],
    )


def _held_as_state(held: Held) -> list[Any]:
    text = without_addresses(held.text[:TEXT_OCTETS_MAX]).decode("latin-1")
    rest = [text, held.queue_id.decode("ascii"), held.opens, held.before, held.request.decode("latin-1"), held.told]
    return [held.at, list(held.said), *rest]


def _process_of(state: Any) -> Process:
    session, address, whole, last, left, at, held = state
    written = tuple(None if each is None else str(each).encode("latin-1") for each in session)
    return Process(
        written, str(address), int(whole), bool(last), int(left), str(at), [_held_of(each) for each in held[:HELD_MAX]]
    )


def _held_of(state: Any) -> Held:
    at, (host, address, code, here, of_one), text, queue_id, opens, before, request, told = state
    return Held(
        at=float(at),
        said=Said(str(host), str(address), int(code), bool(here), bool(of_one)),
        text=str(text).encode("latin-1"),
        queue_id=str(queue_id).encode("ascii"),
        opens=bool(opens),
        before=int(before),
        request=str(request).encode("latin-1"),
        told=bool(told),
    )
