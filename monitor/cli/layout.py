"""Tables and lists of facts for a terminal of any width: what has no room beside the rest stands below it.

No word is ever parted for a column's sake. Columns of sentences are folded between words while they stay readable; the
widest that do not fit go below their row, each with its name. Piped, a row is one line.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Final

from rich.console import Console, ConsoleOptions, RenderResult
from rich.text import Text

from monitor.cli.folding import HANG, columns_of, lines_of, longest
from monitor.inert import inert as escape

GAP: Final = 2  # columns between two columns
WHOLE: Final = 16  # a column as narrow as that is not folded: a date with its time, a level
READABLE: Final = 14  # columns that a folded one has at least
TALL: Final = 4  # lines of a folded cell: where it has more, they are better read in the whole width
UNBOUNDED: Final = 1_000_000  # columns, where nothing is folded


@dataclass(frozen=True, slots=True, kw_only=True)
class Arranged:
    """Which columns stand side by side, with their widths, and which below."""

    beside: dict[int, int]
    below: tuple[int, ...] = ()


def arrange(naturals: Sequence[int], leasts: Sequence[int], width: int) -> Arranged:
    """Where each column stands. Pure.

    `naturals` are their widths where nothing is folded, `leasts` those of their longest words. The first one always
    stands at the left.
    """
    beside = list(range(len(naturals)))
    while True:
        widths = _widths({n: (naturals[n], leasts[n], n > 0) for n in beside}, width)
        if widths is not None or len(beside) == 1:
            below = tuple(n for n in range(len(naturals)) if n not in beside)
            return Arranged(beside=widths or {0: width}, below=below)
        beside.remove(max(beside[1:], key=lambda n: (naturals[n], n)))


def _widths(sizes: dict[int, tuple[int, int, bool]], width: int) -> dict[int, int] | None:
    """The widths with which they fit side by side; None where they do not."""
    room = width - GAP * (len(sizes) - 1)
    naturals = {n: natural for n, (natural, _, _) in sizes.items()}
    if sum(naturals.values()) <= room:
        return naturals
    folded = {n: max(least, READABLE) for n, (natural, least, may) in sizes.items() if may and natural > WHOLE}
    widths = naturals | folded
    spare = room - sum(widths.values())
    if spare < 0 or not folded:
        return None
    for left, n in enumerate(sorted(folded, key=lambda n: naturals[n] - widths[n])):
        more = min(naturals[n] - widths[n], spare // (len(folded) - left))
        widths[n] += max(more, 0)
        spare -= max(more, 0)
    return None if any(naturals[n] > TALL * widths[n] for n in folded) else widths


class Rows:
    """A table without lines. A cell that is plain text shows what cannot be seen, and no markup is obeyed in it."""

    def __init__(self, *columns: str, title: str = "", right: Iterable[str] = ()) -> None:
        """Numbers stand at the right: in the columns so named."""
        self._columns, self._title, self._right = columns, title, frozenset(right)
        self._rows: list[tuple[list[Text], str]] = []

    def add_row(self, *cells: str | Text, style: str | None = None) -> None:
        """One row; cells that are left out are empty."""
        filled = [*cells, *[""] * (len(self._columns) - len(cells))]
        self._rows.append(([each if isinstance(each, Text) else Text(escape(each)) for each in filled], style or ""))

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """The lines."""
        width = UNBOUNDED if console.soft_wrap else options.max_width
        cells = [[Text(name), *(row[n] for row, _ in self._rows)] for n, name in enumerate(self._columns)]
        lines = [[line for cell in column for line in cell.plain.split("\n")] for column in cells]
        naturals = [max(map(columns_of, column)) for column in lines]
        leasts = [max(map(longest, column)) for column in lines]
        arranged = arrange(naturals, leasts, width)
        if self._title:
            yield from _folded(Text(self._title, "italic"), width, hang=HANG)
        if any(self._columns[n] for n in arranged.beside):
            yield from self._side_by_side([Text(name, "bold") for name in self._columns], arranged, "")
        for row, style in self._rows:
            yield from self._side_by_side(row, arranged, style)
            yield from self._below(row, arranged, width, style)

    def _side_by_side(self, row: Sequence[Text], arranged: Arranged, style: str) -> RenderResult:
        """A row, in as many lines as its highest cell."""
        folded = {n: [*chain(*(_folded(line, wide) for line in _lines(row[n])))] for n, wide in arranged.beside.items()}
        for number in range(max(map(len, folded.values()))):
            line = Text(style=style)
            for n, wide in arranged.beside.items():
                cell = folded[n][number] if number < len(folded[n]) else Text()
                pad = " " * (wide - columns_of(cell.plain))
                right = self._columns[n] in self._right
                line.append(pad if right else "").append_text(cell).append("" if right else pad).append(" " * GAP)
            line.rstrip()
            yield _line(line)

    def _below(self, row: Sequence[Text], arranged: Arranged, width: int, style: str) -> RenderResult:
        """What had no room in the row, as many facts in a line as fit into it whole."""
        lines: list[Text] = []
        for n in arranged.below:
            if not row[n].plain:
                continue
            fact = Text().append(f"{self._columns[n]}: " if self._columns[n] else "", "dim").append_text(row[n])
            if lines and columns_of(f"{lines[-1].plain}; {fact.plain}") <= width:
                lines[-1].append("; ").append_text(fact)
            else:
                lines.append(Text(" " * HANG, style).append_text(fact))
        for line in lines:
            first, *others = _lines(line)
            yield from _folded(first, width, hang=2 * HANG)
            for other in others:
                yield from _folded(Text(" " * 2 * HANG).append_text(other), width, hang=2 * HANG)


class Facts:
    """Names at the left, what is known at the right."""

    def __init__(self, facts: Iterable[tuple[str, str]], *, title: str = "") -> None:
        self._facts = [(Text(escape(name), "dim"), Text(escape(value))) for name, value in facts]
        self._title = title

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """The lines. A fact that has a word too long for its place stands below its name."""
        width = UNBOUNDED if console.soft_wrap else options.max_width
        margin = max((columns_of(name.plain) for name, _ in self._facts), default=0) + GAP
        if self._title:
            yield from _folded(Text(self._title, "italic"), width, hang=HANG)
        for name, value in self._facts:
            if longest(value.plain) > width - margin:
                yield _line(name)
                yield from _folded(Text(" " * HANG).append_text(value), width, hang=HANG)
            else:
                pad = " " * (margin - columns_of(name.plain))
                yield from _folded(name.copy().append(pad).append_text(value), width, hang=margin)


def paragraph(text: Text, width: int, *, hang: int = HANG) -> Text:
    """The text in lines of that width, all but the first of them indented."""
    return Text("\n").join(_folded(text, width, hang=hang))


def _folded(text: Text, width: int, *, hang: int = 0) -> list[Text]:
    """Its lines, each but the first indented."""
    spans = lines_of(text.plain, width, hang=hang)
    parts = [text[begin:end] if (begin, end) != (0, len(text.plain)) else text for begin, end in spans]
    return [_line(part if n == 0 else Text(" " * hang).append_text(part)) for n, part in enumerate(parts)]


def _lines(text: Text) -> list[Text]:
    """The lines that a cell has of itself."""
    return list(text.split("\n", allow_blank=True)) if "\n" in text.plain else [text]


def _line(text: Text) -> Text:
    """A text that is one line already."""
    text.no_wrap, text.overflow = True, "ignore"
    return text
