"""By which names a log's predecessors go, and which of them is older. Pure.

logrotate(8): `mail.log.1`, `mail.log.2.gz`, with `dateext` `mail.log-20261128`, with `extension .log` `mail.1.log`;
newsyslog(8): `maillog.0.bz2`; savelog(8): `mainlog.01`.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Final

_PACKED: Final = r"(?:\.(?:gz|bz2|xz|zst))?"
_NUMBER: Final = r"\.[0-9]{1,4}"
_DATE: Final = r"[-.][0-9]{4}-?[0-9]{2}-?[0-9]{2}(?:[-_.T]?[0-9:]{2,10})?"


def predecessors(name: str, found: Mapping[str, float]) -> list[str]:
    """Those of the names in a directory, each with when it changed, that are older parts of the log; oldest first."""
    numbered = _turned(name, _NUMBER, found)
    dated = _turned(name, _DATE, found)
    by_age = [
        sorted(numbered, key=lambda each: -int(numbered[each])),
        sorted(dated, key=lambda each: dated[each]),
    ]
    by_age.sort(key=lambda several: max((found[each] for each in several), default=0.0))  # one way was given up
    return [each for several in by_age for each in several]


def _turned(name: str, mark: str, found: Iterable[str]) -> dict[str, str]:
    """The names with such a mark behind the log's own, or before its extension → the mark's digits."""
    stem, dot, extension = name.rpartition(".")
    form = f"{re.escape(name)}({mark})"
    if stem:
        form += f"|{re.escape(stem)}({mark}){re.escape(dot + extension)}"
    read = re.compile(f"(?:{form}){_PACKED}")
    matched = ((each, read.fullmatch(each)) for each in found if each != name)
    return {each: re.sub(r"\D", "", next(filter(None, one.groups()))) for each, one in matched if one is not None}
