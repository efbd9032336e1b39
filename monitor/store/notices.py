"""Notices: the outbox that deliveries are claimed from, and the record of every try."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from monitor.metrics import Counts
from monitor.model.incidents import Notice, NoticeState
from monitor.store import keys, scripts
from monitor.store.client import Redis, text, translated
from monitor.store.codec import decode, encode
from monitor.store.metric_totals import queue_counts


class Notices:
    """One document a notice, one sorted set of those that are due."""

    def __init__(self, client: Redis) -> None:
        self._redis = client
        self._claim = client.register_script(scripts.CLAIM_NOTICES)

    def get(self, notice_id: str) -> Notice | None:
        """That notice, or None."""
        with translated("read a notice"):
            document = self._redis.get(keys.notice(notice_id))
        return None if document is None else decode(Notice, document)

    def add(self, notices: Sequence[Notice]) -> None:
        """Keep new notices that belong to no incident's change, due when they say.

        One that exists already is left as it is.
        """
        with translated("kept notices"):
            pipe = self._redis.pipeline(transaction=True)
            for notice in notices:
                write_new(pipe, notice)
            pipe.execute()

    def claim(self, now: datetime, *, limit: int, lease: timedelta) -> tuple[str, ...]:
        """Ids of due notices, mails first, leased to the caller: one that is not saved in time is due again."""
        mails = self.claim_mails(now, limit=limit, lease=lease)
        return (*mails, *self.claim_calls(now, limit=limit - len(mails), lease=lease))

    def claim_mails(self, now: datetime, *, limit: int, lease: timedelta) -> tuple[str, ...]:
        """Likewise, of mails alone."""
        return self._due(keys.NOTICES_DUE, now, limit, lease)

    def claim_calls(self, now: datetime, *, limit: int, lease: timedelta) -> tuple[str, ...]:
        """Likewise, of calls to endpoints alone."""
        return self._due(keys.CALLS_DUE, now, limit, lease)

    def save(self, notice: Notice) -> None:
        """Write what became of a try: the document, and when the next one is due. May be repeated."""
        with translated("wrote a notice"):
            pipe = self._redis.pipeline(transaction=True)
            _queue(pipe, notice)
            pipe.execute()

    def hold(self, owner: str, notices: Sequence[Notice]) -> None:
        """Let these wait for more to that owner, until they are due. May be repeated."""
        with translated("held notices"):
            pipe = self._redis.pipeline(transaction=True)
            for notice in notices:
                _queue(pipe, replace(notice, held=True))
                pipe.sadd(keys.held(owner), notice.id)
            pipe.expire(keys.held(owner), int(keys.HELD_TTL.total_seconds()))
            pipe.execute()

    def release(self, owner: str, notice_id: str) -> bool:
        """Take one that waited for more; False where another worker has taken it."""
        with translated("released a notice"):
            return bool(self._redis.srem(keys.held(owner), notice_id))

    def release_all(self, owner: str) -> tuple[Notice, ...]:
        """Take all that wait for more to that owner: each is given to one caller only."""
        with translated("released notices"):
            pipe = self._redis.pipeline(transaction=True)
            pipe.smembers(keys.held(owner))
            pipe.delete(keys.held(owner))
            ids, _ = pipe.execute()
        return self._documents(sorted(text(i) for i in ids))

    def gather(self, digest: Notice, members: Sequence[Notice]) -> None:
        """Write a notice that tells others together, and take those out of the due set, all at once.

        May be repeated.
        """
        life = int(keys.NOTICE_TTL.total_seconds())
        with translated("gathered notices"):
            pipe = self._redis.pipeline(transaction=True)
            pipe.set(keys.notice(digest.id), encode(digest), nx=True, ex=life)
            pipe.zadd(keys.NOTICES, {digest.id: digest.created_at.timestamp()}, nx=True)
            if digest.next_attempt_at is not None:
                pipe.zadd(keys.NOTICES_DUE, {digest.id: digest.next_attempt_at.timestamp()}, nx=True)
            for member in members:
                pipe.set(keys.notice(member.id), encode(member), xx=True, keepttl=True)
                pipe.zrem(keys.NOTICES_DUE, member.id)
            pipe.execute()

    def save_all(self, notices: Sequence[Notice], counts: Counts | None = None) -> None:
        """Write what became of several notices at once: a digest and those that it tells; with what to count of it."""
        with translated("wrote notices"):
            pipe = self._redis.pipeline(transaction=True)
            for notice in notices:
                _queue(pipe, notice)
            queue_counts(pipe, counts or {})
            pipe.execute()

    def drop(self, notice_id: str) -> None:
        """Take an id out of what is due: its document has expired, or there is nothing left to do."""
        with translated("dropped a notice"):
            pipe = self._redis.pipeline(transaction=True)
            pipe.zrem(keys.NOTICES_DUE, notice_id)
            pipe.zrem(keys.CALLS_DUE, notice_id)
            pipe.execute()

    def replay(self, notice_id: str, now: datetime) -> Notice | None:
        """Make a notice due again under its old id, whatever became of it; None where it is unknown."""
        notice = self.get(notice_id)
        if notice is None:
            return None
        again = replace(notice, state=NoticeState.PENDING, next_attempt_at=now, finished_at=None, digest_id=None)
        self.save(again)
        return again

    def recent(self, limit: int = 50, offset: int = 0) -> tuple[Notice, ...]:
        """Notices of all lists, newest first."""
        with translated("read notices"):
            ids = [text(i) for i in self._redis.zrevrange(keys.NOTICES, offset, offset + limit - 1)]
        return self._documents(ids)

    def of_list(self, list_id: str, limit: int = 50) -> tuple[Notice, ...]:
        """The list's notices, newest first."""
        with translated("read the notices of a list"):
            ids = [text(i) for i in self._redis.zrevrange(keys.notices_of_list(list_id), 0, limit - 1)]
        return self._documents(ids)

    def of_incident(self, incident_id: str) -> tuple[Notice, ...]:
        """The incident's notices, oldest first."""
        with translated("read the notices of an incident"):
            ids = [text(i) for i in self._redis.smembers(keys.notices_of_incident(incident_id))]
        return tuple(sorted(self._documents(ids), key=lambda notice: (notice.created_at, notice.id)))

    def waiting(self) -> int:
        """How many notices are not delivered yet."""
        with translated("counted notices"):
            return int(self._redis.zcard(keys.NOTICES_DUE)) + int(self._redis.zcard(keys.CALLS_DUE))

    def _due(self, due: str, now: datetime, limit: int, lease: timedelta) -> tuple[str, ...]:
        if limit < 1:
            return ()
        with translated("claimed notices"):
            ids = self._claim(keys=[due], args=[now.timestamp(), limit, lease.total_seconds()])
        return tuple(text(i) for i in ids)

    def _documents(self, ids: list[str]) -> tuple[Notice, ...]:
        with translated("read notices"):
            documents = self._redis.mget([keys.notice(i) for i in ids]) if ids else []
        return tuple(decode(Notice, document) for document in documents if document is not None)


