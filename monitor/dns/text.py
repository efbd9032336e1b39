"""Records as text and back: presentation format (RFC 1035 section 5.1), so that a stored trace can be replayed."""

import re

from monitor.errors import Unparsable

_PLAIN = re.compile(rb"[ !#-\[\]-~]*\Z")  # printable ASCII but quote and backslash
_SEGMENT = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)
_ESCAPE = re.compile(r"\\(\d{3}|[^\d])", re.DOTALL)


def show(record: str | tuple[int, str] | tuple[bytes, ...]) -> str:
    """A record as a zone file writes it: `192.0.2.1`, `10 mx.example.org`, `"v=spf1 " "-all"`."""
    if isinstance(record, str):
        return record
    if record and isinstance(record[0], int):
        return f"{record[0]} {record[1]!s}"
    return " ".join(f'"{quote(segment)}"' for segment in record if isinstance(segment, bytes))


def quote(segment: bytes) -> str:
    r"""The inside of a quoted character-string; octets that are not printable ASCII as `\DDD`."""
    if _PLAIN.match(segment):
        return segment.decode("ascii")
    return "".join(
        f"\\{chr(octet)}" if octet in b'"\\' else chr(octet) if 0x20 <= octet < 0x7F else f"\\{octet:03d}"
        for octet in segment
    )


def read(text: str, rrtype: str) -> str | tuple[int, str] | tuple[bytes, ...]:
    """The record that `show` wrote. Raises Unparsable."""
    if rrtype in ("TXT", "SPF"):
        if _SEGMENT.sub("", text).strip():
            raise Unparsable(f"No TXT record: {text[:80]!r}.")
        return tuple(_unquote(inside) for inside in _SEGMENT.findall(text))
    if rrtype == "MX":
        preference, _, exchange = text.partition(" ")
        if not preference.isascii() or not preference.isdecimal():
            raise Unparsable(f"No MX record: {text[:80]!r}.")
        return int(preference), exchange
    return text


def _unquote(inside: str) -> bytes:
    def octet(match: re.Match[str]) -> str:
        escaped = match[1]
        if not escaped.isdecimal():
            return escaped
        if int(escaped) > 0xFF:
            raise Unparsable(f"No octet: \\{escaped}.")
        return chr(int(escaped))

    try:
        return _ESCAPE.sub(octet, inside).encode("latin-1")
    except UnicodeEncodeError as error:
        raise Unparsable(f"No character-string: {inside[:80]!r}.") from error
