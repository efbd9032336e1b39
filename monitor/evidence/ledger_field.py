"""The text of a ledger's field as JSON: what another version wrote, or nobody, is left out, not an error. Pure."""

import json
import struct
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final, TypeVar

K = TypeVar("K")
V = TypeVar("V")
# What the reading of a field that another version wrote, or nobody, may raise.
UNREADABLE: Final = (
    ValueError, KeyError, TypeError, AttributeError, OverflowError, OSError, RecursionError, struct.error
)  # fmt: skip


def document_of(text: str | None) -> dict[str, Any]:
    """The JSON object of a field; an empty one where there is none that can be read."""
    try:
        found = json.loads(text) if text else {}
    except UNREADABLE:
        return {}
    return found if isinstance(found, dict) else {}


def each_of(found: object, read: Callable[[str, Any], tuple[K, V]]) -> dict[K, V]:
    """What can be read of a part of a field."""
    after: dict[K, V] = {}
    for key, value in found.items() if isinstance(found, dict) else ():
        try:
            name, said = read(key, value)
        except UNREADABLE:
            continue
        after[name] = said
    return after


def as_json(document: object) -> str:
    """Half a surrogate pair, which is no character, becomes a question mark."""
    text = json.dumps(document, separators=(",", ":"), ensure_ascii=False)
    return text if text.isascii() else text.encode(errors="replace").decode()


def moment(seconds: float) -> datetime:
    """That many seconds after 1970 (UTC)."""
    return datetime.fromtimestamp(seconds, UTC)
