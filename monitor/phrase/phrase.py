"""A sentence that remembers what it was made of: as a string it is the English text, and any language can say it again.

Sentences are made where something is found out, kept in the store, and read much later by somebody whose language
nobody knew then. So `say("Mail from {address} is refused.", address=address)` is a string like any other, and besides
its message and parts. The messages are the catalogues' msgids (gettext): whole sentences, with places for what varies.

What is not ours to translate (addresses, names, records, replies) stands in a part as a plain string. A count is an
int, which each language groups in its way; what only looks like a number (a port, an address family, a reply code) is
a string. Slices, `format`, `str.join` and f-strings give plain strings, which nobody can translate any more: use
`joined`, `listed`, `capital`, or a message with places.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Final, Protocol, Self, TypeAlias

from monitor.phrase.english import english_figure, english_number, english_percent, english_when

FORMS: Final = frozenset({"say", "plural", "number", "figure", "percent", "joined", "listed", "capital", "sentence"})
Piece: TypeAlias = "str | When"  # a sentence in pieces: text, and moments, which each medium writes in its own way


class Tongue(Protocol):
    """How a language says what phrases are made of."""

    def message(self, message: str, context: str | None) -> str:
        """The message in this language, with the same places; as it is where the catalogue lacks it."""

    def plural(self, one: str, several: str, number: float) -> str:
        """The form for that number."""

    def number(self, number: float) -> str:
        """A count with its thousands grouped, or a decimal."""

    def figure(self, number: int) -> str:
        """A count that stands alone, with its thousands grouped in English, too."""

    def percent(self, share: float) -> str:
        """A share of one, without false precision."""

    def separator(self, separator: str) -> str:
        """What stands between two sentences, and at the end of one: a space and a full stop in most languages."""

    def listing(self, count: int, kind: str) -> tuple[str, ...]:
        """What stands between so many things: one text fewer than there are."""


class Phrase(str):
    """The English text, with what it was made of. Equal to every string of the same text."""

    __slots__ = ("form", "parts", "words")

    form: str  # one of FORMS, or when
    words: tuple[Any, ...]  # messages, separators, kinds: ours
    parts: Mapping[str, Any]  # what stands in it

    def __new__(
        cls, form: str, words: Iterable[Any] = (), parts: Mapping[str, Any] | None = None, *, text: str | None = None
    ) -> Self:
        """The phrase; `text` is its English where that is not what follows from the rest."""
        said = (form, tuple(words), {} if parts is None else dict(parts))
        one = super().__new__(cls, "".join(map(str, _pieces(*said, ENGLISH))) if text is None else text)
        one.form, one.words, one.parts = said
        return one

    def __getnewargs_ex__(self) -> tuple[tuple[Any, ...], dict[str, Any]]:  # for copies and other processes
        return (self.form, self.words, self.parts), {"text": str(self)}

    def __getstate__(self) -> None:
        """Nothing beside what the constructor takes."""

    def __add__(self, other: str) -> "Phrase":
        return joined("", (self, other))

    def __radd__(self, other: str) -> "Phrase":
        return joined("", (other, self))

    def pieces(self, tongue: Tongue) -> Iterator[Piece]:
        """The sentence in that language, its moments as they are."""
        yield from _pieces(self.form, self.words, self.parts, tongue)


class When(Phrase):
    """A moment within a sentence. `kind` is day, weekday, moment or clock; English has it in UTC, with its year."""

    __slots__ = ()

    def __new__(cls, at: datetime, kind: str = "day", *, text: str | None = None) -> Self:
        """The moment; `text` is how English has it where the reader is known."""
        return super().__new__(cls, "when", (kind,), {"at": at}, text=english_when(at, kind) if text is None else text)

    def __getnewargs_ex__(self) -> tuple[tuple[Any, ...], dict[str, Any]]:
        return (self.at, self.kind), {"text": str(self)}

    @property
    def at(self) -> datetime:
        """The moment."""
        at: datetime = self.parts["at"]
        return at

    @property
    def kind(self) -> str:
        """How much of it is told."""
        return str(self.words[0])


def say(message: str, /, **parts: Any) -> Phrase:
    """A message with its parts: `say("Mail from {address} is refused.", address=…)`. Parts may be phrases."""
    return Phrase("say", (message,), parts, text=_at_once(message, parts))


def with_parts(phrase: Phrase, **parts: Any) -> Phrase:
    """The same message with these parts in the place of its own, for tables of messages."""
    return Phrase(phrase.form, phrase.words, {**phrase.parts, **parts})


def _at_once(message: str, parts: Mapping[str, Any]) -> str | None:
    """The English text by `format`, which takes a third of the time; None where it would not say the same."""
    if None in parts.values():
        return None
    try:
        return message.format(**parts)
    except (LookupError, ValueError):  # a single brace, as text from data files may have
        return None


def word(context: str, message: str) -> Phrase:
    """A word that could mean several things, with what tells them apart: `word("level of a list", "watch")`."""
    return Phrase("say", (message, context))


def plural(one: str, several: str, number: float, /, **parts: Any) -> Phrase:
    """The form for that number, which stands at `{n}`: `plural("{n} subscriber", "{n} subscribers", 3)`."""
    return Phrase("plural", (one, several), {"n": number, **parts})


def number(count: float) -> Phrase:
    """A count within a sentence, or a decimal."""
    return Phrase("number", (), {"n": count})


def figure(count: int) -> Phrase:
    """A count that stands alone, with its thousands grouped."""
    return Phrase("figure", (), {"n": count})


def percent(share: float) -> Phrase:
    """A share of one as a percentage, without false precision."""
    return Phrase("percent", (), {"n": share})


def joined(separator: str, phrases: Iterable[str]) -> Phrase:
    """One after another; what is empty is left out. Sentences are joined by " ", which some languages do without."""
    several = [each for each in phrases if each]
    return Phrase("joined", (separator,), {str(n): each for n, each in enumerate(several)})


def listed(names: Iterable[str], kind: str = "and") -> Phrase:
    """`Gmail, GMX and Yahoo`; `kind` is and, or, or comma."""
    return Phrase("listed", (kind,), {str(n): each for n, each in enumerate(names)})


def capital(phrase: str) -> Phrase:
    """With a capital at its beginning; nothing stays nothing."""
    return Phrase("capital", (), {"0": phrase})


def sentence(phrase: str) -> Phrase:
    """With a capital at its beginning and a full stop at its end, unless it has one; nothing stays nothing."""
    if not phrase or phrase.endswith("."):
        return capital(phrase)
    return Phrase("sentence", (), {"0": phrase})


def pieces_of(value: object, tongue: Tongue) -> Iterator[Piece]:
    """Whatever stands in a sentence, in that language: a phrase, a count, or what is no language's."""
    if isinstance(value, When):
        yield value
    elif isinstance(value, Phrase) and tongue is ENGLISH:
        yield str(value)
    elif isinstance(value, Phrase):
        yield from value.pieces(tongue)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield tongue.number(value)
    elif value is not None:
        yield str(value)


