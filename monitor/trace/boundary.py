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
from itertools import groupby, takewhile
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
    relays: tuple[IPv4Network | IPv6Network, ...]  # from which it forwards alone, with the reverse-path kept
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
    boundary: bool = False  # here the mail entered the recipient's domain: the newest crossing into it
    between_customers: bool = (
        False  # it left one customer of a provider and came to another, and never left the provider
    )
    hidden_client: bool = False  # it came from outside, but the address seen is inside: a gateway hides the client's


@dataclass(frozen=True, slots=True, kw_only=True)
class Path:
    """A message's way, oldest hop first."""

    hops: tuple[PlacedHop, ...]
    admd: str  # the recipient's: that of the newest hop
    entered_at: int | None = None  # number of the hop from which on its hosts, or its provider's customer's, write

    @property
    def entry(self) -> PlacedHop | None:
        """The hop at which the mail came to the recipient's domain, or from another customer of its provider's.

        What stands below it was written by others.
        """
        return None if self.entered_at is None else self.hops[self.entered_at - 1]

    def is_inside(self, n: int) -> bool:
        """Whether that hop was made within the recipient's domain."""
        return self.entered_at is not None and n > self.entered_at

    @property
    def visits(self) -> tuple[tuple[PlacedHop, ...], ...]:
        """The hops by the domains that the mail went through, in its order; a domain may be visited again."""
        return tuple(tuple(hops) for _, hops in groupby(self.hops, key=lambda each: each.admd))

    def visit_of(self, n: int) -> tuple[PlacedHop, ...]:
        """The hops of the domain in which that hop was made, up to and after it; empty for no such hop."""
        return next((hops for hops in self.visits if any(each.hop.n == n for each in hops)), ())


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
            relays=tuple(ip_network(each) for each in entry.get("relays", ())),
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


def keeps_reverse_paths(admd: str, address: IpAddress) -> bool:
    """Whether that domain sends from the address only what it forwards, with the reverse-path that it came with."""
    known = _provider(admd)
    return known is not None and any(address in network for network in known.relays)


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
    between = [_is_between_customers(hop, admd or recipient) for hop, admd in zip(hops, admds, strict=True)]
    run = list(
        takewhile(lambda n: admds[n - 1] in ("", recipient), range(len(hops), 0, -1))
    )  # of the recipient's hosts
    entered_at = next((n for n in run if crossings[n - 1]), None)
    boundary = next((n for n in run if crossings[n - 1] and not between[n - 1]), None)
    hidden = run[-1] if run and entered_at is None and _is_client_hidden(hops, run[-1], recipient) else None
    entered_at, boundary = entered_at or hidden, boundary or hidden
    if entered_at is not None:  # whoever names itself only by a bare word or an address behind it is inside
        first = min(entered_at, boundary or entered_at)
        admds[first - 1 :] = [admd or recipient for admd in admds[first - 1 :]]
    return Path(
        hops=tuple(
            PlacedHop(
                hop=hop,
                admd=admd,
                crossing=(crossing and not within) or hop.n == hidden,
                boundary=hop.n == boundary,
                between_customers=crossing and within,
                hidden_client=hop.n == hidden,
            )
            for hop, admd, crossing, within in zip(hops, admds, crossings, between, strict=True)
        ),
        admd=recipient,
        entered_at=entered_at,
    )


def _crosses(hop: Hop, admd: str) -> bool:
    """Whether the client of that hop stands outside the domain, or belongs to another customer of it."""
    if "." not in hop.from_host and hop.client_ip is None:
        return False  # handed on within one host: by no name, by a user, by localhost
    known = _provider(admd)
    named = admd_of_host(hop.from_host) == admd
    if known is None:
        # A HELO name is a claim, but a forged one would only hide the hop of the forger.
        return not (named or (hop.client_ip is not None and is_internal_address(hop.client_ip)))
    if _is_between_customers(hop, admd):
        return True
    if hop.client_ip is None:
        return not named
    if is_internal_address(hop.client_ip) or known.is_internal(hop.client_ip):
        return False
    if named and known.front.pattern != _NEVER and not known.front.search(hop.by_host):
        return False  # only its own hosts reach those behind the front
    return not (named and (known.owns(hop.client_ip) or not known.networks))


def _is_between_customers(hop: Hop, admd: str) -> bool:
    """Whether it has left a provider's egress, and come in again by its front door, from an address of its own."""
    known = _provider(admd)
    if known is None or not (known.egress.search(hop.from_host) and known.front.search(hop.by_host)):
        return False
    return hop.client_ip is None or not known.networks or known.owns(hop.client_ip)


# Names that lead nowhere outside: RFC 6761 section 6, RFC 6762 section 3 and appendix G, RFC 8375, ICANN's ".internal".
_NAMES_INSIDE: Final = frozenset(
    {"local", "localhost", "localdomain", "internal", "intranet", "private", "corp", "home", "lan", "arpa"}
)


def _is_client_hidden(hops: Sequence[Hop], n: int, admd: str) -> bool:
    """Whether a host outside gave it to hop `n`, which saw an address inside: a gateway of the receiver's is between.

    Its own hosts by another of its names, users who submit mail, and programs that fetch it come from inside as well.
    """
    hop = hops[n - 1]
    if hop.client_ip is None or not is_internal_address(hop.client_ip):
        return False
    if "SMTP" not in (hop.with_protocol or "SMTP") or hop.with_protocol.endswith("A"):
        return False  # RFC 3848: ESMTPA and ESMTPSA are submissions
    names = [hop.from_host, *([hops[n - 2].by_host] if n > 1 and not hop.client_ip.is_loopback else [])]
    name = next((each for each in names if organisation(each) and each.rpartition(".")[2] not in _NAMES_INSIDE), "")
    return bool(name) and not are_kin(admd_of_host(name), admd)


def are_kin(one: str, other: str) -> bool:
    """Whether two organisations' names begin alike, so that one may have both; not those of RFC 2606 section 3."""
    first, second = one.partition(".")[0], other.partition(".")[0]
    alike = "example" not in (first, second) and (first.startswith(second) or second.startswith(first))
    return alike or one == other
