"""Macros of an SPF record: expansion as RFC 7208 section 7 has it. Pure."""

import re
from collections.abc import Callable
from urllib.parse import quote

MAX_DOMAIN_CHARS = 253  # section 7.3

_TOKEN = re.compile(r"%(?:\{([^}]*)\}|(.?))", re.DOTALL)
_MACRO = re.compile(r"([slodiphv])([0-9]*)(r?)([.\-+,/_=]*)\Z", re.IGNORECASE)


class InvalidMacro(ValueError):
    """A macro that section 7.1 does not allow; `str()` is the offending text."""


def check(text: str) -> None:
    """Raise InvalidMacro where `text` is no macro-string."""
    expand(text, lambda _: "x")


def expand(text: str, value: Callable[[str], str]) -> str:
    """The macro-string `text` with each macro replaced; `value` gives what a lower-case macro letter stands for.

    The letters c, r and t are not allowed: they are an explanation's (section 7.2). Raises InvalidMacro.
    """
    if "%" not in text:
        return text

    def replace(match: re.Match[str]) -> str:
        inside, escape = match[1], match[2]
        if inside is None:
            literal = {"%": "%", "_": " ", "-": "%20"}.get(escape)
            if literal is None:
                raise InvalidMacro(match[0])
            return literal
        parts = _MACRO.match(inside)
        if parts is None:
            raise InvalidMacro(match[0])
        return _transformed(value(parts[1].lower()), *parts.groups(), whole=match[0])

    return _TOKEN.sub(replace, text)


def ends_in_macro(text: str) -> bool:
    """Whether the last thing in a macro-string that is right is a macro-expand (section 7.1)."""
    return any(token.end() == len(text) for token in _TOKEN.finditer(text))


def as_domain(name: str) -> str:
    """An expanded name as it is looked up: no trailing dot, labels cut from the left until it fits (section 7.3)."""
    name = name.removesuffix(".")
    if len(name) <= MAX_DOMAIN_CHARS:
        return name
    dot = name.find(".", len(name) - MAX_DOMAIN_CHARS - 1)
    return name[dot + 1 :] if dot >= 0 else name.rpartition(".")[2]


def _transformed(value: str, letter: str, digits: str, reverse: str, delimiters: str, *, whole: str) -> str:
    parts = re.split(f"[{re.escape(delimiters)}]" if delimiters else r"\.", value)
    if reverse:
        parts.reverse()
    if digits:
        # More digits than any name has labels mean all of them; int() is kept from absurd lengths.
        count = int(digits[-9:]) if len(digits.lstrip("0")) <= 9 else len(parts)
        if count == 0:
            raise InvalidMacro(whole)
        parts = parts[-count:]
    joined = ".".join(parts) if digits or reverse or delimiters else value
    return quote(joined, safe="-._~") if letter.isupper() else joined
