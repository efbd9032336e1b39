"""DNS of the list that fails now and then. Pure."""

from typing import Final

from monitor.evidence.entry import Spells, Trouble
from monitor.model.dns import Identity, SpfOutcome, SpfResult
from monitor.model.evidence import CheckOutcome
from monitor.model.findings import Finding, Fix, FixAction, Severity
from monitor.phrase.phrase import say

ANSWERED: Final = ("NOERROR", "NXDOMAIN")  # void or not, it is an answer
SPORADIC_LEAST: Final = 2  # separate spells: a single one is a lost packet, or an outage that is over
ANSWERING: Final = say("Every name server of the zone must answer every query, over UDP and TCP, IPv4 and IPv6.")


def spells_in(outcome: CheckOutcome) -> Spells:
    """What one check adds."""
    if outcome.ours is not None:
        return Spells()
    if not outcome.outages:
        return Spells(seen=0 if any(map(troubled, outcome.results)) else 1)
    longest = max(outcome.outages, key=lambda each: each.checks)
    if longest.proven_at is None:
        return Spells(seen=1, failed=1, spells=1 if longest.checks == 1 else 0)
    if longest.proven_at != outcome.evaluated_at:
        return Spells()
    before = longest.checks - 1
    return Spells(seen=-before, failed=-before, spells=-1)


def trouble_in(outcome: CheckOutcome) -> Trouble | None:
    """What DNS kept from a check; None where it kept nothing, or it may have been our own fault."""
    last = next((each for each in outcome.results if outcome.outages and troubled(each)), None)
    if last is None:
        return None
    return Trouble(at=outcome.evaluated_at, name=unanswered_name(last) or last.domain, problem=last.problem or "")


def sporadic(counted: Spells, newest: Trouble | None) -> tuple[Finding, ...]:
    """Whether the list's own DNS fails now and then, by what was counted; `newest` is the last failure."""
    if newest is None:
        return ()
    name = newest.name
    if counted.spells < SPORADIC_LEAST or counted.failed < counted.spells or counted.failed >= counted.seen:
        return ()
    return (
        Finding(
            code="dns.sporadic",
            severity=Severity.WARNING,
            message=say(
                "The DNS of {name} fails now and then: {failed} of the last {checks} checks, in {spells} separate spells, "
                "got no usable answer, while other names were answered. A receiver that meets this puts the mail off, or "
                "takes it for unauthenticated.",
                name=name,
                failed=counted.failed,
                checks=counted.seen,
                spells=counted.spells,
            ),
            evidence={
                "failed": counted.failed,
                "checks": counted.seen,
                "spells": counted.spells,
                "share": round(counted.failed / counted.seen, 3),
                "name": name,
                "problem": newest.problem or None,
            },
            fix=Fix(
                action=FixAction.ASK,
                name=say("whoever runs the name servers of {name}", name=name),
                type="",
                value=ANSWERING,
            ),
            reference="RFC 7208 section 8.6",
        ),
    )


def unanswered_name(result: SpfOutcome) -> str | None:
    """The name whose servers gave no answer: the domain's own, or that of an include of somebody else's.

    The last one ended the evaluation; trouble before it was borne (RFC 7208 section 5.5).
    """
    return next((line.name for line in reversed(result.trace) if line.rcode not in ANSWERED), None)


def troubled(result: SpfOutcome) -> bool:
    """Whether DNS trouble kept the mailfrom identity from being evaluated."""
    return result.identity is Identity.MAILFROM and result.result is SpfResult.TEMPERROR
