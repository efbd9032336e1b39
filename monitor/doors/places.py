"""Places for connections: so many in all and for each network, so that nobody keeps the others out.

Pure: it counts, and says who has to go. Where a network, or the whole house, has as many connections as it may, a new
one takes the place of the one there that has stood longest without doing what the door is for. So whoever comes to do
something always gets in, while standing idle in numbers only pushes out those who stand idle likewise.
"""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address
from typing import Final, Generic, Protocol, TypeVar


class Guest(Protocol):
    """One connection, as the count sees it."""

    @property
    def lingers(self) -> bool:
        """Whether it does nothing now that would be lost with it."""
        ...

    def make_room(self) -> None:
        """End at once: somebody else needs the place, and has it already."""
        ...


@dataclass(frozen=True, slots=True)
class Share:
    """How many connections may come from one network of that size."""

    bits: int  # length of the prefix that its addresses have in common
    most: int


Shares = Mapping[int, Sequence[Share]]  # by IP version; the narrowest networks first
G = TypeVar("G", bound=Guest)
EVERYBODY: Final = "everybody"


class Places(Generic[G]):
    """Who is in, by network and in the order of coming."""

    def __init__(self, most: int, shares: Shares) -> None:
        self._most = most
        self._shares = shares
        self._crowds: dict[Hashable, dict[G, None]] = {EVERYBODY: {}}  # in order: the first one came first
        self._crowds_of: dict[G, list[Hashable]] = {}

    @property
    def guests(self) -> tuple[G, ...]:
        """All who are in now, who came first first."""
        return tuple(self._crowds[EVERYBODY])

    def __len__(self) -> int:
        return len(self._crowds[EVERYBODY])

    def admit(self, guest: G, address: IPv4Address | IPv6Address | None) -> bool:
        """Give the guest a place; False where those who could make room are all busy, and then it has none.

        Without an address it counts in all only (a proxy, who speaks for others). One who is in already is counted for
        the address as well: a client that a proxy has announced.
        """
        wanted = [*self._networks(address), (EVERYBODY, self._most)]
        for key, most in wanted:
            crowd = self._crowds.get(key, {})
            if guest in crowd or len(crowd) < most:
                continue
            leaving = next((one for one in crowd if one is not guest and one.lingers), None)
            if leaving is None:
                self.leave(guest)
                return False
            self.leave(leaving)
            leaving.make_room()
        for key, _ in wanted:
            self._crowds.setdefault(key, {})[guest] = None
        before = self._crowds_of.get(guest, [])
        self._crowds_of[guest] = [*before, *(key for key, _ in wanted if key not in before)]
        return True

    def renew(self, guest: G) -> None:
        """Count the guest as if it came now: it has done what it came for, and may do so again."""
        for key in self._crowds_of.get(guest, ()):
            crowd = self._crowds[key]
            del crowd[guest]
            crowd[guest] = None

    def leave(self, guest: G) -> None:
        """The guest has gone. May be repeated."""
        for key in self._crowds_of.pop(guest, ()):
            crowd = self._crowds[key]
            del crowd[guest]
            if not crowd and key != EVERYBODY:
                del self._crowds[key]

    def _networks(self, address: IPv4Address | IPv6Address | None) -> list[tuple[Hashable, int]]:
        if address is None:
            return []
        shares = self._shares.get(address.version, ())
        return [
            ((address.version, share.bits, int(address) >> (address.max_prefixlen - share.bits)), share.most)
            for share in shares
        ]
