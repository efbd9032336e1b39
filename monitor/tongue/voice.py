"""How one reader is spoken to: in a language, where she or he is, at a moment. Pure but for reading the catalogues."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from functools import reduce
from importlib import import_module
from itertools import groupby
from types import ModuleType
from typing import Final

from monitor.phrase.english import english_figure, english_number, english_percent, english_when
from monitor.phrase.phrase import ENGLISH as IN_ENGLISH
from monitor.phrase.phrase import When, pieces_of
from monitor.tongue.catalogue import catalogue
from monitor.tongue.languages import ENGLISH

SEPARATORS: Final = {
    "fr": {"; ": "\u202f; ", ": ": "\xa0: "},
    "ja": {" ": "", ".": "。", ", ": "、", "; ": "、", ": ": "："},
}
ELIDING: Final = frozenset({"fr"})  # where “de” and “que” lose their end before a vowel: a place may begin with one
CLOSED_UP: Final = frozenset({"ja"})  # where a space stands only beside Latin letters: a place may hold either
# Between two names of a list: what it is before this sound. CLDR's patterns do not know it: `IPv4 e IPv6`.
SOUNDS: Final = {
    "es": {" y ": (" e ", re.compile(r"h?i(?!e)", re.IGNORECASE)), " o ": (" u ", re.compile(r"h?o", re.IGNORECASE))}
}
_APART: Final = re.compile(
    r"(?<=[\u3000-\u30ff\u4e00-\u9fff\uff00-\uffef]) (?=[\u3000-\u30ff\u4e00-\u9fff\uff00-\uffef])"
)
_ELIDED: Final = re.compile(r"\b([dD]|[qQ]u)e $")
_VOWEL: Final = re.compile(r"[aeiouàâéèêëîïôùûœ]", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Voice:
    """A language, a time zone and the moment of saying: all that a phrase needs to become text."""

    language: str = ENGLISH
    zone: tzinfo = UTC
    now: datetime | None = None  # whose year need not be said; None: every day has its year

    def __call__(self, value: object) -> str:
        """The text of a phrase, or of whatever else stands in a sentence."""
        return "".join(self.when(each) if isinstance(each, When) else each for each in self.pieces(value))

    def pieces(self, value: object) -> "Iterator[str | When]":
        """The same with its moments as they are, for a medium that writes them in its own way."""
        if self.language in ELIDING:
            yield from _elided(pieces_of(value, self))
            return
        if self.language not in CLOSED_UP:
            yield from self._pieces(value)
            return
        for is_moment, run in groupby(pieces_of(value, self), key=lambda each: isinstance(each, When)):
            several = list(run)
            yield from several if is_moment else (reduce(_met, map(str, several)),)

    def closed_up(self, text: str) -> str:
        """The text of a template without spaces between wide letters, in a language that has none there."""
        return _APART.sub("", text) if self.language in CLOSED_UP else text

    def _pieces(self, value: object) -> "Iterator[str | When]":
        """The pieces, where two vowels that meet change the word between them."""
        sounds, held = SOUNDS.get(self.language, {}), ""
        for each in pieces_of(value, self):
            if held:
                other, sound = sounds[held]
                yield other if isinstance(each, str) and sound.match(each) else held
                held = ""
            if isinstance(each, str) and each in sounds:
                held = each
            else:
                yield each
        if held:
            yield held

    def when(self, moment: When) -> str:
        """A moment as it is told to this reader."""
        if self.language == ENGLISH:
            return english_when(moment.at, moment.kind, zone=self.zone, now=self.now)
        said: str = cldr().when(self.language, moment.at.astimezone(self.zone), moment.kind, year=self._year(moment.at))
        return said

    def tick(self, at: datetime) -> str:
        """A day at an axis, where little room is: `5 Dec`."""
        local = at.astimezone(self.zone)
        if self.language == ENGLISH:
            return f"{local.day} {local:%b}"
        said: str = cldr().tick(self.language, local)
        return said

    def _year(self, at: datetime) -> bool:
        return self.now is None or self.now.astimezone(self.zone).year != at.astimezone(self.zone).year

    def message(self, message: str, context: str | None) -> str:
        """The message in this language; as it is where the catalogue lacks it."""
        words = catalogue(self.language)
        return words.gettext(message) if context is None else words.pgettext(context, message)

    def plural(self, one: str, several: str, number: float) -> str:
        """The form for that number."""
        return catalogue(self.language).ngettext(one, several, int(number) if number == int(number) else 2)

    def number(self, number: float) -> str:
        """A count with its thousands grouped, or a decimal."""
        return english_number(number) if self.language == ENGLISH else cldr().number(self.language, number)

    def figure(self, number: int) -> str:
        """A count that stands alone."""
        return english_figure(number) if self.language == ENGLISH else cldr().number(self.language, number)

    def percent(self, share: float) -> str:
        """A share of one, without false precision."""
        return english_percent(share) if self.language == ENGLISH else cldr().percent(self.language, share)

    def separator(self, separator: str) -> str:
        """What stands between two sentences, or at the end of one."""
        return SEPARATORS.get(self.language, {}).get(separator, separator)

    def listing(self, count: int, kind: str) -> tuple[str, ...]:
        """What stands between so many things."""
        if self.language == ENGLISH or count < 2:
            return IN_ENGLISH.listing(count, kind)
        between: tuple[str, ...] = cldr().listing(self.language, count, kind)
        return between


def _met(text: str, piece: str) -> str:
    """Both as one text, without a space where they meet; what was quoted keeps its own."""
    return text[:-2] + _APART.sub("", text[-2:] + piece[:2]) + piece[2:]


def _elided(pieces: "Iterator[str | When]") -> "Iterator[str | When]":
    """The same, where a word that ends its piece loses its end before the vowel that the next one begins with."""
    held: str | When = ""
    for each in pieces:
        if isinstance(held, str) and isinstance(each, str) and _VOWEL.match(each):
            held = _ELIDED.sub(r"\1’", held)
        yield held
        held = each
    yield held


def cldr() -> ModuleType:
    """What Babel knows of languages; English needs none of it, and commands start sooner."""
    return import_module("monitor.tongue.cldr")
