"""What every kind of address is: how its mail is taken, and what RCPT demands of it."""

from collections.abc import Callable
from dataclasses import dataclass

from monitor.dns.answer import Resolver
from monitor.model.evidence import Arrival
from monitor.model.vantage import Vantage
from monitor.receiver.arrival import Delivery, observe
from monitor.receiver.backend import Backend
from monitor.receiver.token_addresses import Address


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """One message, to addresses of one kind."""

    delivery: Delivery
    addresses: tuple[Address, ...]
    resolver: Resolver
    vantage: Vantage

    def observe(self) -> Arrival:
        """How it came, for no list yet. Asks DNS."""
        return observe(self.delivery, self.resolver, vantage=self.vantage)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One kind of address. `take` gives the reply to the end of the data; where it raises, nothing is lost: 451."""

    take: Callable[[Mail, Backend], str]
    several: bool = False  # of its kind in one message: the reply is one for all, so that other kinds come alone
    only_dsn: bool = False  # from the null reverse-path alone
    large: bool = False  # may have `report_octets`
