"""What a record's anatomy gives to say, beside the verdicts: faults to come, waste, and what only looks right. Pure.

No finding here has a record as its fix: which record ends it, if any may be shown, `monitor.spf.repairs` finds out.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Final

from monitor.model.dns import SpfCost
from monitor.model.findings import Finding, Fix, FixAction, Severity
from monitor.phrase.phrase import Phrase, figure, joined, listed, say
from monitor.spf.faults import ERRORS_SHOWN, include_findings, without_term
from monitor.spf.limits import LOOKUP_LIMIT
from monitor.spf.misspelt import for_mechanism
from monitor.spf.record import Record, Term
from monitor.spf.tree import Node

NEAR_LOOKUP_LIMIT: Final = 9  # one more include by a provider, without the owner's doing, and every message fails
RECORD_OCTETS: Final = 450  # RFC 7208 section 3.4: what fits a UDP answer of 512 octets together with the name
WIDE_IPV4: Final = 1 << 20  # addresses; sixteen /16 networks: more than any one sender's own, large clouds apart
_OTHERS: Final = say("Before it ends in `-all`, name every other host that sends in its name.")
WIDE_IPV6: Final = 20  # prefix length; registries give /32 to /29 to a provider, a /20 holds thousands of them


def advice(tree: Node) -> tuple[Finding, ...]:
    """The findings about a tree whose root is the list's own record. Nothing where there is no record to speak of."""
    if tree.record is None:
        return ()
    return (*include_findings(tree), *_costs(tree), *_own(tree), *_width(tree))


def cost(tree: Node) -> SpfCost:
    """What the record costs at worst: for a client that no term matches, of the more expensive family."""
    return SpfCost(lookups=tree.lookups, void=max(tree.void4, tree.void6))


def _costs(tree: Node) -> Iterator[Finding]:
    by_term = sorted(((branch.lookups, branch.term.text) for branch in tree.branches if branch.lookups), reverse=True)
    dearest = [f"{text}: {lookups}" for lookups, text in by_term]
    if tree.lookups > LOOKUP_LIMIT:
        yield Finding(
            code="spf.lookup-limit",
            severity=Severity.CRITICAL,
            message=say(
                "The SPF record of {domain} costs {n} DNS lookups where ten are allowed. Mail that none of the first terms "
                "covers ends in a permanent error.",
                domain=tree.domain,
                n=tree.lookups,
            ),
            evidence={"lookups": tree.lookups, "by_term": dearest},
            fix=Fix(
                action=FixAction.ASK,
                name=say("whoever knows where your mail leaves from"),
                type="",
                value=say(
                    "Which addresses do you really send from behind {term}, the dearest term? Name them instead.",
                    term=by_term[0][1],
                ),
            ),
            reference="RFC 7208 section 4.6.4",
        )
    elif tree.lookups >= NEAR_LOOKUP_LIMIT:
        yield Finding(
            code="spf.near-lookup-limit",
            severity=Severity.INFO,
            message=say(
                "The SPF record of {domain} costs {n} of the ten DNS lookups that are allowed. If a provider that it "
                "includes adds one or two, all mail fails without anything having changed here.",
                domain=tree.domain,
                n=tree.lookups,
            ),
            evidence={"lookups": tree.lookups, "by_term": dearest},
            reference="RFC 7208 section 4.6.4",
        )


