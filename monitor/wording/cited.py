"""Places in standards, as each language names them: `RFC 7208 section 5.6`. Pure."""

import re
from collections.abc import Iterator
from typing import Final

from monitor.phrase.phrase import Phrase, joined, say

_PLACE: Final = r"[0-9A-Z]+(?:\.[0-9]+)*"
_NEXT: Final = r"(?:[0-9A-Z]+(?:\.[0-9]+)+|[0-9]+)"  # a further one of several sections: no word such as RFC
_STANDARD: Final = re.compile(rf"(?P<rfc>RFC \d+)(?: (?P<part>sections?|appendix) (?P<place>{_PLACE}(?:, {_NEXT})*))?")


def places_in(text: str) -> Iterator[tuple[str, re.Match[str] | None]]:
    """The text in pieces, those that name a standard with what was found in them."""
    done = 0
    for found in _STANDARD.finditer(text):
        if found.start() > done:
            yield text[done : found.start()], None
        yield _named(found), found
        done = found.end()
    if done < len(text):
        yield text[done:], None


def cited(text: str) -> Phrase:
    """A reference in the reader's language; what stands between the standards is as it was."""
    return joined("", (piece for piece, _ in places_in(text)))


def _named(found: re.Match[str]) -> str:
    parts = {"standard": found["rfc"], "place": found["place"]}
    if found["part"] == "section":
        return say("{standard} section {place}", **parts)
    if found["part"] == "sections":
        return say("{standard} sections {place}", **parts)
    return found["rfc"] if found["part"] is None else say("{standard} appendix {place}", **parts)
