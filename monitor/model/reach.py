"""Where a list's subscribers are, and over which address families mail can reach them: counts, never addresses."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final

DAYS_KEPT: Final = 91  # a quarter of a year, as of all other counts by day


@dataclass(frozen=True, slots=True, kw_only=True)
class Ways:
    """The subscribers of one receiver, by how mail to their domains can arrive."""

    both: int = 0
    ipv4: int = 0  # over IPv4 alone
    ipv6: int = 0  # over IPv6 alone
    unknown: int = 0
    later: int = 0  # of those with IPv6: only at mail servers of a worse preference
    came: int = 0  # of those with IPv6: since lately
    came_at: datetime | None = None  # since when, the first of them

    @property
    def over_ipv6(self) -> int:
        """Whom mail can reach over IPv6."""
        return self.both + self.ipv6

    @property
    def all(self) -> int:
        """How many there are."""
        return self.both + self.ipv4 + self.ipv6 + self.unknown

    def takes(self, family: int) -> bool | None:
        """Whether mail to anybody there can arrive over that family; None where it is not known."""
        if self.both or (self.ipv6 if family == 6 else self.ipv4):
            return True
        return None if self.unknown or not self.all else False

    def over(self, families: Collection[int]) -> int:
        """Whom mail may reach over any of these families, those included of whom it is not known."""
        return self.unknown + (self.both * bool(families) + self.ipv6 * (6 in families) + self.ipv4 * (4 in families))


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """Subscribers by receiver; `elsewhere` are those whose domain nobody could place."""

    by_receiver: Mapping[str, int] = field(default_factory=dict)
    elsewhere: int = 0
    no_mail: int = 0  # at domains that take no mail (RFC 7505), or do not exist: nobody there can be reached
    ways: Mapping[str, Ways] = field(default_factory=dict)  # by receiver
    asked: int = 0  # subscribers at domains that DNS was asked about, or is to be
    looked_up: int = 0  # of those: DNS has told
    unanswered: int = 0  # of those: DNS was asked and has told nothing yet

    def at(self, receiver: str | None) -> int | None:
        """How many are there; None where that is not known."""
        if not self.total:
            return None
        return self.by_receiver.get(receiver or "", 0)

    def counts(self, receiver: str | None) -> bool:
        """Whether the list may have subscribers there: unplaced domains may be behind any receiver."""
        return self.at(receiver) != 0 or self.elsewhere > 0

    @property
    def total(self) -> int:
        """All subscribers that were counted; 0: not counted."""
        return sum(self.by_receiver.values()) + self.elsewhere + self.no_mail

    @property
    def over_ipv6(self) -> int:
        """Whom mail can reach over IPv6, so far as is known."""
        return sum(each.over_ipv6 for each in self.ways.values())

    @property
    def ipv4_only(self) -> int:
        """Whom mail can reach over IPv4 alone."""
        return sum(each.ipv4 for each in self.ways.values())

    @property
    def unknown(self) -> int:
        """Of whom it is not known over which family mail reaches them."""
        return self.elsewhere + sum(each.unknown for each in self.ways.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class ReachDay:
    """Whom mail could reach over IPv6 on one day, when it was last counted that day (UTC)."""

    day: date
    over_ipv6: int
    total: int
    looked_up: int  # of the total; fewer than it while a new list's domains are being looked up


@dataclass(frozen=True, slots=True, kw_only=True)
class ReachRecord:
    """A list's reach as it was last counted, and on the days before, oldest first."""

    reach: Reach
    counted_at: datetime
    wanted_at: datetime  # when the schedule was last told of the list's domains
    days: tuple[ReachDay, ...] = ()
