"""How far each MTA's log was read, moved in one step with all that was read: a kill loses nothing and doubles nothing.

The step is a transaction of Redis (WATCH, MULTI, EXEC): the place is moved only from where the reader began, and if the
place, a ledger or a day's rows were changed by somebody else meanwhile, nothing at all is written.
"""

import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from time import sleep
from typing import Final

import redis

from monitor.errors import StoreUnavailable
from monitor.evidence.replies.counted import OfList, Told
from monitor.metrics import LOG_LINES, LOG_UNREAD, REPLIES, Counts
from monitor.model.evidence import AdmissionAction
from monitor.model.log_place import LogPlace
from monitor.store import keys
from monitor.store.client import Part, Redis, text, translated
from monitor.store.codec import pack
from monitor.store.ledgers import Ledgers
from monitor.store.metric_totals import queue_counts
from monitor.store.told_writes import Types, Write, changed, keys_of, living, writes_of
from monitor.store.unreadable import unpacked

TRIES: Final = 200  # as of `monitor.store.streams`: of all that fold into one list at a time one gets through each time
PAUSE_S: Final = 0.0005  # doubled each time
PAUSE_MOST_S: Final = 0.01


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """What was read of a log between two places, ready to be kept."""

    before: LogPlace
    after: LogPlace
    told: Told = field(default_factory=Told)
    queue: Mapping[str, str | None] = field(default_factory=dict)  # queue id → what is known of it; None: it has left


class Followed(Part):
    """Of each log its place and its queue; of all of them the lists that are to be assessed anew."""

    def __init__(self, client: Redis, ledgers: Ledgers) -> None:
        super().__init__(client)
        self._ledgers = ledgers

    def place(self, log_id: str) -> LogPlace:
        """Where the log was left; its beginning where nothing of it is known."""
        with translated("read the place in a log"):
            return _place(self._redis, log_id)

    def queue(self, log_id: str) -> Mapping[str, str]:
        """What is known of the messages in the queue: queue id → as it was given."""
        with translated("read what is in the queue of a log"):
            found = self._redis.hgetall(keys.log_queue(log_id))
        return {text(name): text(each) for name, each in found.items()}

    def commit(self, stretch: Stretch, *, now: datetime) -> bool:
        """Keep what was read and move the place, or nothing.

        False where the place is no longer as the reader began: another one, or this one before a connection broke, has
        moved it. May be repeated. Raises StoreUnavailable.
        """
        for attempt in range(TRIES):
            with translated("kept what a log told"), self._redis.pipeline(transaction=True) as pipe:
                try:
                    return self._kept(pipe, stretch, now)
                except redis.WatchError:
                    pass
            sleep(random.random() * min(PAUSE_MOST_S, PAUSE_S * 2 ** min(attempt, 9)))
        raise StoreUnavailable(
            f"What the log {stretch.after.log} told was being changed by others all the time; this is tried again.",
            reason="refused",
        )

    def to_assess(self) -> Mapping[str, float]:
        """The lists that are to be assessed anew → a number that grows with what is told of them."""
        with translated("read which lists are to be assessed"):
            found = self._redis.zrange(keys.LOG_WEIGH, 0, -1, withscores=True)
        return {text(list_id): float(at) for list_id, at in found}

    def assessed(self, list_id: str, number: float) -> None:
        """That list was, by what was kept when it had that number; more may have come since. May be repeated."""

        def drop(pipe: Redis) -> None:
            found = pipe.zscore(keys.LOG_WEIGH, list_id)
            pipe.multi()
            if found is not None and float(found) <= number:
                pipe.zrem(keys.LOG_WEIGH, list_id)

        with translated("noted that a list was assessed"):
            self._redis.transaction(drop, keys.LOG_WEIGH)

    def _kept(self, pipe: Redis, stretch: Stretch, now: datetime) -> bool:
        log_id, told = stretch.after.log, stretch.told.lists
        place, queue = keys.log_place(log_id), keys.log_queue(log_id)
        watched = [place, queue, *(key for list_id in told for key in keys_of(list_id))]
        pipe.watch(*watched)
        if not _is_at(_place(pipe, log_id), stretch.before):
            return False
        types = Types(self._redis, [*watched, keys.LOG_WEIGH, keys.COUNTS])
        writes: list[Write] = [lambda pipe: pipe.set(place, pack(stretch.after), ex=keys.PLACE_TTL)]
        if stretch.queue and types.may(queue, "hash"):
            writes += [*changed(queue, stretch.queue), living(queue, keys.QUEUED_TTL)]
        for list_id, each in told.items():
            writes += writes_of(self._redis, self._ledgers, types, list_id, each, log=log_id, now=now)
        urgent = dict.fromkeys((list_id for list_id, each in told.items() if is_news(each)), now.timestamp())
        if urgent and types.may(keys.LOG_WEIGH, "zset"):
            writes.append(lambda pipe: pipe.zadd(keys.LOG_WEIGH, urgent, gt=True))
        pipe.multi()
        for write in writes:
            write(pipe)
        if types.may(keys.COUNTS, "hash"):
            queue_counts(pipe, counts_of(stretch))
        pipe.execute()
        return True


def counts_of(stretch: Stretch) -> Counts:
    """What it adds to the metrics."""
    counts = {
        LOG_LINES.field(): stretch.after.lines - stretch.before.lines,
        LOG_UNREAD.field(): stretch.after.unread - stretch.before.unread,
    }
    for told in stretch.told.lists.values():
        for key, row in told.rows.items():
            field = REPLIES.field(key.action, str(key.family))
            counts[field] = counts.get(field, 0) + row.attempts
    return {field: number for field, number in counts.items() if number > 0}


def is_news(told: OfList) -> bool:
    """Whether the list is to be assessed at once: its mail was put off or refused, or what waits is not as before."""
    actions = {each.action for each in told.rows} | {each.action for each in told.replies}
    return told.waiting is not None or bool(actions - {AdmissionAction.ACCEPT})


def _place(client: Redis, log_id: str) -> LogPlace:
    found = unpacked(LogPlace, keys.log_place(log_id), client.get(keys.log_place(log_id)))
    return found or LogPlace(log=log_id)


def _is_at(found: LogPlace, before: LogPlace) -> bool:
    """Whether it is the place that the reader began from."""
    return (found.turn, found.octets, found.cursor) == (before.turn, before.octets, before.cursor)
