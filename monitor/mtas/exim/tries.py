"""Which lines of Exim's log are about one try. Pure.

A server that puts off all recipients at once, or cannot be reached, is told by a line `H=…` that names none of them;
one that puts off some has such a line for each of them, but only where another server is left to try. When the whole
call is over each recipient has a line of its own, `=>`, `->`, `==` or `**`, with the last server tried. So what a
server said of a try is known at once, and of how many recipients it was said when their own lines come: those are of
the same call where they name a server of the same domain. Where a message goes to several receivers at the same time
and a receiver's servers are of several domains, recipients wait for the end of the message to be counted.

A try is over when one of its recipients gets a second line of its own.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Final

from monitor.mtas.exim.line import Kind, Line
from monitor.mtas.log import Became, Tried
from monitor.mtas.mark import mark_of
from monitor.mtas.unread import without_addresses

APART_S: Final = 30.0  # recipients' own lines of one call come together
TRIES_MAX: Final = 32  # of one message at once: each server and each of its addresses
RECIPIENTS_MAX: Final = 20_000  # of one try
KEPT_RECIPIENTS: Final = 500  # of one try, from one stretch of a log to the next
KEPT_TEXT_CHARS: Final = 500


@dataclass(slots=True)
class Try:
    """One transaction with one server, as far as it was told."""

    host: str
    address: str
    code: int
    text: str
    whole: bool  # it ended alike for all recipients, who were not named
    late: bool = False  # and after each of them was answered
    sent: bool = False
    owned: bool = False  # whole, and its recipients' own lines have begun
    named: set[int] = field(default_factory=set)  # recipients whom a line of the server named
    ended: set[int] = field(default_factory=set)  # recipients who had their own line since
    ended_at: float = 0.0
    waiting: list[str] = field(default_factory=list)  # recipients who may have been of it

    def state(self) -> list[Any]:
        """As JSON, without any address."""
        text = without_addresses(self.text[:KEPT_TEXT_CHARS].encode()).decode("utf-8", "replace")
        flags = [self.whole, self.late, self.sent, self.owned]
        few = [sorted(islice(each, KEPT_RECIPIENTS)) for each in (self.named, self.ended)]
        return [self.host, self.address, self.code, text, *flags, *few, self.ended_at, len(self.waiting)]

    @classmethod
    def resumed(cls, state: Any) -> "Try":
        """From what `state` gave. Raises TypeError or ValueError."""
        host, address, code, text, whole, late, sent, owned, named, ended, ended_at, waiting = state
        return cls(
            str(host),
            str(address),
            int(code),
            str(text),
            bool(whole),
            bool(late),
            bool(sent),
            bool(owned),
            set(map(int, named)),
            set(map(int, ended)),
            float(ended_at),
            [""] * min(int(waiting), KEPT_RECIPIENTS),
        )


class OpenTries:
    """The tries of one message that more lines may be about, by the address of the server."""

    __slots__ = ("_by_address",)

    def __init__(self) -> None:
        self._by_address: dict[str, Try] = {}

    def of_host(self, at: float, queue_id: str, line: Line) -> Iterator[Tried]:
        """A server's line: what it tells, and of whom."""
        mark = mark_of(line.recipient) if line.of_one else None
        known = self._by_address.get(line.address)
        fresh = (
            known is None
            or bool(known.ended)
            or known.whole
            or (mark is not None and mark in known.named)
            or (mark is None and not line.late)
        )
        if known is not None and fresh:
            yield from self._close(at, queue_id, known)
        if known is None or fresh:
            known = self._open(line, whole=mark is None)
        elif mark is None:
            known.whole, known.late, known.code, known.text = True, True, line.code, line.text
        if mark is not None:
            known.named.add(mark)
        one = (line.recipient,) if mark is not None else ()
        yield _tried(at, queue_id, line, one, opens=fresh, became=Became.NEXT)

    def of_this_host(self, line: Line) -> None:
        """A server's line where the server is on this machine: no try, and whoever went on from it is of none."""
        self._open(line._replace(code=0), whole=True)

    def of_recipient(self, at: float, queue_id: str, line: Line) -> Iterator[Tried]:
        """A recipient's own line: what it tells, and of which tries before he was as well."""
        mark = mark_of(line.recipient)
        went_before = False
        for address, known in list(self._by_address.items()):
            if address == line.address or not known.whole:
                continue
            if mark in known.ended:  # the try of an earlier call
                yield from self._close(at, queue_id, known)
                continue
            went_before = True
            if known.code == 0 or mark in known.named:
                known.ended.add(mark)
            elif known.owned or _are_kin(known.host, line.host or line.recipient):
                known.owned = True
                known.waiting.clear()
                self._end(known, mark, at)
                yield _again(at, queue_id, known, (line.recipient,))
            elif len(known.waiting) < RECIPIENTS_MAX:
                known.waiting.append(line.recipient)
                known.ended.add(mark)
        if line.tried:
            yield from self._of_last_server(at, queue_id, line, mark, went_before=went_before)

    def close(self, at: float, queue_id: str) -> Iterator[Tried]:
        """The message is done: who waited to be counted was of those tries."""
        for known in list(self._by_address.values()):
            yield from self._close(at, queue_id, known)

    def _of_last_server(self, at: float, queue_id: str, line: Line, mark: int, *, went_before: bool) -> Iterator[Tried]:
        became = _BECAME[line.kind]
        known = self._by_address.get(line.address)
        if (
            not line.address
        ):  # no server answered, or none could be found: told of its servers already, if there are any
            fresh = not went_before and (known is None or mark in known.ended or at - known.ended_at > APART_S)
        else:
            fresh = known is None or self._is_over(known, at, line, mark)
        if known is not None and fresh:
            yield from self._close(at, queue_id, known)
        if known is None or fresh:
            known = self._open(line, whole=False)
        counted = mark in known.named and not known.sent and line.code == known.code
        known.owned = True
        known.waiting.clear()
        known.sent = known.sent or line.code // 100 == 2
        self._end(known, mark, at)
        yield _tried(at, queue_id, line, () if counted else (line.recipient,), opens=fresh, became=became)

    @staticmethod
    def _is_over(known: Try, at: float, line: Line, mark: int) -> bool:
        if mark in known.ended or (known.ended and at - known.ended_at > APART_S):
            return True
        if line.kind is Kind.SENT and known.sent:
            return True
        if known.whole and line.code != known.code:
            return not (known.late and line.of_one)
        return False

    @staticmethod
    def _end(known: Try, mark: int, at: float) -> None:
        if len(known.ended) < RECIPIENTS_MAX:
            known.ended.add(mark)
        known.ended_at = at

    def _open(self, line: Line, *, whole: bool) -> Try:
        if len(self._by_address) >= TRIES_MAX:
            del self._by_address[next(iter(self._by_address))]
        text = line.text if whole else ""  # what was said of one is told at once, and may name him
        opened = Try(line.host, line.address, line.code, text, whole, late=line.late)
        self._by_address[line.address] = opened
        return opened

    def _close(self, at: float, queue_id: str, known: Try) -> Iterator[Tried]:
        if self._by_address.get(known.address) is known:
            del self._by_address[known.address]
        if known.waiting:
            yield _again(at, queue_id, known, tuple(known.waiting))

    def state(self) -> list[Any]:
        """As JSON, without any address."""
        return [each.state() for each in self._by_address.values()]

    @classmethod
    def resumed(cls, state: Any) -> "OpenTries":
        """From what `state` gave. Raises TypeError or ValueError."""
        tries = cls()
        for each in state[:TRIES_MAX]:
            known = Try.resumed(each)
            tries._by_address[known.address] = known
        return tries


