"""What DNS tells of a list that nobody watches yet: where its mail arrives, from where it may leave. Values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from monitor.model.dns import IpAddress, PtrOutcome, PtrResult, SpfResult
from monitor.model.special_addresses import special_word, unwrapped

ADDRESSES_MOST: Final = 16  # proposed and looked at: more than a list's own hosts have


def can_be_proposed(address: IpAddress) -> bool:
    """Whether mail on the internet can come from there: a public address, in its one form."""
    return special_word(address) is None and unwrapped(address) is address


class Arrival(StrEnum):
    """How mail for a domain finds its way."""

    MX = "mx"
    DOMAIN = "domain"  # without an MX, to the domain's own address (RFC 5321 section 5.1)
    NULL_MX = "null-mx"  # it takes no mail (RFC 7505)
    NOWHERE = "nowhere"  # the domain is there, with neither MX nor address
    NO_DOMAIN = "no-domain"  # NXDOMAIN
    SILENT = "silent"  # DNS did not tell


@dataclass(frozen=True, slots=True, kw_only=True)
class Host:
    """A mail server of the domain."""

    name: str
    addresses: tuple[IpAddress, ...] = ()  # whatever DNS has, IPv4 first
    provider: str | None = None  # whose it is, where its owner sends from other addresses than it receives at
    problem: str = ""  # why DNS told less than all of its addresses; "" where it told


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What DNS told of a domain."""

    domain: str
    arrival: Arrival
    hosts: tuple[Host, ...] = ()  # the best first
    reverse: Mapping[IpAddress, PtrOutcome] = field(default_factory=dict)  # of `public` addresses
    spf: tuple[str, ...] | None = None  # its records; None: DNS did not tell
    verdicts: Mapping[IpAddress, SpfResult] = field(default_factory=dict)  # of mail from there in the domain's name
    problem: str = ""  # a sentence, where DNS did not tell how mail arrives

    @property
    def own(self) -> tuple[Host, ...]:
        """The hosts whose addresses may be those that mail leaves from, too."""
        return tuple(each for each in self.hosts if each.provider is None)

    @property
    def public(self) -> tuple[IpAddress, ...]:
        """Their public addresses, each once: never one that stands in documentation."""
        every = [address for host in self.own for address in host.addresses if can_be_proposed(address)]
        return tuple(dict.fromkeys(every))[:ADDRESSES_MOST]

    @property
    def names(self) -> tuple[str, ...]:
        """The names in reverse DNS that lead back to these addresses, each once."""
        outcomes = [self.reverse[each] for each in self.public if each in self.reverse]
        return tuple(dict.fromkeys(name for one in outcomes if one.result is PtrResult.PASS for name in one.confirmed))
