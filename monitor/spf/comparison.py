"""A check's results beside a second opinion: what receivers will not agree on, and where one of us is wrong."""

from collections import Counter
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from typing import Final

from monitor.model.dns import SpfOutcome
from monitor.model.evidence import CheckOutcome
from monitor.model.findings import Finding, Severity
from monitor.phrase.phrase import listed, say
from monitor.spf.differences import Known, known_difference
from monitor.spf.second_opinion import Opinion, second_opinion

VERIFIER: Final = "pyspf"


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """What came of it."""

    findings: tuple[Finding, ...] = ()
    said: Mapping[str, int] = field(default_factory=dict)  # opinions by what they were: same, known, differs, unknown
    unexplained: tuple[tuple[SpfOutcome, Opinion], ...] = ()  # on the RFC's ground: one of us is wrong


def compare(
    previous: CheckOutcome | None,
    current: CheckOutcome,
    ask: Callable[[SpfOutcome], Opinion | None] = second_opinion,
) -> Comparison:
    """The verifier's opinion on each result, where answers or addresses are others than at the check before.

    Where they are the same, so is the opinion: nobody is asked, and what was found then still holds.
    """
    if previous is not None and _answers(previous) == _answers(current):
        return Comparison(findings=tuple(one for one in previous.findings if one.evidence.get("verifier") == VERIFIER))
    said, unexplained = Counter[str](), list[tuple[SpfOutcome, Opinion]]()
    known: dict[tuple[str, str], tuple[Known, Opinion, list[SpfOutcome]]] = {}
    for ours in current.results:
        opinion = ask(ours)
        if opinion is None or opinion.result is ours.result:
            said["unknown" if opinion is None else "same"] += 1
            continue
        why = known_difference(ours, opinion.result, opinion.problem)
        said["differs" if why is None else "known"] += 1
        if why is None:
            unexplained.append((ours, opinion))
        else:
            known.setdefault((why.name, ours.domain), (why, opinion, []))[2].append(ours)
    findings = tuple(_finding(*each) for each in known.values())
    return Comparison(findings=findings, said=said, unexplained=tuple(unexplained))


def _answers(outcome: CheckOutcome) -> set[Hashable]:
    """What DNS said for each result, in whatever order its records came."""
    return {
        (
            one.identity,
            one.client_ip,
            one.reverse_path,
            one.helo,
            frozenset((line.name, line.rrtype, line.rcode, *sorted(line.answers)) for line in one.trace),
        )
        for one in outcome.results
    }


def _finding(why: Known, opinion: Opinion, differing: list[SpfOutcome]) -> Finding:
    first, addresses = differing[0], list(dict.fromkeys(str(one.client_ip) for one in differing))
    return Finding(
        code="spf.verifier-disagreement",
        severity=Severity.WARNING,
        message=say(
            "Receivers do not agree on {addresses}: by RFC 7208 the SPF record of {domain} gives {result}, but {verifier}, "
            "which verifies on many Postfix hosts, says {other}: {why}.",
            addresses=listed(addresses),
            domain=first.domain,
            result=first.result.value,
            verifier=VERIFIER,
            other=opinion.result.value,
            why=why.reason,
        ),
        evidence={
            "addresses": addresses,
            "domain": first.domain,
            "verifier": VERIFIER,
            "difference": why.name,
            "result": first.result.value,
            "verifier_result": opinion.result.value,
        },
        reference=f"RFC 7208 section {why.section}",
    )
