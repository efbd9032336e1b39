"""A ledger as the store keeps it: named fields, small texts: one a day, and a few others. Pure.

A field that this version cannot read counts as empty: it is older evidence, not an error.
"""

import json
import re
import struct
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from itertools import accumulate, pairwise
from typing import Any, Final, TypeVar

from monitor.evidence.entry import Facts, Spells, Trouble
from monitor.evidence.ledger import (
    DAYS_KEPT,
    DAYS_WEIGHED,
    MEMBERS,
    NO_POSTS,
    POSTS,
    RECIPIENTS,
    SAMPLES_KEPT,
    Cell,
    CellKey,
    Day,
    Ledger,
    Run,
    Said,
    recipient_digest,
)
from monitor.evidence.sketch import Sketch
from monitor.model.dns import PtrResult, SpfResult
from monitor.model.evidence import AdmissionAction, AuthResult

K = TypeVar("K")
V = TypeVar("V")
RUNS: Final = "runs"
SAID: Final = "said"
DNS: Final = "dns"
POSTED: Final = "posted"
OLD: Final = "old"
PAUSE_MOST: Final = 60  # days: a longer one is no habit
EPOCH: Final = date(1970, 1, 1)
FIRST_DAY, LAST_DAY = (date.min - EPOCH).days, (date.max - EPOCH).days
# What the reading of a field that another version wrote, or nobody, may raise.
UNREADABLE: Final = (
    ValueError, KeyError, TypeError, AttributeError, OverflowError, OSError, RecursionError, struct.error
)  # fmt: skip

# One letter a result, so that a day of a list takes some sixty octets. A letter keeps its meaning for ever.
_SPF: Final = {
    None: "-",
    SpfResult.NONE: "n",
    SpfResult.NEUTRAL: "e",
    SpfResult.PASS: "p",
    SpfResult.FAIL: "f",
    SpfResult.SOFTFAIL: "s",
    SpfResult.TEMPERROR: "t",
    SpfResult.PERMERROR: "r",
}
_PTR: Final = {
    None: "-",
    PtrResult.PASS: "p",
    PtrResult.MISSING: "m",
    PtrResult.MISMATCH: "x",
    PtrResult.TEMPERROR: "t",
}
_DKIM: Final = {
    None: "-",
    AuthResult.NONE: "n",
    AuthResult.PASS: "p",
    AuthResult.FAIL: "f",
    AuthResult.NEUTRAL: "e",
    AuthResult.TEMPERROR: "t",
    AuthResult.PERMERROR: "r",
}
_TLS: Final = {None: "-", True: "y", False: "n"}
_ACTIONS: Final = {
    AdmissionAction.ACCEPT: "a",
    AdmissionAction.DEFER: "d",
    AdmissionAction.REJECT: "r",
    AdmissionAction.UNKNOWN: "u",
}


def read_ledger(fields: Mapping[str, str], *, days: int = DAYS_KEPT) -> Ledger:
    """What was kept, with so many of its newest days; what is left of old ones only where more than weighs is asked."""
    numbers = sorted((int(name) for name in fields if is_day(name)), reverse=True)
    newest = [read_day(each, fields[str(each)]) for each in numbers[:days]]
    old = read_old(fields.get(OLD)) if days > DAYS_WEIGHED else ()
    return Ledger(
        days=(*newest, *(each for each in old if number_of_date(each.date) not in numbers)),
        runs=read_runs(fields.get(RUNS)),
        said=read_said(fields.get(SAID)),
        trouble=read_trouble(fields.get(DNS)),
        longest_pause=timedelta(days=_read_posted(fields.get(POSTED))[1]),
    )


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


def facts_order(facts: Facts) -> str:
    """Facts as text, and so in an order."""
    return f"{facts.family}{_SPF[facts.spf]}{_PTR[facts.ptr]}{_DKIM[facts.dkim]}{_TLS[facts.tls]}"


