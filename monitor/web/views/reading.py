"""References to standards as links. Pure."""

from collections.abc import Iterator

from monitor.wording.cited import pieces_of


def standards(said: str) -> Iterator[tuple[str, str]]:
    """Pieces of text, each with the page of the standard that it names, "" for what stands between."""
    for each in pieces_of(said):
        page = f"https://www.rfc-editor.org/rfc/{each.rfc.replace(' ', '').lower()}" if each.rfc else ""
        yield each.said, f"{page}#{each.part}" if each.part else page
