"""DNS of the list that fails now and then. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from monitor.evidence.observation import Observation
from monitor.model.dns import Identity, PtrResult, SpfOutcome, SpfResult
from monitor.model.evidence import AdmissionAction, CheckOutcome
from monitor.model.findings import Finding, Fix, FixAction, Severity

ANSWERED: Final = ("NOERROR", "NXDOMAIN")  # void or not, it is an answer
SPORADIC_LEAST: Final = 2  # separate spells: a single one is a lost packet, or an outage that is over
ANSWERING: Final = "Every name server of the zone must answer every query, over UDP and TCP, IPv4 and IPv6."


@dataclass(frozen=True, slots=True, kw_only=True)
class Spells:
    """How often a list's DNS failed, counted in checks and in spells (checks in a row). Those of several checks add up.

    Outages that last are left out, whether or not they are over. The check that shows that one lasts takes back what
    those before it had counted, so a sum over only some of them may be below zero.
    """

    seen: int = 0  # checks that could tell
    failed: int = 0  # those of them at which the mailfrom identity could not be evaluated
    spells: int = 0

    def __add__(self, other: "Spells") -> "Spells":
        return Spells(seen=self.seen + other.seen, failed=self.failed + other.failed, spells=self.spells + other.spells)


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


def sporadic_findings(checks: Sequence[CheckOutcome]) -> tuple[Finding, ...]:
    """Whether the list's own DNS fails now and then, by checks, newest first."""
    failing = (result for each in checks for result in each.results if each.outages and troubled(result))
    last = next(failing, None)
    if last is None:
        return ()
    return sporadic(
        sum(map(spells_in, checks), Spells()), name=unanswered_name(last) or last.domain, problem=last.problem
    )


def sporadic(counted: Spells, *, name: str, problem: str | None) -> tuple[Finding, ...]:
    """Whether it does, by what was counted; `name` and `problem` are those of the newest failure."""
    if counted.spells < SPORADIC_LEAST or counted.failed < counted.spells or counted.failed >= counted.seen:
        return ()
    return (
        Finding(
            code="dns.sporadic",
            severity=Severity.WARNING,
            message=f"The DNS of {name} fails now and then: {counted.failed} of the last {counted.seen} checks, in "
            f"{counted.spells} separate spells, got no usable answer, while other names were answered. A receiver that "
            "meets this puts the mail off, or takes it for unauthenticated.",
            evidence={
                "failed": counted.failed,
                "checks": counted.seen,
                "spells": counted.spells,
                "share": round(counted.failed / counted.seen, 3),
                "name": name,
                "problem": problem,
            },
            fix=Fix(action=FixAction.ASK, name=f"whoever runs the name servers of {name}", type="", value=ANSWERING),
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
