"""`mx` terms that lead to more hosts than one term may (RFC 7208 section 4.6.4), as findings. Pure."""

from monitor.model.findings import Finding, Fix, FixAction, Severity
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
        message=f"`{term}` in the SPF record of {node.domain} leads to {branch.exchanges} MX hosts where {NAME_LIMIT} are "
        "allowed. Mail that no term before it covers ends in a permanent error.",
        evidence={"domain": node.domain, "term": term, "exchanges": branch.exchanges},
        fix=Fix(
            action=FixAction.ASK,
            name=f"whoever publishes {node.domain}",
            type="",
            value=f"replace {term} by the addresses that the mail really leaves from",
        ),
        reference="RFC 7208 section 4.6.4",
    )
