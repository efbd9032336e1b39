"""What is written of one list when a stretch of a log told something of it: made first, written all at once."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any, Final

from monitor.evidence.ledger_days import is_day, number_of_date
from monitor.evidence.replies.counted import OfList, Row, RowKey
from monitor.evidence.replies.entered import entry_of
from monitor.evidence.replies.rows_of_day import DAYS_KEPT, added, is_kept
from monitor.store import keys
from monitor.store.client import Redis, text
from monitor.store.codec import pack
from monitor.store.ledgers import Ledgers
from monitor.store.replies import MEMBER_OCTETS, AllWaiting, document_of, rows_of
from monitor.store.unreadable import MET

Write = Callable[[Redis], Any]  # one command to a pipeline


class Types:
    """Of which types the keys are that are to be written: one of another type would fail in the midst of all."""

    def __init__(self, client: Redis, names: Sequence[str]) -> None:
        pipe = client.pipeline(transaction=False)
        for name in names:
            pipe.type(name)
        self._types = dict(zip(names, map(text, pipe.execute()), strict=True))

    def may(self, key: str, kind: str) -> bool:
        """Whether that key can be written as that type; one that cannot is left as it is, and noted."""
        found = self._types[key]
        if found in (kind, "none"):
            return True
        MET.note(key, TypeError(f"it is a {found} and must be a {kind}"))
        return False


def keys_of(list_id: str) -> tuple[str, ...]:
    """All keys that are written of a list."""
    return tuple(name(list_id) for name in (keys.replies, keys.ledger, keys.waiting, keys.refused, keys.sources))


def writes_of(
    client: Redis, ledgers: Ledgers, types: Types, list_id: str, told: OfList, *, log: str, now: datetime
) -> Iterator[Write]:
    """The commands, made from what is kept now. Keys of another type are left out, and noted."""
    rows, ledger, waiting, refused, sources = keys_of(list_id)
    if told.rows and types.may(rows, "hash"):
        yield from _rows(client, rows, list_id, told.rows, now)
    entry = entry_of(told)
    if entry is not None and types.may(ledger, "hash"):
        for name, _, value in ledgers.changes(list_id, entry):
            yield partial(_put, key=ledger, name=name, value=value or None)
        yield living(ledger, keys.OUTCOME_TTL)
    if told.waiting is not None and types.may(waiting, "hash"):
        document = pack(AllWaiting(waiting=told.waiting)) if told.waiting else None
        yield partial(_put, key=waiting, name=log, value=document)
        yield living(waiting, keys.QUEUED_TTL)
    if told.refused and types.may(refused, "zset"):
        members = {
            member.to_bytes(MEMBER_OCTETS, "big") + receiver.encode(): at.timestamp()
            for member, (receiver, at) in told.refused.items()
        }
        yield from _noted(refused, members, keys.REFUSED_MOST, now)
    if told.sources and types.may(sources, "zset"):
        seen = {address: at.timestamp() for address, at in told.sources.items()}
        yield from _noted(sources, seen, keys.SOURCES_MOST, now)


def living(key: str, life: timedelta) -> Write:
    """That a key is kept for so long from now on."""
    return lambda pipe: pipe.expire(key, life)


def changed(key: str, changes: Mapping[str, str | None]) -> Iterator[Write]:
    """Fields of a hash that are set, or dropped where they are None."""
    there = {name: each for name, each in changes.items() if each is not None}
    gone = [name for name, each in changes.items() if each is None]
    if there:
        yield lambda pipe: pipe.hset(key, mapping=there)
    if gone:
        yield lambda pipe: pipe.hdel(key, *gone)


def _put(pipe: Redis, *, key: str, name: str, value: str | bytes | None) -> None:
    if value is None:
        pipe.hdel(key, name)
    else:
        pipe.hset(key, name, value)


def _rows(client: Redis, key: str, list_id: str, rows: Mapping[RowKey, Row], now: datetime) -> Iterator[Write]:
    """The days' documents with what was told added; with a new day the oldest ones go."""
    days: dict[date, dict[RowKey, Row]] = {}
    for each, row in rows.items():
        if is_kept(each.day, now):
            days.setdefault(each.day, {})[each] = row
    if not days:
        return
    found = client.hmget(key, [str(number_of_date(day)) for day in days])
    if None in found:
        oldest = number_of_date((now - DAYS_KEPT).date())
        names = map(text, client.hkeys(key))
        yield from changed(key, {each: None for each in names if not is_day(each) or int(each) <= oldest})
    for day, document in zip(days, found, strict=True):
        number = number_of_date(day)
        together = document_of(added(rows_of(list_id, number, document), days[day]))
        yield partial(_put, key=key, name=str(number), value=together)
    yield living(key, keys.REPLIES_TTL)


def _noted(key: str, members: Mapping[Any, float], most: int, now: datetime) -> Iterator[Write]:
    """Members with when they were seen last; the older ones go, and those beyond so many."""
    oldest: Final = (now - keys.QUEUED_TTL).timestamp()
    yield lambda pipe: pipe.zadd(key, members, gt=True)
    yield lambda pipe: pipe.zremrangebyscore(key, "-inf", oldest)
    yield lambda pipe: pipe.zremrangebyrank(key, 0, -1 - most)
    yield living(key, keys.QUEUED_TTL)
