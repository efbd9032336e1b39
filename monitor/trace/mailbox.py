"""Mailbox files taken apart into messages, one at a time, however large the file."""

import io
from collections.abc import Iterable, Iterator
from typing import Final

MESSAGE_OCTETS_MAX: Final = 4 << 20  # the rest of a longer message is passed over
SEPARATOR: Final = b"From "  # RFC 4155; no header field, which has a colon behind its name


def first_message(octets: bytes) -> bytes:
    """The first message of a mailbox file; what is no mailbox file is a message itself."""
    return next(split_mbox(io.BytesIO(octets)), b"") if octets.startswith(SEPARATOR) else octets


def split_mbox(lines: Iterable[bytes]) -> Iterator[bytes]:
    """The messages of a mailbox file given by lines (RFC 4155), without the `From ` lines between them.

    A separator stands at the beginning or behind an empty line. Quoted `>From ` lines lose one `>`, as in the mboxrd form.
    Lines before the first separator are passed over. Any octets give a value.
    """
    current: list[bytes] | None = None
    size, blank = 0, True
    for line in lines:
        if blank and line.startswith(SEPARATOR):
            if current:
                yield b"".join(current)
            current, size, blank = [], 0, False
            continue
        blank = line in (b"\n", b"\r\n")
        if current is None or size > MESSAGE_OCTETS_MAX:
            continue
        kept = line[1:] if line.startswith(b">") and line.lstrip(b">").startswith(SEPARATOR) else line
        current.append(kept)
        size += len(kept)
    if current:
        yield b"".join(current)
