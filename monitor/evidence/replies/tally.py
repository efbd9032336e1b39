"""What a stretch of a log told of one list, while it is counted. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final, NamedTuple

from monitor.evidence.entry import Reply
from monitor.evidence.replies.counted import OfList, Row, RowKey, Waiting
from monitor.evidence.replies.in_queue import DIGEST_OCTETS, DOMAINS_MOST, Cause, InQueue, PutOff
from monitor.evidence.replies.meaning import DAY_S, shown
from monitor.evidence.sketch import OCTETS, SPACE
from monitor.model.evidence import AdmissionAction
from monitor.mtas.log import Tried

CELLS_MOST: Final = 2000  # of one list and stretch; what comes beyond is counted without rule and enhanced code
EARLIEST: Final = 0.0
LATEST: Final = 7_258_118_400.0  # the year 2200: what a stamp says beyond is no time

NOBODY: Final = PutOff(0.0, 0.0, "")

CellKey = tuple[int, str, int, AdmissionAction, str, str, str]  # day since 1970; then as in RowKey


class Answered(NamedTuple):
    """Whose reply a ledger is told of."""

    post: int
    at: float  # of the post
    receiver: str
    family: int
    action: AdmissionAction
    rule: str


@dataclass(slots=True)
class Cell:
    """One row while it is counted."""

    first: float
    last: float
    attempts: int = 0
    recipients: int = 0
    code: int = 0
    text: str = ""  # of the newest reply, as it was logged
    queue_id: str = ""  # of the message that it was to
    delays: dict[int, int] = field(default_factory=dict)

    def row(self, named: Mapping[str, Iterable[str]]) -> Row:
        """As it is kept: the reply without any address, or name of one of its message's recipients."""
        return Row(
            attempts=self.attempts,
            recipients=self.recipients,
            first=moment(self.first),
            last=moment(self.last),
            sample=shown(self.text, self.code, named.get(self.queue_id, ())),
            delays=self.delays,
        )


@dataclass(slots=True)
class Said:
    """What a receiver answered to one post, for which of its recipients."""

    told_at: float
    text: str = ""
    members: set[int] = field(default_factory=set)
    domains: set[str] = field(default_factory=set)


@dataclass(slots=True)
class Tally:
    """Of one list."""

    cells: dict[CellKey, Cell] = field(default_factory=dict)
    said: dict[Answered, Said] = field(default_factory=dict)
    posts: dict[int, float] = field(default_factory=dict)
    refused: dict[int, tuple[str, float]] = field(default_factory=dict)
    sources: dict[str, float] = field(default_factory=dict)
    named: dict[str, list[str]] = field(default_factory=dict)  # recipients by queue id: a reply may name any of them

    def count(self, key: CellKey, tried: Tried) -> Cell:
        """One more line of the row with that key."""
        cell = self.cells.get(key)
        at = tried.at
        if cell is None:
            if len(self.cells) >= CELLS_MOST:
                key = (*key[:5], "", "")
            cell = self.cells.setdefault(key, Cell(at, at))
        if tried.recipients:
            self.named.setdefault(tried.queue_id, []).extend(tried.recipients)
        cell.attempts += tried.opens
        cell.recipients += tried.number
        cell.first = min(cell.first, at)
        if at >= cell.last:
            cell.last, cell.code, cell.text, cell.queue_id = at, tried.code, tried.text, tried.queue_id
        return cell

    def say(self, answered: Answered, at: float, group: PutOff = NOBODY) -> None:
        """An answer for the ledger, to these recipients."""
        said = self.said.setdefault(answered, Said(at))
        said.told_at, said.text = min(said.told_at, at), group.sample or said.text
        said.members.update(each >> (8 * (DIGEST_OCTETS - OCTETS)) for each in group.members)
        said.domains.update(group.domains)

    def told(self, waiting: tuple[Waiting, ...] | None) -> OfList:
        """All of it, as it is kept."""
        return OfList(
            rows={
                RowKey(
                    day=moment(day * DAY_S).date(),
                    receiver=receiver,
                    family=family,
                    action=action,
                    kind=kind,
                    rule=rule,
                    code=code,
                ): cell.row(self.named)
                for (day, receiver, family, action, kind, rule, code), cell in self.cells.items()
            },
            replies=tuple(_reply(answered, said) for answered, said in self.said.items()),
            posts={post: moment(at) for post, at in self.posts.items()},
            refused={member: (receiver, moment(at)) for member, (receiver, at) in self.refused.items()},
            waiting=waiting,
            sources={address: moment(at) for address, at in self.sources.items()},
        )


def moment(at: float) -> datetime:
    """That time; the nearest that is one where it is none."""
    return datetime.fromtimestamp(min(max(at, EARLIEST), LATEST), UTC)


def all_waiting(messages: Iterable[tuple[int, InQueue]]) -> tuple[Waiting, ...]:
    """What waits of one list, by cause: (digest of the post, message); a recipient counts for its newest cause."""
    causes: dict[Cause, list[tuple[int, InQueue]]] = {}
    for post, message in messages:
        for cause in message.waiting:
            causes.setdefault(cause, []).append((post, message))
    newest: dict[tuple[str, int], tuple[float, Cause]] = {}
    for cause, several in causes.items():
        for _, message in several:
            last = message.waiting[cause].last
            for member in message.waiting[cause].members:
                newest[cause.receiver, member] = max(newest.get((cause.receiver, member), (last, cause)), (last, cause))
    counts: dict[Cause, int] = {}
    for _, cause in newest.values():
        counts[cause] = counts.get(cause, 0) + 1
    return tuple(_waiting(cause, several, counts.get(cause, 0)) for cause, several in sorted(causes.items()))


def _waiting(cause: Cause, several: list[tuple[int, InQueue]], members: int) -> Waiting:
    groups = [message.waiting[cause] for _, message in several]
    newest = max(groups, key=lambda each: (each.last, each.sample))
    domains = sorted(frozenset().union(*(each.domains for each in groups)))
    return Waiting(
        receiver=cause.receiver,
        family=cause.family,
        kind=cause.kind,
        rule=cause.rule,
        posts=len({post for post, _ in several}),
        members=members,
        queued_at=moment(min(message.queued_at for _, message in several)),
        since=moment(min(each.since for each in groups)),
        last=moment(newest.last),
        sample=newest.sample,
        domains=tuple(domains[:DOMAINS_MOST]),
    )


def _reply(answered: Answered, said: Said) -> Reply:
    return Reply(
        at=moment(answered.at),
        receiver=answered.receiver,
        family=answered.family or None,
        action=answered.action,
        rule=answered.rule or None,
        post=answered.post % SPACE,
        members=tuple(sorted(said.members)),
        text=said.text,
        domains=tuple(sorted(said.domains)[:DOMAINS_MOST]),
        told_at=moment(max(said.told_at, answered.at)),
    )