def _pieces(form: str, words: tuple[Any, ...], parts: Mapping[str, Any], tongue: Tongue) -> Iterator[Piece]:
    if form == "say":
        yield from _filled(tongue.message(words[0], words[1] if len(words) > 1 else None), parts, tongue)
    elif form == "plural":
        yield from _filled(tongue.plural(words[0], words[1], parts["n"]), parts, tongue)
    elif form == "number":
        yield tongue.number(parts["n"])
    elif form == "figure":
        yield tongue.figure(parts["n"])
    elif form == "percent":
        yield tongue.percent(parts["n"])
    elif form == "capital":
        yield from _capital(pieces_of(parts["0"], tongue))
    elif form == "sentence":
        yield from _capital(pieces_of(parts["0"], tongue))
        yield tongue.separator(".")
    elif form == "joined":
        for n, each in enumerate(parts.values()):
            if n:
                yield tongue.separator(words[0])
            yield from pieces_of(each, tongue)
    elif form == "listed":
        between = (*tongue.listing(len(parts), words[0]), "")
        for each, after in zip(parts.values(), between, strict=False):
            yield from pieces_of(each, tongue)
            yield after
    else:
        raise ValueError(f"no form of a phrase: {form!r}")


def _filled(message: str, parts: Mapping[str, Any], tongue: Tongue) -> Iterator[Piece]:
    """The message with what stands at its places."""
    for text, name in _parted(message):
        if text:
            yield text
        if name is not None:
            yield from pieces_of(parts[name], tongue)


@lru_cache(maxsize=4096)  # there are some 3000 messages, each read with every assessment that says it
def _parted(message: str) -> tuple[tuple[str, str | None], ...]:
    """Its texts, each with the place behind it. A place is `{name}`; `{{` and `}}` are braces."""
    found: list[tuple[str, str | None]] = []
    text, rest = "", message
    while rest:
        before, brace, after = rest.partition("{")
        text += before.replace("}}", "}")
        if not brace:
            break
        if after.startswith("{"):
            text, rest = text + "{", after[1:]
            continue
        name, _, rest = after.partition("}")
        found.append((text, name))
        text = ""
    return (*found, (text, None))


def _capital(pieces: Iterator[Piece]) -> Iterator[Piece]:
    begun = False
    for each in pieces:
        if begun or isinstance(each, When) or not each:
            yield each
            begun = begun or bool(each)
            continue
        yield each[:1].upper() + each[1:]
        begun = True


class _English:
    """The language that the messages are written in."""

    def message(self, message: str, context: str | None) -> str:
        del context
        return message

    def plural(self, one: str, several: str, number: float) -> str:
        return one if number == 1 else several

    def number(self, number: float) -> str:
        return english_number(number)

    def figure(self, number: int) -> str:
        return english_figure(number)

    def percent(self, share: float) -> str:
        return english_percent(share)

    def separator(self, separator: str) -> str:
        return separator

    def listing(self, count: int, kind: str) -> tuple[str, ...]:
        last = ", " if kind == "comma" else f" {kind} "
        return (*(", " for _ in range(count - 2)), *([last] if count > 1 else ()))


ENGLISH: Final[Tongue] = _English()


def keep(value: object) -> Any:
    """A phrase, or what stands in one, as JSON: a phrase is a list that begins with its form."""
    if isinstance(value, When):
        return ["when", value.kind, value.at.astimezone(UTC).isoformat()]
    if isinstance(value, Phrase):
        return [value.form, list(value.words), {name: keep(each) for name, each in value.parts.items()}]
    return value if value is None or isinstance(value, bool | int | float) else str(value)


def kept(document: Any, *, otherwise: str | None = None) -> Any:
    """The same from JSON. Raises ValueError where it is none of ours.

    What a later version has forms for that this one has not is `otherwise`, and none of ours without that.
    """
    try:
        return _kept(document, otherwise)
    except (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError) as error:
        raise ValueError("is no sentence") from error


def _kept(document: Any, otherwise: str | None) -> Any:
    if not isinstance(document, list):
        return document
    if document[0] == "when":
        return When(datetime.fromisoformat(document[2]), str(document[1]))
    form, words, parts = document
    if otherwise is not None and form not in FORMS:
        return otherwise
    return Phrase(str(form), words, {str(name): _kept(each, otherwise) for name, each in parts.items()})
