"""Sentences within a JSON document: it has their English text, as others read it; a table has what they are made of."""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any

from monitor.phrase.phrase import Phrase, keep, kept


def phrases_in(document: object) -> dict[str, Any]:
    """What the sentences of a document are made of, by where they stand (RFC 6901: `/findings/0/message`)."""
    return dict(_found(document, ""))


def with_phrases(document: Any, table: Any) -> Any:
    """The document with its sentences as phrases again; what of the table cannot be read leaves the English text."""
    phrases = dict(_readable(table)) if isinstance(table, Mapping) else {}
    return _replaced(document, phrases, "") if phrases else document


def _readable(table: Mapping[str, Any]) -> Iterator[tuple[str, Phrase]]:
    for place, each in table.items():
        with suppress(ValueError):  # of a version that has other forms
            if isinstance(said := kept(each), Phrase):
                yield place, said


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
    return phrases.get(place, value) if isinstance(value, str) else value


def _within(value: object) -> Iterator[tuple[str, object]]:
    if isinstance(value, Mapping):
        yield from ((str(name).replace("~", "~0").replace("/", "~1"), each) for name, each in value.items())
    elif isinstance(value, list | tuple):
        yield from ((str(number), each) for number, each in enumerate(value))
