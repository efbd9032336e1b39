"""`staysub check --batch`: a file or standard input read, answers written, and how far it has come."""

import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime
from pathlib import Path

from monitor.cli.check.batch import numbered
from monitor.cli.check.batch_over_cores import over_cores
from monitor.cli.progress import progress_bar
from monitor.dns.resolver import SystemResolver
from monitor.errors import UsageError


def run_batch(source: str, resolver: SystemResolver, *, now: datetime) -> tuple[int, str | None]:
    """Answer every line of a file or of standard input (`-`).

    How many lines could not be read, and a sentence where our own resolver or network is at fault.
    Raises UsageError where the file cannot be opened, Unavailable where a process of ours is killed.
    """
    wrong, trouble = 0, None
    with (
        _opened(source) as lines,
        over_cores(numbered(lines), resolver, now=now) as answered,
        _progress(source) as advance,
    ):
        for some in answered:
            sys.stdout.write(some.text)
            wrong, trouble = wrong + some.wrong, some.trouble or trouble
            advance(some.lines)
    return wrong, trouble


@contextmanager
def _opened(source: str) -> Iterator[Iterable[bytes]]:
    """The lines of a file, or of standard input."""
    if source == "-":
        yield sys.stdin.buffer
        return
    with ExitStack() as stack:
        try:
            file = stack.enter_context(Path(source).open("rb"))
        except OSError as error:
            raise UsageError(f"{source} cannot be read: {error.strerror}.") from error
        yield file


@contextmanager
def _progress(source: str) -> Iterator[Callable[[int], None]]:
    """A bar where the answers do not go to the same terminal."""
    if sys.stdout.isatty():
        yield lambda _lines: None
        return
    with progress_bar("checking", None if source == "-" or not sys.stderr.isatty() else _count(source)) as advance:
        yield advance


def _count(source: str) -> int | None:
    try:
        with Path(source).open("rb") as file:
            return sum(1 for _ in file)
    except OSError:
        return None
