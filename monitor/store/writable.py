"""Whether Redis takes writes: one that is full, or a replica, answers every question and loses everything said."""

from typing import Final

from monitor.errors import StoreUnavailable
from monitor.store import keys
from monitor.store.client import Part, translated

# Reasons of `monitor.store.trouble` that leave reading as it was.
REFUSED: Final = frozenset({"full", "full-disk", "read-only", "not-allowed", "refused", "wrong-type"})


class Writable(Part):
    """One short string that is written to find out."""

    def refusal(self) -> str:
        """Why nothing is written, with what to do; "" where it is. Raises StoreUnavailable where Redis is away."""
        try:
            with translated("tried whether it takes writes"):
                self._redis.set(keys.WRITABLE, "1", px=keys.WRITABLE_TTL)
        except StoreUnavailable as error:
            if error.reason not in REFUSED:
                raise
            return str(error)
        return ""
