"""Where a fault is, as people find it: by the name of the list and the line of the file, not by counting tables."""

import re
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, Final
from urllib.parse import urlsplit

from monitor.config.faults import place
from monitor.config.toml_lines import lines_of

_NAMED_BY: Final = {
    "list": "id",
    "receiver": "id",
    "owner": "address",
    "mta_log": "id",
}  # the key whose value people know a table by
_STEP: Final = re.compile(r"(?P<table>[a-z_]+)\[(?P<number>[0-9]+)\]\.?")
_NAME_CHARS: Final = 80  # of a name that may be wrong itself


class Places:
    """The places of one document; its lines are looked for when the first place is asked for."""

    def __init__(self, document: Mapping[str, Any], text: str | None = None) -> None:
        """`text` is the TOML that the document was read from; None where it came another way, and has no lines."""
        self._document = document
        self._text = text
        self._lines: dict[str, int] | None = None

    def __call__(self, where: str) -> str:
        """`list[0].outbound[1]` as `list "ipv6-ops", line 41, outbound[1]`; `web.token` as `line 7, web.token`."""
        names, key = self._named(where)
        line = self.line_of(where)
        return ", ".join([*names, *([] if line is None else [f"line {line}"]), *([key] if key else [])])

    def line_of(self, where: str) -> int | None:
        """Its line; of a key that is missing that of its table. None where neither stands in the file."""
        if self._lines is None:
            self._lines = {}
            with suppress(RecursionError):
                self._lines = {place(path): line for path, line in lines_of(self._text or "").items()}
        while where not in self._lines:
            where, parted, _ = where.rpartition("[" if where.endswith("]") else ".")
            if not parted:
                return None
        return self._lines[where]

    def _named(self, where: str) -> tuple[list[str], str]:
        """The tables of arrays on the way by their names, and the rest of the place."""
        names: list[str] = []
        inside: Any = self._document
        while (step := _STEP.match(where)) is not None:
            table, number = step["table"], int(step["number"])
            several = inside.get(table) if isinstance(inside, Mapping) else None
            inside = several[number] if isinstance(several, list) and number < len(several) else None
            if not isinstance(inside, Mapping):
                break
            names.append(f"{table} {_name(table, inside) or number + 1}")
            where = where[step.end() :]
        return names, where


def _name(table: str, content: Mapping[str, Any]) -> str | None:
    """What people call it, quoted; of a webhook its host, since the rest of its URL may be a secret."""
    name = content.get(_NAMED_BY.get(table, ""))
    if table == "webhook":
        name = _host(content.get("url"))
    return f'"{name}"' if isinstance(name, str) and 0 < len(name) <= _NAME_CHARS else None


def _host(url: object) -> str | None:
    try:
        return urlsplit(url).hostname if isinstance(url, str) else None
    except ValueError:
        return None
