"""Many pieces of work that wait for others, done at once: what keeps us from one keeps us from no other."""

import logging
import time
from collections.abc import Callable, Hashable, Iterator, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor, as_completed
from datetime import timedelta
from typing import TypeVar

from monitor.errors import StaysubError

log = logging.getLogger(__name__)

T = TypeVar("T", bound=Hashable)


def concurrently(
    do: Callable[[T], None],
    pieces: Sequence[T],
    *,
    at_once: int,
    name: str,
    begin_within: timedelta | None = None,
    clock: Callable[[], float] = time.monotonic,
) -> None:
    """Do that with each piece, so many at a time, as `by_hands` does."""
    pool = ThreadPoolExecutor(max_workers=min(at_once, max(1, len(pieces))), thread_name_prefix=name)
    try:
        by_hands(pool, do, pieces, name=name, begin_within=begin_within, clock=clock)
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def by_hands(
    hands: Executor,
    do: Callable[[T], None],
    pieces: Sequence[T],
    *,
    name: str,
    begin_within: timedelta | None = None,
    clock: Callable[[], float] = time.monotonic,
) -> None:
    """Do that with each piece, by hands that others may share. One that fails is logged, and its lease brings it again.

    Where the task's time is over, what has not begun is not begun any more; nor is it after `begin_within`, so that
    what has begun comes to its end before.
    """
    until = None if begin_within is None else clock() + begin_within.total_seconds()
    left: list[T] = []

    def begin(piece: T) -> None:
        if until is not None and clock() > until:
            left.append(piece)
        else:
            do(piece)

    tries = {hands.submit(begin, piece): piece for piece in pieces}
    try:
        for ended in as_completed(tries):
            _log(name, tries[ended], ended.exception())
        if left:
            log.warning("work_left", extra={"work": name, "pieces": len(left)})
    finally:
        for each in tries:
            each.cancel()


def chunks(pieces: Sequence[T], size: int) -> Iterator[list[T]]:
    """The pieces in parts that one task takes."""
    for start in range(0, len(pieces), size):
        yield list(pieces[start : start + size])


def _log(name: str, piece: object, error: BaseException | None) -> None:
    if isinstance(error, StaysubError):
        log.warning("work_postponed", extra={"work": name, "piece": piece, "reason": str(error)})
    elif error is not None:
        log.error("work_failed", extra={"work": name, "piece": piece}, exc_info=error)
