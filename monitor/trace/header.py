"""The header of a message as (name, value) pairs: total, octet-exact, by RFC 5322 section 2.2 alone."""

from typing import Final

Header = tuple[tuple[str, bytes], ...]
FTEXT: Final = bytes(range(33, 127))  # RFC 5322 section 3.6.8; the colon never gets there
# What no honest header reaches: Exchange takes 256 KB (MaxHeaderSize), Postfix 100 KiB (header_size_limit). The rest is
# not read.
HEADER_OCTETS_MAX: Final = 256 << 10
FIELDS_MAX: Final = 2000  # likewise: long ways leave a hundred or two, and each costs more than its octets


def read_header(message: bytes) -> Header:
    """The fields in their order: names in lower case, values unfolded (RFC 5322 section 2.2.3) and stripped.

    Ends at the first empty line, or at the first line that is neither a field nor a continuation, as MTAs do that put
    an empty line there. CRLF and bare LF both end lines. Any octets give a value.
    """
    fields: list[tuple[str, list[bytes]]] = []
    for ended in message[:HEADER_OCTETS_MAX].split(b"\n"):
        line = ended.removesuffix(b"\r")
        if not line:
            break
        if line[:1] in b" \t" and fields:
            fields[-1][1].append(line)
            continue
        name, colon, value = line.partition(b":")
        name = name.rstrip(b" \t")  # obsolete syntax, RFC 5322 section 4.5
        if not colon or not name or name.translate(None, FTEXT):
            if not fields and line.startswith(b"From "):
                continue  # the separator line of a mailbox file
            break
        if len(fields) == FIELDS_MAX:
            break
        fields.append((name.decode("ascii").lower(), [value]))
    return tuple((name, b"".join(lines).strip(b" \t")) for name, lines in fields)


def with_line_feeds(message: bytes) -> bytes:
    """The message with line ends that can be read: one saved with bare CR alone, as on old Macs, gets LF instead."""
    return message if b"\n" in message else message.replace(b"\r", b"\n")


def values(header: Header, name: str) -> tuple[bytes, ...]:
    """The values of every field of that name (lower case), in their order."""
    return tuple(value for each, value in header if each == name)