_BECAME: Final[Mapping[Kind, Became]] = {
    Kind.SENT: Became.SENT,
    Kind.ALSO_SENT: Became.SENT,
    Kind.DEFERRED: Became.DEFERRED,
    Kind.FAILED: Became.BOUNCED,
}


def _tried(at: float, queue_id: str, line: Line, recipients: tuple[str, ...], *, opens: bool, became: Became) -> Tried:
    return Tried(
        at=at,
        queue_id=queue_id,
        host=line.host,
        address=line.address,
        code=line.code,
        text=line.text,
        recipients=recipients,
        number=len(recipients),
        opens=opens,
        became=became,
        source=line.source,
    )


def _again(at: float, queue_id: str, known: Try, recipients: tuple[str, ...]) -> Tried:
    """More recipients of a try that a line told of; it went on with another server."""
    return Tried(
        at=at,
        queue_id=queue_id,
        host=known.host,
        address=known.address,
        code=known.code,
        text=known.text,
        recipients=tuple(each for each in recipients if each),
        number=len(recipients),
        opens=False,
        became=Became.NEXT,
    )


def _are_kin(host: str, other: str) -> bool:
    """Whether two names, or a name and a recipient, are of one domain, by their last two labels."""
    return host == other or _domain(host) == _domain(other.rpartition("@")[2].lower())


def _domain(name: str) -> list[str]:
    return name.split(".")[-2:]
