"""Characters that a word processor or a web form put into a record, and what was meant by each. Pure and total.

By their Unicode properties, not by a list: any dash is a hyphen, any space a space, what cannot be seen is nothing.
"""

import re
import unicodedata
from collections.abc import Iterable
from itertools import islice
from typing import Final, NamedTuple

from monitor.phrase.phrase import listed, say

_ESCAPED: Final = re.compile(r"(?:\\x[0-9a-f]{2})+")  # octets that are not ASCII, as a record in text shows them
_BYTE_ORDER_MARK: Final = "\ufeff"  # what it is at the head of a file; Unicode's name for it is older
_MINUS: Final = "\u2212"  # a mathematical sign to Unicode, a dash to everybody else
_LOW_QUOTES: Final = "\u201a\u201e\u2032\u2033"  # of German and of primes: no closing or opening ones to Unicode


_NAMED: Final = 3  # characters of one kind that are told of

_DASH: Final = say("a typographic dash")
_QUOTATION: Final = say("a typographic quotation mark")
_TAB: Final = say("a tab")
_BREAK: Final = say("a line break")
_SPACE: Final = say("a space of a word processor")
_UNSEEN: Final = say("an invisible character")
_WIDTH: Final = say("a character of another width")
_NOT_ASCII: Final = say("a character that is not ASCII")


class Plain(NamedTuple):
    """A text in ASCII as far as it can be, and what it took: `a typographic dash (U+2013)`, each kind once."""

    text: str
    faults: tuple[str, ...]


def decoded(octets: bytes) -> str:
    """The octets as their owner saw them: UTF-8, else Windows-1252, in which every octet is some character."""
    try:
        return octets.decode("utf-8")
    except UnicodeDecodeError:
        return "".join(_windows(octet) for octet in octets)


def unescaped(text: str) -> str:
    r"""A record whose octets beyond ASCII stand as `\xe2\x80\x93`, with the characters that they are."""
    return _ESCAPED.sub(lambda match: decoded(bytes.fromhex(match[0].replace("\\x", ""))), text)


def plain(text: str) -> Plain:
    """The text with what was meant by each character that no record may hold; others are left as they are."""
    if text.isascii() and text.isprintable():
        return Plain(text, ())
    faults: dict[str, dict[str, None]] = {}  # characters by kind, in order
    meant = []
    for char in text:
        word, by = _meant(char)
        if word:
            faults.setdefault(word, {})[char] = None
        meant.append(by)
    told = (say("{kind} ({characters})", kind=kind, characters=_listed(chars)) for kind, chars in faults.items())
    return Plain("".join(meant), tuple(told))


def _listed(chars: Iterable[str]) -> str:
    return listed(map(_named, islice(chars, _NAMED)), "comma")


def _meant(char: str) -> tuple[str, str]:
    """What kind of character it is, "" for one that may stand, and what was meant by it."""
    if " " <= char <= "~":
        return "", char
    category = unicodedata.category(char)
    if category == "Pd" or char == _MINUS:
        return _DASH, "-"
    if category in {"Pi", "Pf"} or char in _LOW_QUOTES:
        return _QUOTATION, '"'
    if char in "\t\n\v\f\r\x85\u2028\u2029":
        return _TAB if char == "\t" else _BREAK, " "
    if category == "Zs":
        return _SPACE, " "
    if category in {"Cf", "Cc"}:
        return _UNSEEN, ""
    compatible = unicodedata.normalize("NFKC", char)
    if compatible != char and compatible.isascii() and compatible.isprintable():
        return _WIDTH, compatible
    return _NOT_ASCII, char


def _named(char: str) -> str:
    name = "BYTE ORDER MARK" if char == _BYTE_ORDER_MARK else unicodedata.name(char, "")
    return f"U+{ord(char):04X}{f' {name}' if name else ''}"


def _windows(octet: int) -> str:
    return bytes((octet,)).decode("cp1252", "ignore") or chr(octet)
