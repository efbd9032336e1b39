"""What of the store cannot be read costs itself, and nothing beside it: it is left out, logged once, and counted.

Another version may have written it, another program, or a disk that fails.
"""

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from threading import Lock
from typing import Any, Final, TypeVar

import redis

from monitor.errors import Unparsable
from monitor.metrics import UNREADABLE
from monitor.store.codec import unpack

T = TypeVar("T")
log: Final = logging.getLogger(__name__)

TOLD_MOST: Final = 1000  # keys remembered as told; then each is told, and counted, once more
# What reading garbage may raise: no number, no date, no text, no such part.
GARBAGE: Final = (
    Unparsable,
    ValueError,
    KeyError,
    TypeError,
    AttributeError,
    IndexError,
    OverflowError,
    RecursionError,
)


class Met:
    """What was met in this process and cannot be read. Safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._told: set[str] = set()
        self._count = 0

    def note(self, key: str, error: BaseException) -> None:
        """One that cannot be read: told and counted when it is met first."""
        with self._lock:
            if key in self._told:
                return
            if len(self._told) >= TOLD_MOST:
                self._told.clear()
            self._told.add(key)
            self._count += 1
        log.warning("store_unreadable", extra={"key": key, "reason": str(error) or type(error).__name__})

    def take(self) -> Mapping[str, float]:
        """How many since this was last asked, as counts to add; nothing where there are none."""
        with self._lock:
            count, self._count = self._count, 0
        return {UNREADABLE.field(): count} if count else {}

    @property
    def count(self) -> int:
        """How many that nobody has taken."""
        return self._count


MET: Final = Met()


def readable(key: str, read: Callable[[], T]) -> T | None:
    """What `read` makes of what is kept under that key; None where it cannot be read."""
    try:
        return read()
    except GARBAGE as error:
        MET.note(key, error)
        return None


def each_readable(key: str, read: Callable[[Any], T], kept: Iterable[Any]) -> Iterator[T]:
    """What `read` makes of each that is kept under that key, without those that cannot be read."""
    for one in kept:
        made = readable(key, partial(read, one))
        if made is not None:
            yield made


def unpacked(kind: type[T], key: str, packed: bytes | None) -> T | None:
    """The value of a document; None where there is none, or none that can be read."""
    return None if packed is None else readable(key, lambda: unpack(kind, packed))


class Nothing(tuple[Any, ...]):
    """Stands for the reply about a key of the wrong type: no entries, no fields, no value."""

    __slots__ = ()

    def get(self, _name: object, default: Any = None) -> Any:
        """As of a mapping without fields."""
        return default

    def items(self) -> tuple[Any, ...]:
        """Likewise."""
        return ()


def replies(pipe: Any) -> Sequence[Any]:
    """What Redis says to the queued questions; `Nothing` where a key has the wrong type, which is noted.

    Raises RedisError for everything else.
    """
    commands = [each[0] for each in pipe.command_stack]
    found = pipe.execute(raise_on_error=False)
    return [_reply(command, each) for command, each in zip(commands, found, strict=True)]


def _reply(command: Sequence[Any], reply: Any) -> Any:
    if not isinstance(reply, redis.RedisError):
        return reply
    if "WRONGTYPE" not in str(reply):
        raise reply
    MET.note(str(command[1]), reply)
    return Nothing()
