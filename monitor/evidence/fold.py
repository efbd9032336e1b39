"""What is recorded of a list, entered in its ledger. Pure.

The same entry again, or entries in another order, make the same ledger: replies are kept as sketches of different posts
and recipients; a look, which only counts, is entered once by its mark in the store. What follows the newest alone is
otherwise: runs and turns, which what comes late leaves as they are, the longest pause between days with posts, whose
gap a late post does not close, and what a day has no room for.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Final

from monitor.evidence.entry import NOBODY_IN_PARTICULAR, Entry, Facts, Reply, Spells
from monitor.evidence.ledger import (
    CELLS_MOST,
    CELLS_MOST_OF_ALL,
    DAYS_KEPT,
    DOMAINS_KEPT,
    FACTS_MOST,
    NO_MEMBERS,
    NO_POSTS,
    RUNS_KEPT,
    SKETCHED_FOR,
    Cell,
    CellKey,
    Day,
    Run,
    Said,
    recipient_digest,
)
from monitor.evidence.ledger_days import is_day, number_of, number_of_date, read_day, read_old, write_day, write_old
from monitor.evidence.ledger_letters import facts_order, look_text
from monitor.evidence.ledger_text import (
    DNS,
    OLD,
    POSTED,
    RUNS,
    SAID,
    posted_after,
    read_runs,
    read_said,
    read_trouble,
    write_runs,
    write_said,
    write_trouble,
)
from monitor.model.ahead import is_ahead
from monitor.model.evidence import REFUSING

LATE_MOST: Final = timedelta(hours=6)  # no look is later than that: a worker has minutes for a check
SECOND: Final = timedelta(seconds=1)
JUMP_DAYS: Final = 7  # from one day with evidence to the next


def fields_of(entry: Entry) -> tuple[str, ...]:
    """The fields that the entry changes."""
    days = {number_of(each.at) for each in entry.replies} | {number_of(entry.at)}
    days |= {number_of(at) for at, _ in entry.posts}
    days |= set() if entry.spells_at is None else {number_of(entry.spells_at)}
    named = [str(each) for each in sorted(days)]
    return (
        *named,
        *([RUNS] if entry.facts else []),
        *([SAID] if entry.replies else []),
        *([DNS] if entry.trouble else []),
        *([POSTED] if entry.posts else []),
    )


def folded(entry: Entry, fields: Mapping[str, str | None], *, now: datetime | None = None) -> Mapping[str, str]:
    """Those of `fields` that the entry changes, as they are then. What is older than is kept changes nothing.

    `now`, where it is known, tells looks of a time to come.
    """
    days: dict[str, Day] = {}

    def day_of(at: datetime) -> Day:
        name = str(number_of(at))
        if name not in days:
            days[name] = read_day(int(name), fields.get(name))
        return days[name]

    runs = read_runs(fields.get(RUNS))
    if entry.facts:
        day = _with_facts(day_of(entry.at), entry)
        for family in sorted({each.family for each in entry.facts}):
            key = (entry.source, family)
            facts = tuple(sorted({each for each in entry.facts if each.family == family}, key=facts_order))
            known = runs.get(key, ())
            turned = bool(known) and known[0].facts != facts and entry.at > known[0].last
            runs[key] = _with_look(known, facts, entry.at, now)
            if turned:
                day = replace(day, turns={**day.turns, key: day.turns.get(key, 0) + 1})
        days[str(number_of(entry.at))] = day
    for at, post in entry.posts:
        day = day_of(at)
        days[str(number_of(at))] = replace(day, posts=day.posts.add([post]))
    posted = posted_after(fields.get(POSTED), {number_of(at) for at, _ in entry.posts})
    if entry.spells != Spells():
        day = day_of(entry.spells_at or entry.at)
        days[str(number_of(entry.spells_at or entry.at))] = replace(day, spells=day.spells + entry.spells)
    said = read_said(fields.get(SAID))
    for reply in entry.replies:
        days[str(number_of(reply.at))] = _with_reply(day_of(reply.at), entry.source, reply)
        if reply.action not in REFUSING:
            continue  # what is quoted are refusals
        of = (reply.receiver, reply.family or 0, reply.rule or "")
        said[of] = _newer(said.get(of), Said(at=reply.at, text=reply.text, domains=reply.domains[:DOMAINS_KEPT]))
    after = {name: write_day(day) for name, day in days.items()}
    if entry.facts:
        after[RUNS] = write_runs(runs)
    if entry.replies:
        after[SAID] = write_said(said)
    if posted is not None:
        after[POSTED] = posted
    before = read_trouble(fields.get(DNS))
    if entry.trouble is not None and (before is None or before.at < entry.trouble.at):
        after[DNS] = write_trouble(entry.trouble)
    return {name: text for name, text in after.items() if text != fields.get(name)}


def changes(entry: Entry, fields: Mapping[str, str | None], *, now: datetime | None = None) -> Mapping[str, str | None]:
    """All that the entry changes; where it begins a day, `fields` are all there are, and the older ones grow thin."""
    after: dict[str, str | None] = {}
    if fields.get(day_field(entry.at)) is None:
        known = {name: text for name, text in fields.items() if text is not None}
        after.update(thinned(known, today=entry.at.astimezone(UTC).date()))
    after.update(folded(entry, fields, now=now))
    return after


def day_field(at: datetime) -> str:
    """The name of the field of its day."""
    return str(number_of(at))


def thinned(fields: Mapping[str, str], *, today: date) -> Mapping[str, str | None]:
    """What a new day makes of the older ones: of old ones how much was refused stays, for as long as it is shown.

    A field that is dropped is None.
    """
    newest = number_of_date(today)
    known = [int(name) for name in fields if is_day(name)]
    if known and newest - max(known) > JUMP_DAYS:
        return {}  # the list rested, or the clock went ahead: the next day tells
    passed = [name for name in fields if is_day(name) and newest - int(name) >= SKETCHED_FOR]
    old = {day.date: day for day in read_old(fields.get(OLD))}
    too_old = any(newest - number_of_date(each) >= DAYS_KEPT for each in old)
    if not passed and not too_old:
        return {}
    for name in passed:
        day = read_day(int(name), fields[name])
        old[day.date] = _thin(day, old.get(day.date))
    kept = [day for day in old.values() if day.replies and newest - number_of_date(day.date) < DAYS_KEPT]
    return {**dict.fromkeys(passed), OLD: write_old(kept) if kept else None}


def _with_facts(day: Day, entry: Entry) -> Day:
    facts = dict(day.facts)
    for each in entry.facts:
        key = look_text(entry.source, each)
        if key in facts or len(facts) < FACTS_MOST:
            facts[key] = facts.get(key, 0) + 1
    return replace(day, facts=facts)


def _with_look(known: Sequence[Run], facts: tuple[Facts, ...], at: datetime, now: datetime | None) -> tuple[Run, ...]:
    """The runs after one more look; one that comes late changes nothing.

    Looks from long after this one, or of a time to come, were of a clock that went ahead: what they made is undone, as
    far as can be.
    """
    if known and (known[0].last - at > LATE_MOST or (now is not None and is_ahead(known[0].last, now))):
        known = [replace(each, last=min(each.last, at - SECOND)) for each in known if each.since < at]
    if known and at <= known[0].last:
        return tuple(known)
    if known and known[0].facts == facts:
        return (replace(known[0], last=at, looks=known[0].looks + 1), *known[1:])
    return (Run(facts=facts, since=at, last=at, looks=1), *known)[:RUNS_KEPT]


def _with_reply(day: Day, source: str, reply: Reply) -> Day:
    key = CellKey(
        receiver=reply.receiver, family=reply.family or 0, source=source, action=reply.action, rule=reply.rule or ""
    )
    key = _with_room(key, day.replies)
    cell = day.replies.get(key) or Cell(first=reply.at, last=reply.at, told_at=reply.told_at or reply.at)
    cell = Cell(
        first=min(cell.first, reply.at),
        last=max(cell.last, reply.at),
        told_at=min(cell.told_at, reply.told_at or reply.at),
        posts=cell.posts.add([reply.post]),
        members=cell.members.add(reply.members),
        recipients=cell.recipients.add(recipient_digest(reply.post, each) for each in reply.members),
    )
    return replace(day, replies={**day.replies, key: cell})


def _with_room(key: CellKey, known: Collection[CellKey]) -> CellKey:
    """The key, or a coarser one where the day has no room for another cell of its kind."""
    for each, most in ((key, CELLS_MOST), (replace(key, rule=""), CELLS_MOST_OF_ALL)):
        if each in known or len(known) < most:
            return each
    return replace(key, receiver=NOBODY_IN_PARTICULAR, family=0, rule="")


def _newer(before: Said | None, now: Said) -> Said:
    """The newer of two; of two at one time the greater text, so that their order does not matter; domains of both."""
    if before is None:
        return now
    newest = max(before, now, key=lambda each: (each.at, each.text))
    domains = sorted({*before.domains, *now.domains})
    return replace(newest, domains=tuple(domains[:DOMAINS_KEPT]))


def _thin(day: Day, before: Day | None) -> Day:
    """An old day, of which pictures tell how many recipients were refused, with what is known of it already."""
    known = {} if before is None else dict(before.replies)
    for key, cell in day.replies.items():
        thin = replace(cell, members=NO_MEMBERS, posts=NO_POSTS, told_at=cell.last)
        same = known.get(key)
        known[key] = (
            thin
            if same is None
            else replace(
                thin,
                first=min(thin.first, same.first),
                last=max(thin.last, same.last),
                told_at=max(thin.last, same.last),
                recipients=thin.recipients.union(same.recipients),
            )
        )
    return Day(date=day.date, replies=known)
