"""`mx` terms that lead to more hosts than one term may (RFC 7208 section 4.6.4), as findings. Pure."""

from monitor.model.findings import Finding, Fix, FixAction, Severity
from monitor.phrase.phrase import say
from monitor.spf.limits import NAME_LIMIT
from monitor.spf.tree import Branch, Node


def exchanger_findings(tree: Node) -> tuple[Finding, ...]:
    """One for each such term, here and below."""
    return tuple(
        _finding(node, branch) for node in tree.walk() for branch in node.branches if branch.exchanges > NAME_LIMIT
    )


def _finding(node: Node, branch: Branch) -> Finding:
    term = branch.term.text
    return Finding(
        code="spf.mx-limit",
        severity=Severity.CRITICAL,
        message=say(
            "`{term}` in the SPF record of {domain} leads to {n} MX hosts where {limit} are allowed. Mail that no term "
            "before it covers ends in a permanent error.",
            term=term,
            domain=node.domain,
            n=branch.exchanges,
            limit=NAME_LIMIT,
        ),
        evidence={"domain": node.domain, "term": term, "exchanges": branch.exchanges},
        fix=Fix(
            action=FixAction.ASK,
            name=say("whoever publishes {domain}", domain=node.domain),
            type="",
            value=say("replace {term} by the addresses that the mail really leaves from", term=term),
        ),
        reference="RFC 7208 section 4.6.4",
    )
