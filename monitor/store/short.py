"""Reports in few octets: what one shares with those before it is kept once, as their base.

An entry begins with the reference of its base. Of a check follow its time, slot and status: one that found what its
base found is these 25 octets. Else, and of mail that arrived always, follows the difference to the base, which zlib
makes (RFC 1951). The newest check is kept whole besides, with how long each question took and which server answered.
"""

import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from struct import Struct
from typing import Any, Final, TypeVar

from monitor.errors import Unparsable
from monitor.model.dns import DnsQuestion, SpfOutcome
from monitor.model.evidence import Arrival, CheckMark, CheckOutcome, SeenProbe
from monitor.model.findings import CheckStatus
from monitor.store.codec import DOCUMENT_MOST, bounded, decode, encode, inflated, pack

T = TypeVar("T")
REFERENCE: Final = 8  # octets: of a list's few bases no two have the same
MARK: Final = Struct(f">{REFERENCE}sqqB")  # reference, microseconds since 1970, slot, status
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND: Final = timedelta(microseconds=1)
STATUSES: Final = tuple(CheckStatus)
RAW: Final = -15  # window bits of a difference: without header and checksum
NEWEST: Final = b"newest"  # where the bases have the newest report whole


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What is written of one report."""

    short: bytes
    whole: bytes = b""  # beside it while it is the newest
    base: bytes = b""  # where the list is to have a new one


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """How reports of one kind are kept shortly.

    `first` is tried without a look at the list's bases; where it refers to one that is not there, or there is no
    `first`, `likened` is written.
    """

    first: Callable[[Any], Entry] | None
    likened: Callable[[Any, Mapping[bytes, bytes]], Entry]
    read: Callable[[Sequence[bytes], Mapping[bytes, bytes]], tuple[Any, ...]]


def check_entry(outcome: CheckOutcome) -> Entry:
    """A check that found what another found before it."""
    return Entry(short=_mark(_found(outcome), outcome), whole=pack(outcome))


def check_likened(outcome: CheckOutcome, bases: Mapping[bytes, bytes]) -> Entry:
    """A check that found something new: by its difference to another, or a base of its own.

    The latter where it is like none, and where the check before it found the same: then there will be more of them.
    """
    entry = check_entry(outcome)
    own, before = entry.short[:REFERENCE], _readable(bases.get(NEWEST, b""))
    if own not in bases and (before is None or _found(before) != own):
        reference, difference = _likened(encode(outcome), entry.whole, bases)
        if difference:
            return replace(entry, short=_mark(reference, outcome) + difference)
    return replace(entry, base=entry.whole)


def read_checks(entries: Sequence[bytes], bases: Mapping[bytes, bytes]) -> tuple[CheckOutcome, ...]:
    """The checks of those entries, of which the first is the newest; one whose base is gone is left out."""
    found: list[CheckOutcome] = []
    known: dict[bytes, tuple[CheckOutcome, CheckOutcome] | None] = {}
    for entry in entries:
        mark = _read_mark(entry)
        if mark is None:
            continue
        reference, at, slot, _ = mark
        difference = entry[MARK.size :]
        whole = _readable(bases.get(NEWEST, b"")) if entry is entries[0] else None
        if whole is not None and (whole.evaluated_at, whole.slot) == (at, slot):
            found.append(whole)
            continue
        if difference:
            one = _readable(bases.get(reference, b""), difference)
            found += [one] if one else []
            continue
        if reference not in known:
            base = _readable(bases.get(reference, b""))
            known[reference] = (base, _at(base, EPOCH, 0, _untimed)) if base else None
        pair = known[reference]
        if pair is not None:
            first, untimed = pair
            found.append(first if (first.evaluated_at, first.slot) == (at, slot) else _at(untimed, at, slot))
    return tuple(found)


def read_marks(entries: Sequence[bytes]) -> tuple[CheckMark, ...]:
    """As much of checks as their marks tell."""
    marks = filter(None, map(_read_mark, entries))
    return tuple(CheckMark(evaluated_at=at, status=status) for _, at, _, status in marks)


def _read_mark(entry: bytes) -> tuple[bytes, datetime, int, CheckStatus] | None:
    """Reference, time, slot and status; None where these octets are no check's."""
    if len(entry) < MARK.size:
        return None
    reference, micros, slot, status = MARK.unpack_from(entry)
    try:
        return reference, EPOCH + micros * MICROSECOND, slot, STATUSES[status]
    except (OverflowError, IndexError):
        return None


def mail_likened(arrival: Arrival, bases: Mapping[bytes, bytes]) -> Entry:
    """What arrived, as the difference to the base that it is most like; a base of its own where it is like none."""
    document, packed = encode(arrival), pack(arrival)
    reference, difference = _likened(document, packed, bases)
    if not difference:
        return Entry(short=_reference(document), base=packed)
    return Entry(short=reference + difference)


def read_mail(entries: Sequence[bytes], bases: Mapping[bytes, bytes]) -> tuple[Arrival, ...]:
    """What arrived, of those entries; one whose base is gone or unreadable is left out."""
    return tuple(_mail(Arrival, entries, bases))


def read_seen(entries: Sequence[bytes], bases: Mapping[bytes, bytes]) -> tuple[SeenProbe, ...]:
    """The same, as much of it as tells where a list's mail comes from."""
    return tuple(_mail(SeenProbe, entries, bases))


FORMS: Final[Mapping[type, Form]] = {
    CheckOutcome: Form(first=check_entry, likened=check_likened, read=read_checks),
    Arrival: Form(first=None, likened=mail_likened, read=read_mail),
}


def _mail(kind: type[T], entries: Sequence[bytes], bases: Mapping[bytes, bytes]) -> Iterator[T]:
    documents: dict[bytes, bytes] = {}
    for entry in entries:
        reference = entry[:REFERENCE]
        try:
            if reference not in documents:
                documents[reference] = inflated(bases.get(reference, b""))
            yield decode(kind, _applied(entry[REFERENCE:], documents[reference]))
        except Unparsable:
            continue


def _readable(base: bytes, difference: bytes = b"") -> CheckOutcome | None:
    try:
        return decode(CheckOutcome, _applied(difference, inflated(base)))
    except Unparsable:
        return None


def _found(outcome: CheckOutcome) -> bytes:
    """The reference of the base of all checks that find the same."""
    return _reference(encode(_at(outcome, EPOCH, 0, _said)))


def _mark(reference: bytes, outcome: CheckOutcome) -> bytes:
    micros = (outcome.evaluated_at - EPOCH) // MICROSECOND
    return MARK.pack(reference, micros, outcome.slot, STATUSES.index(outcome.status))


def _likened(document: bytes, packed: bytes, bases: Mapping[bytes, bytes]) -> tuple[bytes, bytes]:
    """Reference and difference of the base that a document is most like; no difference where it is like none."""
    others = [(key, known) for key, base in bases.items() if key != NEWEST and (known := _whole(base)) is not None]
    differences = [(key, _difference(document, base)) for key, base in others]
    reference, least = min(differences, key=lambda each: len(each[1]), default=(b"", packed))
    return (reference, least) if 2 * len(least) < len(packed) else (b"", b"")


def _whole(base: bytes) -> bytes | None:
    """The document of a base; None where it cannot be read."""
    try:
        return inflated(base)
    except Unparsable:
        return None


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
    if not difference:
        return base
    try:
        return bounded(zlib.decompressobj(wbits=RAW, zdict=base).decompress(difference, DOCUMENT_MOST + 1))
    except zlib.error as error:
        raise Unparsable(f"A stored difference cannot be read: {error}.") from error
