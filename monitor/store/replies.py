"""What receivers said to each list's posts, as MTAs' logs told it: counts by day, what waits, who was refused.

`monitor.store.followed` writes it, in the step in which a log's place moves.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from monitor.evidence.ledger_days import EPOCH, is_day
from monitor.evidence.replies.counted import Row, RowKey, Waiting
from monitor.evidence.replies.rows_of_day import read_rows, write_rows
from monitor.store import keys
from monitor.store.client import Part, moment, text, translated
from monitor.store.codec import deflated, inflated
from monitor.store.unreadable import readable, unpacked

MEMBER_OCTETS = 8  # of a subscriber's digest
_NO_PRESET = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class AllWaiting:
    """What of a list waits in the queue of one log."""

    waiting: tuple[Waiting, ...] = ()


class Replies(Part):
    """Of each list a hash of rows, a hash of what waits, and two sorted sets."""

    def of_list(self, list_id: str) -> tuple[tuple[RowKey, Row], ...]:
        """All rows that are kept, oldest day first."""
        with translated("read what receivers said"):
            found = self._redis.hgetall(keys.replies(list_id))
        known = {text(name): each for name, each in found.items()}
        days = sorted((int(name), each) for name, each in known.items() if is_day(name))
        return tuple(pair for number, each in days for pair in rows_of(list_id, number, each).items())

    def waiting(self, list_id: str) -> Mapping[str, tuple[Waiting, ...]]:
        """What waits in the queues of all logs, by log."""
        with translated("read what waits"):
            found = self._redis.hgetall(keys.waiting(list_id))
        read = {text(log): unpacked(AllWaiting, keys.waiting(list_id), each) for log, each in found.items()}
        return {log: each.waiting for log, each in read.items() if each is not None}

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
            found = self._redis.zrange(keys.sources(list_id), 0, -1, withscores=True)
        return {text(address): moment(at) for address, at in found}


def rows_of(list_id: str, number: int, document: bytes | None) -> dict[RowKey, Row]:
    """The rows of a day, by its number; none where its document cannot be read."""
    if document is None:
        return {}
    day: date = EPOCH + timedelta(days=number)
    found = readable(keys.replies(list_id), lambda: read_rows(day, inflated(document).decode()))
    return found or {}


def document_of(rows: Mapping[RowKey, Row]) -> bytes:
    """What is kept of a day's rows."""
    return deflated(write_rows(rows).encode(), _NO_PRESET)
