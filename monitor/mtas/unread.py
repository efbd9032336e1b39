"""A line that could not be read, as it may be kept and shown: inert, short and without addresses. Pure."""

import re
from typing import Final

from monitor.inert import inert

SAMPLE_CHARS_MAX: Final = 200
TEXT_OCTETS_MAX: Final = 1024  # so much of what was said is kept from one stretch of a log to the next
# What stands in angle brackets, also where the line ends before the second one; then what looks like an address.
_BRACKETED: Final = re.compile(rb"<[^<>]*+(?:>|$)")
_ADDRESS: Final = re.compile(rb'"[^"@]*+"@[^\s,;:()<>]*+|[^\s,;:()<>@=]*+@[^\s,;:()<>]*+')


def sample_of(line: bytes) -> str:
    """As much of a line as shows what it is."""
    return inert(without_addresses(line[: 4 * SAMPLE_CHARS_MAX]).decode("utf-8", "replace"))[:SAMPLE_CHARS_MAX]


def without_addresses(text: bytes) -> bytes:
    """The text with `<>` for every address, and for all that stands in angle brackets."""
    return _ADDRESS.sub(b"<>", _BRACKETED.sub(b"<>", text))
