"""The text that every match of an expression has in it: what lacks it need not be searched. Pure."""

from collections.abc import Iterator
from typing import Final

LITERAL_CHARS_MIN: Final = 4  # shorter ones stand in too many replies to be worth the look
_OPTIONAL: Final = frozenset("?*{")  # behind a character that may be missing
_MEANING: Final = frozenset(".^$+?*{}[]()|")
_LETTERS: Final = frozenset("AbBdDsSwWZ0123456789")  # which a backslash gives a meaning


def literal_in(expression: str) -> str:
    """The longest such text, in lower case; "" where there is none, or none that is known to be.

    Only what stands outside of groups and classes is looked at; of alternatives none needs to be there.
    """
    try:
        found = max(_runs(expression), key=len, default="")
    except _Alternatives:
        return ""
    return found.lower() if len(found) >= LITERAL_CHARS_MIN and found.isascii() else ""


class _Alternatives(Exception):
    """The expression has several at its top."""


def _runs(expression: str) -> Iterator[str]:
    """The unbroken texts outside of groups and classes. Raises _Alternatives."""
    run, at = "", 0
    while at < len(expression):
        character, behind = expression[at], at + 1
        if character == "\\":
            character, behind = expression[at + 1], at + 2
            character = "" if character in _LETTERS else character
        elif character in "[(":
            character, behind = "", _end_of(expression, at)
        elif character == "|":
            raise _Alternatives
        elif character in _MEANING:
            character = ""
        if character and expression[behind : behind + 1] not in _OPTIONAL:
            run += character
            at = behind
            continue
        yield run
        run, at = "", _behind_repeat(expression, behind)
    yield run


def _behind_repeat(expression: str, at: int) -> int:
    """Where what follows a braced number of repetitions begins; `at` where there is none."""
    return expression.index("}", at) + 1 if expression[at : at + 1] == "{" else at


def _end_of(expression: str, at: int) -> int:
    """Where what follows the group or class that begins there begins."""
    depth, in_class = 0, False
    while True:
        character = expression[at]
        if character == "\\":
            at += 1
        elif in_class:
            in_class = character != "]"
        elif character == "[":
            in_class = True
            at += expression[at + 1 : at + 2] == "^"
            at += expression[at + 1 : at + 2] == "]"  # stands for itself there
        elif character in "()":
            depth += 1 if character == "(" else -1
        at += 1
        if not depth and not in_class:
            return at
