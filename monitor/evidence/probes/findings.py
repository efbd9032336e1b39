"""How probes through the list's mail server ended. Pure."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from monitor.model.evidence import Probe, ProbeState
from monitor.model.findings import Finding, Severity
from monitor.phrase.phrase import say

# What the end of a probe says; which probe it was is filled in.
_ENDS: Final = {
    ProbeState.LOST: Finding(
        code="probe.lost",
        severity=Severity.WARNING,
        message=say(
            "A probe that the list's mail server took did not reach our IPv6-only receiver in time. Look into that server's "
            "queue for mail to the probe address: it may not deliver over IPv6 at all."
        ),
        reference="RFC 5321 section 4.5.4.1",
    ),
    ProbeState.BOUNCED: Finding(
        code="probe.bounced",
        severity=Severity.WARNING,
        message=say("A probe came back as undeliverable: the list's mail server could not deliver it over IPv6."),
        reference="RFC 3464 section 2.3.3",
    ),
    ProbeState.REJECTED: Finding(
        code="probe.rejected",
        severity=Severity.UNKNOWN,
        message=say(
            "The list's mail server refused our probe, so we do not know how its mail arrives. Allow this host to submit "
            "mail there."
        ),
        reference="RFC 5321 section 4.2.1",
    ),
}


def probe_findings(probes: Sequence[Probe]) -> tuple[Finding, ...]:
    """What the newest probe that has ended says of the path to us. One that failed by our own fault says nothing."""
    ended = next((each for each in probes if each.finished_at is not None and not each.ours), None)
    if ended is None or ended.state not in _ENDS:
        return ()
    return (replace(_ENDS[ended.state], evidence={"probe": ended.id, "reply": ended.reply}),)
