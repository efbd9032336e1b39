"""Texts of ours for people who read, as pages show them: `code` between grave accents, standards as links."""

from collections.abc import Iterator

from markupsafe import Markup, escape

from monitor.wording.cited import places_in


def ticked(text: str) -> Markup:
    """The text escaped, what stands between grave accents as code."""
    parts = text.split("`")
    return Markup("").join(
        Markup("<code>{}</code>").format(each) if number % 2 else escape(each) for number, each in enumerate(parts)
    )


def standards(said: str) -> Iterator[tuple[str, str]]:
    """Pieces of text, each with the page of the standard that it names, "" for what stands between."""
    for piece, found in places_in(said):
        if found is None:
            yield piece, ""
            continue
        part, place = found["part"], found["place"]
        at = f"#{part.removesuffix('s')}-{place.partition(',')[0]}" if part else ""
        yield piece, f"https://www.rfc-editor.org/rfc/{found['rfc'].replace(' ', '').lower()}{at}"
