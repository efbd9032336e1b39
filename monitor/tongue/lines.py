"""Lines of a bounded width, as a terminal or a plain mail shows them: words stay whole, wide letters are two columns.

What has no spaces between words (Japanese) may end its line behind any letter, but for marks that begin no line. Pure.
"""

import re
from collections.abc import Iterator
from textwrap import wrap
from typing import Final
from unicodedata import east_asian_width

_WIDE: Final = frozenset("WF")
_NOT_FIRST: Final = "、。，．・：；？！）」』】〕〉》…ー々ぁぃぅぇぉっゃゅょァィゥェォッャュョ)]},.:;?!”"
_NOT_LAST: Final = "（「『【〔〈《([{“"
_PIECE: Final = re.compile(r" +|[^ ]")


def columns(text: str) -> int:
    """How wide it is shown."""
    return sum(2 if east_asian_width(each) in _WIDE else 1 for each in text)


def wrapped(text: str, width: int, *, first: str = "", rest: str = "", long_words: bool = False) -> list[str]:
    """The text in lines; `first` and `rest` stand before them. Words that are too long are broken if `long_words`."""
    if any(east_asian_width(each) in _WIDE for each in text):
        return list(_wide_lines(text, width, first, rest))
    return wrap(
        text,
        width,
        initial_indent=first,
        subsequent_indent=rest,
        break_long_words=long_words,
        break_on_hyphens=long_words,
    )


def _wide_lines(text: str, width: int, first: str, rest: str) -> Iterator[str]:
    line, empty = first, True
    for piece in _pieces(text):
        if not empty and columns(line) + columns(piece.rstrip()) > width:
            yield line.rstrip()
            line, empty = rest, True
            piece = piece.lstrip()  # noqa: PLW2901 - what parted two words does not begin a line
        line, empty = line + piece, empty and not piece.strip()
    if not empty:
        yield line.rstrip()


def _pieces(text: str) -> Iterator[str]:
    """What stays on one line: a word of narrow letters, or a wide letter with the marks that belong to it."""
    piece = ""
    for each in _PIECE.findall(" ".join(text.split(" "))):
        if piece and _may_part(piece[-1], each[0]):
            yield piece
            piece = ""
        piece += each
    if piece:
        yield piece


def _may_part(before: str, after: str) -> bool:
    if after in _NOT_FIRST or before in _NOT_LAST:
        return False
    return " " in {before, after} or east_asian_width(before) in _WIDE or east_asian_width(after) in _WIDE
