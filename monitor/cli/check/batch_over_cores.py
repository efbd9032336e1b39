"""A long batch over all cores: chunks of lines go to processes, and their answers come back in order."""

import os
import signal
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from itertools import chain, islice
from typing import TYPE_CHECKING, Final

from monitor.cli.check.batch import Line, answers, encode
from monitor.dns.left_out import made_up
from monitor.dns.resolver import SystemResolver
from monitor.errors import Unavailable
from monitor.processes.supervised import SUPERVISOR, end_with_supervisor

if TYPE_CHECKING:  # imported where used: a short batch is not spent on starting
    from concurrent.futures import Future, ProcessPoolExecutor

CHUNK: Final = 512  # lines: as many as one process evaluates side by side
PROCESSES_MOST: Final = 4  # each has questions of its own open at the name servers
AHEAD: Final = 2  # chunks a process that are read before the first is answered


@dataclass(frozen=True, slots=True)
class Answered:
    """JSON lines, how many, how many of them answer what is no question, and what is wrong with our own DNS, if so."""

    text: str
    lines: int
    wrong: int
    trouble: str | None = None


@contextmanager
def over_cores(
    lines: Iterable[Line], resolver: SystemResolver, *, now: datetime, cores: int | None = None
) -> Iterator[Iterator[Answered]]:
    """The answers to all lines, in order. One chunk or less, or one core, is answered in this process, line by line.

    Processes are forked when the block begins: enter it before any thread is started. Raises Unavailable where one is
    killed.
    """
    rest = iter(lines)
    first = list(islice(rest, CHUNK))
    count = min(_cores() if cores is None else cores, PROCESSES_MOST)
    if count == 1 or len(first) < CHUNK:
        yield _one_by_one(chain(first, rest), resolver, now)
        return
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing import get_context

    pool = ProcessPoolExecutor(
        count,
        mp_context=get_context("fork"),
        initializer=_begin,
        initargs=(resolver, os.getpid()),
    )
    try:
        yield _chunk_by_chunk(pool, pool.submit(_answer, first, now), rest, now, ahead=AHEAD * count)
    finally:
        pool.shutdown(cancel_futures=True)


def _one_by_one(lines: Iterable[Line], resolver: SystemResolver, now: datetime) -> Iterator[Answered]:
    for answer in answers(lines, resolver, now=now):
        yield Answered(encode(answer), 1, "error" in answer)
    yield Answered("", 0, 0, _trouble(resolver))


def _chunk_by_chunk(
    pool: "ProcessPoolExecutor", first: "Future[Answered]", lines: Iterator[Line], now: datetime, *, ahead: int
) -> Iterator[Answered]:
    from concurrent.futures.process import BrokenProcessPool

    waiting = deque([first])
    try:
        while waiting:
            while len(waiting) < ahead and (chunk := list(islice(lines, CHUNK))):
                waiting.append(pool.submit(_answer, chunk, now))
            yield waiting.popleft().result()
    except BrokenProcessPool as error:
        raise Unavailable(
            "A process of the batch was killed; the answers so far are whole. Is there memory left?", reason="killed"
        ) from error


def _trouble(resolver: SystemResolver) -> str | None:
    """What is to be said once of our own DNS: that it does not answer, or that it makes addresses up."""
    servers = resolver.discovery.found()
    return resolver.trouble() or (made_up([str(each) for each in servers]) if servers else None)


def _cores() -> int:
    """The cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


# In a process of the pool. Its resolver, with the answers that it has got, lasts as long as it does.
_resolvers: list[SystemResolver] = []


def _begin(resolver: SystemResolver, parent: int) -> None:
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # Ctrl-C means all of us; one says so
    os.environ[SUPERVISOR] = str(parent)
    end_with_supervisor()
    _resolvers.append(resolver)


def _answer(lines: list[Line], now: datetime) -> Answered:
    (resolver,) = _resolvers
    found = list(answers(lines, resolver, now=now))
    wrong = sum("error" in answer for answer in found)
    return Answered("".join(map(encode, found)), len(found), wrong, _trouble(resolver))
