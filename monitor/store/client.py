"""The connection to Redis: by URL, with time limits, its errors translated once."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, TypeAlias, TypeVar

import redis
from redis.backoff import ExponentialBackoff
from redis.retry import Retry

from monitor.errors import StoreUnavailable
from monitor.store.trouble import trouble
from monitor.store.unreadable import unpacked

T = TypeVar("T")

# Seconds. Inside every task's soft time limit, so that a stalled Redis ends as a task that is tried again.
CONNECT_TIMEOUT_S = 5.0
ANSWER_TIMEOUT_S = 10.0
HURRY_S = 1.0

# A `redis.Redis` that answers bytes. Its own annotations say "bytes or str or None" of every answer, whichever it is.
Redis: TypeAlias = Any


def connect(url: str, *, hurried: bool = False) -> Redis:
    """A client for `redis://`, `rediss://` or `unix://`, with user, password and database number as the URL says.

    `hurried` asks once and waits HURRY_S: for what can do without an answer. Nothing is sent yet. Raises
    StoreUnavailable where the URL itself cannot be used.
    """
    try:
        return redis.Redis.from_url(
            url,
            socket_connect_timeout=HURRY_S if hurried else CONNECT_TIMEOUT_S,
            socket_timeout=HURRY_S if hurried else ANSWER_TIMEOUT_S,
            health_check_interval=30,
            # Not after a time-out: the client tries to connect within each try, so that a mute server would be asked 16
            # times, three minutes long.
            retry=Retry(
                ExponentialBackoff(cap=1.0, base=0.05),
                retries=0 if hurried else 3,
                supported_errors=(redis.ConnectionError,),
            ),
        )
    except ValueError:
        raise StoreUnavailable(
            "The Redis URL cannot be used. It looks like redis://:password@host:6379/0.", reason="url"
        ) from None  # the client's own words repeat it, the password as well


@contextmanager
def translated(what: str) -> Iterator[None]:
    """Turn the client's errors into StoreUnavailable, naming what was being done."""
    try:
        yield
    except redis.RedisError as error:
        raise trouble(error, what) from error


def text(value: Any) -> str:
    """A reply of Redis as text."""
    return value.decode(errors="replace") if isinstance(value, bytes) else str(value)


def moment(value: Any) -> datetime:
    """A reply of Redis that is seconds since 1970 as that moment."""
    return datetime.fromtimestamp(float(value), UTC)


class Part:
    """A part of the store: what is kept of one kind, over the one connection."""

    def __init__(self, client: Redis) -> None:
        self._redis = client

    @contextmanager
    def _transaction(self, what: str) -> Iterator[Redis]:
        """Where commands are queued that are carried out together at the end, or not at all."""
        with translated(what):
            pipe = self._redis.pipeline(transaction=True)
            yield pipe
            pipe.execute()

    def _document(self, kind: type[T], key: str) -> T | None:
        """What is kept under that key, if anything is that can be read."""
        return unpacked(kind, key, self._redis.get(key))

    def _documents(self, kind: type[T], named: Sequence[str]) -> tuple[T, ...]:
        """What can be read of what is kept under those keys, in one question and in their order."""
        found = self._redis.mget(named) if named else []
        made = (unpacked(kind, key, each) for key, each in zip(named, found, strict=True))
        return tuple(each for each in made if each is not None)

    def _newest(
        self, kind: type[T], index: str, key_of: Callable[[str], str], limit: int, offset: int = 0
    ) -> tuple[T, ...]:
        """The documents whose ids an index names, newest first."""
        ids = self._redis.zrevrange(index, offset, offset + limit - 1)
        return self._documents(kind, [key_of(text(each)) for each in ids])
