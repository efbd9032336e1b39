"""What a record's anatomy gives to say, beside the verdicts: faults to come, waste, and what only looks right. Pure.

No finding here has a record as its fix: which record ends it, if any may be shown, `monitor.spf.repairs` finds out.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Final

from monitor.model.dns import SpfCost
from monitor.model.findings import Finding, Fix, FixAction, Severity
from monitor.spf.absence import near_miss_evidence, without_record
from monitor.spf.limits import LOOKUP_LIMIT
from monitor.spf.misspelt import Fault, faults, for_mechanism, unmixed
from monitor.spf.record import Record, Term
from monitor.spf.run_together import SENTENCE, seam_at
from monitor.spf.tree import Node

NEAR_LOOKUP_LIMIT: Final = 9  # one more include by a provider, without the owner's doing, and every message fails
RECORD_OCTETS: Final = 450  # RFC 7208 section 3.4: what fits a UDP answer of 512 octets together with the name
WIDE_IPV4: Final = 1 << 20  # addresses; sixteen /16 networks: more than any one sender's own, large clouds apart
ERRORS_SHOWN: Final = 10  # terms of one record that cannot be used, or do nothing: the first ends every check already
_OTHERS: Final = "Before it ends in `-all`, name every other host that sends in its name."
WIDE_IPV6: Final = 20  # prefix length; registries give /32 to /29 to a provider, a /20 holds thousands of them


def advice(tree: Node) -> tuple[Finding, ...]:
    """The findings about a tree whose root is the list's own record. Nothing where there is no record to speak of."""
    if tree.record is None:
        return ()
    return (*_below(tree), *_costs(tree), *_own(tree), *_width(tree))


def cost(tree: Node) -> SpfCost:
    """What the record costs at worst: for a client that no term matches, of the more expensive family."""
    return SpfCost(lookups=tree.lookups, void=max(tree.void4, tree.void6))


def syntax_findings(tree: Node) -> tuple[Finding, ...]:
    """Each term that cannot be used, with its place and what was probably meant."""
    return tuple(
        _syntax(tree, node, node.record, fault)
        for node in tree.walk()
        if node.record is not None
        for fault in islice(faults(node.record), ERRORS_SHOWN)
    )


def _syntax(tree: Node, node: Node, record: Record, fault: Fault) -> Finding:
    seam = seam_at(node, fault.position)
    sentence, guess = (fault.sentence, fault.guess) if seam is None else (SENTENCE, seam.parted)
    meant = "" if guess is None else f" Probably `{guess}` was meant."
    right = "what was meant" if guess is None else f"`{guess}`"
    # A record is read whole before its terms (section 4.6), one further down only when its term's turn comes (4.6.2).
    whose = "every message" if node is tree else "mail that no earlier term covers"
    return Finding(
        code="spf.syntax",
        severity=Severity.CRITICAL,
        message=f"The SPF record of {node.domain} cannot be used, so that {whose} fails: at character "
        f"{fault.position + 1}, `{fault.text}`. {sentence}{meant}",
        evidence={"domain": node.domain, "record": record.text, "term": fault.text, "position": fault.position + 1},
        fix=None if node is tree else _ask(node, f"At character {fault.position + 1} of the SPF record, put {right}."),
        reference="RFC 7208 section 4.6",
    )


