"""Sentences within a JSON document: it has their English text, as others read it; a table has what they are made of."""

from collections.abc import Iterator, Mapping
from typing import Any

from monitor.phrase.phrase import Phrase, keep, kept


def phrases_in(document: object) -> dict[str, Any]:
    """What the sentences of a document are made of, by where they stand (RFC 6901: `/findings/0/message`)."""
    return dict(_found(document, ""))


def with_phrases(document: Any, table: Mapping[str, Any]) -> Any:
    """The document with its sentences as phrases again. Raises ValueError, LookupError, TypeError for no such table."""
    return _replaced(document, {place: kept(each) for place, each in table.items()}, "") if table else document


def _found(value: object, place: str) -> Iterator[tuple[str, Any]]:
    if isinstance(value, Phrase):
        yield place, keep(value)
    else:
        for name, each in _within(value):
            yield from _found(each, f"{place}/{name}")


def _replaced(value: Any, phrases: Mapping[str, Any], place: str) -> Any:
    if isinstance(value, dict):
        return {
            name: _replaced(each, phrases, f"{place}/{escaped}")
            for (name, each), (escaped, _) in zip(value.items(), _within(value), strict=True)
        }
    if isinstance(value, list):
        return [_replaced(each, phrases, f"{place}/{number}") for number, each in enumerate(value)]
    return phrases.get(place, value)


def _within(value: object) -> Iterator[tuple[str, object]]:
    if isinstance(value, Mapping):
        yield from ((str(name).replace("~", "~0").replace("/", "~1"), each) for name, each in value.items())
    elif isinstance(value, list | tuple):
        yield from ((str(number), each) for number, each in enumerate(value))
