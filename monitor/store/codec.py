"""Model values to the documents that Redis keeps, and back.

A document of a newer or older version is read leniently: unknown fields are dropped, missing ones take their default;
one that was not compressed yet is read as well.
"""

import zlib
from functools import lru_cache
from ipaddress import ip_address
from typing import Any, Final, TypeVar

from pydantic import TypeAdapter, ValidationError
from pydantic_core import SchemaSerializer, SchemaValidator, core_schema

from monitor.errors import Unparsable
from monitor.model.dns import IpAddress
from monitor.phrase.phrase import keep, kept
from monitor.phrase.stored import MARK
from monitor.store.presets import BY_NUMBER, NEWEST

T = TypeVar("T")
WINDOW_BITS: Final = 14  # 16 KiB: a document and its preset; the usual 32 KiB take longer to set up than to compress
MEMORY_LEVEL: Final = 5  # likewise
DOCUMENT_MOST: Final = 8 << 20  # octets: a check of 200 addresses has one; zlib makes a thousand of one, RFC 1951
PRESET_FLAG: Final = 0x20  # FDICT in the second octet, RFC 1950 section 2.2: the preset's number follows

LEFT_OUT: Final = "…"
ADDRESSES_KNOWN: Final = 4096
BOTH_VERSIONS: Final = ["ip_v4_address_validator", "ip_v6_address_validator"]  # pydantic's names

_kinds: dict[type[Any], tuple[SchemaValidator, SchemaSerializer]] = {}  # made in milliseconds, used in microseconds


def _kind(kind: type[Any]) -> tuple[SchemaValidator, SchemaSerializer]:
    if kind not in _kinds:
        schema = _with_ours(TypeAdapter(kind).core_schema)
        _kinds[kind] = SchemaValidator(schema), SchemaSerializer(schema)
    return _kinds[kind]


@lru_cache(ADDRESSES_KNOWN)
def _address_of(text: str) -> IpAddress:
    return ip_address(text)


def _read_address(value: object) -> IpAddress:
    if not isinstance(value, str):
        raise ValueError("is no IP address")  # noqa: TRY004 - what pydantic tells as a fault of the document
    return _address_of(value)


ADDRESS: Final = core_schema.no_info_plain_validator_function(
    _read_address, serialization=core_schema.to_string_ser_schema()
)


def _read_words(value: object) -> str:
    """A sentence: what it was made of, or its English alone, as older versions wrote it.

    What a later version says in a form of its own is left out of it: an incident is not lost for a sentence.
    """
    said = kept(value, otherwise=LEFT_OUT)
    if not isinstance(said, str):
        raise ValueError("is no sentence")  # noqa: TRY004 - what pydantic tells as a fault of the document
    return said


WORDS: Final = core_schema.no_info_plain_validator_function(
    _read_words, serialization=core_schema.plain_serializer_function_ser_schema(keep)
)


def _with_ours(schema: Any) -> Any:
    """The schema with its sentences kept as what they are made of, and its IP addresses read as a whole, each once.

    pydantic tries each version anew each time: a document is full of the same few addresses, and reading them takes as
    long as all else.
    """
    if isinstance(schema, dict):
        if MARK in (schema.get("metadata") or ()):
            return WORDS
        return ADDRESS if _is_address(schema) else {key: _with_ours(each) for key, each in schema.items()}
    return type(schema)(map(_with_ours, schema)) if isinstance(schema, (list, tuple)) else schema


def _is_address(schema: dict[str, Any]) -> bool:
    """Whether it is the union of both versions' schemas."""
    choices = schema.get("choices", ()) if schema.get("type") == "union" else ()
    read_by = [each.get("lax_schema", {}).get("function", {}).get("function") for each in choices]
    return sorted(getattr(each, "__name__", "") for each in read_by) == BOTH_VERSIONS


def encode(value: object) -> bytes:
    """The JSON document of a model value."""
    return bytes(_kind(type(value))[1].to_json(value))


def decode(kind: type[T], document: bytes) -> T:
    """The model value of a document. Raises Unparsable where it is not one of that kind."""
    try:
        value: T = _kind(kind)[0].validate_json(document)
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
    """The document that was compressed. Raises Unparsable: cut, too large, or its preset is not known."""
    if packed[:1] == b"{":
        return packed
    try:
        number = int.from_bytes(packed[2:6]) if packed[1] & PRESET_FLAG else None
        inflate = zlib.decompressobj() if number is None else zlib.decompressobj(zdict=BY_NUMBER[number])
        return bounded(inflate.decompress(packed, DOCUMENT_MOST + 1))
    except (zlib.error, IndexError, KeyError) as error:
        raise Unparsable(f"A stored document cannot be read: {error!r}.") from error


def bounded(document: bytes) -> bytes:
    """The document. Raises Unparsable where it is larger than any of ours: few octets could fill the memory."""
    if len(document) > DOCUMENT_MOST:
        raise Unparsable(f"A stored document is larger than {DOCUMENT_MOST >> 20} MiB.")
    return document
