"""Findings that only time shows: DNS that fails now and then, and how probes ended. Pure."""

from collections.abc import Sequence
from typing import Final

from monitor.model import (
    CheckOutcome,
    Finding,
    Fix,
    FixAction,
    Identity,
    Probe,
    ProbeState,
    PtrResult,
    Severity,
    SpfOutcome,
    SpfResult,
)

SPORADIC_LEAST: Final = 2  # a single failure is a lost packet


def sporadic_findings(checks: Sequence[CheckOutcome]) -> tuple[Finding, ...]:
    """Whether the list's own DNS fails now and then: some checks ended in temperror while our resolver saw other answers.

    A check in which nobody answered us at all says nothing: that may be our own network.
    """
    seen = [each for each in checks if any(ptr.result is not PtrResult.TEMPERROR for ptr in each.ptrs)]
    failed = [each for each in seen if any(troubled(result) for result in each.results)]
    if len(failed) < SPORADIC_LEAST or len(failed) == len(seen):
        return ()
    problem = next(result.problem for result in failed[0].results if troubled(result))
    share = len(failed) / len(seen)
    return (
        Finding(
            code="dns.sporadic",
            severity=Severity.WARNING,
            message=f"The DNS of {failed[0].domain} fails now and then: {len(failed)} of the last {len(seen)} checks got no "
            "usable answer, while other names were answered. A receiver that meets this puts the mail off, or takes it "
            "for unauthenticated.",
            evidence={"failed": len(failed), "checks": len(seen), "share": round(share, 3), "problem": problem},
            fix=Fix(
                action=FixAction.ASK,
                name=f"whoever runs the name servers of {failed[0].domain}",
                type="",
                value="Every name server of the zone must answer every query, over UDP and TCP, IPv4 and IPv6.",
            ),
            reference="RFC 7208 section 8.6",
        ),
    )


def troubled(result: SpfOutcome) -> bool:
    """Whether DNS trouble kept the mailfrom identity from being evaluated."""
    return result.identity is Identity.MAILFROM and result.result is SpfResult.TEMPERROR


def probe_findings(probes: Sequence[Probe]) -> tuple[Finding, ...]:
    """What the newest probe that has ended says of the way to us. A probe that failed by our own fault says nothing."""
    ended = next((each for each in probes if each.finished_at is not None and not each.ours), None)
    if ended is None:
        return ()
    if ended.state is ProbeState.LOST:
        return (
            Finding(
                code="probe.lost",
                severity=Severity.WARNING,
                message="A probe that the list's mail server took did not reach our IPv6-only receiver in time. "
                "Look into that server's queue for mail to the probe address: it may not deliver over IPv6 at all.",
                evidence={"probe": ended.id, "reply": ended.reply},
                reference="RFC 5321 section 4.5.4.1",
            ),
        )
    if ended.state is ProbeState.BOUNCED:
        return (
            Finding(
                code="probe.bounced",
                severity=Severity.WARNING,
                message="A probe came back as undeliverable: the list's mail server could not deliver it over IPv6.",
                evidence={"probe": ended.id, "reply": ended.reply},
                reference="RFC 3464 section 2.3.3",
            ),
        )
    if ended.state is ProbeState.REJECTED:
        return (
            Finding(
                code="probe.rejected",
                severity=Severity.UNKNOWN,
                message="The list's mail server refused our probe, so we do not know how its mail arrives. "
                "Allow this host to submit mail there.",
                evidence={"probe": ended.id, "reply": ended.reply},
                reference="RFC 5321 section 4.2.1",
            ),
        )
    return ()