def write_new(pipe: Redis, notice: Notice) -> None:
    """Queue a new notice's document, indexes and due time. A notice that exists already is left as it is."""
    life = int(keys.NOTICE_TTL.total_seconds())
    created = notice.created_at.timestamp()
    pipe.set(keys.notice(notice.id), encode(notice), nx=True, ex=life)
    for index, kept in (
        (keys.NOTICES, keys.NOTICES_KEPT),
        (keys.notices_of_list(notice.list_id), keys.NOTICES_KEPT_A_LIST),
    ):
        pipe.zadd(index, {notice.id: created}, nx=True)
        pipe.zremrangebyrank(index, 0, -1 - kept)
    pipe.expire(keys.notices_of_list(notice.list_id), life)
    if notice.incident_id:
        pipe.sadd(keys.notices_of_incident(notice.incident_id), notice.id)
        pipe.expire(keys.notices_of_incident(notice.incident_id), int(keys.INCIDENT_TTL.total_seconds()))
    if notice.state is NoticeState.PENDING and notice.next_attempt_at is not None:
        pipe.zadd(_due_of(notice), {notice.id: notice.next_attempt_at.timestamp()}, nx=True)


def _queue(pipe: Redis, notice: Notice) -> None:
    """Queue a known notice's document, and when it is due next, if at all."""
    pipe.set(keys.notice(notice.id), encode(notice), xx=True, keepttl=True)
    if notice.state is NoticeState.PENDING and notice.next_attempt_at is not None:
        pipe.zadd(_due_of(notice), {notice.id: notice.next_attempt_at.timestamp()})
    else:
        pipe.zrem(_due_of(notice), notice.id)


def _due_of(notice: Notice) -> str:
    """Where a notice waits."""
    return keys.CALLS_DUE if notice.channel == "webhook" else keys.NOTICES_DUE
