"""The connection to Redis: by URL, with time limits, its errors translated once."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TypeAlias

import redis
from redis.backoff import ExponentialBackoff
from redis.retry import Retry

from monitor.errors import StoreUnavailable

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
            retry=Retry(ExponentialBackoff(cap=1.0, base=0.05), retries=0 if hurried else 3),
        )
    except ValueError as error:
        raise StoreUnavailable(
            f"The Redis URL cannot be used: {error}. It looks like redis://:password@host:6379/0.", reason="url"
        ) from error


@contextmanager
def translated(what: str) -> Iterator[None]:
    """Turn the client's errors into StoreUnavailable, naming what was being done."""
    try:
        yield
    except redis.AuthenticationError as error:
        raise StoreUnavailable(
            f"Redis refused our password while we {what}. Mend it in redis.url.", reason="authentication"
        ) from error
    except redis.ConnectionError as error:
        why = str(error).rstrip(".")
        raise StoreUnavailable(
            f"Redis could not be reached while we {what}: {why}. Start it, or mend redis.url.", reason="connection"
        ) from error
    except redis.TimeoutError as error:
        raise StoreUnavailable(
            f"Redis did not answer in time while we {what}. See that it runs and is not overloaded.", reason="timeout"
        ) from error
    except redis.ResponseError as error:
        raise StoreUnavailable(
            f"Redis could not do what we asked while we {what}: {str(error).rstrip('.')}.", reason="refused"
        ) from error


def text(value: Any) -> str:
    """A reply of Redis as text."""
    return value.decode() if isinstance(value, bytes) else str(value)
