"""Notices: the outbox that deliveries are claimed from, and the record of every try."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from monitor.metrics import Counts
from monitor.model.ahead import AWAY
from monitor.model.incidents import Notice, NoticeState
from monitor.store import keys, scripts
from monitor.store.client import Part, Redis, moment, text, translated
from monitor.store.codec import pack, unpack
from monitor.store.metric_totals import queue_counts


class Notices(Part):
    """One document a notice, one sorted set of those that are due."""

    def __init__(self, client: Redis) -> None:
        super().__init__(client)
        self._claim = client.register_script(scripts.CLAIM_NOTICES)
        self._pull = client.register_script(scripts.PULL_NOTICE)

    def get(self, notice_id: str) -> Notice | None:
        """That notice, or None."""
        with translated("read a notice"):
            return self._document(Notice, keys.notice(notice_id))

    def add(self, notices: Sequence[Notice]) -> None:
        """Keep new notices that belong to no incident's change, due when they say.

        One that exists already is left as it is.
        """
        with self._transaction("kept notices") as pipe:
            for notice in notices:
                write_new(pipe, notice)

    def claim(self, channel: str, now: datetime, *, limit: int, lease: timedelta) -> tuple[str, ...]:
        """Ids of due notices of that channel, leased to the caller: one that is not saved in time is due again."""
        with translated("claimed notices"):
            ids = self._claim(keys=[_due_of(channel)], args=[now.timestamp(), limit, lease.total_seconds()])
        return tuple(map(text, ids))

    def hold(self, owner: str, notices: Sequence[Notice]) -> None:
        """Let these wait for more to that owner, until they are due. May be repeated."""
        with self._transaction("held notices") as pipe:
            for notice in notices:
                _queue(pipe, replace(notice, held=True))
                pipe.sadd(keys.held(owner), notice.id)
            pipe.expire(keys.held(owner), keys.HELD_TTL)

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
            return self._documents(Notice, [keys.notice(each) for each in sorted(map(text, ids))])

    def gather(self, digest: Notice, members: Sequence[Notice]) -> None:
        """Write a notice that tells others together, and take those out of the due set, all at once.

        May be repeated.
        """
        with self._transaction("gathered notices") as pipe:
            pipe.set(keys.notice(digest.id), pack(digest), nx=True, ex=keys.NOTICE_TTL)
            pipe.zadd(keys.NOTICES, {digest.id: digest.created_at.timestamp()}, nx=True)
            if digest.next_attempt_at is not None:
                pipe.zadd(keys.NOTICES_DUE, {digest.id: digest.next_attempt_at.timestamp()}, nx=True)
            for member in members:
                pipe.set(keys.notice(member.id), pack(member), xx=True, keepttl=True)
                pipe.zrem(keys.NOTICES_DUE, member.id)

    def save(self, *notices: Notice, counts: Counts | None = None) -> None:
        """Write what became of tries: the documents, when each is due next, and what to count of it, all at once.

        May be repeated, but for the counts.
        """
        with self._transaction("wrote notices") as pipe:
            for notice in notices:
                _queue(pipe, notice)
            queue_counts(pipe, counts or {})

    def drop(self, notice_id: str) -> None:
        """Take an id out of what is due: its document has expired, or there is nothing left to do."""
        with self._transaction("dropped a notice") as pipe:
            pipe.zrem(keys.NOTICES_DUE, notice_id)
            pipe.zrem(keys.CALLS_DUE, notice_id)

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
            return self._newest(Notice, keys.NOTICES, keys.notice, limit, offset)

    def of_list(self, list_id: str, limit: int = 50) -> tuple[Notice, ...]:
        """The list's notices, newest first."""
        with translated("read the notices of a list"):
            return self._newest(Notice, keys.notices_of_list(list_id), keys.notice, limit)

    def of_incident(self, incident_id: str) -> tuple[Notice, ...]:
        """The incident's notices, oldest first."""
        with translated("read the notices of an incident"):
            ids = self._redis.smembers(keys.notices_of_incident(incident_id))
            found = self._documents(Notice, [keys.notice(text(each)) for each in ids])
        return tuple(sorted(found, key=lambda notice: (notice.created_at, notice.id)))

    def pull_back(self, now: datetime, *, by: timedelta, most: timedelta, lease: timedelta) -> int:
        """Let no notice wait longer than any may (`most`), and none for a clock that was put back; how many did.

        Where it was, `by` so much, all that wait for more than a lease are due earlier by that: none is tried later for
        it, and one that waited for its retry is tried once too early. May be repeated.
        """
        with translated("looked for notices that are due too late"):
            found = 0
            beyond = now + (lease if by else most) + AWAY
            for index in (keys.NOTICES_DUE, keys.CALLS_DUE):
                for member, score in self._redis.zrangebyscore(index, beyond.timestamp(), "+inf", withscores=True):
                    again = max(moment(score) - by, now)
                    found += self._pulled(index, text(member), score, now if again - now > most else again)
        return found

    def _pulled(self, index: str, notice_id: str, score: float, again: datetime) -> int:
        """Let a notice be due then, unless somebody has taken it meanwhile; 1 where that is so now."""
        key = keys.notice(notice_id)
        document, after = self._redis.get(key), b""
        if document is not None:
            before = unpack(Notice, document)
            if before.next_attempt_at is not None and before.next_attempt_at > again:
                after = pack(replace(before, next_attempt_at=again))
        args = [notice_id, repr(score), repr(again.timestamp()), document or b"", after]
        return int(self._pull(keys=[index, key], args=args))

    def waiting(self) -> int:
        """How many notices are not delivered yet."""
        with translated("counted notices"):
            return int(self._redis.zcard(keys.NOTICES_DUE)) + int(self._redis.zcard(keys.CALLS_DUE))


def write_new(pipe: Redis, notice: Notice) -> None:
    """Queue a new notice's document, indexes and due time. A notice that exists already is left as it is."""
    pipe.set(keys.notice(notice.id), pack(notice), nx=True, ex=keys.NOTICE_TTL)
    for index, kept in (
        (keys.NOTICES, keys.NOTICES_KEPT),
        (keys.notices_of_list(notice.list_id), keys.NOTICES_KEPT_A_LIST),
    ):
        pipe.zadd(index, {notice.id: notice.created_at.timestamp()}, nx=True)
        pipe.zremrangebyrank(index, 0, -1 - kept)
    pipe.expire(keys.notices_of_list(notice.list_id), keys.NOTICE_TTL)
    if notice.incident_id:
        pipe.sadd(keys.notices_of_incident(notice.incident_id), notice.id)
        pipe.expire(keys.notices_of_incident(notice.incident_id), keys.INCIDENT_TTL)
    if notice.state is NoticeState.PENDING and notice.next_attempt_at is not None:
        pipe.zadd(_due_of(notice.channel), {notice.id: notice.next_attempt_at.timestamp()}, nx=True)


def _queue(pipe: Redis, notice: Notice) -> None:
    """Queue a known notice's document, and when it is due next, if at all."""
    pipe.set(keys.notice(notice.id), pack(notice), xx=True, keepttl=True)
    if notice.state is NoticeState.PENDING and notice.next_attempt_at is not None:
        pipe.zadd(_due_of(notice.channel), {notice.id: notice.next_attempt_at.timestamp()})
    else:
        pipe.zrem(_due_of(notice.channel), notice.id)


def _due_of(channel: str) -> str:
    """Where a notice of that channel waits."""
    return keys.CALLS_DUE if channel == "webhook" else keys.NOTICES_DUE
