"""What list managers write to a subscriber, each in its own words: the file notices.toml of its folder.

`subject` and `body` are regular expressions, read without regard to case, white space folded to one space; both must be
found where both are given. `field` must be in the header. `source` is where the words stand, `read` the day on which
they were read there; without it they are known from use alone. Owners may change them, and other languages have others.
A subject is always demanded: posts may quote anything.
"""

import tomllib
from importlib.resources import files
from typing import Any

from monitor.managers.catalogue import MANAGERS

FILE = "notices.toml"


def notice_rows(folder: str) -> list[dict[str, Any]]:
    """The rows of that folder's notices; none where it has no such file."""
    found = files(folder).joinpath(FILE)
    rows: list[dict[str, Any]] = tomllib.loads(found.read_text(encoding="utf-8"))["notice"] if found.is_file() else []
    return rows


def all_notice_rows() -> list[dict[str, Any]]:
    """Those of every list manager, in the catalogue's order."""
    return [row for folder in MANAGERS.values() for row in notice_rows(folder)]
