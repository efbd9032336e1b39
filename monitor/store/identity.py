"""The store's own name, its birth and a count of looks at it: what shows that it was emptied, replaced or set back."""

import logging
import secrets
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from threading import Lock

import redis

from monitor.incident.upheaval import StoreSeen, Upheaval, upheaval
from monitor.store import keys, scripts
from monitor.store.client import Part, Redis, moment, text, translated
from monitor.store.codec import decode, encode
from monitor.store.unreadable import readable

log = logging.getLogger(__name__)


class Identity(Part):
    """One hash. Each process remembers what it saw last, and compares. Safe to use from several threads."""

    def __init__(self, client: Redis) -> None:
        super().__init__(client)
        self._look = client.register_script(scripts.LOOK_AT_STORE)
        self._seen: StoreSeen | None = None
        self._one = Lock()  # an answer that is compared after a later one looks like a store that was set back

    @property
    def seen(self) -> StoreSeen | None:
        """The store as this process saw it last; None before the first look."""
        return self._seen

    def look(self, *, lists: Iterable[str] = (), count: bool = True) -> StoreSeen | None:
        """The store as it is now, `lists` as in StoreSeen; what became of it since this process looked last is noted.

        All times are by its own clock. A look that is to `count` names a store that has no name yet; None where it has
        none.
        """
        with self._one:
            return self._compared(frozenset(lists), count=count)

    def _compared(self, lists: frozenset[str], *, count: bool) -> StoreSeen | None:
        with translated("looked at the store itself"):
            args = [secrets.token_hex(8), self._server(), "1" if count else "0"]
            at, flat = self._look(keys=[keys.STORE], args=args)
        fields = {text(name): bytes(value) for name, value in zip(flat[::2], flat[1::2], strict=True)}
        if "id" not in fields:
            return None
        read = readable(keys.STORE, lambda: _seen(fields, at=moment(at), lists=lists))
        if read is None:
            return None
        found = replace(read, counted=count)
        noticed = upheaval(self._seen, found)
        self._seen = found
        if noticed is None:
            return found
        log.error("store_upheaval", extra={"change": noticed.change, "said": noticed.sentence})
        with translated("noted what became of the store"):
            self._redis.hset(keys.STORE, "upheaval", encode(noticed))
        self._seen = replace(found, upheaval=noticed)
        return self._seen

    def _server(self) -> str:
        """The name that the server process took as it started; "" where it does not tell, as hosted ones do not."""
        with suppress(redis.ResponseError):
            return text(self._redis.info("server").get("run_id", ""))
        return ""


def _seen(fields: Mapping[str, bytes], *, at: datetime, lists: frozenset[str]) -> StoreSeen:
    noticed = fields.get("upheaval")
    return StoreSeen(
        id=text(fields["id"]),
        born_at=moment(fields["born"]),
        looks=int(fields["looks"]),
        at=at,
        served_since=moment(fields["served"]),
        lists=lists,
        upheaval=None if noticed is None else decode(Upheaval, noticed),
    )
