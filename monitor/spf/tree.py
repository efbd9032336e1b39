"""A record with all that it includes, as a tree of terms with what each costs, followed through a resolver.

Costs are those of a client that no term matches: the worst case of RFC 7208 section 4.6.4, which every receiver meets
for mail that the record does not authorise. Void lookups differ by family: `a` and `mx` ask for the client's kind of
address.
"""

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from ipaddress import IPv4Network, IPv6Network, collapse_addresses
from typing import Final

from monitor.dns.answer import Resolver, TxtRecord
from monitor.dns.name import InvalidName, a_label
from monitor.errors import DnsUnavailable
from monitor.model.dns import TermLine
from monitor.phrase.phrase import say
from monitor.spf.limits import NAME_LIMIT
from monitor.spf.misspelt import diagnosis
from monitor.spf.networks import BITS
from monitor.spf.record import Record, Term, is_spf, parse, spf_texts

EXCHANGES_FOLLOWED: Final = 30  # MX hosts of one `mx` that are looked up: more than ten are an error already
MAX_FOLLOWED: Final = 100  # terms that are looked up; ten are the limit, the rest is shown for the owner


@dataclass(frozen=True, slots=True, kw_only=True)
class Branch:
    """One term, what it costs, and the record behind it."""

    term: Term
    lookups: int = 0  # its own and those of everything behind it
    void4: int = 0  # void lookups for an IPv4 client, likewise
    void6: int = 0
    node: "Node | None" = None  # behind `include` and `redirect`
    networks: tuple[IPv4Network | IPv6Network, ...] = ()  # what it authorises by itself
    exchanges: int = 0  # MX records behind `mx`
    trouble: str | None = None  # why DNS did not answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """One domain's record in the tree."""

    domain: str
    record: Record | None  # None: no record, several, or unknown
    branches: tuple[Branch, ...] = ()
    records: tuple[str, ...] | None = None  # all SPF records there; None where DNS did not answer
    loop: bool = False
    trouble: str | None = None
    txt: tuple[TxtRecord, ...] = ()  # all TXT records at the name
    exists: bool = True  # False: DNS says that there is no such name (NXDOMAIN)

    @property
    def octets(self) -> int:
        """Of all TXT records at the name together."""
        return sum(len(string) for record in self.txt for string in record)

    @property
    def strings(self) -> TxtRecord:
        """The one SPF record as its character-strings; none where there is not one."""
        return next((each for each in self.txt if is_spf(b"".join(each))), ()) if self.record is not None else ()

    @property
    def lookups(self) -> int:
        """Terms that cost a lookup, here and below."""
        return sum(branch.lookups for branch in self.branches)

    @property
    def void4(self) -> int:
        """Void lookups for an IPv4 client."""
        return sum(branch.void4 for branch in self.branches)

    @property
    def void6(self) -> int:
        """Void lookups for an IPv6 client."""
        return sum(branch.void6 for branch in self.branches)

    def walk(self) -> Iterator["Node"]:
        """This node and all below it."""
        yield self
        for branch in self.branches:
            if branch.node is not None:
                yield from branch.node.walk()

    def authorised(self) -> tuple[tuple[IPv4Network, ...], tuple[IPv6Network, ...]]:
        """The addresses that pass, as few networks as possible; what macros decide is not among them."""
        networks = list(_passing(self))
        return (
            tuple(collapse_addresses(each for each in networks if isinstance(each, IPv4Network))),
            tuple(collapse_addresses(each for each in networks if isinstance(each, IPv6Network))),
        )


def build_tree(resolver: Resolver, domain: str) -> Node:
    """The tree below a domain. Never raises for DNS trouble: it is noted where it was met."""
    return _TreeBuilder(resolver).node(domain, ())


