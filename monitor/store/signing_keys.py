"""The installation's signing key, and those that it had before: a key outlives the store that held it.

Every process that has read the key puts it back where the store has lost it, so that probes under way, links in mails
and addresses that were subscribed stay good. Where somebody made another one meanwhile, the former is kept beside it,
and whatever is signed with either holds. A store that was there before and is another installation's gets none of ours,
and we keep none of its.
"""

import secrets
from threading import Lock
from typing import Final

from monitor.store import keys, scripts
from monitor.store.client import Part, Redis, translated

SIGNING_KEY_BYTES: Final = 32  # as long as the digest of HMAC-SHA256, RFC 2104 section 3


class SigningKeys(Part):
    """One string for the present key, a list of the former ones. Safe to use from several threads."""

    def __init__(self, client: Redis) -> None:
        super().__init__(client)
        self._read = client.register_script(scripts.READ_KEYS)
        self._known: tuple[bytes, ...] = ()
        self._store: tuple[bytes, bytes] = (b"", b"0")  # its name and its time, as they were read with the keys
        self._one = Lock()  # what was known of one store is not put into another that another thread has read

    @property
    def known(self) -> tuple[bytes, ...]:
        """All keys as this process last read them, the present one first; none before the first reading."""
        return self._known

    def all(self) -> tuple[bytes, ...]:
        """All keys, the present one first: made at first need, put back where they were lost."""
        with self._one, translated("read the signing key"):
            new = secrets.token_bytes(SIGNING_KEY_BYTES)
            store, at, *found = self._read(
                keys=[keys.SIGNING_KEY, keys.FORMER_KEYS, keys.STORE],
                args=[new, keys.FORMER_KEYS_KEPT, *self._store, *self._known],
            )
            self._store, self._known = (store, at), tuple(dict.fromkeys(found))
            return self._known
