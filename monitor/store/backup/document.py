"""A backup as a file: lines of JSON (RFC 8259) in gzip (RFC 1952), with a checksum of all of them at the end.

    {"schema": "staysub.backup/1", "version": "0.2.0", "taken_at": "2026-11-28T12:00:00+00:00", "store": "…", …}
    {"key": "staysub:assessment", "type": "hash", "expires_at": null, "items": [["ipv6-ops", "…"], …]}
    {"end": {"keys": 1, "sha256": "…"}}

Octets stand as the characters of the same numbers (ISO 8859-1). `expires_at` is milliseconds since 1970. A key of many
items has several lines, one after the other. Whoever reads it knows that it is whole only at the end: `checked`
reads all of it before anything is done with any.
"""

import gzip
import json
import re
import zlib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from hashlib import sha256
from itertools import islice
from typing import IO, Any, Final

from monitor.errors import StaysubError
from monitor.store.keys import PREFIX, STORE

SCHEMA: Final = "staysub.backup/"
FORMAT: Final = 1
ITEMS_A_LINE: Final = 1000
OCTETS_A_LINE: Final = 1 << 20  # or one item that is larger
LINE_MOST: Final = 64 << 20  # octets: a document of 8 MiB (`monitor.store.codec`), each written as "\u0000"
PARTS_MOST: Final = (
    32 * ITEMS_A_LINE
)  # of a line: ours have 1000 items of 5 columns at most; three octets make a list of 56
EXPIRY_MOST: Final = 1 << 53  # milliseconds: exact in every reader of JSON (RFC 8259 section 6), and what Redis takes
GZIP_LEVEL: Final = 6  # what is kept is compressed already: more gains nothing
# Columns of an item by the key's type in Redis: a stream's are its id, then names and values by turns.
WIDTHS: Final = {"string": 1, "list": 1, "set": 1, "hash": 2, "zset": 2}
TYPES: Final = (*WIDTHS, "stream")

_NUMBERS: Final = re.compile(r"(\d{1,4})\.(\d{1,4})(?!\d)")  # what a version begins with
_STRINGS_AND_COMMAS: Final = re.compile(rb'"(?:[^"\\]++|\\.)*+(?:"|\Z)|,', re.DOTALL)

Item = list[str]


class BackupUnusable(StaysubError):
    """A file is no backup, is cut or damaged, or was written by a newer version."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """What a backup says of itself before anything else."""

    version: str  # of Staysub, that wrote it
    taken_at: datetime  # by the store's clock
    store: str  # the store's own name; "" where it had none yet
    running: bool  # whether parts gave signs of life then: what was under way may have ended since


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A key, or a piece of one that has many items."""

    key: str
    type: str  # Redis' own word for it
    expires_at: int | None  # milliseconds since 1970
    items: list[Item]


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """What a whole backup holds."""

    head: Head
    keys: int
    kinds: Counter[str]  # of keys, by the first word of their names
    lists: int  # that something is known of


class Writer:
    """Writes a backup into an open file, piece by piece."""

    def __init__(self, file: IO[bytes], head: Head) -> None:
        # Without a name and a date: what is in it says both.
        self._packed = gzip.GzipFile("", "wb", GZIP_LEVEL, file, mtime=0)
        self._digest = sha256()
        self.keys = 0
        self._line({"schema": f"{SCHEMA}{FORMAT}", **asdict(head), "taken_at": head.taken_at.isoformat()})

    def write(self, entry: Entry) -> None:
        """One whole key, on as many lines as it takes."""
        for items in _pieces(entry.items):
            self._line({"key": entry.key, "type": entry.type, "expires_at": entry.expires_at, "items": items})
        self.keys += 1

    def end(self) -> None:
        """Write the checksum; before that it is no backup."""
        digest = self._digest.hexdigest()
        self._line({"end": {"keys": self.keys, "sha256": digest}})
        self._packed.close()

    def _line(self, document: dict[str, Any]) -> None:
        line = json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
        self._digest.update(line)
        self._packed.write(line)


def _pieces(items: Sequence[Item]) -> Iterator[list[Item]]:
    piece: list[Item] = []
    size = 0
    for item in items:
        length = sum(map(len, item))
        if piece and (len(piece) == ITEMS_A_LINE or size + length > OCTETS_A_LINE):
            yield piece
            piece, size = [], 0
        piece.append(item)
        size += length
    if piece:
        yield piece


def read(file: IO[bytes]) -> tuple[Head, Iterator[Entry]]:
    """What a backup says of itself, and its pieces as they are read. Raises BackupUnusable, also while they are.

    That it is whole is known when the last piece was read.
    """
    file.seek(0)
    digest = sha256()
    lines = _lines(file)
    first = next(lines, b"")
    head = _head(first)
    digest.update(first)
    return head, _entries(lines, digest)


