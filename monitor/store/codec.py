"""Model values to the documents that Redis keeps, and back.

A document of a newer or older version is read leniently: unknown fields are dropped, missing ones take their default;
one that was not compressed yet is read as well.
"""

import zlib
from typing import Any, Final, TypeVar

from pydantic import TypeAdapter, ValidationError

from monitor.errors import Unparsable
from monitor.store.presets import BY_NUMBER, NEWEST

T = TypeVar("T")
WINDOW_BITS: Final = 14  # 16 KiB: a document and its preset; the usual 32 KiB take longer to set up than to compress
MEMORY_LEVEL: Final = 5  # likewise
PRESET_FLAG: Final = 0x20  # FDICT in the second octet, RFC 1950 section 2.2: the preset's number follows

_adapters: dict[type[Any], TypeAdapter[Any]] = {}  # building one takes milliseconds, using it microseconds


def _adapter(kind: type[Any]) -> TypeAdapter[Any]:
    if kind not in _adapters:
        _adapters[kind] = TypeAdapter(kind)
    return _adapters[kind]


def encode(value: object) -> bytes:
    """The JSON document of a model value."""
    return bytes(_adapter(type(value)).dump_json(value))


def decode(kind: type[T], document: bytes) -> T:
    """The model value of a document. Raises Unparsable where it is not one of that kind."""
    try:
        value: T = _adapter(kind).validate_json(document)
    except ValidationError as error:
        raise Unparsable(f"A stored {kind.__name__} cannot be read: {error.errors()[0]['msg']}.") from error
    return value


def pack(value: object) -> bytes:
    """The document of a model value, compressed."""
    return deflated(encode(value), NEWEST.get(type(value).__name__, b""))


def unpack(kind: type[T], packed: bytes) -> T:
    """The model value of a compressed document. Raises Unparsable where it is not one of that kind."""
    return decode(kind, inflated(packed))


def deflated(document: bytes, preset: bytes) -> bytes:
    """The document compressed, by what it shares with the preset."""
    deflate = zlib.compressobj(wbits=WINDOW_BITS, memLevel=MEMORY_LEVEL, zdict=preset)
    return deflate.compress(document) + deflate.flush()


def inflated(packed: bytes) -> bytes:
    """The document that was compressed. Raises Unparsable where it was cut, or its preset is not known here."""
    if packed[:1] == b"{":
        return packed
    try:
        number = int.from_bytes(packed[2:6]) if packed[1] & PRESET_FLAG else None
        inflate = zlib.decompressobj() if number is None else zlib.decompressobj(zdict=BY_NUMBER[number])
        return inflate.decompress(packed)
    except (zlib.error, IndexError, KeyError) as error:
        raise Unparsable(f"A stored document cannot be read: {error!r}.") from error
