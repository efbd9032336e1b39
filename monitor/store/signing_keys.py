"""The installation's signing key, and those that it had before: a key outlives the store that held it.

Every process that has read the key puts it back where the store has lost it, so that probes under way, links in mails
and addresses that were subscribed stay good. Where somebody made another one meanwhile, the former is kept beside it,
and whatever is signed with either holds.
"""

import secrets
from typing import Final

from monitor.store import keys
from monitor.store.client import Part, Redis, translated

SIGNING_KEY_BYTES: Final = 32  # as long as the digest of HMAC-SHA256, RFC 2104 section 3


class SigningKeys(Part):
    """One string for the present key, a list of the former ones. Safe to use from several threads."""

    def __init__(self, client: Redis) -> None:
        super().__init__(client)
        self._known: tuple[bytes, ...] = ()

    @property
    def known(self) -> tuple[bytes, ...]:
        """All keys as this process last read them, the present one first; none before the first reading."""
        return self._known

    def all(self) -> tuple[bytes, ...]:
        """All keys, the present one first: made at first need, put back where they were lost."""
        known = self._known
        with translated("read the signing key"):
            present, former = self._redis.pipeline().get(keys.SIGNING_KEY).lrange(keys.FORMER_KEYS, 0, -1).execute()
            if present is None:
                new = known[0] if known else secrets.token_bytes(SIGNING_KEY_BYTES)
                self._redis.set(keys.SIGNING_KEY, new, nx=True)
                present = self._redis.get(keys.SIGNING_KEY) or new
            found = [bytes(present), *map(bytes, former)]
            lost = [each for each in known if each not in found][: keys.FORMER_KEYS_KEPT]
            if lost:
                pipe = self._redis.pipeline(transaction=True)
                for each in reversed(lost):  # so that the newest stands first
                    pipe.lrem(keys.FORMER_KEYS, 0, each).lpush(keys.FORMER_KEYS, each)
                pipe.ltrim(keys.FORMER_KEYS, 0, keys.FORMER_KEYS_KEPT - 1).execute()
        former_ones = [*lost, *found[1:]][: keys.FORMER_KEYS_KEPT]
        self._known = tuple(dict.fromkeys([found[0], *former_ones]))
        return self._known
