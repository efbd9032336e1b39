"""Texts of ours for people who read, as pages show them: `code` between grave accents, standards as links."""

import re
from collections.abc import Iterator
from typing import Final

from markupsafe import Markup, escape

_STANDARD: Final = re.compile(r"RFC (?P<number>\d+)(?: (?P<part>section|appendix) (?P<place>[0-9A-Z]+(?:\.[0-9]+)*))?")


def ticked(text: str) -> Markup:
    """The text escaped, what stands between grave accents as code."""
    parts = text.split("`")
    return Markup("").join(
        Markup("<code>{}</code>").format(each) if number % 2 else escape(each) for number, each in enumerate(parts)
    )


def standards(said: str) -> Iterator[tuple[str, str]]:
    """Pieces of text, each with the page of the standard that it names, "" for what stands between."""
    done = 0
    for found in _STANDARD.finditer(said):
        if found.start() > done:
            yield said[done : found.start()], ""
        place = f"#{found['part']}-{found['place']}" if found["part"] else ""
        yield found[0], f"https://www.rfc-editor.org/rfc/rfc{found['number']}{place}"
        done = found.end()
    if done < len(said):
        yield said[done:], ""
