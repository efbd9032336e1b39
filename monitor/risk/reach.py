"""Which receivers a list's subscribers are behind: counts by domain become counts by receiver.

A domain is known by its own name, or by the names of its MX hosts where they have been looked up (RFC 5321 section
5.1). Only domains and counts are ever looked at, never addresses.
"""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from importlib.resources import files


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """One receiver as domains and MX hosts show it."""

    id: str
    title: str
    domains: frozenset[str] = frozenset()
    mx: tuple[str, ...] = ()  # ends of host names
    ipv6: bool | None = None  # whether it takes mail over IPv6; None: nobody looked
    as_of: date | None = None
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """Subscribers by receiver; `elsewhere` are those whose domain nobody could place."""

    by_receiver: Mapping[str, int]
    elsewhere: int = 0

    def at(self, receiver: str | None) -> int | None:
        """How many are there; None where that is not known."""
        if not self.by_receiver and not self.elsewhere:
            return None
        return self.by_receiver.get(receiver or "", 0)

    def counts(self, receiver: str | None) -> bool:
        """Whether the list may have subscribers there: unplaced domains may be behind any receiver."""
        return self.at(receiver) != 0 or self.elsewhere > 0


@lru_cache(maxsize=1)
def providers() -> tuple[Provider, ...]:
    """The providers of providers.toml."""
    document = tomllib.loads(files(__package__).joinpath("providers.toml").read_text(encoding="utf-8"))
    return tuple(
        Provider(**(entry | {"domains": frozenset(entry.get("domains", ())), "mx": tuple(entry.get("mx", ()))}))
        for entry in document["provider"]
    )


@lru_cache(maxsize=256)
def takes_ipv6(receiver: str) -> bool | None:
    """Whether the receiver's MX hosts take mail over IPv6 at all; None where nobody looked."""
    return next((provider.ipv6 for provider in providers() if provider.id == receiver), None)


def receiver_of(domain: str, mx: Sequence[str] = ()) -> str | None:
    """The receiver that takes a domain's mail; None where neither the name nor an MX host is known."""
    name = domain.lower().rstrip(".")
    for provider in providers():
        if name == provider.id or name in provider.domains:
            return provider.id
    for host in mx:
        end = "." + host.lower().rstrip(".")
        for provider in providers():
            if end.endswith(provider.mx):
                return provider.id
    return None


def reach(subscribers: Mapping[str, int], mx: Mapping[str, Sequence[str]] | None = None) -> Reach:
    """Counts by domain, or by receiver id, as counts by receiver. `mx` gives the MX hosts of domains, best first."""
    placed: dict[str, int] = {}
    elsewhere = 0
    for domain, count in subscribers.items():
        hosts = (mx or {}).get(domain, ())
        receiver = receiver_of(domain, hosts) or ("generic" if hosts or domain == "generic" else None)
        if receiver is None:
            elsewhere += count
        else:
            placed[receiver] = placed.get(receiver, 0) + count
    return Reach(by_receiver=placed, elsewhere=elsewhere)