def _below(tree: Node) -> Iterator[Finding]:
    """Includes that lead nowhere, in a circle, or to several records."""
    for node in tree.walk():
        for branch in node.branches:
            if branch.node is None:
                continue
            if branch.node.loop:
                yield Finding(
                    code="spf.loop",
                    severity=Severity.CRITICAL,
                    message=f"`{branch.term.text}` in the SPF record of {node.domain} leads back to a record that it is "
                    "part of. Receivers end the check with a permanent error.",
                    evidence={"domain": node.domain, "term": branch.term.text},
                    fix=_without(tree, node, branch.term),
                    reference="RFC 7208 section 5.2",
                )
            elif branch.node.records == ():
                yield Finding(
                    code="spf.include-without-record",
                    severity=Severity.CRITICAL,
                    message=f"`{branch.term.text}` in the SPF record of {node.domain} names a domain that "
                    f"{without_record(branch.node)}. Receivers end the check there with a permanent error."
                    + _run_together(branch.term),
                    evidence={
                        "domain": node.domain,
                        "term": branch.term.text,
                        "target": branch.node.domain,
                        **near_miss_evidence(branch.node),
                    },
                    fix=_without(tree, node, branch.term),
                    reference="RFC 7208 section 5.2",
                )
            elif len(branch.node.records or ()) > 1:
                yield _several(node, branch.term, branch.node)


def _several(node: Node, term: Term, behind: Node) -> Finding:
    records = behind.records or ()
    return Finding(
        code="spf.multiple",
        severity=Severity.CRITICAL,
        message=f"{behind.domain}, which `{term.text}` in the SPF record of {node.domain} names, has {len(records)} SPF "
        "records where only one may be. Receivers end the check there with a permanent error.",
        evidence={"domain": behind.domain, "records": sorted(records), "term": term.text},
        fix=_ask(behind, "Make one of the SPF records there: it has to say what all of them say."),
        reference="RFC 7208 section 4.5",
    )


def _run_together(term: Term) -> str:
    """What was probably meant by a term that can be read, though its domain can be no name."""
    return "" if (meant := unmixed(term)) == term.text else f" Probably `{meant}` was meant."


def _ask(node: Node, value: str) -> Fix:
    return Fix(action=FixAction.ASK, name=f"who publishes {node.domain}", type="", value=value)


def _without(tree: Node, node: Node, term: Term) -> Fix:
    """Take the term out, if it is the owner's to do; else ask whose it is."""
    if node is tree:
        value = f"Find out whom `{term.text}` was to name, name their addresses instead, and take it out."
        return Fix(action=FixAction.CHANGE, name=f"the SPF record of {node.domain}", type="", value=value)
    return _ask(node, f"Take `{term.text}` out of the SPF record there.")


def _costs(tree: Node) -> Iterator[Finding]:
    by_term = sorted(((branch.lookups, branch.term.text) for branch in tree.branches if branch.lookups), reverse=True)
    dearest = [f"{text}: {lookups}" for lookups, text in by_term]
    if tree.lookups > LOOKUP_LIMIT:
        yield Finding(
            code="spf.lookup-limit",
            severity=Severity.CRITICAL,
            message=f"The SPF record of {tree.domain} costs {tree.lookups} DNS lookups where ten are allowed. Mail that "
            "none of the first terms covers ends in a permanent error.",
            evidence={"lookups": tree.lookups, "by_term": dearest},
            fix=Fix(
                action=FixAction.ASK,
                name="whoever knows where your mail leaves from",
                type="",
                value=f"Which addresses do you really send from behind {by_term[0][1]}, the dearest term? Name them instead.",
            ),
            reference="RFC 7208 section 4.6.4",
        )
    elif tree.lookups >= NEAR_LOOKUP_LIMIT:
        yield Finding(
            code="spf.near-lookup-limit",
            severity=Severity.INFO,
            message=f"The SPF record of {tree.domain} costs {tree.lookups} of the ten DNS lookups that are allowed. If a "
            "provider that it includes adds one or two, all mail fails without anything having changed here.",
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
            message=f"The SPF record of {tree.domain} does not end in `all`, so it says nothing about any other address. "
            f"{_OTHERS}",
            evidence={"record": record.text},
            reference="RFC 7208 section 4.7",
        )
    if ending is not None and ending.qualifier in "+?" and not record.errors:
        neutral = ending.qualifier == "?"
        yield Finding(
            code="spf.neutral-all" if neutral else "spf.pass-all",
            severity=Severity.INFO if neutral else Severity.WARNING,
            message=f"The SPF record of {tree.domain} ends in `{ending.text}`: "
            + (
                "it says nothing about any other address."
                if neutral
                else "it lets everybody on earth send in its name."
            )
            + f" {_OTHERS}",
            evidence={"record": record.text},
            reference="RFC 7208 section 5.1",
        )
    idle = (term for term in record.terms if for_mechanism(term) is not None or term.name == "v=")
    for term in islice(idle, ERRORS_SHOWN):
        meant = for_mechanism(term)
        remedy = (
            "The version stands only once, at the beginning."
            if meant is None
            else f"Probably `{meant}` was meant, with a colon."
        )
        yield Finding(
            code="spf.syntax",
            severity=Severity.WARNING,
            message=f"`{term.text}` in the SPF record of {tree.domain} does nothing: an unknown modifier is ignored. {remedy}",
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
            message=f"The SPF record of {tree.domain} says the same twice: {', '.join(f'`{text}`' for text in doubled)}.",
            evidence={"record": record.text, "terms": doubled},
            reference="RFC 7208 section 4.6.2",
        )
    for node in tree.walk():
        yield from _ptr(tree, node)
    if tree.octets > RECORD_OCTETS:
        yield Finding(
            code="spf.long-record",
            severity=Severity.INFO,
            message=f"The TXT records at {tree.domain} are {tree.octets} octets long together. Beyond {RECORD_OCTETS} the "
            "answer may not fit one UDP packet, and receivers whose network stops DNS over TCP cannot read it.",
            evidence={"octets": tree.octets},
            reference="RFC 7208 section 3.4",
        )


