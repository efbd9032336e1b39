"""Where a subscriber's name would be found if it were kept anywhere."""

import zlib
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import redis

from monitor.errors import StaysubError
from monitor.store.codec import inflated


def in_redis(client: redis.Redis, mark: bytes) -> list[str]:
    """The keys that hold it, in their names, in their values as they are, or in what is packed in these."""
    return sorted({key.decode("latin-1") for key, value in _everything(client) if _holds(value, mark)})


def _holds(value: bytes, mark: bytes) -> bool:
    return any(mark in each.lower() for each in _forms(value))


def _forms(value: bytes) -> Iterator[bytes]:
    yield value
    with suppress(StaysubError, ValueError, zlib.error):
        yield inflated(value)


def _everything(client: redis.Redis) -> Iterator[tuple[bytes, bytes]]:
    for key in client.scan_iter():
        yield key, key
        for value in _values(client, key):
            yield key, value


def _values(client: Any, key: bytes) -> list[bytes]:
    match client.type(key):
        case b"string":
            return [client.get(key)]
        case b"hash":
            return [each for pair in client.hgetall(key).items() for each in pair]
        case b"set":
            return list(client.smembers(key))
        case b"zset":
            return list(client.zrange(key, 0, -1))
        case b"list":
            return list(client.lrange(key, 0, -1))
        case b"stream":
            return [each for _, fields in client.xrange(key) for pair in fields.items() for each in pair]
        case other:
            raise AssertionError(f"{key!r} is a {other!r}")
