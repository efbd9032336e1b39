"""The gate that every DNS record goes through before it is proposed to anybody, in whatever finding or format.

Advice is never worse than silence. An SPF record is proposed only if it can be read, names somebody, names public
addresses alone, stays within the limits over either family (RFC 7208 section 4.6.4), and was evaluated to pass for
every address that sends in the domain's name, as far as they are known. All other records are one name and one public
address.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from monitor.dns.answer import Resolver
from monitor.dns.memory import Overlay
from monitor.dns.name import InvalidName, a_label
from monitor.model.dns import IpAddress, SpfResult, read_address
from monitor.model.findings import Fix
from monitor.model.special_addresses import can_be_named
from monitor.spf.draft import closed, in_front, tidy
from monitor.spf.fix import mechanism
from monitor.spf.limits import LOOKUP_LIMIT, VOID_LIMIT
from monitor.spf.record import is_spf, parse
from monitor.spf.tree import Node, build_tree, outline

_WITHIN_ONE_SITE: Final = frozenset({"localhost", "localdomain", "local", "lan", "internal", "invalid", "arpa"})

Evaluate = Callable[[Resolver, IpAddress], SpfResult]


@dataclass(frozen=True, slots=True)
class Gate:
    """What is known of who sends in a domain's name. Used for one check, by one thread."""

    resolver: Resolver
    domain: str
    senders: tuple[IpAddress, ...]  # every address that sends in its name; empty: none is known
    evaluate: Evaluate  # of the domain's mailfrom identity: strict
    _judged: dict[tuple[str, str], bool] = field(default_factory=dict)

    @property
    def hidden(self) -> tuple[IpAddress, ...]:
        """Senders that no receiver on the internet can see, and no record may name."""
        return tuple(each for each in self.senders if not can_be_named(each))

    def refused(self) -> tuple[IpAddress, ...]:
        """Senders that do not pass as things are, DNS trouble left out; the same for every list of the domain."""
        good = {SpfResult.PASS, SpfResult.TEMPERROR}
        return tuple(each for each in distinct(self.senders) if self.evaluate(self.resolver, each) not in good)

    def record(self, drafted: str) -> str | None:
        """The draft as a record to publish, the addresses that it lacks in front; None where it may not be shown."""
        if self.hidden:
            return None
        text = tidy(drafted)
        if self.senders:  # else nobody knows whom a stricter ending would shut out
            text = closed(text)
        changed = self._changed({self.domain: text})
        if not sound(build_tree(changed, self.domain)):
            return None  # whatever addresses stand in front
        results = self._results(changed)
        if SpfResult.TEMPERROR in results.values():
            return None  # DNS trouble: what the record would say is not known now
        lacking = [each for each, result in results.items() if result is not SpfResult.PASS]
        if lacking:
            text = in_front(text, map(mechanism, lacking))
        return text if self.admits(self.domain, text) else None

    def first(self, drafted: Iterable[str]) -> str | None:
        """The first of these drafts that gives a record to publish."""
        return next((found for each in drafted if (found := self.record(each)) is not None), None)

    def lets_through(self, fix: Fix) -> bool:
        """Whether a fix may be shown: words may, and records of these types that can be published as they stand."""
        if fix.type == "TXT":
            return self.admits(fix.name, fix.value)
        if fix.type == "PTR":
            owner, _, host = fix.value.partition(" PTR ")
            return owner.endswith(".arpa.") and usable_host(host) is not None
        if fix.type in {"A", "AAAA"}:
            address = read_address(fix.value)
            return usable_host(fix.name) is not None and address is not None and can_be_named(address)
        return not fix.type

    def admits(self, name: str, text: str) -> bool:
        """Whether this SPF record may be proposed at that name."""
        if (name, text) not in self._judged:
            self._judged[name, text] = self._admits({name: text})
        return self._judged[name, text]

    def admits_together(self, texts: Mapping[str, str]) -> bool:
        """Whether these SPF records, by name, may be proposed if all of them are; each of them then may be shown."""
        together = self._admits(texts)
        self._judged.update(dict.fromkeys(texts.items(), True) if together else {})
        return together

    def _admits(self, texts: Mapping[str, str]) -> bool:
        if self.hidden or not all(_may_be_shown(text) for text in texts.values()):
            return False
        changed = self._changed(texts)
        if {*self._results(changed).values()} - {SpfResult.PASS}:
            return False
        return sound(build_tree(changed, self.domain)) and all(
            names_somebody(build_tree(changed, name)) for name in texts
        )

    def _changed(self, texts: Mapping[str, str]) -> Resolver:
        """DNS as it would be with these SPF records."""
        return Overlay(self.resolver, {(name, "TXT"): [text] for name, text in texts.items()})

    def _results(self, changed: Resolver) -> dict[IpAddress, SpfResult]:
        """What each sender would get then."""
        return {each: self.evaluate(changed, each) for each in self.senders}


def _may_be_shown(text: str) -> bool:
    """Whether its own terms can be read, name public addresses alone, and do not let everybody in."""
    record = parse(text)
    return (
        text.isascii()
        and is_spf(text.encode())
        and not record.errors
        and all(
            can_be_named(term.network)
            if term.network is not None
            else not (term.name == "all" and term.qualifier == "+")
            for term in record.terms
        )
    )


def names_somebody(tree: Node) -> bool:
    """Whether the record lets anybody pass; what a macro or the client's own name decides counts as somebody."""
    return any(tree.authorised()) or any(
        term.name in {"exists", "ptr"} or ("%" in term.value and not term.modifier)
        for node in tree.walk()
        for term in (() if node.record is None else node.record.terms)
        if term.error is None and term.qualifier == "+"
    )


def sound(tree: Node) -> bool:
    """Whether a record can be used by every client: readable, whole, within the limits over either family."""
    return (
        tree.record is not None
        and not any(line.fault for line in outline(tree))
        and tree.lookups <= LOOKUP_LIMIT
        and max(tree.void4, tree.void6) <= VOID_LIMIT
    )


def usable_host(name: str) -> str | None:
    """The name as a PTR, A or AAAA record may have it: one that the internet can know; None for any other."""
    try:
        host = a_label(name)
    except InvalidName:
        return None
    top = host.rpartition(".")[2]
    plain = all(label.strip("-") == label and label.replace("-", "").isalnum() for label in host.split("."))
    return host if "." in host and plain and not top.isdigit() and top not in _WITHIN_ONE_SITE else None


def distinct(addresses: Iterable[IpAddress]) -> Iterator[IpAddress]:
    """Each address once, IPv4 first, then by number: in one order whatever order they were found in."""
    yield from sorted(set(addresses), key=lambda each: (each.version, int(each)))
