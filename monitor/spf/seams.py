"""Where strings of one TXT record meet in the middle of a term, so that two terms may have become one. Pure.

Strings are joined without a space (RFC 7208 section 3.3).
"""

from collections.abc import Iterator
from itertools import accumulate, pairwise
from typing import Final, NamedTuple

from monitor.dns.answer import TxtRecord
from monitor.spf.record import MECHANISMS, MODIFIERS, VERSION, parse

LONGEST: Final = 4096  # octets of a record that are read, and
STRINGS: Final = 64  # strings of one: eight or so of 255 octets are the most that anybody needs


class Seam(NamedTuple):
    """Terms that have become one."""

    position: int  # of the one in the record, from 0
    terms: tuple[str, ...]

    @property
    def joined(self) -> str:
        """The term as receivers read it."""
        return "".join(self.terms)

    @property
    def parted(self) -> str:
        """The terms as they were meant."""
        return " ".join(self.terms)


def seams(strings: TxtRecord) -> tuple[Seam, ...]:
    """The terms of a record that may be several: what stands on either side of a seam is a term by itself."""
    if not 1 < len(strings) <= STRINGS or sum(map(len, strings)) > LONGEST:
        return ()
    return tuple(_seams([string.decode("ascii", "backslashreplace") for string in strings]))


def _seams(strings: list[str]) -> Iterator[Seam]:
    places = list(accumulate(map(len, strings)))[:-1]
    position = 0
    for text in "".join(strings).split(" "):
        end = position + len(text)
        terms = _parted(text, [place - position for place in places if position < place < end])
        if len(terms) > 1:
            yield Seam(position, terms)
        position = end + 1


def _parted(text: str, places: list[int]) -> tuple[str, ...]:
    """A term at those of the places that have a term on either side."""
    terms, start = [], 0
    for place, following in pairwise((*places, len(text))):
        if _is_term(text[start:place]) and (_is_term(text[place:following]) or _is_term(text[place:])):
            terms.append(text[start:place])
            start = place
    return (*terms, text[start:])


def _is_term(text: str) -> bool:
    terms = parse(f"{VERSION} {text}").terms
    return len(terms) == 1 and terms[0].error is None and terms[0].name in {*MECHANISMS, *MODIFIERS}
