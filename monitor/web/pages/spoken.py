"""What a page's templates put out: phrases in its reader's language, their moments as `<time>`, everything inert."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import jinja2
from jinja2.runtime import Context
from markupsafe import Markup, escape

from monitor.inert import escaped
from monitor.phrase.english import NARROW_SPACE, SPACES
from monitor.phrase.phrase import Phrase, Piece, When
from monitor.tongue.templates import voice_of
from monitor.tongue.voice import Voice

TICK: Final = "`"
_LINK: Final = re.compile(r"\[([^\]`]+)\]\([a-z]+\.md[^)]*\)")  # of ours, to another document, which has no page
_PERCENT: Final = re.compile(r"(?<=\d) %")  # no line ends between a number and its sign


@jinja2.pass_context
def finalized(context: Context, value: Any) -> Any:
    """An expression's value as it is put out; what is no phrase is escaped after this."""
    return spoken(voice_of(context), value) if isinstance(value, Phrase) else value


@jinja2.pass_context
def said(context: Context, value: object) -> str:
    """The text of a phrase, for a filter that changes it: its moments as text."""
    return voice_of(context)(value) if isinstance(value, Phrase) else str(value)


def spoken(voice: Voice, value: object) -> Markup:
    """A phrase for a page."""
    return Markup("").join(_put(voice, each) for each in voice.pieces(value))


@jinja2.pass_context
def ticked(context: Context, value: object) -> Markup:
    """The same with what stands between grave accents as code; where one has no other, all are as they stand."""
    voice = voice_of(context)
    pieces = [each if isinstance(each, When) else _LINK.sub(r"\1", each) for each in voice.pieces(value)]
    if sum(each.count(TICK) for each in pieces) % 2:
        return spoken(voice, value)
    parts: list[Markup] = []
    code = False
    for each in pieces:
        if isinstance(each, When):
            parts.append(_put(voice, each))
            continue
        for number, part in enumerate(each.split(TICK)):
            if number:
                code = not code
                parts.append(Markup("<code>") if code else Markup("</code>"))
            parts.append(_put(voice, part))
    return Markup("").join(parts)


def _put(voice: Voice, piece: Piece) -> Markup:
    if isinstance(piece, When):
        return timed(voice, piece.at, piece.kind)
    return inert(_PERCENT.sub(f"{NARROW_SPACE}%", piece), SPACES)


def timed(voice: Voice, at: datetime, kind: str) -> Markup:
    """A moment in UTC; the script turns it into the reader's zone."""
    return Markup('<time datetime="{}" data-as="{}">{}</time>').format(iso(at), kind, voice.when(When(at, kind)))


def iso(at: datetime) -> str:
    """Its RFC 3339 form in UTC, to the second."""
    utc = at.astimezone(UTC)
    return (utc - timedelta(microseconds=utc.microsecond)).isoformat().replace("+00:00", "Z")


def inert(outside: object, keep: str = "") -> Markup:
    """Text from outside, escaped, its invisible and direction-changing characters shown as what they are.

    Those in `keep` stand: the line ends of a letter of ours.
    """
    text = str(outside)
    if text.isprintable():
        return escape(text)
    parts: list[str | Markup] = []
    for char in text:
        if char.isprintable() or char in keep:
            parts.append(escape(char))
        else:
            parts.append(Markup('<span class="unprintable">{}</span>').format(escaped(char)))
    return Markup("").join(parts)


@jinja2.pass_context
def inert_in(context: Context, outside: object, keep: str = "") -> Markup:
    """The same of whatever a template has: phrases are ours, and in the reader's language."""
    return spoken(voice_of(context), outside) if isinstance(outside, Phrase) else inert(outside, keep)
