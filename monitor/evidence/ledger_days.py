"""A ledger's days as its fields: each day one, old days together one. Pure."""

import re
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import accumulate, pairwise
from typing import Any, Final

from monitor.evidence.entry import Spells
from monitor.evidence.ledger import MEMBERS, NO_POSTS, POSTS, RECIPIENTS, Cell, CellKey, Day, recipient_digest
from monitor.evidence.ledger_field import UNREADABLE, as_json, document_of, each_of, moment
from monitor.evidence.ledger_letters import read_key, read_source, written_key
from monitor.evidence.sketch import Sketch

EPOCH: Final = date(1970, 1, 1)
FIRST_DAY, LAST_DAY = (date.min - EPOCH).days, (date.max - EPOCH).days


def number_of(at: datetime) -> int:
    """The number of its day (UTC), whose field is called so."""
    return number_of_date(at.astimezone(UTC).date())


def number_of_date(on: date) -> int:
    """The number of that date."""
    return (on - EPOCH).days


def is_day(name: str) -> bool:
    """Whether a field is one of a day, of the years 1 to 9999."""
    if not re.fullmatch(r"-?[1-9][0-9]{0,6}|0", name):
        return False
    return FIRST_DAY <= int(name) <= LAST_DAY


def write_day(day: Day) -> str:
    """A day as its field; the same day is the same text."""
    document: dict[str, Any] = {}
    if day.facts:
        document["f"] = dict(sorted(day.facts.items()))
    if day.turns:
        document["t"] = {f"{source} {family}": n for (source, family), n in sorted(day.turns.items())}
    if day.replies:
        document["r"] = {written_key(key): _written_cell(day.date, cell) for key, cell in sorted(day.replies.items())}
    if day.posts.kept:
        document["p"] = day.posts.written()
    if day.spells.failed or day.spells.spells:
        document["s"] = [day.spells.seen, day.spells.failed, day.spells.spells]
    elif day.spells.seen:
        document["s"] = [day.spells.seen]
    return as_json(document)


def _written_cell(day: date, cell: Cell) -> list[Any]:
    """Times in seconds, each after the one before, the first after midnight; three sketches, what follows left out."""
    times = [_midnight(day), *(int(each.timestamp()) for each in (cell.first, cell.last, cell.told_at))]
    recipients = Sketch(RECIPIENTS) if cell.recipients == _recipients_of(cell.posts, cell.members) else cell.recipients
    sketches = [each.written() for each in (cell.posts, cell.members, recipients)]
    while sketches and not sketches[-1]:
        sketches.pop()
    return [*(later - earlier for earlier, later in pairwise(times)), *sketches]


def _recipients_of(posts: Sketch, members: Sketch) -> Sketch:
    """The recipients of a single post, which are its members."""
    if len(posts.kept) != 1 or members.is_full:
        return Sketch(RECIPIENTS)
    return Sketch(RECIPIENTS).add(recipient_digest(posts.kept[0], each) for each in members.kept)


def _midnight(day: date) -> int:
    return (day - EPOCH).days * 86_400


def read_day(number: int, text: str | None) -> Day:
    """The day of that field, without what this version cannot read of it: older evidence, not an error."""
    document = document_of(text)
    day = EPOCH + timedelta(days=number)
    return Day(
        date=day,
        facts=each_of(document.get("f"), lambda look, n: (look, int(n))),
        turns=each_of(document.get("t"), lambda key, n: (read_source(key), int(n))),
        replies=each_of(document.get("r"), lambda key, cell: (read_key(key), _read_cell(day, cell))),
        posts=_read_posts(document.get("p")),
        spells=_read_spells(document.get("s")),
    )


def _read_posts(written: Any) -> Sketch:
    try:
        return Sketch.read(POSTS, written or "")
    except UNREADABLE:
        return NO_POSTS


def _read_spells(written: Any) -> Spells:
    try:
        return Spells(**dict(zip(("seen", "failed", "spells"), map(int, written or ()), strict=False)))
    except UNREADABLE:
        return Spells()


def write_old(days: Iterable[Day]) -> str:
    """What is left of old days, as one field: by whose replies they are, the days."""
    document: dict[str, dict[str, list[Any]]] = {}
    for day in sorted(days, key=lambda each: each.date):
        for key, cell in sorted(day.replies.items()):
            times = [int(cell.first.timestamp()) - _midnight(day.date), int((cell.last - cell.first).total_seconds())]
            document.setdefault(written_key(key), {})[str(number_of_date(day.date))] = [
                *times,
                cell.recipients.written(),
            ]
    return as_json(document)


def read_old(text: str | None) -> tuple[Day, ...]:
    """What is left of old days, newest first; what this version cannot read is left out."""
    days: dict[int, dict[CellKey, Cell]] = {}
    for name, of_key in document_of(text).items():
        try:
            key = read_key(name)
            for number, (first, lasting, recipients) in of_key.items():
                begins = moment(_midnight(EPOCH + timedelta(days=int(number))) + int(first))
                ends = begins + timedelta(seconds=int(lasting))
                cell = Cell(first=begins, last=ends, told_at=ends, recipients=Sketch.read(RECIPIENTS, recipients))
                days.setdefault(int(number), {})[key] = cell
        except UNREADABLE:
            continue
    return tuple(
        Day(date=EPOCH + timedelta(days=number), replies=days[number]) for number in sorted(days, reverse=True)
    )


def _read_cell(day: date, cell: Sequence[Any]) -> Cell:
    _, first, last, told_at = accumulate(cell[:3], initial=_midnight(day))
    posts, members, recipients = (*cell[3:6], "", "", "")[:3]
    of_posts, of_members = Sketch.read(POSTS, posts), Sketch.read(MEMBERS, members)
    return Cell(
        first=moment(first),
        last=moment(last),
        told_at=moment(told_at),
        posts=of_posts,
        members=of_members,
        recipients=Sketch.read(RECIPIENTS, recipients) if recipients else _recipients_of(of_posts, of_members),
    )
