"""A message as its signatures see it: header fields octet by octet, and the body (RFC 6376 section 3.7)."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from typing import Final

from monitor.dkim.canonical import CRLF, canonical_body, with_crlf
from monitor.errors import Unparsable
from monitor.trace.header import FIELDS_MAX, HEADER_OCTETS_MAX

_FIELD: Final = re.compile(rb"([!-9;-~]+)[ \t]*:")  # RFC 5322 sections 2.2 and 4.5


@dataclass(frozen=True)
class SignedMessage:
    """What is hashed: `fields` as (name in lower case, the whole field with its CRLF), and the body, CRLF-ended."""

    fields: tuple[tuple[bytes, bytes], ...]
    body: bytes

    @cached_property
    def _places(self) -> dict[bytes, list[int]]:
        places: dict[bytes, list[int]] = {}
        for place, (name, _) in enumerate(self.fields):
            places.setdefault(name, []).append(place)
        return places

    @cached_property
    def _bodies(self) -> dict[bytes, bytes]:
        return {}

    def named(self, name: bytes) -> list[bytes]:
        """The fields of that name, topmost first."""
        return [self.fields[place][1] for place in self._places.get(name, ())]

    def selected(self, names: Sequence[bytes]) -> Iterator[bytes]:
        """The fields that these names stand for: each time a name comes, the next one from below (section 5.4.2)."""
        left = {name: list(self._places.get(name, ())) for name in set(names)}
        for name in names:
            if left[name]:
                yield self.fields[left[name].pop()][1]

    def body_hash(self, algorithm: bytes, length: int | None) -> bytes:
        """SHA-256 of the canonical body, of its first `length` octets where a signature covers no more.

        The signatures of one message share the canonical form.
        """
        if algorithm not in self._bodies:
            self._bodies[algorithm] = canonical_body(self.body, algorithm)
        return sha256(memoryview(self._bodies[algorithm])[:length]).digest()


def read_signed(octets: bytes) -> SignedMessage:
    """The message. Raises Unparsable where its header has no end within the bounds, or has a line that is no field."""
    fields: list[tuple[bytes, list[bytes]]] = []
    at = 0
    for line in octets[:HEADER_OCTETS_MAX].split(b"\n"):
        at += len(line) + 1
        line = line.removesuffix(b"\r")  # noqa: PLW2901 - its end is not part of it
        if not line:
            break
        if line[:1] in b" \t" and fields:
            fields[-1][1].append(line)
        elif found := _FIELD.match(line):
            if len(fields) == FIELDS_MAX:
                raise Unparsable(f"The header has more than {FIELDS_MAX} fields.")
            fields.append((found[1].lower(), [line]))
        elif not line.startswith(b"From "):  # the separator line of a mailbox file
            raise Unparsable("A line of the header is no field.")
    else:
        if len(octets) > HEADER_OCTETS_MAX:
            raise Unparsable(f"The header has more than {HEADER_OCTETS_MAX} octets.")
    return SignedMessage(
        fields=tuple((name, CRLF.join([*lines, b""])) for name, lines in fields), body=with_crlf(octets[at:])
    )
