"""Keys of ours that have another type in Redis than the table in `monitor.store.keys` says: others wrote them."""

import re
from collections.abc import Iterable, Iterator
from typing import Final

from monitor.store import keys
from monitor.store.client import Redis, text, translated

_ROW: Final = re.compile(r"^\| (?P<name>\S+) +\| (?P<type>\w+) +\|", re.MULTILINE)
# Keys by name, `{list}` standing for a list's id, with their types. Those that go by another id are many and expire.
TYPES: Final = {
    keys.PREFIX + row["name"]: row["type"]
    for row in _ROW.finditer(keys.__doc__ or "")
    if row["name"] != "key" or row["type"] != "type"
    if not re.search(r"\{(?!list\})", row["name"])
}


def wrong_types(client: Redis, list_ids: Iterable[str]) -> tuple[tuple[str, str, str], ...]:
    """Of each such key: its name, its type, and the right one. Raises StoreUnavailable."""
    named = dict(_named(list_ids))
    with translated("looked at the types of keys"):
        pipe = client.pipeline(transaction=False)
        for key in named:
            pipe.type(key)
        found = [text(each) for each in pipe.execute()]
    pairs = zip(named.items(), found, strict=True)
    return tuple((key, kind, wanted) for (key, wanted), kind in pairs if kind not in (wanted, "none"))


def _named(list_ids: Iterable[str]) -> Iterator[tuple[str, str]]:
    known = tuple(list_ids)
    for name, kind in TYPES.items():
        if "{list}" in name:
            yield from ((name.replace("{list}", each), kind) for each in known)
        else:
            yield name, kind