_FROM_SPF: Final = {letter: value for value, letter in _SPF.items()}
_FROM_PTR: Final = {letter: value for value, letter in _PTR.items()}
_FROM_DKIM: Final = {letter: value for value, letter in _DKIM.items()}
_FROM_TLS: Final = {letter: value for value, letter in _TLS.items()}
_FROM_ACTION: Final = {letter: value for value, letter in _ACTIONS.items()}


def look_text(source: str, facts: Facts) -> str:
    """What one source saw, as it is counted in a day."""
    return f"{source} {facts_order(facts)}"


@lru_cache(maxsize=1024)
def read_look(text: str) -> tuple[str, Facts] | None:
    """The source, and what it saw; None where this version cannot read it."""
    source, _, facts = text.partition(" ")
    try:
        return source, _read_facts(facts)
    except (ValueError, KeyError):
        return None


def _read_facts(text: str) -> Facts:
    family, spf, ptr, dkim, tls = list(text)
    return Facts(family=int(family), spf=_FROM_SPF[spf], ptr=_FROM_PTR[ptr], dkim=_FROM_DKIM[dkim], tls=_FROM_TLS[tls])


def write_day(day: Day) -> str:
    """A day as its field; the same day is the same text."""
    document: dict[str, Any] = {}
    if day.facts:
        document["f"] = dict(sorted(day.facts.items()))
    if day.turns:
        document["t"] = {f"{source} {family}": n for (source, family), n in sorted(day.turns.items())}
    if day.replies:
        document["r"] = {_written_key(key): _written_cell(day.date, cell) for key, cell in sorted(day.replies.items())}
    if day.posts.kept:
        document["p"] = day.posts.written()
    if day.spells.failed or day.spells.spells:
        document["s"] = [day.spells.seen, day.spells.failed, day.spells.spells]
    elif day.spells.seen:
        document["s"] = [day.spells.seen]
    return _json(document)


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
    document = _document(text)
    day = EPOCH + timedelta(days=number)
    return Day(
        date=day,
        facts=_each(document.get("f"), lambda look, n: (look, int(n))),
        turns=_each(document.get("t"), lambda key, n: (_read_source(key), int(n))),
        replies=_each(document.get("r"), lambda key, cell: (_read_key(key), _read_cell(day, cell))),
        posts=_read_posts(document.get("p")),
        spells=_read_spells(document.get("s")),
    )


def _each(found: object, read: Callable[[str, Any], tuple[K, V]]) -> dict[K, V]:
    """What can be read of a part of a field."""
    after: dict[K, V] = {}
    for key, value in found.items() if isinstance(found, dict) else ():
        try:
            name, said = read(key, value)
        except UNREADABLE:
            continue
        after[name] = said
    return after


def _read_source(text: str) -> tuple[str, int]:
    """Source and family."""
    source, _, family = text.partition(" ")
    return source, int(family)


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
            document.setdefault(_written_key(key), {})[str(number_of_date(day.date))] = [
                *times,
                cell.recipients.written(),
            ]
    return _json(document)


def read_old(text: str | None) -> tuple[Day, ...]:
    """What is left of old days, newest first; what this version cannot read is left out."""
    days: dict[int, dict[CellKey, Cell]] = {}
    for name, of_key in _document(text).items():
        try:
            key = _read_key(name)
            for number, (first, lasting, recipients) in of_key.items():
                begins = _moment(_midnight(EPOCH + timedelta(days=int(number))) + int(first))
                ends = begins + timedelta(seconds=int(lasting))
                cell = Cell(first=begins, last=ends, told_at=ends, recipients=Sketch.read(RECIPIENTS, recipients))
                days.setdefault(int(number), {})[key] = cell
        except UNREADABLE:
            continue
    return tuple(
        Day(date=EPOCH + timedelta(days=number), replies=days[number]) for number in sorted(days, reverse=True)
    )


def _written_key(key: CellKey) -> str:
    return f"{key.receiver} {key.family} {key.source} {_ACTIONS[key.action]} {key.rule}"