def _never_looked_at(
    tree: Node, record: Record, ending: Term, behind: Sequence[Term], redirects: Sequence[Term]
) -> Finding:
    """What stands behind the `all` (section 5.1), and a `redirect` beside it, wherever that stands (section 6.1)."""
    sentences = []
    if behind:
        listed = ", ".join(f"`{term.text}`" for term in behind)
        sentences.append(
            f"What follows `{ending.text}` in the SPF record of {tree.domain} is never looked at: {listed}."
        )
    if redirects:
        sentences.append(
            f"`{redirects[0].text}` in the SPF record of {tree.domain} is not followed, because `{ending.text}` stands "
            "beside it."
        )
    return Finding(
        code="spf.after-all",
        severity=Severity.WARNING,
        message=" ".join(sentences),
        evidence={"record": record.text, "ignored": [term.text for term in (*behind, *redirects)]},
        reference="RFC 7208 section 5.1" if behind else "RFC 7208 section 6.1",
    )


def _ptr(tree: Node, node: Node) -> Iterator[Finding]:
    if node.record is not None and (terms := node.record.named("ptr")):
        yield Finding(
            code="spf.ptr",
            severity=Severity.WARNING if node is tree else Severity.INFO,
            message=f"The SPF record of {node.domain} uses `{terms[0].text}`, which is slow, unreliable, and not to be used.",
            evidence={"domain": node.domain, "term": terms[0].text},
            fix=_without(tree, node, terms[0]),
            reference="RFC 7208 section 5.5",
        )


def _width(tree: Node) -> Iterator[Finding]:
    if tree.record is None or (tree.record.all is not None and tree.record.all.qualifier == "+"):
        return
    four, six = tree.authorised()
    addresses = sum(network.num_addresses for network in four)
    widest = min((network.prefixlen for network in six), default=128)
    if addresses > WIDE_IPV4 or widest < WIDE_IPV6:
        yield Finding(
            code="spf.too-wide",
            severity=Severity.WARNING,
            message=f"The SPF record of {tree.domain} lets {addresses:,} IPv4 addresses"
            + (f" and a whole IPv6 /{widest}" if widest < WIDE_IPV6 else "")
            + " send in its name. Receivers call such records suspicious (reply 5.7.24).",
            evidence={
                "ipv4_addresses": addresses,
                "ipv4_share": round(addresses / 2**32, 6),
                "widest_ipv6_prefix": widest if six else None,
            },
            reference="RFC 7208 section 11.4",
        )
