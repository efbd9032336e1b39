"""Where lines end on a terminal: between words, whatever the width; and what has no room beside stands below."""

from io import StringIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console
from rich.text import Text

from monitor.cli.folding import LEAST, columns, columns_of, fold, lines_of, longest, words
from monitor.cli.layout import Arranged, Facts, Rows, arrange

IPV6 = "2001:db8:1111:2222:3333:4444:5555:6666"


def shown(renderable, width):
    out = StringIO()
    Console(file=out, width=width, height=99, highlight=False, emoji=False).print(renderable)
    return out.getvalue().splitlines()


@pytest.mark.parametrize(
    ("text", "width", "lines"),
    [
        pytest.param("one two three", 80, ["one two three"], id="it fits"),
        pytest.param("one two three", 13, ["one two three"], id="just"),
        pytest.param("one two three", 12, ["one two", "  three"], id="between words"),
        pytest.param("  one two", 6, ["  one", "  two"], id="the first line as it begins"),
        pytest.param(f"from {IPV6} on", 40, ["from", f"  {IPV6}", "  on"], id="a word that has a line of its own"),
        pytest.param("x" * 25, 10, ["x" * 10, "  " + "x" * 8, "  " + "x" * 7], id="longer than any line"),
        pytest.param("takes 0.1 % more", 10, ["takes", "  0.1 %", "  more"], id="a number keeps its unit"),
        pytest.param("less: < 0.1 % of it", 11, ["less:", "  < 0.1 %", "  of it"], id="and its sign"),
        pytest.param("one\u00a0two three", 8, ["one\u00a0two", "  three"], id="a no-break space"),
        pytest.param("日本語 日本語", 8, ["日本語", "  日本語"], id="wide characters"),
        pytest.param("", 8, [""], id="nothing"),
        pytest.param("   ", 8, [""], id="but spaces"),
    ],
)
def test_a_paragraph_is_folded_between_words(text, width, lines):
    assert fold(text, width).split("\n") == lines


@given(st.text(alphabet="ab %<→\u00a0日é", max_size=80), st.integers(4, 40), st.integers(0, 3))
def test_no_word_is_lost_doubled_or_parted_that_fits_a_line(text, width, hang):
    spans = lines_of(text, width, hang=hang)
    parts = [text[begin:end] for begin, end in spans]
    assert "".join(parts).replace(" ", "") == text.replace(" ", "")
    for n, part in enumerate(parts):
        assert columns_of(part) <= max(width - (hang if n else 0), 2)
    indent = len(text) - len(text.lstrip(" "))
    if longest(text) <= width - max(hang, indent):
        kept = [word for part in parts for word in part.split(" ") if word]
        assert kept == [word for word in text.split(" ") if word]
        assert all(any(begin <= first and last <= end for begin, end in spans) for first, last in words(text))


def test_what_is_piped_is_not_folded():
    assert columns(StringIO()) is None
    assert fold("x " * 500, None) == "x " * 500


def test_a_terminal_says_how_wide_it_is(monkeypatch):
    class Terminal(StringIO):
        def isatty(self):
            return True

    monkeypatch.setenv("COLUMNS", "132")
    assert columns(Terminal()) == 132
    monkeypatch.setenv("COLUMNS", "3")
    assert columns(Terminal()) == LEAST
    monkeypatch.setenv("COLUMNS", "wide")
    assert columns(Terminal()) == 80, "one that cannot be asked"


@pytest.mark.parametrize(
    ("naturals", "leasts", "width", "arranged"),
    [
        pytest.param([10, 10], [10, 10], 22, Arranged(beside={0: 10, 1: 10}), id="side by side"),
        pytest.param([10, 60], [10, 9], 52, Arranged(beside={0: 10, 1: 40}), id="sentences are folded"),
        pytest.param([10, 60], [10, 39], 40, Arranged(beside={0: 10}, below=(1,)), id="but not within a word"),
        pytest.param([10, 300], [10, 9], 52, Arranged(beside={0: 10}, below=(1,)), id="nor into a tower"),
        pytest.param([10, 16, 16], [10, 10, 10], 30, Arranged(beside={0: 10, 1: 16}, below=(2,)), id="nor dates"),
        pytest.param([99, 9], [99, 9], 40, Arranged(beside={0: 40}, below=(1,)), id="the first stays"),
    ],
)
def test_columns_that_have_no_room_go_below(naturals, leasts, width, arranged):
    assert arrange(naturals, leasts, width) == arranged


def made(*rows):
    table = Rows("notice", "when", "to", "tries", right=("tries",))
    for row in rows:
        table.add_row(*row)
    return table


ROW = ("msg_xul5glsklzlcv7pdnzaqbpijnn", "2026-11-28 12:52", "owner@lists.example.org", "2")


def test_a_table_stands_in_columns_where_it_fits():
    assert shown(made(ROW), 90) == [
        "notice                          when              to                       tries",
        "msg_xul5glsklzlcv7pdnzaqbpijnn  2026-11-28 12:52  owner@lists.example.org      2",
    ]


def test_what_does_not_fit_stands_below_its_row_with_its_name():
    assert shown(made(ROW), 60) == [
        "notice                          when              tries",
        "msg_xul5glsklzlcv7pdnzaqbpijnn  2026-11-28 12:52      2",
        "  to: owner@lists.example.org",
    ]
    assert shown(made(ROW), 40) == [
        "notice                          tries",
        "msg_xul5glsklzlcv7pdnzaqbpijnn      2",
        "  when: 2026-11-28 12:52",
        "  to: owner@lists.example.org",
    ]


def test_nothing_stands_below_for_an_empty_cell():
    assert len(shown(made(ROW, (ROW[0], "", "", "")), 60)) == 4


def test_styles_go_along_and_no_markup_is_obeyed():
    out = StringIO()
    table = Rows("a", "b")
    table.add_row("[red]x[/]", Text("word " * 6, "red"), style="bold")
    Console(file=out, width=24, height=9, force_terminal=True, color_system="standard").print(table)
    assert "[red]x[/]" in out.getvalue()
    assert out.getvalue().count("\x1b[1;31m") == 2, "both lines of the red cell"


def test_facts_hang_under_their_values_and_a_long_word_stands_below_its_name():
    facts = Facts([("PTR", "pass"), ("from", "one two three four five six"), ("name", IPV6)])
    assert shown(facts, 30) == [
        "PTR   pass",
        "from  one two three four five",
        "      six",
        "name",
        f"  {IPV6[:28]}",
        f"  {IPV6[28:]}",
    ]
