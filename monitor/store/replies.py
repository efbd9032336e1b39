"""What receivers said to each list's posts, as MTAs' logs told it: counts by day, what waits, who was refused.

`monitor.store.followed` writes it, in the step in which a log's place moves.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from types import MappingProxyType
from typing import Any

from monitor.evidence.ledger_days import EPOCH, is_day
from monitor.evidence.replies.counted import Heard, Row, RowKey, Waiting
from monitor.evidence.replies.rows_of_day import read_rows, write_rows
from monitor.store import keys, scripts
from monitor.store.client import Part, Redis, moment, text, translated
from monitor.store.codec import deflated, inflated
from monitor.store.unreadable import Nothing, readable, unpacked

MEMBER_OCTETS = 8  # of a subscriber's digest
_NO_PRESET = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class AllWaiting:
    """What of a list waits in the queue of one log."""

    waiting: tuple[Waiting, ...] = ()


class Replies(Part):
    """Of each list a hash of rows, a hash of what waits, and two sorted sets."""

    def __init__(self, client: Redis) -> None:
        super().__init__(client)
        self._count = client.register_script(scripts.COUNT_REFUSED)

    def of_list(self, list_id: str) -> tuple[tuple[RowKey, Row], ...]:
        """All rows that are kept, oldest day first."""
        with translated("read what receivers said"):
            return _rows(list_id, self._redis.hgetall(keys.replies(list_id)))

    def waiting(self, list_id: str) -> Mapping[str, tuple[Waiting, ...]]:
        """What waits in the queues of all logs, by log."""
        with translated("read what waits"):
            found = self._redis.hgetall(keys.waiting(list_id))
        return _waiting(list_id, found)

    def refused(self, list_id: str) -> Mapping[tuple[int, str], datetime]:
        """Subscribers who were refused lately: (digest, receiver) → when last."""
        with translated("read who was refused"):
            found = self._redis.zrange(keys.refused(list_id), 0, -1, withscores=True)
        return {
            (int.from_bytes(member[:MEMBER_OCTETS], "big"), text(member[MEMBER_OCTETS:])): moment(at)
            for member, at in found
        }

    def sources(self, list_id: str) -> Mapping[str, datetime]:
        """Addresses that the list was seen to be sent from → when last."""
        with translated("read where a list is sent from"):
            return _sources(self._redis.zrange(keys.sources(list_id), 0, -1, withscores=True))

    def members_by_day(self, list_id: str) -> Mapping[tuple[str, date], int]:
        """How many different subscribers were refused last on each day (UTC): (receiver, day) → number."""
        with translated("counted who was refused"):
            found = self._count(keys=[keys.refused(list_id)], args=[MEMBER_OCTETS])
        days = ((text(receiver), EPOCH + timedelta(days=int(day)), int(number)) for receiver, day, number in found)
        return {(receiver, day): number for receiver, day, number in days}


def ask_heard(pipe: Redis, list_id: str) -> int:
    """Queue the questions for what receivers answered to a list; how many they are."""
    pipe.hgetall(keys.replies(list_id))
    pipe.hgetall(keys.waiting(list_id))
    pipe.zrange(keys.sources(list_id), 0, -1, withscores=True)
    return 3


def read_heard(list_id: str, rows: Any, waiting: Any, sources: Any) -> Heard:
    """What Redis said to those questions, rows of the newest day first; keys of another type hold nothing."""
    return Heard(
        rows=() if isinstance(rows, Nothing) else _rows(list_id, rows)[::-1],
        waiting=()
        if isinstance(waiting, Nothing)
        else tuple(each for several in _waiting(list_id, waiting).values() for each in several),
        sources={} if isinstance(sources, Nothing) else _sources(sources),
    )


def _rows(list_id: str, found: Mapping[bytes, bytes]) -> tuple[tuple[RowKey, Row], ...]:
    known = {text(name): each for name, each in found.items()}
    days = sorted((int(name), each) for name, each in known.items() if is_day(name))
    return tuple(pair for number, each in days for pair in rows_of(list_id, number, each).items())


def _waiting(list_id: str, found: Mapping[bytes, bytes]) -> Mapping[str, tuple[Waiting, ...]]:
    read = {text(log): unpacked(AllWaiting, keys.waiting(list_id), each) for log, each in found.items()}
    return {log: each.waiting for log, each in read.items() if each is not None}


def _sources(found: Iterable[tuple[bytes, float]]) -> Mapping[str, datetime]:
    return {text(address): moment(at) for address, at in found}


def rows_of(list_id: str, number: int, document: bytes | None) -> Mapping[RowKey, Row]:
    """The rows of a day, by its number; none where its document cannot be read."""
    if document is None:
        return {}
    return readable(keys.replies(list_id), lambda: _read_day(number, document)) or {}


@lru_cache(maxsize=4096)  # days that are past stay as they are, and are read at every assessment
def _read_day(number: int, document: bytes) -> Mapping[RowKey, Row]:
    day: date = EPOCH + timedelta(days=number)
    return MappingProxyType(read_rows(day, inflated(document).decode()))


def document_of(rows: Mapping[RowKey, Row]) -> bytes:
    """What is kept of a day's rows."""
    return deflated(write_rows(rows).encode(), _NO_PRESET)
