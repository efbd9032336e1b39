"""An SPF record read once for all clients of a family: its terms, and which of them can matter to a client. Pure.

What one mechanism means is pyspf's to say; it is handed in. Everything wrong with a record is found here, before anything is
evaluated (RFC 7208 section 4.6).
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
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
class Run:
    """`ip4` or `ip6` terms that follow one another: the first that holds a client is found without looking at each."""

    terms: list[str] = field(default_factory=list)
    _networks: dict[int, dict[int, int]] = field(default_factory=dict)  # host bits → network → place among the terms

    def add(self, term: str, network: int, host_bits: int) -> None:
        """The next term."""
        self._networks.setdefault(host_bits, {}).setdefault(network, len(self.terms))
        self.terms.append(term)

    def first(self, number: int) -> str | None:
        """The first term whose network holds the client; None where none does."""
        found = None
        for host_bits, networks in self._networks.items():
            place = networks.get(number >> host_bits)
            if place is not None and (found is None or place < found):
                found = place
        return None if found is None else self.terms[found]


@dataclass(slots=True)
class Reading:
    """A record that was read and found right, for clients of one family."""

    mechanisms: dict[str, Mechanism] = field(default_factory=dict)  # by their text
    steps: list[str | Run] = field(default_factory=list)  # the mechanisms in order, runs of addresses as one
    redirect: str | None = None  # as a term, its name in lower case
    explains: str | None = None  # the domain-spec of exp=
    includes: frozenset[str] = frozenset()
    plain: bool = True  # no macro, no `ptr`, no `exists`: the same for whoever sends

    def foreseen(self, number: int, domain: str, rrtype: str, most: int) -> Iterator[tuple[str, str]]:
        """The questions that its terms will ask for a client if none before them matches, but for those with macros."""
        for step in self.steps:
            if isinstance(step, Run):
                if step.first(number) is not None:
                    return
                continue
            _, kind, target, _, _ = self.mechanisms[step]
            if kind == "all" or most <= 0:
                return
            most -= 1
            if kind in _ASKS and "%" not in step:
                yield target or domain, _ASKS[kind] or rrtype
        if self.redirect is not None and "%" not in self.redirect and most > 0:
            yield self.redirect.partition("=")[2], "TXT"

    def for_client(self, number: int) -> str:
        """The record as it needs to be evaluated: up to the first ip4 or ip6 that holds the client, without the others."""
        terms = ["v=spf1"]
        for step in self.steps:
            if not isinstance(step, Run):
                terms.append(step)
            elif (term := step.first(number)) is not None:
                terms.append(term)
                break
        else:
            if self.redirect is not None:
                terms.append(self.redirect)
        return " ".join(terms)


def read(
    record: str,
    family: int,
    read_mechanism: Callable[[str], Mechanism],
    read_address: Callable[[str], tuple[int, int]],
) -> Reading:
    """Every term of a record, checked. Raises Unreadable, and what the readers of a mechanism and an address raise."""
    if not record.isprintable():
        raise Unreadable("The record holds a control character")
    reading, includes = Reading(), set()
    for term in filter(None, record.split(" ")[1:]):
        modifier = _MODIFIER.match(term) if "=" in term else None
        if modifier is not None:
            _read_modifier(reading, modifier[1].lower(), term[modifier.end() :], term)
            continue
        mechanism = read_mechanism(term)
        _, kind, target, prefix, _ = mechanism
        if kind in ("ip4", "ip6"):
            version, number = read_address(target or "")
            if version != family:
                continue  # it matches no client of this family (section 5.6)
            host_bits = BITS[version] - prefix
            if not reading.steps or not isinstance(reading.steps[-1], Run):
                reading.steps.append(Run())
            reading.steps[-1].add(term, number >> host_bits, host_bits)  # type: ignore[union-attr]  # just seen to be a run
        else:
            reading.steps.append(term)
            reading.plain = reading.plain and kind in ("a", "mx", "include", "all") and "%" not in term
        if kind == "include" and target:
            includes.add(target)
        reading.mechanisms[term] = mechanism
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
        reading.plain = reading.plain and "%" not in value
    else:
        reading.explains = value
