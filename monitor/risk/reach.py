"""Which receivers a list's subscribers are behind: counts by domain become counts by receiver.

A domain is known by its own name, or by the names of its MX hosts where they have been looked up (RFC 5321 section
5.1). Only domains and counts are ever looked at, never addresses.
"""

import tomllib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from importlib.resources import files
from typing import Final

from monitor.model.mail_route import MailRoute
from monitor.model.reach import Reach, Ways
from monitor.phrase.names import several_in
from monitor.phrase.phrase import say

IPV6: Final = 6
GENERIC: Final = "generic"  # receivers of no particular kind: a domain's own mail server
OTHERS: Final = say("Other receivers")  # what they are called everywhere
OTHERS_WITHIN: Final = say("other receivers")  # the same within a sentence
LATELY: Final = timedelta(days=14)  # so long it is told that mail can arrive over IPv6 by now


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


@lru_cache(maxsize=1)
def providers() -> tuple[Provider, ...]:
    """The providers of providers.toml."""
    document = tomllib.loads(files(__package__).joinpath("providers.toml").read_text(encoding="utf-8"))
    return tuple(
        Provider(
            **(
                entry
                | {
                    "title": several_in(entry["title"]),
                    "domains": frozenset(entry.get("domains", ())),
                    "mx": tuple(entry.get("mx", ())),
                }
            )
        )
        for entry in document["provider"]
    )


@lru_cache(maxsize=256)
def takes_ipv6(receiver: str) -> bool | None:
    """Whether the receiver's MX hosts take mail over IPv6 at all; None where nobody looked."""
    return next((provider.ipv6 for provider in providers() if provider.id == receiver), None)


@lru_cache(maxsize=256)
def title_of(receiver: str) -> str:
    """The receiver's name for people; its id where it has none."""
    if receiver == GENERIC:
        return OTHERS
    return next((provider.title for provider in providers() if provider.id == receiver), receiver)


def takes(there: Reach, receiver: str, family: int) -> bool | None:
    """Whether mail to any of the list's subscribers at the receiver can arrive over that family.

    Of a receiver without subscribers, what is known of it for everybody; None where nothing is.
    """
    ways = there.ways.get(receiver)
    if ways is not None:
        return ways.takes(family)
    return takes_ipv6(receiver) if family == IPV6 else None


@lru_cache(maxsize=1)
def _by_name() -> Mapping[str, str]:
    """Receiver ids by their own names and those of their domains."""
    return {name: each.id for each in reversed(providers()) for name in (*each.domains, each.id)}


def receiver_of(domain: str, mx: Sequence[str] = ()) -> str | None:
    """The receiver that takes a domain's mail; None where neither the name nor an MX host is known."""
    named = _by_name().get(domain.lower().rstrip("."))
    return named or next((found for host in mx if (found := _of_host(host)) is not None), None)


@lru_cache(maxsize=16384)
def _of_host(host: str) -> str | None:
    end = "." + host.lower().rstrip(".")
    return next((each.id for each in providers() if end.endswith(each.mx)), None)


def reach(
    subscribers: Mapping[str, int],
    routes: Mapping[str, MailRoute] | None = None,
    *,
    now: datetime | None = None,
) -> Reach:
    """Counts by domain, or by receiver id, as counts by receiver and way. `routes` gives what DNS said of domains.

    Where DNS has said nothing of a domain it is placed by its name, and whether mail can reach it over IPv6 is what is
    known of its receiver. Without `now` nothing came lately.
    """
    routes = routes or {}
    tally = _Tally(now)
    for domain, count in subscribers.items():
        tally.add(domain, count, routes.get(domain))
    return tally.reach()


class _Tally:
    """Subscribers as they are counted, domain by domain."""

    def __init__(self, now: datetime | None) -> None:
        self._now = now
        self._ways: dict[str, Counter[str]] = {}
        self._came_at: dict[str, datetime] = {}
        self._rest: Counter[str] = Counter()

    def add(self, domain: str, count: int, route: MailRoute | None) -> None:
        known = route is not None and route.known
        hosts = () if route is None else route.hosts
        if "." in domain:
            self._rest["asked"] += count
            self._rest["looked_up"] += count * known
            self._rest["unanswered"] += count * (route is not None and not known)
        if route is not None and known and route.no_mail:
            self._rest["no_mail"] += count
            return
        receiver = receiver_of(domain, hosts) or (GENERIC if hosts or domain == GENERIC else None)
        if receiver is None:
            self._rest["elsewhere"] += count
            return
        ways = self._ways.setdefault(receiver, Counter())
        ways[_way(route, receiver)] += count
        if route is not None and route.ipv6:
            ways["later"] += count * route.ipv6_later
            since = route.ipv6_since
            if since is not None and self._now is not None and timedelta(0) <= self._now - since <= LATELY:
                ways["came"] += count
                self._came_at[receiver] = min(since, self._came_at.get(receiver, since))

    def reach(self) -> Reach:
        ways = {each: Ways(**some, came_at=self._came_at.get(each)) for each, some in self._ways.items()}
        return Reach(by_receiver={each: some.all for each, some in ways.items()}, ways=ways, **self._rest)


def _way(route: MailRoute | None, receiver: str) -> str:
    """How mail can arrive there, as the field of Ways."""
    six, four = (None, None) if route is None or not route.known else (route.ipv6, route.ipv4)
    if route is None or not route.known:
        six = takes_ipv6(receiver)
    if six is None:
        return "unknown"
    if six:
        return "ipv6" if four is False else "both"
    return "ipv4"
