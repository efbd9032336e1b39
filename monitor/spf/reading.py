"""An SPF record read once for all clients of a family: its terms, and which of them can matter to a client. Pure.

What one mechanism means is pyspf's to say; it is handed in. Everything wrong with a record is found here, before anything is
evaluated (RFC 7208 section 4.6).
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from ipaddress import ip_address
from typing import Final

from monitor.spf import macro

BITS: Final = {4: 32, 6: 128}  # of an address, by version

# As written, kind, target (None: the domain itself), prefix length, result if it matches.
Mechanism = tuple[str, str, str | None, int, str]

_ASKS: Final = {"include": "TXT", "mx": "MX", "exists": "A", "a": ""}  # type asked for; "" is the client's
_MODIFIER = re.compile(r"([a-z][a-z0-9_.-]*)=", re.IGNORECASE)  # section 12, `name`
_DOMAIN_END = re.compile(  # section 7.1: a top label, or a macro
    r"(?:\.(?:[0-9a-z]*[a-z][0-9a-z]*|[0-9a-z]+-[0-9a-z-]*[0-9a-z])\.?|%(?:%|_|-|\{[^}]*\}))\Z", re.IGNORECASE
)


class Unreadable(Exception):
    """A record that breaks the grammar: `problem` is a sentence, `term` what it is about."""

    def __init__(self, problem: str, term: str = "") -> None:
        self.problem, self.term = problem, term
        super().__init__(f"{problem}: {term}" if term else problem)


@dataclass(slots=True)
class Reading:
    """A record that was read and found right, for clients of one family."""

    mechanisms: dict[str, Mechanism] = field(default_factory=dict)  # by their text
    order: list[tuple[str, tuple[int, int] | None]] = field(
        default_factory=list
    )  # text; for ip4 and ip6 network, shift
    redirect: str | None = None  # as a term, its name in lower case
    explains: str | None = None  # the domain-spec of exp=
    includes: frozenset[str] = frozenset()
    asks_nothing: bool = True  # ip4, ip6 and all, and nothing else

    def foreseen(self, domain: str, rrtype: str) -> Iterator[tuple[str, str]]:
        """The questions that its terms will ask if none before them matches, but for those with macros."""
        for mech, kind, target, _, _ in self.mechanisms.values():
            if kind in _ASKS and "%" not in mech:
                yield target or domain, _ASKS[kind] or rrtype
        if self.redirect is not None and "%" not in self.redirect:
            yield self.redirect.partition("=")[2], "TXT"

    def for_client(self, number: int) -> str:
        """The record as it needs to be evaluated: up to the first ip4 or ip6 that holds the client, without the others."""
        terms = ["v=spf1"]
        for text, network in self.order:
            if network is None:
                terms.append(text)
            elif number >> network[1] == network[0]:
                terms.append(text)
                break
        else:
            if self.redirect is not None:
                terms.append(self.redirect)
        return " ".join(terms)

    def decide(self, number: int) -> Mechanism | None:
        """Of a record that asks nothing, the term that matches the client; None where none does."""
        for text, network in self.order:
            if network is None or number >> network[1] == network[0]:
                return self.mechanisms[text]
        return None


def read(record: str, family: int, read_mechanism: Callable[[str], Mechanism]) -> Reading:
    """Every term of a record, checked. Raises Unreadable, and what `read_mechanism` raises."""
    if not record.isprintable():
        raise Unreadable("The record holds a control character")
    reading, includes = Reading(), set()
    for term in filter(None, record.split(" ")[1:]):
        modifier = _MODIFIER.match(term)
        if modifier is not None:
            _read_modifier(reading, modifier[1].lower(), term[modifier.end() :], term)
            continue
        mechanism = read_mechanism(term)
        _, kind, target, prefix, _ = mechanism
        network = None
        if kind in ("ip4", "ip6"):
            version, number = address(target or "")
            if version != family:
                continue  # it matches no client of this family (section 5.6)
            network = number >> BITS[version] - prefix, BITS[version] - prefix
        elif kind != "all":
            reading.asks_nothing = False
        if kind == "include" and target:
            includes.add(target)
        reading.mechanisms[term] = mechanism
        reading.order.append((term, network))
    reading.includes = frozenset(includes)
    return reading


def check_domain(spec: str) -> None:
    """Raise Unreadable where a domain-spec breaks section 7.1; an empty one is its term's to judge."""
    if spec and not _DOMAIN_END.search(spec):
        raise Unreadable("Not a domain name, which ends in a top-level domain or a macro", spec)
    check_macros(spec)


def check_macros(text: str) -> None:
    """Raise Unreadable where a macro-string breaks section 7.1."""
    try:
        macro.check(text)
    except macro.InvalidMacro as error:
        raise Unreadable("Not a macro", str(error)) from error


@lru_cache(maxsize=65536)
def address(text: str) -> tuple[int, int]:
    """Version and value of an address as text. Raises ValueError."""
    found = ip_address(text)
    return found.version, int(found)


def _read_modifier(reading: Reading, name: str, value: str, term: str) -> None:
    """One modifier: redirect and exp once each, the others only for their syntax (section 6)."""
    if name not in ("redirect", "exp"):
        check_macros(value)
        return
    if (reading.redirect if name == "redirect" else reading.explains) is not None:
        raise Unreadable(f"{name}= appears twice", term)
    if not value:
        raise Unreadable(f"{name}= names no domain", term)
    check_domain(value)
    if name == "redirect":
        reading.redirect = f"redirect={value}"
        reading.asks_nothing = False
    else:
        reading.explains = value
