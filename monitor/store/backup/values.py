"""A key's value read from Redis and written to Redis, by its type, with nothing that only one server's version knows.

Redis' own DUMP and RESTORE are between servers of like versions alone, and the embedded server is a newer one than many
a distribution's.
"""

from collections.abc import Callable, Sequence
from typing import Any, Final

from monitor.store.backup.document import Item
from monitor.store.client import Redis


def ask(pipe: Redis, key: bytes, kind: str) -> None:
    """Queue the question for the value of a key."""
    _ASK[kind](pipe, key)


def items_of(kind: str, answer: Any) -> list[Item]:
    """The answer's items, in an order that is always the same; none where the key has gone meanwhile."""
    return _ITEMS[kind](answer)


def put(pipe: Redis, key: bytes, kind: str, items: Sequence[Item]) -> None:
    """Queue what adds these items to a key. A string has one."""
    _PUT[kind](pipe, key, items)


def octets(text: str) -> bytes:
    """The octets of an item's text."""
    return text.encode("latin-1")


def characters(octets: bytes) -> str:
    """Octets as an item has them."""
    return octets.decode("latin-1")


def _hash(answer: dict[bytes, bytes]) -> list[Item]:
    return sorted([characters(name), characters(value)] for name, value in answer.items())


def _stream(answer: Sequence[tuple[bytes, dict[bytes, bytes]]]) -> list[Item]:
    return [
        [characters(ident), *(characters(each) for pair in fields.items() for each in pair)] for ident, fields in answer
    ]


def _put_stream(pipe: Redis, key: bytes, items: Sequence[Item]) -> None:
    for ident, *fields in items:
        pairs = zip(map(octets, fields[::2]), map(octets, fields[1::2]), strict=True)
        pipe.xadd(key, dict(pairs), id=octets(ident))


def _flat(items: Sequence[Item]) -> list[bytes]:
    return [octets(each) for item in items for each in item]


_ASK: Final[dict[str, Callable[[Redis, bytes], Any]]] = {
    "string": lambda pipe, key: pipe.get(key),
    "list": lambda pipe, key: pipe.lrange(key, 0, -1),
    "set": lambda pipe, key: pipe.smembers(key),
    "hash": lambda pipe, key: pipe.hgetall(key),
    "zset": lambda pipe, key: pipe.zrange(key, 0, -1, withscores=True),
    "stream": lambda pipe, key: pipe.xrange(key),
}
_ITEMS: Final[dict[str, Callable[[Any], list[Item]]]] = {
    "string": lambda answer: [] if answer is None else [[characters(answer)]],
    "list": lambda answer: [[characters(each)] for each in answer],
    "set": lambda answer: sorted([characters(each)] for each in answer),
    "hash": _hash,
    "zset": lambda answer: [[characters(member), repr(float(score))] for member, score in answer],
    "stream": _stream,
}
_PUT: Final[dict[str, Callable[[Redis, bytes, Sequence[Item]], Any]]] = {
    "string": lambda pipe, key, items: pipe.set(key, octets(items[0][0])),
    "list": lambda pipe, key, items: pipe.rpush(key, *_flat(items)),
    "set": lambda pipe, key, items: pipe.sadd(key, *_flat(items)),
    "hash": lambda pipe, key, items: pipe.hset(key, items=_flat(items)),
    "zset": lambda pipe, key, items: pipe.zadd(key, {octets(member): float(score) for member, score in items}),
    "stream": _put_stream,
}