def _own(tree: Node) -> Iterator[Finding]:
    """What the owner wrote that does not do what it seems to."""
    if tree.record is None:
        return
    record = tree.record
    ending = record.all
    if ending is None and record.redirect is None and not record.errors:
        yield Finding(
            code="spf.no-all",
            severity=Severity.INFO,
            message=joined(
                " ",
                (
                    say(
                        "The SPF record of {domain} does not end in `all`, so it says nothing about any other address.",
                        domain=tree.domain,
                    ),
                    _OTHERS,
                ),
            ),
            evidence={"record": record.text},
            reference="RFC 7208 section 4.7",
        )
    if ending is not None and ending.qualifier in "+?" and not record.errors:
        neutral = ending.qualifier == "?"
        parts = {"domain": tree.domain, "term": ending.text}
        ends = (
            say("The SPF record of {domain} ends in `{term}`: it says nothing about any other address.", **parts)
            if neutral
            else say(
                "The SPF record of {domain} ends in `{term}`: it lets everybody on earth send in its name.", **parts
            )
        )
        yield Finding(
            code="spf.neutral-all" if neutral else "spf.pass-all",
            severity=Severity.INFO if neutral else Severity.WARNING,
            message=joined(" ", (ends, _OTHERS)),
            evidence={"record": record.text},
            reference="RFC 7208 section 5.1",
        )
    idle = (term for term in record.terms if for_mechanism(term) is not None or term.name == "v=")
    for term in islice(idle, ERRORS_SHOWN):
        meant = for_mechanism(term)
        remedy = (
            say("The version stands only once, at the beginning.")
            if meant is None
            else say("Probably `{meant}` was meant, with a colon.", meant=meant)
        )
        nothing = say(
            "`{term}` in the SPF record of {domain} does nothing: an unknown modifier is ignored.",
            term=term.text,
            domain=tree.domain,
        )
        yield Finding(
            code="spf.syntax",
            severity=Severity.WARNING,
            message=joined(" ", (nothing, remedy)),
            evidence={
                "domain": tree.domain,
                "record": record.text,
                "term": term.text,
                "position": term.position + 1,
            },
            reference="RFC 7208 section 6",
        )
    if ending is not None:
        behind = [term for term in record.terms[record.terms.index(ending) + 1 :] if not (term.modifier or term.error)]
        redirects = list(record.named("redirect"))
        if behind or redirects:
            yield _never_looked_at(tree, record, ending, behind, redirects)
    texts = [term.text.lower() for term in record.terms]
    doubled = [text for text, count in Counter(texts).items() if count > 1]
    if doubled:
        yield Finding(
            code="spf.duplicate-term",
            severity=Severity.INFO,
            message=say(
                "The SPF record of {domain} says the same twice: {terms}.", domain=tree.domain, terms=_ticked(doubled)
            ),
            evidence={"record": record.text, "terms": doubled},
            reference="RFC 7208 section 4.6.2",
        )
    for node in tree.walk():
        yield from _ptr(tree, node)
    if tree.octets > RECORD_OCTETS:
        yield Finding(
            code="spf.long-record",
            severity=Severity.INFO,
            message=say(
                "The TXT records at {domain} are {n} octets long together. Beyond {limit} the answer may not fit one UDP "
                "packet, and receivers whose network stops DNS over TCP cannot read it.",
                domain=tree.domain,
                n=tree.octets,
                limit=RECORD_OCTETS,
            ),
            evidence={"octets": tree.octets},
            reference="RFC 7208 section 3.4",
        )


def _never_looked_at(
    tree: Node, record: Record, ending: Term, behind: Sequence[Term], redirects: Sequence[Term]
) -> Finding:
    """What stands behind the `all` (section 5.1), and a `redirect` beside it, wherever that stands (section 6.1)."""
    sentences = []
    if behind:
        sentences.append(
            say(
                "What follows `{ending}` in the SPF record of {domain} is never looked at: {terms}.",
                ending=ending.text,
                domain=tree.domain,
                terms=_ticked(term.text for term in behind),
            )
        )
    if redirects:
        sentences.append(
            say(
                "`{redirect}` in the SPF record of {domain} is not followed, because `{ending}` stands beside it.",
                redirect=redirects[0].text,
                domain=tree.domain,
                ending=ending.text,
            )
        )
    return Finding(
        code="spf.after-all",
        severity=Severity.WARNING,
        message=joined(" ", sentences),
        evidence={"record": record.text, "ignored": [term.text for term in (*behind, *redirects)]},
        reference="RFC 7208 section 5.1" if behind else "RFC 7208 section 6.1",
    )


def _ticked(terms: Iterable[str]) -> Phrase:
    return listed((f"`{each}`" for each in terms), "comma")


def _ptr(tree: Node, node: Node) -> Iterator[Finding]:
    if node.record is not None and (terms := node.record.named("ptr")):
        yield Finding(
            code="spf.ptr",
            severity=Severity.WARNING if node is tree else Severity.INFO,
            message=say(
                "The SPF record of {domain} uses `{term}`, which is slow, unreliable, and not to be used.",
                domain=node.domain,
                term=terms[0].text,
            ),
            evidence={"domain": node.domain, "term": terms[0].text},
            fix=without_term(tree, node, terms[0]),
            reference="RFC 7208 section 5.5",
        )


def _width(tree: Node) -> Iterator[Finding]:
    if tree.record is None or (tree.record.all is not None and tree.record.all.qualifier == "+"):
        return
    four, six = tree.authorised()
    addresses = sum(network.num_addresses for network in four)
    widest = min((network.prefixlen for network in six), default=128)
    if addresses > WIDE_IPV4 or widest < WIDE_IPV6:
        parts = {"domain": tree.domain, "addresses": figure(addresses), "prefix": f"/{widest}"}
        yield Finding(
            code="spf.too-wide",
            severity=Severity.WARNING,
            message=say(
                "The SPF record of {domain} lets {addresses} IPv4 addresses and a whole IPv6 {prefix} send in its name. "
                "Receivers call such records suspicious (reply 5.7.24).",
                **parts,
            )
            if widest < WIDE_IPV6
            else say(
                "The SPF record of {domain} lets {addresses} IPv4 addresses send in its name. Receivers call such records "
                "suspicious (reply 5.7.24).",
                **parts,
            ),
            evidence={
                "ipv4_addresses": addresses,
                "ipv4_share": round(addresses / 2**32, 6),
                "widest_ipv6_prefix": widest if six else None,
            },
            reference="RFC 7208 section 11.4",
        )
