"""What the receiver asks of the house: whose address is this, when was that probe submitted, keep this arrival."""

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Protocol

from monitor.errors import InvalidToken
from monitor.model import Arrival
from monitor.probe.token import TokenClaims, list_tag, verify


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """A forward-path that we accept, and what it was made for."""

    claims: TokenClaims
    list_id: str


class Desk(Protocol):
    """The receiver's way to tokens, probes and the store. Called from many threads at once, `now` and `read` also from the loop."""

    def now(self) -> datetime:
        """The time, aware, UTC."""

    def read(self, local_part: str) -> Address:
        """What the local part was issued for. Raises InvalidToken. Must neither block nor ask the store."""

    def submitted_at(self, probe_id: str) -> datetime | None:
        """When the probe was submitted; None where that is not known. May block; raises StoreUnavailable."""

    def record(self, arrival: Arrival) -> None:
        """Keep the arrival durably before returning; a second time has no effect. May block; raises StoreUnavailable."""


def utc_now() -> datetime:
    """The machine's clock."""
    return datetime.now(UTC)


@dataclass(slots=True, kw_only=True)
class TokenDesk:
    """A desk made of the signing key, the lists that are watched now, and two functions over the store."""

    key: bytes
    list_ids: Callable[[], Collection[str]]
    find_submitted_at: Callable[[str], datetime | None]
    keep: Callable[[Arrival], None]
    clock: Callable[[], datetime] = utc_now
    _tags: dict[bytes, str] = field(default_factory=dict)
    _tagged: frozenset[str] = frozenset()

    def now(self) -> datetime:
        """As Desk.now."""
        return self.clock()

    def read(self, local_part: str) -> Address:
        """As Desk.read. A token for a list that is not watched (any more) is `forged`: it names nobody here."""
        claims = verify(self.key, local_part, now=self.now())
        current = frozenset(self.list_ids())
        if current != self._tagged:
            self._tags = {list_tag(self.key, list_id): list_id for list_id in current}
            self._tagged = current
        list_id = self._tags.get(claims.list_tag)
        if list_id is None:
            raise InvalidToken("forged")
        return Address(claims=claims, list_id=list_id)

    def submitted_at(self, probe_id: str) -> datetime | None:
        """As Desk.submitted_at."""
        return self.find_submitted_at(probe_id)

    def record(self, arrival: Arrival) -> None:
        """As Desk.record."""
        self.keep(arrival)
