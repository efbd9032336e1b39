"""What changed in how mail reaches the subscribers: a provider that turned IPv6 on. Pure."""

from collections.abc import Iterator
from typing import Final

from monitor.model.findings import Finding, Severity
from monitor.model.reach import Reach
from monitor.phrase.phrase import When, plural
from monitor.risk.reach import title_of

MARKED: Final = 0.05  # share of a list's subscribers from which on it is told; fewer are everyday's coming and going
REFERENCE: Final = "RFC 5321 section 5.1"


def reach_findings(there: Reach) -> Iterator[Finding]:
    """One a receiver whose mail servers have IPv6 addresses since lately, for a marked part of the subscribers."""
    for receiver, ways in sorted(there.ways.items()):
        if ways.came_at is None or ways.came < MARKED * there.total:
            continue
        yield Finding(
            code="reach.ipv6-grown",
            severity=Severity.INFO,
            message=plural(
                "Since {day} mail to {n} subscriber at {receiver} can arrive over IPv6.",
                "Since {day} mail to {n} subscribers at {receiver} can arrive over IPv6.",
                ways.came,
                day=When(ways.came_at),
                receiver=title_of(receiver),
            ),
            evidence={
                "receiver": receiver,
                "subscribers": ways.came,
                "subscribers_over_ipv6": there.over_ipv6,
                "subscribers_in_all": there.total,
                "since": ways.came_at.isoformat(),
            },
            reference=REFERENCE,
        )
