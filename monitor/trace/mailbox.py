"""Mailbox files taken apart into messages, one at a time, however large the file."""

import io
import re
from collections.abc import Iterable, Iterator
from functools import partial
from typing import IO, Final

MESSAGE_OCTETS_MAX: Final = 1 << 20  # what stands behind says nothing about the way or the failure
LINE_OCTETS_MAX: Final = 1 << 16  # of a line that is read at once
SEPARATOR_OCTETS_MAX: Final = 998  # RFC 5322 section 2.1.1
_TIME: Final = re.compile(rb" \d\d:\d\d(?::\d\d)?\b")
SEPARATOR: Final = b"From "  # RFC 4155; no header field, which has a colon behind its name


def lines_of(stream: IO[bytes]) -> Iterator[bytes]:
    """The lines of a file, a longer one in pieces: a file without line ends fills no memory."""
    return iter(partial(stream.readline, LINE_OCTETS_MAX), b"")


def first_message(octets: bytes) -> bytes:
    """The first message of a mailbox file; what is no mailbox file is a message itself."""
    return next(split_mbox(io.BytesIO(octets)), b"") if octets.startswith(SEPARATOR) else octets


def split_mbox(lines: Iterable[bytes], *, octets_max: int = MESSAGE_OCTETS_MAX) -> Iterator[bytes]:
    """The messages of a mailbox file given by lines (RFC 4155), without the `From ` lines between them.

    A separator stands at the beginning or behind an empty line; where the first has a time in it, as it should, what
    has none is text. Quoted `>From ` lines lose one `>`, as in the mboxrd
    form. What does not begin with a separator is no mailbox but one message. Any octets give a value; of a message what
    stands behind `octets_max` is left out.
    """
    lines = iter(lines)
    first = next((line for line in lines if line.strip()), b"")
    if not first.startswith(SEPARATOR):
        yield from _one(first, lines, octets_max)
        return
    timed = _is_timed(first)
    current: list[bytes] = []
    size, blank = 0, False
    for line in lines:
        if blank and line.startswith(SEPARATOR) and (_is_timed(line) or not timed):
            if current:
                yield b"".join(current)
            current, size, blank = [], 0, False
            continue
        blank = line in (b"\n", b"\r\n")
        if size > octets_max:
            continue
        kept = line[1:] if line.startswith(b">") and line.lstrip(b">").startswith(SEPARATOR) else line
        current.append(kept)
        size += len(kept)
    if current:
        yield b"".join(current)


def _is_timed(line: bytes) -> bool:
    return _TIME.search(line[:SEPARATOR_OCTETS_MAX]) is not None


def _one(first: bytes, lines: Iterable[bytes], octets_max: int) -> Iterator[bytes]:
    """The message that begins with that line; nothing where it is empty."""
    kept, size = [first], len(first)
    for line in lines:
        if size <= octets_max:
            kept.append(line)
            size += len(line)
    if first:
        yield b"".join(kept)
