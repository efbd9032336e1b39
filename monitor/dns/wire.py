"""DNS messages as octets: one question out, one response in (RFC 1035 section 4; EDNS RFC 6891).

Only what this product asks for is read: A, AAAA, CNAME, MX, NS, PTR, SOA, TXT. dnspython reads everything and is
the reference in the tests; per response it takes an order of magnitude longer (see docs/benchmark-spf.md).
"""

import struct
from socket import AF_INET6, inet_ntoa, inet_ntop
from typing import Final, NamedTuple

from monitor.dns.answer import Record
from monitor.dns.name import from_labels
from monitor.errors import Unparsable

TYPES: Final = {"A": 1, "NS": 2, "CNAME": 5, "SOA": 6, "PTR": 12, "MX": 15, "TXT": 16, "AAAA": 28, "SPF": 99}
RCODES: Final = {0: "NOERROR", 1: "FORMERR", 2: "SERVFAIL", 3: "NXDOMAIN", 4: "NOTIMP", 5: "REFUSED", 16: "BADVERS"}

EDNS_PAYLOAD_BYTES = 1232  # what passes an IPv6 path of 1280 octets unfragmented (DNS flag day 2020)
MAX_POINTERS = 64  # compression pointers followed in one name; a real one needs few

_LENGTHS = [bytes((length,)) for length in range(64)]
_QUESTION_TAILS = {name: struct.pack("!BHH", 0, code, 1) for name, code in TYPES.items()}
_OPT_TYPE = 41
_A, _NS, _CNAME, _SOA, _PTR, _MX, _TXT, _AAAA, _SPF = 1, 2, 5, 6, 12, 15, 16, 28, 99
_NAMED = {code: name for name, code in TYPES.items()}
_IN = 1
_QR, _AA, _TC, _RD, _RA = 0x8000, 0x0400, 0x0200, 0x0100, 0x0080
_HEADER = struct.Struct("!HHHHHH")
_FIXED = struct.Struct("!HHIH")  # type, class, TTL, length: after each record's name
_OPT = struct.pack("!BHHIH", 0, _OPT_TYPE, EDNS_PAYLOAD_BYTES, 0, 0)
_SOA_TAIL = struct.Struct("!IIIII")


class Malformed(Unparsable):
    """Octets that are no response to the question asked."""


class ResourceRecord(NamedTuple):
    """One record of a response; for SOA the value is the negative TTL (RFC 2308 section 5) as text."""

    name: str
    rrtype: str
    ttl_s: int
    value: Record


class Message(NamedTuple):
    """A response: its code and flags, and the records that were understood."""

    rcode: str
    truncated: bool
    authoritative: bool
    recursive: bool  # recursion available
    answers: tuple[ResourceRecord, ...]
    authority: tuple[ResourceRecord, ...]

    @property
    def usable(self) -> bool:
        """Whether it says what is at the name, or that nothing is."""
        return self.rcode in ("NOERROR", "NXDOMAIN")


def question(labels: tuple[bytes, ...], rrtype: str) -> bytes:
    """The question section for one name and type, class IN."""
    name = b"".join([part for label in labels for part in (_LENGTHS[len(label)], label)])
    return name + _QUESTION_TAILS[rrtype]


def query(identifier: int, asked: bytes, *, edns: bool = True, recursion: bool = True) -> bytes:
    """A whole query with that question section."""
    flags = _RD if recursion else 0
    return _HEADER.pack(identifier, flags, 1, 0, 0, 1 if edns else 0) + asked + (_OPT if edns else b"")


def is_response_to(octets: bytes, identifier: int, asked: bytes) -> bool:
    """Whether these octets answer that question at all; others are to be ignored (RFC 5452 section 9.1)."""
    if len(octets) < _HEADER.size or octets[:2] != identifier.to_bytes(2) or not octets[2] & 0x80:
        return False
    section = octets[12 : 12 + len(asked)]
    if section == asked or section.lower() == asked.lower():
        return octets[4:6] == b"\x00\x01"
    return octets[4:6] == b"\x00\x00" and octets[3] & 0x0F != 0  # an error without question section, as some send


def read(octets: bytes, asked: bytes, name: str | None = None) -> Message:
    """The response to a question, is_response_to being true of it; `name` is the name asked for, if it is at hand.

    The authority section is read only where it says something: where there is no answer. Raises Malformed.
    """
    try:
        return _read(octets, asked, name)
    except (struct.error, IndexError, ValueError, OSError) as error:
        raise Malformed(f"No DNS response: {error}.") from error


