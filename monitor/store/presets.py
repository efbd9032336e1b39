"""Usual documents, one a kind, which compression starts from: what a document shares with its kind's is not kept anew.

`presets/KIND.NUMBER.txt` is a document of that kind as it is encoded. One that was written from must stay for as long
as what was written from it; a better one gets the next number, and is written from at once.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Final
from zlib import adler32

FOLDER: Final = Path(__file__).with_name("presets")


def _read() -> Iterator[tuple[str, int, bytes]]:
    for path in FOLDER.glob("*.txt"):
        kind, number = path.stem.split(".")
        yield kind, int(number), path.read_bytes()


_ALL: Final = sorted(_read())
NEWEST: Final = {kind: document for kind, _, document in _ALL}  # by the name of the kind
BY_NUMBER: Final = {adler32(document): document for _, _, document in _ALL}  # by DICTID, RFC 1950 section 2.2
