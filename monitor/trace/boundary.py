"""Which administrative domain each hop belongs to, and where the mail entered the recipient's (RFC 5598 section 2.3).

SPF is a check between the border of one domain and the next (RFC 7208 section 2.5 and appendix F), and a field about
its result is worth something only if it was written at that border or behind it (RFC 8601 section 1.2). So the border
is what everything else is measured by.
"""

import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Final

from monitor.model.dns import IpAddress
from monitor.model.evidence import Hop
from monitor.model.organisation import organisation
from monitor.trace.gateway import is_internal_address

_NEVER: Final = r"(?!)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Admd:
    """One provider as its Received fields show it."""

    id: str
    name: str
    hosts: re.Pattern[str]
    front: re.Pattern[str]
    egress: re.Pattern[str]
    authserv: re.Pattern[str]
    internal: tuple[IPv4Network | IPv6Network, ...]
    networks: tuple[IPv4Network | IPv6Network, ...]
    results_below: bool  # writes its results below its own Received field, against RFC 8601 section 5

    def owns(self, address: IpAddress) -> bool:
        """Whether the address is in one of its networks."""
        return self.is_internal(address) or any(address in network for network in self.networks)

    def is_internal(self, address: IpAddress) -> bool:
        """Whether the address is in a network that never meets the outside."""
        return any(address in network for network in self.internal)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacedHop:
    """A hop with the administrative domain of the host that wrote it."""

    hop: Hop
    admd: str  # id of a known provider, else an organisation's domain; "" where the field names no host
    crossing: bool  # the client stood outside that domain
    boundary: bool  # here the mail entered the recipient's domain: the newest crossing into it


@dataclass(frozen=True, slots=True, kw_only=True)
class Path:
    """A message's way, oldest hop first."""

    hops: tuple[PlacedHop, ...]
    admd: str  # the recipient's: that of the newest hop

    @property
    def entry(self) -> PlacedHop | None:
        """The hop at which the mail entered the recipient's domain."""
        return next((each for each in self.hops if each.boundary), None)

    def is_inside(self, n: int) -> bool:
        """Whether that hop was made within the recipient's domain."""
        return self.entry is not None and n > self.entry.hop.n


@cache
def known_admds() -> tuple[Admd, ...]:
    """The providers of `providers.toml`. Raises KeyError or ValueError where the file is wrong: a mistake of ours."""
    document = tomllib.loads(files("monitor.trace").joinpath("providers.toml").read_text(encoding="utf-8"))
    return tuple(
        Admd(
            id=entry["id"],
            name=entry["name"],
            hosts=re.compile(entry["hosts"]),
            front=re.compile(entry.get("front", _NEVER)),
            egress=re.compile(entry.get("egress", _NEVER)),
            authserv=re.compile(entry["authserv"]),
            internal=tuple(ip_network(each) for each in entry["internal"]),
            networks=tuple(ip_network(each) for each in entry["networks"]),
            results_below=entry.get("results_below", False),
        )
        for entry in document["admd"]
    )


def _provider(admd: str) -> Admd | None:
    return next((each for each in known_admds() if each.id == admd), None)


def admd_of_host(host: str) -> str:
    """The id of the provider whose host that is, else the organisation's domain; "" for no name."""
    name = host.strip("[].").lower()
    known = next((each for each in known_admds() if each.hosts.search(name)), None)
    return known.id if known is not None else organisation(name)


def admd_name(admd: str) -> str:
    """How to call it in a sentence."""
    known = _provider(admd)
    return admd if known is None else known.name


def is_internal(admd: str, address: IpAddress) -> bool:
    """Whether the address never meets the outside of that domain: private, or known to be the provider's own."""
    known = _provider(admd)
    return is_internal_address(address) or (known is not None and known.is_internal(address))


def writes_below(admd: str) -> bool:
    """Whether that domain's results stand below its own Received field."""
    known = _provider(admd)
    return known is not None and known.results_below


def writes_for(admd: str, authserv_id: str) -> bool:
    """Whether that authserv-id belongs to the domain (RFC 8601 section 2.5)."""
    name = authserv_id.strip(".").lower()
    known = _provider(admd)
    if known is not None and known.authserv.search(name):
        return True
    return bool(admd) and admd_of_host(name) == admd


def trace_path(hops: Sequence[Hop], *, written_by: str | None = None) -> Path:
    """The hops (oldest first) with their domains, and the newest one that crosses into the domain of the last.

    `written_by` is a host of that domain, for where its Received fields name none (Yahoo's name private addresses).
    What stands below that hop was there before, and may be invented (RFC 5321 section 7.2).
    """
    admds = [admd_of_host(hop.by_host) for hop in hops]
    recipient = next((admd for admd in reversed(admds) if admd), "")
    if written_by is not None and admds and not admds[-1]:
        recipient = admd_of_host(written_by) or recipient
    crossings = [_crosses(hop, admd or recipient) for hop, admd in zip(hops, admds, strict=True)]
    entry: int | None = None
    for hop, admd, crossing in zip(reversed(hops), reversed(admds), reversed(crossings), strict=True):
        if admd not in ("", recipient):
            break  # the field in which it entered is missing
        if crossing:
            entry = hop.n
            break
    if entry is not None:  # whoever names itself only by a bare word or an address behind it is inside
        admds[entry - 1 :] = [admd or recipient for admd in admds[entry - 1 :]]
    return Path(
        hops=tuple(
            PlacedHop(hop=hop, admd=admd, crossing=crossing, boundary=hop.n == entry)
            for hop, admd, crossing in zip(hops, admds, crossings, strict=True)
        ),
        admd=recipient,
    )


def _crosses(hop: Hop, admd: str) -> bool:
    """Whether the client of that hop stands outside the domain."""
    if "." not in hop.from_host and hop.client_ip is None:
        return False  # handed on within one host: by no name, by a user, by localhost
    known = _provider(admd)
    named = admd_of_host(hop.from_host) == admd
    if known is None:
        # A HELO name is a claim, but a forged one would only hide the hop of the forger.
        return not (named or (hop.client_ip is not None and is_internal_address(hop.client_ip)))
    if known.egress.search(hop.from_host) and known.front.search(hop.by_host):
        return True  # one customer's mail to another: it has left by the egress and come in by the front door
    if hop.client_ip is None:
        return not named
    if is_internal_address(hop.client_ip) or known.is_internal(hop.client_ip):
        return False
    return not (named and (known.owns(hop.client_ip) or not known.networks))