def _read(octets: bytes, asked: bytes, name: str | None) -> Message:
    _, flags, questions, answer_count, authority_count, additional_count = _HEADER.unpack_from(octets)
    at = _HEADER.size + (len(asked) if questions else 0)
    names = {} if name is None or not questions else {_HEADER.size: name}
    truncated = bool(flags & _TC)
    try:
        answers, at = _records(octets, at, answer_count, names)
        authority: list[ResourceRecord] = []
        if all(one.rrtype == "CNAME" for one in answers):
            authority, at = _records(octets, at, authority_count, names)
    except (struct.error, IndexError):
        if not truncated:
            raise
        answers, authority = [], []  # cut off in the middle: TCP brings the whole
    code = flags & 0x0F
    if not answers and additional_count and not truncated:
        code |= _extended_rcode(octets, at, additional_count)
    return Message(
        rcode=RCODES.get(code, f"RCODE{code}"),
        truncated=truncated,
        authoritative=bool(flags & _AA),
        recursive=bool(flags & _RA),
        answers=tuple(answers),
        authority=tuple(authority),
    )


def _extended_rcode(octets: bytes, at: int, count: int) -> int:
    """The upper bits of the response code, from the OPT record (RFC 6891 section 6.1.3)."""
    for _ in range(count):
        _, at = _name(octets, at, {})
        code, _, ttl, length = _FIXED.unpack_from(octets, at)
        if code == _OPT_TYPE:
            return int(ttl >> 24) << 4
        at += _FIXED.size + length
    return 0


def _records(octets: bytes, at: int, count: int, names: dict[int, str]) -> tuple[list[ResourceRecord], int]:
    records: list[ResourceRecord] = []
    for _ in range(count):
        name, at = _name(octets, at, names)
        code, rrclass, ttl, length = _FIXED.unpack_from(octets, at)
        at += _FIXED.size
        end = at + length
        if end > len(octets):
            raise IndexError("a record ends beyond the message")
        rrtype = _NAMED.get(code)
        if rrtype is not None and rrclass == _IN:
            value = _value(octets, at, end, code, names)
            # A TTL with the top bit set means zero (RFC 2181 section 8).
            records.append(ResourceRecord(name, rrtype, ttl if ttl < 1 << 31 else 0, value))
        at = end
    return records, at


def _value(octets: bytes, at: int, end: int, code: int, names: dict[int, str]) -> Record:
    if code in (_TXT, _SPF):
        segments = []
        while at < end:
            stop = at + 1 + octets[at]
            if stop > end:
                raise IndexError("a character-string ends beyond its record")
            segments.append(octets[at + 1 : stop])
            at = stop
        return tuple(segments) or (b"",)
    if code == _A:
        return inet_ntoa(octets[at:end])
    if code == _AAAA:
        return inet_ntop(AF_INET6, octets[at:end])
    if code == _MX:
        exchange, stop = _name(octets, at + 2, names)
        value: Record = (int.from_bytes(octets[at : at + 2]), exchange)
    elif code == _SOA:
        _, middle = _name(octets, at, names)
        _, middle = _name(octets, middle, names)
        stop = middle + _SOA_TAIL.size
        value = str(_SOA_TAIL.unpack_from(octets, middle)[4])
    else:
        value, stop = _name(octets, at, names)
    if stop != end:
        raise IndexError("a record's length is not its data's")
    return value


def _name(octets: bytes, at: int, names: dict[int, str]) -> tuple[str, int]:
    """The name at an offset and the offset after it; `names` remembers those already read, by offset."""
    length = octets[at]
    if length >= 0xC0:  # a pointer alone, the usual owner name
        target = (length & 0x3F) << 8 | octets[at + 1]
        known = names.get(target)
        if known is not None:
            return known, at + 2
    start, after, hops, size = at, -1, 0, 1
    labels: list[bytes] = []
    while length:
        if length >= 0xC0:
            hops += 1
            if hops > MAX_POINTERS:
                raise ValueError("a name's pointers do not end")
            if after < 0:
                after = at + 2
            at = (length & 0x3F) << 8 | octets[at + 1]
        elif length <= 0x3F:
            at += 1
            label = octets[at : at + length]
            size += length + 1
            if len(label) < length or size > 255:
                raise ValueError("a name is too long")
            labels.append(label)
            at += length
        else:
            raise ValueError("a label's type is unknown")
        length = octets[at]
    name = names[start] = from_labels(tuple(labels))
    if octets[start] >= 0xC0:
        names[(octets[start] & 0x3F) << 8 | octets[start + 1]] = name
    return name, at + 1 if after < 0 else after
