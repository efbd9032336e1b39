"""Many pieces of work that wait for others, done at once: what keeps us from one keeps us from no other."""

import logging
from collections.abc import Callable, Hashable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from typing import TypeVar

from monitor.errors import StaysubError

log = logging.getLogger(__name__)

T = TypeVar("T", bound=Hashable)


def concurrently(do: Callable[[T], None], pieces: Sequence[T], *, at_once: int, name: str) -> None:
    """Do that with each piece, so many at a time. A piece that fails is logged, and its lease brings it again.

    Where the task's time is over, what has not begun is not begun any more.
    """
    pool = ThreadPoolExecutor(max_workers=min(at_once, max(1, len(pieces))), thread_name_prefix=name)
    try:
        tries = {pool.submit(do, piece): piece for piece in pieces}
        for ended in as_completed(tries):
            _log(name, tries[ended], ended.exception())
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def chunks(pieces: Sequence[T], size: int) -> Iterator[list[T]]:
    """The pieces in parts that one task takes."""
    for start in range(0, len(pieces), size):
        yield list(pieces[start : start + size])


def _log(name: str, piece: object, error: BaseException | None) -> None:
    if isinstance(error, StaysubError):
        log.warning("work_postponed", extra={"work": name, "piece": piece, "reason": str(error)})
    elif error is not None:
        log.error("work_failed", extra={"work": name, "piece": piece}, exc_info=error)
