"""A backup put back: checked whole, written beside what is there, then set in its place in one step of Redis'.

Whoever dies before that step has changed nothing, and whoever dies after it nothing more: what was half written stands
under names of its own, which nobody reads, until it expires or the next one removes it.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import IO, Final

from monitor.errors import StaysubError
from monitor.incident.upheaval import Change, Upheaval
from monitor.model.incidents import DeliveryAttempt, Notice, NoticeState
from monitor.store import keys
from monitor.store.backup.document import Entry, Head, read, refuse_newer
from monitor.store.backup.values import octets, put
from monitor.store.client import Redis, text, translated
from monitor.store.codec import encode, pack
from monitor.store.unreadable import unpacked

BATCH: Final = 500  # pieces of one round trip, of a thousand items at most
# What stands in a store that nothing was ever recorded in: its name, and what `staysub doctor` writes to look at it.
OF_AN_EMPTY_STORE: Final = frozenset(
    each.encode() for each in (keys.STORE, keys.CLOCKS, keys.WRITABLE, keys.TRIAL, keys.LISTS_VERSION)
)
NOT_KNOWN: Final = "restored"
WORDS: Final = (
    "The store was put back to a backup that is older than what became of this: it may have been delivered since. "
    "`staysub notices replay` sends it."
)


class StoreNotEmpty(StaysubError):
    """There is something in the store that a backup would take the place of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PutBack:
    """What was done."""

    head: Head
    keys: int
    expired: int  # whose time had come since the backup
    put_aside: int  # notices that may have been delivered since


def put_back(
    client: Redis,
    file: IO[bytes],
    *,
    ours: str,
    force: bool = False,
    aside: bool | None = None,
    progress: Callable[[int], None] = lambda _: None,
) -> PutBack:
    """Let the store hold what the backup holds, and nothing else of ours. The file was `checked` before.

    `ours` is the version that runs. `aside`: whether notices that were under way then are given up, to be replayed by
    hand, instead of sent; None goes by whether parts were alive then. Raises StoreNotEmpty where something is there and
    it is not to be `force`d, BackupUnusable, StoreUnavailable; nothing is changed then.
    """
    with translated("put a backup back"):
        _clear(client)
        before = [each for each in _ours(client) if force or each not in OF_AN_EMPTY_STORE]
        if before and not force:
            raise StoreNotEmpty(
                f"The store is not empty: it holds {len(before)} keys of Staysub's. Stop all parts; --force puts the backup in "
                "their place, and what is there now is lost. Nothing was put back."
            )
        head, entries = read(file)
        refuse_newer(head, ours)
        now = client.time()
        at = datetime.fromtimestamp(now[0], UTC).replace(microsecond=now[1])
        try:
            staged, expired = _stage(client, entries, at, progress)
            put_aside = _put_aside(client, staged, at) if aside or (aside is None and head.running) else 0
            _switch(client, staged, Upheaval(change=Change.SET_BACK, noticed_at=at, seen_at=head.taken_at))
        except BaseException:
            _clear(client)
            raise
    return PutBack(head=head, keys=len(staged), expired=expired, put_aside=put_aside)


def _ours(client: Redis) -> Iterator[bytes]:
    return (each for each in set(client.scan_iter(match=f"{keys.PREFIX}*", count=1000)) if not _is_staged(each))


def _is_staged(name: bytes) -> bool:
    return name.startswith(keys.staged("").encode())


def _staged(name: str | bytes) -> bytes:
    """Where a key stands until all are there."""
    return keys.staged("").encode() + (octets(name) if isinstance(name, str) else name)


def _clear(client: Redis) -> None:
    """Remove what another one that died has written."""
    for name in client.scan_iter(match=keys.staged("*"), count=1000):
        client.unlink(name)


def _stage(
    client: Redis, entries: Iterable[Entry], at: datetime, progress: Callable[[int], None]
) -> tuple[dict[bytes, int | None], int]:
    """Write all that holds at that time beside what is there; each key with when it expires, and how many had."""
    staged: dict[bytes, int | None] = {}
    over: set[str] = set()
    pipe, pieces = client.pipeline(transaction=False), 0
    for entry in entries:
        progress(1)
        if entry.expires_at is not None and entry.expires_at <= at.timestamp() * 1000:
            over.add(entry.key)
            continue
        staged[octets(entry.key)] = entry.expires_at
        put(pipe, _staged(entry.key), entry.type, entry.items)
        pipe.expire(_staged(entry.key), keys.STAGED_TTL)
        pieces += 1
        if pieces % BATCH == 0:
            pipe.execute()
    pipe.execute()
    return staged, len(over)


def _put_aside(client: Redis, staged: dict[bytes, int | None], at: datetime) -> int:
    """Give up the notices that were under way, so that nobody is told twice without a person's will; how many.

    Mails that waited to be told together wait no more.
    """
    attempt = DeliveryAttempt(at=at, outcome=NOT_KNOWN, detail=WORDS)
    count = 0
    for index in (keys.NOTICES_DUE, keys.CALLS_DUE):
        for notice_id in client.zrange(_staged(index), 0, -1):
            key = keys.notice(text(notice_id))
            one = unpacked(Notice, key, client.get(_staged(key)))
            if one is not None and one.state is NoticeState.PENDING:
                given_up = replace(one, state=NoticeState.DEAD, next_attempt_at=None, finished_at=at, held=False)
                client.set(_staged(key), pack(replace(given_up, attempts=(*one.attempts, attempt))), keepttl=True)
                count += 1
        client.delete(_staged(index))
        staged.pop(index.encode(), None)
    return count


def _switch(client: Redis, staged: dict[bytes, int | None], noticed: Upheaval) -> None:
    """In one step: all that is there goes, all that was staged comes, and the store tells that it was set back."""
    before = list(_ours(client))
    pipe = client.pipeline(transaction=True)
    for name in before:
        pipe.unlink(name)
    for name, expires_at in staged.items():
        pipe.rename(_staged(name), name)
        if expires_at is None:
            pipe.persist(name)
        else:
            pipe.pexpireat(name, expires_at)
    pipe.hset(keys.STORE, "upheaval", encode(noticed))
    pipe.execute()
