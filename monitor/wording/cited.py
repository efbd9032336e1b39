"""Places in standards, as each language names them: `RFC 7208 section 5.6`. Pure."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from monitor.phrase.phrase import Phrase, joined, say

_PLACE: Final = r"[0-9A-Z]+(?:\.[0-9]+)*"
_NEXT: Final = r"(?:[0-9A-Z]+(?:\.[0-9]+)+|[0-9]+)"  # a further one of several sections: no word such as RFC
_STANDARD: Final = re.compile(
    rf"(?P<rfc>RFC \d+)(?: (?P<part>sections?|appendix) (?P<place>{_PLACE}(?:, {_NEXT})*))?|appendix (?P<of_same>{_PLACE})"
)
_BETWEEN: Final[Mapping[str, str]] = {each: each for each in (say(" and "), say(", or that of the difference"))}


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of a reference: what it says, and the standard that it names, with its part; "" for what is between."""

    said: str
    rfc: str = ""  # "RFC 7208"
    part: str = ""  # "section-5.6"


def pieces_of(text: str) -> Iterator[Piece]:
    """A reference in pieces, which together say it."""
    done, rfc = 0, ""
    for found in _STANDARD.finditer(text):
        if found.start() > done:
            yield _between(text[done : found.start()])
        rfc, place = found["rfc"] or rfc, found["place"] or found["of_same"] or ""
        part = "appendix" if found["of_same"] else (found["part"] or "").removesuffix("s")
        yield Piece(_named(found), rfc, f"{part}-{place.partition(',')[0]}" if place else "")
        done = found.end()
    if done < len(text):
        yield _between(text[done:])


def cited(text: str) -> Phrase:
    """A reference in the reader's language; what stands between the standards is as it was."""
    return joined("", (each.said for each in pieces_of(text)))


def _between(text: str) -> Piece:
    return Piece(_BETWEEN.get(text, text))


def _named(found: re.Match[str]) -> str:
    parts = {"standard": found["rfc"], "place": found["place"]}
    if found["of_same"]:
        return say("appendix {place}", place=found["of_same"])
    if found["part"] == "section":
        return say("{standard} section {place}", **parts)
    if found["part"] == "sections":
        return say("{standard} sections {place}", **parts)
    return found["rfc"] if found["part"] is None else say("{standard} appendix {place}", **parts)
