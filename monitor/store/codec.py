"""Model values to the documents that Redis keeps, and back.

A document of a newer or older version is read leniently: unknown fields are dropped, missing ones take their default.
"""

from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from monitor.errors import Unparsable

T = TypeVar("T")


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
