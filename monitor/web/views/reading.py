"""Texts of ours for people who read, as pages show them: `code` between grave accents, standards as links."""

from collections.abc import Iterator

from markupsafe import Markup, escape

from monitor.wording.cited import pieces_of


def ticked(text: str) -> Markup:
    """The text escaped, what stands between grave accents as code."""
    parts = text.split("`")
    return Markup("").join(
        Markup("<code>{}</code>").format(each) if number % 2 else escape(each) for number, each in enumerate(parts)
    )


def standards(said: str) -> Iterator[tuple[str, str]]:
    """Pieces of text, each with the page of the standard that it names, "" for what stands between."""
    for each in pieces_of(said):
        page = f"https://www.rfc-editor.org/rfc/{each.rfc.replace(' ', '').lower()}" if each.rfc else ""
        yield each.said, f"{page}#{each.part}" if each.part else page