class _TreeBuilder:
    """Builds one tree, with a bound on its size."""

    def __init__(self, resolver: Resolver) -> None:
        self._resolver = resolver
        self._left = MAX_FOLLOWED

    def node(self, domain: str, above: tuple[str, ...]) -> Node:
        try:
            name = a_label(domain)
        except InvalidName:
            return Node(domain=domain, record=None, records=())
        if name in above:
            return Node(domain=name, record=None, loop=True)
        try:
            answer = self._resolver.lookup(name, "TXT")
        except DnsUnavailable as error:
            return Node(domain=name, record=None, trouble=error.sentence)
        found = spf_texts(answer.texts)
        blank = Node(domain=name, record=None, records=found, txt=answer.txt, exists=answer.rcode != "NXDOMAIN")
        if len(found) != 1:
            return blank
        record = parse(found[0])
        return replace(blank, record=record, branches=tuple(self._branches(record, name, (*above, name))))

    def _branches(self, record: Record, domain: str, above: tuple[str, ...]) -> Iterator[Branch]:
        ending, redirect, ended = record.all, record.redirect, False
        for term in record.terms:
            if ended and not term.modifier:
                yield Branch(term=term)  # never looked at (section 5.1)
            elif term.modifier and term is not redirect:
                yield Branch(term=term)
            else:
                yield self._branch(term, domain, above)
            ended = ended or term is ending

    def _branch(self, term: Term, domain: str, above: tuple[str, ...]) -> Branch:
        own = Branch(term=term, lookups=int(term.costs_lookup))
        network = term.network
        if network is not None:
            return replace(own, networks=(network,))
        target = term.value or domain
        if not term.costs_lookup or "%" in target or term.name in {"ptr", "exists"}:
            return own  # what a macro, a PTR or an `exists` finds depends on the client
        self._left -= 1
        if self._left < 0:
            return replace(own, trouble=say("the tree is too large to be followed further"))
        try:
            if term.name in {"include", "redirect"}:
                node = self.node(target, above)
                return replace(
                    own,
                    node=node,
                    lookups=1 + node.lookups,
                    void4=node.void4 + _is_void(node),
                    void6=node.void6 + _is_void(node),
                )
            return self._addresses(own, target)
        except DnsUnavailable as error:
            return replace(own, trouble=error.sentence)

    def _addresses(self, own: Branch, target: str) -> Branch:
        """`a` and `mx` (sections 5.3 and 5.4): the addresses, and for which family the lookup is void."""
        if own.term.name == "mx":
            exchanges = self._resolver.lookup(target, "MX").exchanges
            own = replace(own, exchanges=len(exchanges))
            hosts = [exchange for _, exchange in exchanges[:EXCHANGES_FOLLOWED] if exchange]
            if not exchanges:
                return replace(own, void4=1, void6=1)
        else:
            hosts = [target]
        found4 = [self._resolver.lookup(host, "A").strings for host in hosts]
        found6 = [self._resolver.lookup(host, "AAAA").strings for host in hosts]
        networks4 = _networks(IPv4Network, found4, BITS[4] if own.term.cidr4 is None else own.term.cidr4)
        networks6 = _networks(IPv6Network, found6, BITS[6] if own.term.cidr6 is None else own.term.cidr6)
        # Each host without an address of the client's family is a fruitless lookup, also behind `mx`.
        void4, void6 = (sum(not addresses for addresses in found) for found in (found4, found6))
        return replace(own, networks=(*networks4, *networks6), void4=void4, void6=void6)


def _networks(
    kind: type[IPv4Network] | type[IPv6Network], found: Sequence[Sequence[str]], length: int
) -> Iterator[IPv4Network | IPv6Network]:
    """The networks around addresses of one family; what is no address of it is left out."""
    for each in (each for addresses in found for each in addresses):
        with contextlib.suppress(ValueError):
            yield kind((each, length), strict=False)


def _is_void(node: Node) -> int:
    """Whether looking for the record there found no TXT record at all."""
    return int(node.records == () and node.octets == 0)


def _passing(node: Node) -> Iterator[IPv4Network | IPv6Network]:
    for branch in node.branches:
        if branch.term.qualifier == "+" and branch.term.error is None:
            if branch.term.name == "all":
                yield IPv4Network("0.0.0.0/0")
                yield IPv6Network("::/0")
            yield from branch.networks
            if branch.node is not None:
                yield from _passing(branch.node)


def outline(tree: Node) -> tuple[TermLine, ...]:
    """The tree as lines, top down, each with its fault."""
    return tuple(_lines(tree, 0))


def _lines(node: Node, depth: int) -> Iterator[TermLine]:
    for branch in node.branches:
        yield TermLine(
            depth=depth,
            domain=node.domain,
            text=branch.term.text,
            lookups=branch.lookups,
            void4=branch.void4,
            void6=branch.void6,
            fault=_fault(branch),
            trouble=branch.trouble or (None if branch.node is None else branch.node.trouble),
        )
        if branch.node is not None:
            yield from _lines(branch.node, depth + 1)


def _fault(branch: Branch) -> str | None:
    """What makes the record a permanent error at this term, in a sentence."""
    if branch.term.error is not None:
        return diagnosis(branch.term)[0]
    if branch.exchanges > NAME_LIMIT:
        return say("It leads to {n} MX hosts, where {limit} are allowed.", n=branch.exchanges, limit=NAME_LIMIT)
    if branch.node is None or branch.node.trouble is not None:
        return None
    if branch.node.loop:
        return say("It leads back to a record that it is part of.")
    if branch.node.records == ():
        return say("There is no SPF record at that name.") if branch.node.exists else say("That name does not exist.")
    if len(branch.node.records or ()) > 1:
        return say("There are {n} SPF records at that name.", n=len(branch.node.records or ()))
    return None
