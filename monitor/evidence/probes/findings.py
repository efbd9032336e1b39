"""How probes through the list's mail server ended. Pure."""

from collections.abc import Sequence
from typing import Final

from monitor.model.evidence import Probe, ProbeState
from monitor.model.findings import Finding, Severity

# How a probe ended → code and severity, what that says, and where the standard speaks of it.
_ENDS: Final = {
    ProbeState.LOST: (
        "probe.lost",
        Severity.WARNING,
        (
            "A probe that the list's mail server took did not reach our IPv6-only receiver in time. Look into that server's queue "
            "for mail to the probe address: it may not deliver over IPv6 at all."
        ),
        "RFC 5321 section 4.5.4.1",
    ),
    ProbeState.BOUNCED: (
        "probe.bounced",
        Severity.WARNING,
        "A probe came back as undeliverable: the list's mail server could not deliver it over IPv6.",
        "RFC 3464 section 2.3.3",
    ),
    ProbeState.REJECTED: (
        "probe.rejected",
        Severity.UNKNOWN,
        (
            "The list's mail server refused our probe, so we do not know how its mail arrives. Allow this host to submit mail "
            "there."
        ),
        "RFC 5321 section 4.2.1",
    ),
}


def probe_findings(probes: Sequence[Probe]) -> tuple[Finding, ...]:
    """What the newest probe that has ended says of the path to us. One that failed by our own fault says nothing."""
    ended = next((each for each in probes if each.finished_at is not None and not each.ours), None)
    if ended is None or ended.state not in _ENDS:
        return ()
    code, severity, message, reference = _ENDS[ended.state]
    evidence = {"probe": ended.id, "reply": ended.reply}
    return (Finding(code=code, severity=severity, message=message, evidence=evidence, reference=reference),)
