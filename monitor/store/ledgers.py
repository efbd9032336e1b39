"""The ledger of a list as it is kept, and what older versions have kept only as documents brought over into it."""

from collections.abc import Mapping
from hashlib import sha1
from typing import Final

from monitor.evidence.entry import Entry
from monitor.evidence.fold import changes, day_field, fields_of
from monitor.store import keys, scripts
from monitor.store.before import STREAMS_BEFORE, brought_field, brought_over
from monitor.store.client import Part, Redis, moment, translated
from monitor.store.unreadable import Nothing

BROUGHT: Final = tuple(map(brought_field, STREAMS_BEFORE))


class Ledgers(Part):
    """One hash a list. It is written by `Streams.append` alone, with what is recorded."""

    def __init__(self, client: Redis) -> None:
        super().__init__(client)
        self._read = client.register_script(scripts.READ_LEDGER)

    def changes(self, list_id: str, entry: Entry) -> list[tuple[str, str, str]]:
        """What the entry changes: (field, digest of what is kept, text then), "" for one that is not there.

        The first change of all brings over what an older version has kept; a later one what has come since, where
        parts of an older version run beside this one.
        """
        names = fields_of(entry)
        streams = [keys.evidence(stream, list_id) for stream in STREAMS_BEFORE]
        with translated("read the ledger of a list"):
            more, values, seconds = self._read(keys=[keys.ledger(list_id), *streams], args=[*BROUGHT, *names])
            found: dict[bytes, bytes] = {
                name.encode(): value for name, value in zip(names, values, strict=True) if value is not None
            }
            if more or day_field(entry.at).encode() not in found:
                found = self._redis.hgetall(keys.ledger(list_id))
            known = _texts(found)
            brought = brought_over(self._redis, list_id, known) if more else {}
        fields = {**dict.fromkeys(names), **known, **brought}
        after = {**brought, **changes(entry, fields, now=moment(seconds))}
        return [(name, _digest(found.get(name.encode())), value or "") for name, value in after.items()]

    def fields(self, list_id: str) -> Mapping[str, str]:
        """All of them."""
        with translated("read the ledger of a list"):
            return self.given(list_id, self._redis.hgetall(keys.ledger(list_id)))

    def given(self, list_id: str, found: Mapping[bytes, bytes] | Nothing) -> Mapping[str, str]:
        """What Redis said; where there is no ledger yet, what the documents of an older version would have made."""
        if isinstance(found, Nothing):  # a key of the wrong type: what is kept there is no ledger
            return {}
        return _texts(found) if found else brought_over(self._redis, list_id, {})


def _texts(found: Mapping[bytes, bytes]) -> dict[str, str]:
    """Octets that are no text are garbage, and are read as such."""
    return {name.decode(errors="replace"): value.decode(errors="replace") for name, value in found.items()}


def _digest(kept: bytes | None) -> str:
    """What tells whether a field has changed, as the script makes it too."""
    return sha1(kept, usedforsecurity=False).hexdigest() if kept else ""
