"""Model values to the documents that Redis keeps, and back.

A document of a newer or older version is read leniently: unknown fields are dropped, missing ones take their default.
"""

import zlib
from typing import Any, Final, TypeVar

from pydantic import TypeAdapter, ValidationError

from monitor.errors import Unparsable

T = TypeVar("T")
WINDOW_BITS: Final = 12  # 4 KiB, as most documents have: the usual 32 KiB take longer to set up than to compress
MEMORY_LEVEL: Final = 5  # likewise

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
    deflate = zlib.compressobj(wbits=WINDOW_BITS, memLevel=MEMORY_LEVEL)
    return deflate.compress(encode(value)) + deflate.flush()


def unpack(kind: type[T], packed: bytes) -> T:
    """The model value of a compressed document. Raises Unparsable where it is not one of that kind."""
    return decode(kind, zlib.decompress(packed))
