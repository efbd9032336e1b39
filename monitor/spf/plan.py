"""A parsed record made quick to evaluate: what of it can matter to clients of one family. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

from monitor.model.dns import SpfResult
from monitor.spf.networks import BITS
from monitor.spf.record import QUALIFIERS, Record, Term, parse

PLANS_KEPT: Final = 8192  # of records read lately; about 4 KiB each
LONGEST_KEPT: Final = 4096  # characters of such a record
LONG_PLANS_KEPT: Final = 4  # of longer ones, up to 6 MiB each: what the addresses and identities of one check share

# As written, kind, target (None: the domain itself), prefix length, result if it matches.
Step = tuple[str, str, str | None, int, SpfResult]
_ASKS: Final = {"include": "TXT", "mx": "MX", "exists": "A", "a": ""}  # type asked for; "" is the client's
_RESULTS: Final = {sign: SpfResult(word) for sign, word in QUALIFIERS.items()}


@dataclass(slots=True)
class Run:
    """`ip4` or `ip6` terms that follow one another: which first holds a client is found without looking at each."""

    terms: list[tuple[str, SpfResult]] = field(default_factory=list)
    _networks: dict[int, dict[int, int]] = field(default_factory=dict)  # host bits → network → place among the terms

    def add(self, term: Term, host_bits: int) -> None:
        """The next term."""
        self._networks.setdefault(host_bits, {}).setdefault(term.number >> host_bits, len(self.terms))
        self.terms.append((term.text, _RESULTS[term.qualifier]))

    def first(self, number: int) -> tuple[str, SpfResult] | None:
        """The first term whose network holds the client, and its result; None where none does."""
        found = None
        for host_bits, networks in self._networks.items():
            place = networks.get(number >> host_bits)
            if place is not None and (found is None or place < found):
                found = place
        return None if found is None else self.terms[found]


@dataclass(slots=True)
class Plan:
    """A record for clients of one family."""

    steps: list[Step | Run] = field(default_factory=list)  # the mechanisms in order, runs of addresses as one
    redirect: str | None = None  # its domain-spec, also where there is an `all`, which is met first (section 6.1)
    error: Term | None = None  # the first that makes it a permanent error, whatever else it says (section 4.6)

    def foreseen(self, number: int, domain: str, rrtype: str, most: int) -> Iterator[tuple[str, str]]:
        """The questions that its terms will ask for a client if none before them matches, but for those with macros."""
        for step in self.steps:
            if isinstance(step, Run):
                if step.first(number) is not None:
                    return
                continue
            _, kind, target, _, _ = step
            if kind == "all" or most <= 0:
                return
            most -= 1
            if kind in _ASKS and (target is None or "%" not in target):
                yield target or domain, _ASKS[kind] or rrtype
        if self.redirect is not None and "%" not in self.redirect and most > 0:
            yield self.redirect, "TXT"


def plan(text: str, version: int) -> Plan:
    """The record for clients of IP version 4 or 6: from memory if it can be."""
    return (_kept if len(text) <= LONGEST_KEPT else _long_kept)(text)[version == 6]


def _plans(text: str) -> tuple[Plan, Plan]:
    record = parse(text)
    return _plan(record, 4), _plan(record, 6)


_kept = lru_cache(maxsize=PLANS_KEPT)(_plans)
_long_kept = lru_cache(maxsize=LONG_PLANS_KEPT)(_plans)


def _plan(record: Record, version: int) -> Plan:
    made = Plan()
    bits, own, other = BITS[version], f"ip{version}", f"ip{10 - version}"
    for term in record.terms:
        name = term.name
        if term.error is not None:
            made.error = term
            break
        if name == own:
            if not made.steps or not isinstance(made.steps[-1], Run):
                made.steps.append(Run())
            made.steps[-1].add(term, bits - term.prefix)  # type: ignore[union-attr]  # just seen to be a run
        elif name == "redirect":
            made.redirect = term.value.removesuffix(".")
        elif not term.modifier and name != other:  # which matches no client of this family (section 5.6)
            prefix = term.cidr4 if version == 4 else term.cidr6
            target = term.value.removesuffix(".") or None
            made.steps.append((term.text, name, target, bits if prefix is None else prefix, _RESULTS[term.qualifier]))
    return made
