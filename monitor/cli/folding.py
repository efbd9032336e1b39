"""Where a line ends on a terminal: between words, and what follows keeps its indent. Pure, but for `columns`.

A word is cut only where it is longer than a whole line. It needs no library, so that short commands start quickly.
"""

import os
from collections.abc import Iterator
from typing import Final, TextIO

Span = tuple[int, int]

LEAST: Final = 20  # columns: on less nothing can be read
HANG: Final = 2  # columns that the other lines of a paragraph stand in: text from outside begins no line of a terminal
_BEFORE: Final = frozenset("<>≤≥≈→✗·")  # signs that stay with the word behind them
_BEHIND: Final = ("%",)  # and units that stay with the number before them


def columns(stream: TextIO) -> int | None:
    """How wide the terminal behind that stream is ($COLUMNS first, as elsewhere); None where there is none: piped."""
    if not stream.isatty():
        return None
    named = os.environ.get("COLUMNS", "")
    try:
        wide = int(named) if named.isdecimal() else os.get_terminal_size(stream.fileno()).columns
    except (OSError, ValueError):
        wide = 0
    return max(wide or 80, LEAST)  # 0: a terminal that does not know


def fold(text: str, width: int | None, *, hang: int = HANG) -> str:
    """A paragraph in lines of that width, the first as it begins, the others hanging; as it is without a width."""
    if width is None:
        return text
    return ("\n" + " " * hang).join(text[begin:end] for begin, end in lines_of(text, width, hang=hang))


def lines_of(text: str, width: int, *, hang: int = 0) -> list[Span]:
    """The parts of a text that stand in one line each: `width` columns, less `hang` in all but the first.

    Spaces at which a line ends belong to none.
    """
    found: list[Span] = []
    begin, end, room = 0, 0, width
    for first, last in words(text):
        if columns_of(text[begin:last]) <= room:
            end = last
            continue
        if end > begin and text[begin:end].strip(" "):  # a no-break space is a word like any other
            found.append((begin, end))
            begin, room = first, max(width - hang, 1)
        while columns_of(text[begin:last]) > room:
            cut = _fitting(text, begin, last, room)
            found.append((begin, cut))
            begin, room = cut, max(width - hang, 1)
        end = last
    return [*found, (begin, end)] if end > begin or not found else found


def words(text: str) -> Iterator[Span]:
    """What is never parted, without the spaces before it: words, with the signs and units that belong to them."""
    first = last = 0
    held = False  # the word before wants this one beside it
    for begin, end in _runs(text):
        word = text[begin:end]
        if not last:
            first = begin
        elif not held and not word.startswith(_BEHIND):
            yield first, last
            first = begin
        last, held = end, word in _BEFORE
    if last:
        yield first, last


def columns_of(text: str) -> int:
    """How many columns a text takes: two for a wide character, none for one that stands over another."""
    if text.isascii():
        return len(text)
    from rich.cells import cell_len

    return cell_len(text)


def longest(text: str) -> int:
    """The columns of its longest word: less, and it is cut."""
    return max((columns_of(text[begin:end]) for begin, end in words(text)), default=0)


def _runs(text: str) -> Iterator[Span]:
    """Everything between spaces; a no-break space is none."""
    begin = 0
    for part in text.split(" "):
        if part:
            yield begin, begin + len(part)
        begin += len(part) + 1


def _fitting(text: str, begin: int, last: int, room: int) -> int:
    """Where a word that is too long is cut: as far as there is room, one character at least."""
    cut = begin + 1
    while cut < last and columns_of(text[begin : cut + 1]) <= room:
        cut += 1
    return cut
