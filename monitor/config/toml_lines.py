"""In which line of a TOML document each of its keys stands. The standard library's reader keeps no lines.

Reads documents that this reader has taken already: what no TOML document can hold is not told apart here.
"""

import re
import tomllib
from bisect import bisect
from collections.abc import Iterator
from typing import Final, NamedTuple

Path = tuple[str | int, ...]

# TOML 1.0, "Comment", "String", "Keys"; a bare word is a key, a number, a date or a boolean.
_TOKEN: Final = re.compile(
    r"""
    \#[^\n]*
  | (?P<text>
        "{3}(?:\\.|[^\\])*?"{3,5}
      | '{3}.*?'{3,5}
      | "(?:\\.|[^"\\\n])*"
      | '[^'\n]*'
    )
  | (?P<mark>[\[\]{},=.\n])
  | (?P<bare>[^\s\[\]{},=.\#"']+)
    """,
    re.VERBOSE | re.DOTALL,
)


class _Token(NamedTuple):
    kind: str  # text, mark or bare
    said: str
    at: int  # offset in the document


def lines_of(document: str) -> dict[Path, int]:
    """The line, counted from 1, of each table, key and element, by its path such as `("list", 0, "outbound", 1)`.

    Of an element of an array without a table of its own it is that of its value. Raises RecursionError.
    """
    return _Reader(document).read()


class _Reader:
    """One pass over the tokens, which notes where each path was first seen."""

    def __init__(self, document: str) -> None:
        self._starts = [match.start() for match in re.finditer("\n", document)]
        self._tokens = list(_tokens(document))
        self._next = 0
        self._lines: dict[Path, int] = {}
        self._tables: dict[Path, int] = {}  # how many tables each array of tables has by now

    def read(self) -> dict[Path, int]:
        table: Path = ()
        while (token := self._peek()) is not None:
            if token.said == "\n":
                self._next += 1
            elif token.said == "[" and token.kind == "mark":
                table = self._header(token)
            else:
                self._pair(table)
        return self._lines

    def _header(self, opening: _Token) -> Path:
        """The path of `[a.b]` or `[[a.b]]`, of the newest table of each array on the way."""
        self._next += 1
        array = self._is("[")
        self._next += array
        *above, last = self._key()
        self._next += 1 + array
        path: Path = ()
        for part in above:
            path = (*path, part)
            self._note(path, opening)
            path = self._newest(path)
        path = (*path, last)
        if array:
            self._tables[path] = self._tables.get(path, 0) + 1
        self._note(path, opening)
        path = self._newest(path)
        self._note(path, opening)
        return path

    def _newest(self, path: Path) -> Path:
        return (*path, self._tables[path] - 1) if path in self._tables else path

    def _pair(self, table: Path) -> None:
        """`key = value`, whose key may be dotted."""
        begins = self._tokens[self._next]
        path = table
        for part in self._key():
            path = (*path, part)
            self._note(path, begins)
        self._next += 1  # the sign of equality
        self._value(path)

    def _key(self) -> list[str]:
        parts = [_plain(self._take())]
        while self._is("."):
            self._next += 1
            parts.append(_plain(self._take()))
        return parts

    def _value(self, path: Path) -> None:
        if self._is("["):
            self._next += 1
            number = 0
            while not self._closed("]"):
                self._note((*path, number), self._tokens[self._next])
                self._value((*path, number))
                number += 1
        elif self._is("{"):
            self._next += 1
            while not self._closed("}"):
                self._pair(path)
        else:  # a text; or words with dots between, such as 1.5 or a moment
            while (token := self._peek()) is not None and (token.kind != "mark" or token.said == "."):
                self._next += 1

    def _closed(self, mark: str) -> bool:
        """Whether the array or inline table ends here; commas and line ends between its elements are passed over."""
        while self._is(",") or self._is("\n"):
            self._next += 1
        ends = self._peek() is None or self._is(mark)
        self._next += ends
        return ends

    def _note(self, path: Path, token: _Token) -> None:
        self._lines.setdefault(path, bisect(self._starts, token.at - 1) + 1)

    def _peek(self) -> _Token | None:
        return self._tokens[self._next] if self._next < len(self._tokens) else None

    def _is(self, mark: str) -> bool:
        token = self._peek()
        return token is not None and token.kind == "mark" and token.said == mark

    def _take(self) -> _Token:
        self._next += 1
        return self._tokens[self._next - 1]


def _tokens(document: str) -> Iterator[_Token]:
    for match in _TOKEN.finditer(document):
        if match.lastgroup is not None:  # no comment
            yield _Token(match.lastgroup, match[0], match.start())


def _plain(key: _Token) -> str:
    """A key as the reader gives it: without quotes, escapes undone."""
    if key.kind == "bare" or key.said[0] == "'":
        return key.said.strip("'")
    return str(tomllib.loads(f"key = {key.said}")["key"]) if "\\" in key.said else key.said[1:-1]