def checked(file: IO[bytes]) -> Contents:
    """What a backup holds, once all of it was read and found whole. Raises BackupUnusable."""
    head, entries = read(file)
    kinds, known, last = Counter[str](), set[str](), ""
    for entry in entries:
        if entry.key != last:
            kinds[entry.key.removeprefix(PREFIX).partition(":")[0]] += 1
            last = entry.key
        if entry.key == f"{PREFIX}assessment":
            known.update(item[0] for item in entry.items)
    return Contents(head=head, keys=kinds.total(), kinds=kinds, lists=len(known))


def refuse_newer(head: Head, ours: str) -> None:
    """Nothing, where a backup is of our version or an older one: what a newer one keeps would be lost here.

    Raises BackupUnusable. Versions that differ in the last number alone keep the same.
    """
    theirs = _NUMBERS.match(head.version)
    known = _NUMBERS.match(ours)
    if theirs and known and tuple(map(int, theirs.groups())) > tuple(map(int, known.groups())):
        raise _newer(head.version)


def _newer(version: str) -> BackupUnusable:
    return BackupUnusable(
        f"It was written by a newer Staysub, {version}: install that version, or a later one. Nothing was put back."
    )


def _lines(file: IO[bytes]) -> Iterator[bytes]:
    try:
        with gzip.GzipFile(fileobj=file, mode="rb") as unpacked:
            while line := unpacked.readline(LINE_MOST):
                yield line
    except EOFError as error:
        raise BackupUnusable("It was cut: its end is missing. Nothing was put back.") from error
    except (OSError, zlib.error) as error:
        raise BackupUnusable("It is no backup of Staysub's, or it is damaged. Nothing was put back.") from error


def _document(line: bytes) -> dict[str, Any]:
    if line.count(b",") > PARTS_MOST:
        commas = (each for each in _STRINGS_AND_COMMAS.finditer(line) if each[0] == b",")
        if next(islice(commas, PARTS_MOST, None), None) is not None:
            raise _damaged()  # before it is built: few octets of a file could fill the memory
    try:
        found = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise _damaged() from error
    if not isinstance(found, dict):
        raise _damaged()
    return found


def _head(line: bytes) -> Head:
    found = _document(line)
    schema = str(found.get("schema", ""))
    if not schema.startswith(SCHEMA):
        raise BackupUnusable("It is no backup of Staysub's. Nothing was put back.")
    number = schema.removeprefix(SCHEMA)
    if not number.isdecimal() or int(number[:9]) > FORMAT:
        raise _newer(str(found.get("version", "")))
    try:
        return Head(
            version=str(found["version"]),
            taken_at=datetime.fromisoformat(found["taken_at"]).astimezone(UTC),
            store=str(found["store"]),
            running=bool(found["running"]),
        )
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise _damaged() from error


def _entries(lines: Iterator[bytes], digest: Any) -> Iterator[Entry]:
    count, last = 0, None
    for line in lines:
        found = _document(line)
        if isinstance(end := found.get("end"), dict):
            if end != {"keys": count, "sha256": digest.hexdigest()} or next(lines, None) is not None:
                raise _damaged()
            return
        digest.update(line)
        entry = _entry(found)
        count += entry.key != last
        last = entry.key
        yield entry
    raise BackupUnusable("It was cut: its end is missing. Nothing was put back.")


def _entry(found: dict[str, Any]) -> Entry:
    key, kind, expires_at, items = (found.get(name) for name in ("key", "type", "expires_at", "items"))
    whole = (
        isinstance(key, str)
        and key.startswith(PREFIX)
        and _octets(key)
        and kind in TYPES
        and (key != STORE or kind == "hash")  # who puts it back notes there that it did
        and (expires_at is None or (type(expires_at) is int and 0 <= expires_at <= EXPIRY_MOST))
        and isinstance(items, list)
        and bool(items)
        and all(map(_is_item, items, [kind] * len(items)))
    )
    if not whole:
        raise _damaged()
    return Entry(key=str(key), type=str(kind), expires_at=expires_at, items=list(items or ()))


def _is_item(item: object, kind: str) -> bool:
    if not isinstance(item, list) or not all(isinstance(each, str) and _octets(each) for each in item):
        return False
    if kind == "stream":
        return len(item) >= 3 and len(item) % 2 == 1
    if kind == "zset" and len(item) == 2:
        try:
            return float(item[1]) == float(item[1])  # whatever is no number is not equal to itself
        except ValueError:
            return False
    return len(item) == WIDTHS[kind]


def _octets(text: str) -> bool:
    return not text or max(text) <= "\xff"


def _damaged() -> BackupUnusable:
    return BackupUnusable("It is damaged: what it holds is not what was written. Nothing was put back.")