def _read_key(text: str) -> CellKey:
    receiver, family, source, action, rule = text.split(" ", 4)
    return CellKey(receiver=receiver, family=int(family), source=source, action=_FROM_ACTION[action], rule=rule)


def _read_cell(day: date, cell: Sequence[Any]) -> Cell:
    _, first, last, told_at = accumulate(cell[:3], initial=_midnight(day))
    posts, members, recipients = (*cell[3:6], "", "", "")[:3]
    of_posts, of_members = Sketch.read(POSTS, posts), Sketch.read(MEMBERS, members)
    return Cell(
        first=_moment(first),
        last=_moment(last),
        told_at=_moment(told_at),
        posts=of_posts,
        members=of_members,
        recipients=Sketch.read(RECIPIENTS, recipients) if recipients else _recipients_of(of_posts, of_members),
    )


def read_runs(text: str | None) -> dict[tuple[str, int], tuple[Run, ...]]:
    """By source and family."""
    return _each(_document(text), lambda key, runs: (_read_source(key), tuple(_read_run(*run) for run in runs)))


def _read_run(facts: str, since: float, last: float, looks: int) -> Run:
    return Run(
        facts=tuple(map(_read_facts, facts.split("+"))), since=_moment(since), last=_moment(last), looks=int(looks)
    )


def write_runs(runs: Mapping[tuple[str, int], Iterable[Run]]) -> str:
    """As one field."""
    return _json(
        {
            f"{source} {family}": [
                ["+".join(map(facts_order, run.facts)), run.since.timestamp(), run.last.timestamp(), run.looks]
                for run in each
            ]
            for (source, family), each in sorted(runs.items())
        }
    )


def read_said(text: str | None) -> dict[tuple[str, int, str], Said]:
    """By receiver, family and rule."""

    def read(key: str, value: Any) -> tuple[tuple[str, int, str], Said]:
        receiver, family, rule = key.split(" ", 2)
        at, said, domains = value
        return (receiver, int(family), rule), Said(at=_moment(at), text=str(said), domains=tuple(map(str, domains)))

    return _each(_document(text), read)


def write_said(said: Mapping[tuple[str, int, str], Said]) -> str:
    """As one field, the newest ones."""
    newest = sorted(said.items(), key=lambda item: (item[1].at, item[0]), reverse=True)[:SAMPLES_KEPT]
    return _json(
        {
            f"{receiver} {family} {rule}": [int(each.at.timestamp()), each.text, each.domains]
            for (receiver, family, rule), each in sorted(newest)
        }
    )


def posted_after(text: str | None, days: Collection[int]) -> str | None:
    """The field of the last day with posts and the longest pause, after posts on these days; None: as it was."""
    last, longest = _read_posted(text)
    for day in sorted(days):
        if last is None or day > last:
            longest = longest if last is None else max(longest, min(day - last, PAUSE_MOST))
            last = day
    written = _json([last, longest])
    return None if last is None or written == text else written


def _read_posted(text: str | None) -> tuple[int | None, int]:
    try:
        last, longest = json.loads(text or "")
        return int(last), max(0, min(int(longest), LAST_DAY))
    except UNREADABLE:
        return None, 0


def write_trouble(trouble: Trouble) -> str:
    """As one field."""
    return _json([trouble.at.timestamp(), trouble.name, trouble.problem])


def read_trouble(text: str | None) -> Trouble | None:
    """The last trouble; None where there was none."""
    try:
        at, name, problem = json.loads(text or "")
        return Trouble(at=_moment(at), name=str(name), problem=str(problem))
    except UNREADABLE:
        return None


def _document(text: str | None) -> dict[str, Any]:
    try:
        found = json.loads(text) if text else {}
    except UNREADABLE:
        return {}
    return found if isinstance(found, dict) else {}


def _json(document: object) -> str:
    """Half a surrogate pair, which is no character, becomes a question mark."""
    text = json.dumps(document, separators=(",", ":"), ensure_ascii=False)
    return text if text.isascii() else text.encode(errors="replace").decode()


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
