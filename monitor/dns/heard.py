"""A resolver that remembers what it was told, and what in it contradicts itself."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from monitor.dns.answer import Answer, Resolver
from monitor.dns.name import normal

Key = tuple[str, str]  # name in normal form, type


class Heard:
    """Another resolver, and every answer that came through here. For one thread."""

    def __init__(self, base: Resolver) -> None:
        self._base = base
        self.heard: dict[Key, Answer] = {}

    def lookup(self, name: str, rrtype: str, *, timeout_s: float | None = None) -> Answer:
        """As Resolver.lookup."""
        answer = self._base.lookup(name, rrtype, timeout_s=timeout_s)
        self.heard[normal(name), rrtype] = answer
        return answer


class Denied(NamedTuple):
    """A name that a server denied (NXDOMAIN) when asked for one type, though something is there, or below it."""

    name: str
    asked: tuple[str, ...]  # types for which it was denied
    there: str  # what is there: `A`, or the name below that exists


def denied_names(heard: Mapping[Key, Answer]) -> tuple[Denied, ...]:
    """Names that exist and were denied.

    NXDOMAIN is said of a name whatever the type (RFC 4074 section 4.2), and of all names below it (RFC 8020 section 2).
    """
    return tuple(_denied(heard))


def _denied(heard: Mapping[Key, Answer]) -> Iterator[Denied]:
    denied: dict[str, list[str]] = {}
    there: dict[str, str] = {}
    for (name, rrtype), answer in heard.items():
        if answer.rcode == "NXDOMAIN":
            denied.setdefault(name, []).append(rrtype)
        elif answer.records and rrtype != "CNAME":  # an alias may well lead to a name that does not exist
            there.setdefault(name, rrtype)
    for name, rrtypes in denied.items():
        below = (other for other in there if other.endswith(f".{name}"))
        found = there.get(name) or next(below, None)
        if found is not None:
            yield Denied(name, tuple(rrtypes), found)
