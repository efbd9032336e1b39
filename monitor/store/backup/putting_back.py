"""A backup put back: checked whole, written beside what is there, then set in its place in one step of Redis'.

Whoever dies before that step has changed nothing, and whoever dies after it nothing more: what was half written stands
under names of its own, which nobody reads, until it expires. The step is a script, as EXEC goes on after a command that
fails: it looks first whether all is there, and then does nothing that can fail.
"""

import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import IO, Final

from monitor.errors import StaysubError
from monitor.incident.upheaval import Change, Upheaval
from monitor.model.incidents import DeliveryAttempt, Notice, NoticeState
from monitor.phrase.phrase import say
from monitor.store import keys, scripts
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
# A move is taken and put back at a stretch; after that parts may have run again and delivered what was due.
FRESH_FOR: Final = timedelta(minutes=5)
NOT_KNOWN: Final = "restored"
WORDS: Final = say(
    "The store was put back to a backup that is older than what became of this: it may have been delivered since. "
    "`staysub notices replay` sends it."
)


class StoreNotEmpty(StaysubError):
    """There is something in the store that a backup would take the place of."""


class StagedLost(StaysubError):
    """Some of what was written beside is gone before it could be set in its place."""


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
    hand, instead of sent; None is where they may have been delivered since: parts were alive then, the backup is older
    than FRESH_FOR, or takes the place of what a store recorded. Raises StoreNotEmpty where something is there and it is
    not to be `force`d, BackupUnusable, StagedLost, StoreUnavailable; nothing is changed then.
    """
    with translated("put a backup back"):
        before = _recorded(client)
        if before and not force:
            raise _not_empty(before)
        head, entries = read(file)
        refuse_newer(head, ours)
        now = client.time()
        at = datetime.fromtimestamp(now[0], UTC).replace(microsecond=now[1])
        if aside is None:
            aside = head.running or bool(before) or abs(at - head.taken_at) > FRESH_FOR
        stage = _Stage(client)
        try:
            expired = stage.fill(entries, at, progress)
            put_aside = _put_aside(stage, at) if aside else 0
            count = len(stage.expires)
            stage.switch(Upheaval(change=Change.SET_BACK, noticed_at=at, seen_at=head.taken_at), force=force)
        except BaseException:
            stage.clear()
            raise
    return PutBack(head=head, keys=count, expired=expired, put_aside=put_aside)


def _recorded(client: Redis) -> int:
    """How many keys there are of a store that something was recorded in."""
    found = set(client.scan_iter(match=f"{keys.PREFIX}*", count=1000)) - OF_AN_EMPTY_STORE
    return sum(not each.startswith(keys.staged("").encode()) for each in found)


def _not_empty(count: int) -> StoreNotEmpty:
    return StoreNotEmpty(
        f"The store is not empty: it holds {count} keys of Staysub's. Stop all parts; --force puts the backup in "
        "their place, and what is there now is lost. Nothing was put back."
    )


class _Stage:
    """Keys of a backup that stand beside what is there, under a name that only this one knows, until all are there."""

    def __init__(self, client: Redis) -> None:
        self.client = client
        self.expires: dict[bytes, int | None] = {}  # each key, and when it does
        self._prefix = keys.staged(f"{secrets.token_hex(8)}:")
        self._names = f"{self._prefix}names"  # all of ours begin with `staysub:`

    def name(self, key: str | bytes) -> bytes:
        """Where a key stands meanwhile."""
        return self._prefix.encode() + (octets(key) if isinstance(key, str) else key)

    def fill(self, entries: Iterable[Entry], at: datetime, progress: Callable[[int], None]) -> int:
        """Write all that holds at that time; how many keys did not."""
        over: set[str] = set()
        pipe, pieces = self.client.pipeline(transaction=False), 0
        for entry in entries:
            progress(1)
            if entry.expires_at is not None and entry.expires_at <= at.timestamp() * 1000:
                over.add(entry.key)
                continue
            self.expires[octets(entry.key)] = entry.expires_at
            put(pipe, self.name(entry.key), entry.type, entry.items)
            pipe.expire(self.name(entry.key), keys.STAGED_TTL)
            pieces += 1
            if pieces % BATCH == 0:
                pipe.execute()
        pipe.execute()
        return len(over)

    def switch(self, noticed: Upheaval, *, force: bool) -> None:
        """In one step: all that is there goes, all that was staged comes, and the store tells that it was set back."""
        told = encode(noticed)
        self.client.hset(self.name(keys.STORE), "upheaval", told)  # fails here, if it is to fail
        self.client.expire(self.name(keys.STORE), keys.STAGED_TTL)
        self.expires.setdefault(keys.STORE.encode(), None)
        pipe = self.client.pipeline(transaction=False)
        for number, (name, at) in enumerate(self.expires.items(), 1):
            pipe.rpush(self._names, name, "" if at is None else at)
            if number % BATCH == 0:
                pipe.execute()
        pipe.expire(self._names, keys.STAGED_TTL)
        pipe.execute()
        answer = self.client.register_script(scripts.SWITCH)(
            keys=[self._names, keys.STORE],
            args=[keys.PREFIX, keys.staged(""), self._prefix, told, int(force), *OF_AN_EMPTY_STORE],
        )
        if answer == -1:
            raise _not_empty(_recorded(self.client))
        if answer == 0:
            raise StagedLost(
                "Redis has lost some of what was written into it meanwhile: it has too little memory (maxmemory), or it took "
                "longer than an hour. Nothing was put back."
            )

    def clear(self) -> None:
        """Remove what was written."""
        for name in self.client.scan_iter(match=f"{self._prefix}*", count=1000):
            self.client.unlink(name)


def _put_aside(stage: _Stage, at: datetime) -> int:
    """Give up the notices that were under way, so that nobody is told twice without a person's will; how many.

    Mails that waited to be told together wait no more.
    """
    attempt = DeliveryAttempt(at=at, outcome=NOT_KNOWN, detail=WORDS)
    count = 0
    for index in (keys.NOTICES_DUE, keys.CALLS_DUE):
        for notice_id in stage.client.zrange(stage.name(index), 0, -1):
            key = keys.notice(text(notice_id))
            one = unpacked(Notice, key, stage.client.get(stage.name(key)))
            if one is not None and one.state is NoticeState.PENDING:
                given_up = replace(one, state=NoticeState.DEAD, next_attempt_at=None, finished_at=at, held=False)
                packed = pack(replace(given_up, attempts=(*one.attempts, attempt)))
                stage.client.set(stage.name(key), packed, keepttl=True)
                count += 1
        stage.client.delete(stage.name(index))
        stage.expires.pop(index.encode(), None)
    return count
