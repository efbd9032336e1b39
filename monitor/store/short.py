"""Reports in few octets: what one shares with those before it is kept once, as their base.

An entry begins with the reference of its base. Of a check follow its time, slot and status: one that found what another
found is these 25 octets, and only the newest is whole besides, with how long each question took and which server
answered. Of mail that arrived follows the difference to the base, which zlib makes (RFC 1951).
"""

import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from struct import Struct
from typing import Any, Final

from monitor.errors import Unparsable
from monitor.model.dns import DnsQuestion, SpfOutcome
from monitor.model.evidence import Arrival, CheckMark, CheckOutcome
from monitor.model.findings import CheckStatus
from monitor.store.codec import decode, encode, inflated, pack, unpack

REFERENCE: Final = 8  # octets: of a list's few bases no two have the same
MARK: Final = Struct(f">{REFERENCE}sqqB")  # reference, microseconds since 1970, slot, status
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND: Final = timedelta(microseconds=1)
STATUSES: Final = tuple(CheckStatus)
RAW: Final = -15  # window bits of a difference: without header and checksum


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What is written of one report."""

    short: bytes  # stays
    whole: bytes = b""  # beside it while it is the newest
    base: bytes = b""  # where the list may not have it yet


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """How reports of one kind are kept shortly."""

    by_bases: bool  # writing looks at the list's bases first
    write: Callable[[Any, Mapping[bytes, bytes]], Entry]
    read: Callable[[Sequence[bytes], Mapping[bytes, bytes]], tuple[Any, ...]]


def check_entry(outcome: CheckOutcome, _bases: Mapping[bytes, bytes] | None = None) -> Entry:
    """A check; its base is itself, unless another found the same before it."""
    said = replace(_at(outcome, EPOCH, 0, _said), status=outcome.status)
    mark = MARK.pack(
        _reference(encode(said)),
        (outcome.evaluated_at - EPOCH) // MICROSECOND,
        outcome.slot,
        STATUSES.index(outcome.status),
    )
    whole = pack(outcome)
    return Entry(short=mark, whole=whole, base=whole)


def read_checks(entries: Sequence[bytes], bases: Mapping[bytes, bytes]) -> tuple[CheckOutcome, ...]:
    """The checks of those entries; one whose base is gone or unreadable is left out."""
    found: list[CheckOutcome] = []
    known: dict[bytes, tuple[CheckOutcome, CheckOutcome] | None] = {}
    for entry in entries:
        if len(entry) < MARK.size:
            continue
        reference, micros, slot, _ = MARK.unpack_from(entry)
        at = EPOCH + micros * MICROSECOND
        whole = entry[MARK.size :]
        if whole:
            found += _readable(whole)
            continue
        if reference not in known:
            base = _readable(bases.get(reference, b""))
            known[reference] = (base[0], _at(base[0], EPOCH, 0, _untimed)) if base else None
        pair = known[reference]
        if pair is not None:
            first, untimed = pair
            found.append(first if (first.evaluated_at, first.slot) == (at, slot) else _at(untimed, at, slot))
    return tuple(found)


def read_marks(entries: Sequence[bytes]) -> tuple[CheckMark, ...]:
    """As much of checks as their marks tell."""
    marks = [MARK.unpack_from(entry) for entry in entries if len(entry) >= MARK.size]
    return tuple(
        CheckMark(evaluated_at=EPOCH + at * MICROSECOND, status=STATUSES[status]) for _, at, _, status in marks
    )


def mail_entry(arrival: Arrival, bases: Mapping[bytes, bytes]) -> Entry:
    """What arrived, as the difference to the base that it is most like; a base of its own where it is like none."""
    document, packed = encode(arrival), pack(arrival)
    likened = [(_difference(document, inflated(base)), reference) for reference, base in bases.items()]
    least, reference = min(likened, key=lambda each: len(each[0]), default=(packed, b""))
    if 2 * len(least) > len(packed):
        return Entry(short=_reference(document), base=packed)
    return Entry(short=reference + least)


def read_mail(entries: Sequence[bytes], bases: Mapping[bytes, bytes]) -> tuple[Arrival, ...]:
    """What arrived, of those entries; one whose base is gone or unreadable is left out."""
    found: list[Arrival] = []
    for entry in entries:
        base, difference = bases.get(entry[:REFERENCE]), entry[REFERENCE:]
        try:
            if base is not None:
                document = inflated(base)
                found.append(decode(Arrival, _applied(difference, document) if difference else document))
        except Unparsable:
            continue
    return tuple(found)


FORMS: Final[Mapping[type, Form]] = {
    CheckOutcome: Form(by_bases=False, write=check_entry, read=read_checks),
    Arrival: Form(by_bases=True, write=mail_entry, read=read_mail),
}


def _readable(packed: bytes) -> list[CheckOutcome]:
    try:
        return [unpack(CheckOutcome, packed)]
    except Unparsable:
        return []


def _reference(document: bytes) -> bytes:
    return blake2b(document, digest_size=REFERENCE).digest()


def _at(
    outcome: CheckOutcome, at: datetime, slot: int, line_of: Callable[[DnsQuestion], DnsQuestion] | None = None
) -> CheckOutcome:
    """The same check at another time, its questions changed."""

    def moved(one: SpfOutcome) -> SpfOutcome:
        if line_of is None:
            return replace(one, evaluated_at=at)
        return replace(one, evaluated_at=at, trace=tuple(map(line_of, one.trace)))

    return replace(outcome, evaluated_at=at, slot=slot, results=tuple(map(moved, outcome.results)))


def _untimed(line: DnsQuestion) -> DnsQuestion:
    """A question without who answered when: of a check that was like another one that is not known."""
    return DnsQuestion(
        name=line.name, rrtype=line.rrtype, rcode=line.rcode, answers=line.answers, synthesised=line.synthesised
    )


def _said(line: DnsQuestion) -> DnsQuestion:
    """What a question found, in whatever order its records came."""
    return replace(_untimed(line), answers=tuple(sorted(line.answers)))


def _difference(document: bytes, base: bytes) -> bytes:
    deflate = zlib.compressobj(wbits=RAW, zdict=base)
    return deflate.compress(document) + deflate.flush()


def _applied(difference: bytes, base: bytes) -> bytes:
    try:
        return zlib.decompressobj(wbits=RAW, zdict=base).decompress(difference)
    except zlib.error as error:
        raise Unparsable(f"A stored difference cannot be read: {error}.") from error
