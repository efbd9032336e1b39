"""DNS of the list that fails now and then. Pure."""

from collections.abc import Sequence
from typing import Final

from monitor.evidence.observation import Observation
from monitor.model.dns import Identity, PtrResult, SpfOutcome, SpfResult
from monitor.model.evidence import AdmissionAction, CheckOutcome
from monitor.model.findings import Finding, Fix, FixAction, Severity

ANSWERED: Final = ("NOERROR", "NXDOMAIN")  # void or not, it is an answer
SPORADIC_LEAST: Final = 2  # a single failure is a lost packet


def sporadic_findings(checks: Sequence[CheckOutcome]) -> tuple[Finding, ...]:
    """Whether the list's own DNS fails now and then: some checks ended in temperror while other names were answered.

    A check in which nobody answered us at all says nothing: that may be our own network.
    """
    seen = [each for each in checks if any(ptr.result is not PtrResult.TEMPERROR for ptr in each.ptrs)]
    failed = [each for each in seen if any(troubled(result) for result in each.results)]
    if len(failed) < SPORADIC_LEAST or len(failed) == len(seen):
        return ()
    first = next(result for result in failed[0].results if troubled(result))
    name = unanswered_name(first) or failed[0].domain
    share = len(failed) / len(seen)
    return (
        Finding(
            code="dns.sporadic",
            severity=Severity.WARNING,
            message=f"The DNS of {name} fails now and then: {len(failed)} of the last {len(seen)} checks got no "
            "usable answer, while other names were answered. A receiver that meets this puts the mail off, or takes it "
            "for unauthenticated.",
            evidence={
                "failed": len(failed),
                "checks": len(seen),
                "share": round(share, 3),
                "name": name,
                "problem": first.problem,
            },
            fix=Fix(
                action=FixAction.ASK,
                name=f"whoever runs the name servers of {name}",
                type="",
                value="Every name server of the zone must answer every query, over UDP and TCP, IPv4 and IPv6.",
            ),
            reference="RFC 7208 section 8.6",
        ),
    )


def dns_failures(outcome: CheckOutcome, *, source: str) -> list[Observation]:
    """A temperror while other names were answered: a receiver that meets it puts the mail off (RFC 7208 section 8.6).

    Where nobody answered us at all it may be our own network, and says nothing.
    """
    if all(ptr.result is PtrResult.TEMPERROR for ptr in outcome.ptrs):
        return []
    families = {result.family for result in outcome.results if troubled(result)}
    return [
        Observation(
            at=outcome.evaluated_at,
            receiver=None,
            family=family,
            failed=True,
            source=source,
            action=AdmissionAction.DEFER,
        )
        for family in sorted(families)
    ]


def unanswered_name(result: SpfOutcome) -> str | None:
    """The name whose servers gave no answer: the domain's own, or that of an include of somebody else's.

    The last one ended the evaluation; trouble before it was borne (RFC 7208 section 5.5).
    """
    return next((line.name for line in reversed(result.trace) if line.rcode not in ANSWERED), None)


def troubled(result: SpfOutcome) -> bool:
    """Whether DNS trouble kept the mailfrom identity from being evaluated."""
    return result.identity is Identity.MAILFROM and result.result is SpfResult.TEMPERROR
