"""Terms that ran together where strings of a TXT record meet: which of the possible places are at fault. Pure."""

from collections.abc import Iterator

from monitor.model.findings import Finding, Severity
from monitor.phrase.phrase import joined, say
from monitor.spf.seams import Seam, seams
from monitor.spf.tree import Branch, Node

SENTENCE = say(
    "Two strings of the TXT record meet here, and strings are joined without a space (RFC 7208 section 3.3)."
)


def seam_at(node: Node, position: int) -> Seam | None:
    """The place where the term at a position of the record was probably two."""
    return next((seam for seam in seams(node.strings) if seam.position == position), None)


def seam_findings(tree: Node) -> tuple[Finding, ...]:
    """Terms that can be read, lead nowhere, and were probably two. Those that cannot be read are syntax faults."""
    return tuple(
        _finding(node, seam) for node in tree.walk() for branch, seam in _at_fault(node) if branch.term.error is None
    )


def with_spaces(tree: Node) -> str | None:
    """The record with a space wherever terms ran together; None where none did."""
    if tree.record is None or not (places := [seam for _, seam in _at_fault(tree)]):
        return None
    text = tree.record.text
    for seam in sorted(places, reverse=True):
        text = text[: seam.position] + seam.parted + text[seam.position + len(seam.joined) :]
    return text


def _at_fault(node: Node) -> Iterator[tuple[Branch, Seam]]:
    found = {seam.position: seam for seam in seams(node.strings)}
    for branch in node.branches if found else ():
        seam = found.get(branch.term.position)
        if seam is not None and (branch.term.error is not None or _leads_nowhere(branch)):
            yield branch, seam


def _leads_nowhere(branch: Branch) -> bool:
    if branch.node is not None:
        return branch.node.records == ()
    return branch.void4 > 0 and branch.void6 > 0


def _finding(node: Node, seam: Seam) -> Finding:
    return Finding(
        code="spf.syntax",
        severity=Severity.WARNING,
        message=joined(
            " ",
            (
                say("`{term}` in the SPF record of {domain} leads nowhere.", term=seam.joined, domain=node.domain),
                SENTENCE,
                say("Probably `{meant}` was meant.", meant=seam.parted),
            ),
        ),
        evidence={
            "domain": node.domain,
            "record": "" if node.record is None else node.record.text,
            "term": seam.joined,
            "position": seam.position + 1,
        },
        reference="RFC 7208 section 3.3",
    )
