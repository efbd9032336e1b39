"""Terms that cannot be used, and includes that lead nowhere, in a circle or to several records. Pure."""

from collections.abc import Iterator
from itertools import islice
from typing import Final

from monitor.model.findings import Finding, Fix, FixAction, Severity
from monitor.phrase.phrase import Phrase, joined, say
from monitor.spf.absence import near_miss_evidence, why_none
from monitor.spf.misspelt import Fault, faults, unmixed
from monitor.spf.record import Record, Term
from monitor.spf.run_together import SENTENCE, seam_at
from monitor.spf.tree import Node

ERRORS_SHOWN: Final = 10  # terms of one record that cannot be used, or do nothing: the first ends every check already


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
    parts = {"domain": node.domain, "position": fault.position + 1, "term": fault.text}
    # A record is read whole before its terms (section 4.6), one further down only when its term's turn comes (4.6.2).
    fails = (
        say(
            "The SPF record of {domain} cannot be used, so that every message fails: at character {position}, `{term}`.",
            **parts,
        )
        if node is tree
        else say(
            "The SPF record of {domain} cannot be used, so that mail that no earlier term covers fails: at character "
            "{position}, `{term}`.",
            **parts,
        )
    )
    return Finding(
        code="spf.syntax",
        severity=Severity.CRITICAL,
        message=joined(" ", (fails, sentence, "" if guess is None else _probably(guess))),
        evidence={"domain": node.domain, "record": record.text, "term": fault.text, "position": fault.position + 1},
        fix=None if node is tree else _ask(node, _to_put(fault.position + 1, guess)),
        reference="RFC 7208 section 4.6",
    )


def _to_put(position: int, guess: str | None) -> Phrase:
    if guess is None:
        return say("At character {position} of the SPF record, put what was meant.", position=position)
    return say("At character {position} of the SPF record, put `{meant}`.", position=position, meant=guess)


def _probably(meant: str) -> Phrase:
    return say("Probably `{meant}` was meant.", meant=meant)


def include_findings(tree: Node) -> Iterator[Finding]:
    """Includes that lead nowhere, in a circle, or to several records."""
    for node in tree.walk():
        for branch in node.branches:
            if branch.node is None:
                continue
            if branch.node.loop:
                yield Finding(
                    code="spf.loop",
                    severity=Severity.CRITICAL,
                    message=say(
                        "`{term}` in the SPF record of {domain} leads back to a record that it is part of. Receivers end "
                        "the check with a permanent error.",
                        term=branch.term.text,
                        domain=node.domain,
                    ),
                    evidence={"domain": node.domain, "term": branch.term.text},
                    fix=without_term(tree, node, branch.term),
                    reference="RFC 7208 section 5.2",
                )
            elif branch.node.records == ():
                yield Finding(
                    code="spf.include-without-record",
                    severity=Severity.CRITICAL,
                    message=joined(" ", _leads_to_none(node, branch.term, branch.node)),
                    evidence={
                        "domain": node.domain,
                        "term": branch.term.text,
                        "target": branch.node.domain,
                        **near_miss_evidence(branch.node),
                    },
                    fix=without_term(tree, node, branch.term),
                    reference="RFC 7208 section 5.2",
                )
            elif len(branch.node.records or ()) > 1:
                yield _several(node, branch.term, branch.node)


def _leads_to_none(node: Node, term: Term, behind: Node) -> Iterator[Phrase]:
    """That there is no record where a term leads, and what was probably meant where its domain can be no name."""
    why, parts = why_none(behind), {"term": term.text, "domain": node.domain}
    if not behind.exists:
        yield say("`{term}` in the SPF record of {domain} names a domain that does not exist.", **parts)
    elif why:
        yield say(
            "`{term}` in the SPF record of {domain} names a domain that has no SPF record that receivers recognise: {why}.",
            why=why,
            **parts,
        )
    else:
        yield say("`{term}` in the SPF record of {domain} names a domain that has no SPF record.", **parts)
    yield say("Receivers end the check there with a permanent error.")
    if (meant := unmixed(term)) != term.text:
        yield _probably(meant)


def _several(node: Node, term: Term, behind: Node) -> Finding:
    records = behind.records or ()
    return Finding(
        code="spf.multiple",
        severity=Severity.CRITICAL,
        message=say(
            "{behind}, which `{term}` in the SPF record of {domain} names, has {n} SPF records where only one may be. "
            "Receivers end the check there with a permanent error.",
            behind=behind.domain,
            term=term.text,
            domain=node.domain,
            n=len(records),
        ),
        evidence={"domain": behind.domain, "records": sorted(records), "term": term.text},
        fix=_ask(behind, say("Make one of the SPF records there: it has to say what all of them say.")),
        reference="RFC 7208 section 4.5",
    )


def _ask(node: Node, value: str) -> Fix:
    return Fix(action=FixAction.ASK, name=say("who publishes {domain}", domain=node.domain), type="", value=value)


def without_term(tree: Node, node: Node, term: Term) -> Fix:
    """Take the term out, if it is the owner's to do; else ask whose it is."""
    if node is tree:
        value = say(
            "Find out whom `{term}` was to name, name their addresses instead, and take it out.", term=term.text
        )
        name = say("the SPF record of {domain}", domain=node.domain)
        return Fix(action=FixAction.CHANGE, name=name, type="", value=value)
    return _ask(node, say("Take `{term}` out of the SPF record there.", term=term.text))
