"""The two ways to write a signed message down before it is hashed (RFC 6376 section 3.4), in time linear in its size.

Regular expressions that look for blanks in front of a line's end look again from each blank: a body of nothing but
blanks costs them the square of its length. Here every step runs over the octets a bounded number of times.
"""

import re
from typing import Final

CRLF: Final = b"\r\n"
SIMPLE: Final = b"simple"
RELAXED: Final = b"relaxed"
_ENDED_TWICE: Final = re.compile(rb"(?:\n\r)*")  # line ends, read backwards


def with_crlf(octets: bytes) -> bytes:
    """The lines ended by CRLF, also those that were ended by a bare LF."""
    return octets.replace(CRLF, b"\n").replace(b"\n", CRLF)


def canonical_field(field: bytes, algorithm: bytes) -> bytes:
    """A header field, which ends with CRLF (sections 3.4.1 and 3.4.2)."""
    if algorithm == SIMPLE:
        return field
    name, _, value = field.partition(b":")
    return name.rstrip().lower() + b":" + _one_blank(value.replace(CRLF, b"")).strip() + CRLF


def canonical_body(body: bytes, algorithm: bytes) -> bytes:
    """A body whose lines end with CRLF (sections 3.4.3 and 3.4.4): without the empty lines at its end."""
    if algorithm == RELAXED:
        body = _one_blank(body).replace(b" " + CRLF, CRLF)
    empty = _ENDED_TWICE.match(body[len(body.rstrip(CRLF)) :][::-1])
    ended = body[: len(body) - (empty.end() if empty else 0)] + CRLF
    return b"" if algorithm == RELAXED and ended == CRLF else ended


def _one_blank(octets: bytes) -> bytes:
    """Every run of spaces and tabs as one space: each pass halves the runs that are left."""
    octets = octets.replace(b"\t", b" ")
    while b"  " in octets:
        octets = octets.replace(b"  ", b" ")
    return octets
