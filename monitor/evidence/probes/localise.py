"""Where on its path mail is stopped: list software, mail server or network. Pure.

Probes through the list's MTA tell of it and all behind it. Direct probes, sent from the same host around the MTA, tell
of the network alone. What the one loses and the other delivers is the MTA's.
"""

from collections.abc import Sequence
from typing import Final

from monitor.model.evidence import Probe, ProbeState
from monitor.model.findings import Finding, Severity
from monitor.phrase.phrase import listed, say

FAILED: Final = frozenset({ProbeState.LOST, ProbeState.BOUNCED})


def through_mta(probes: Sequence[Probe]) -> tuple[Probe, ...]:
    """The probes that went through the list's MTA."""
    return tuple(each for each in probes if each.source is None)


def localised(probes: Sequence[Probe]) -> tuple[Finding, ...]:
    """What direct probes add to those by the MTA; both newest first.

    A probe that failed by our own fault says nothing.
    """
    newest: dict[str, Probe] = {}
    for each in probes:
        if each.source is not None and each.finished_at is not None:
            newest.setdefault(str(each.source), each)
    clear = {source: each for source, each in newest.items() if not each.ours}
    cut_off = {source: each for source, each in clear.items() if each.state in FAILED}
    through = [source for source, each in clear.items() if each.state is ProbeState.ARRIVED]
    found = []
    if cut_off:
        found.append(
            Finding(
                code="way.network",
                severity=Severity.WARNING,
                message=say(
                    "From {addresses} our receiver cannot be reached over IPv6, though it is up: the network, a firewall or "
                    "the route of the list's host stops its mail, not its mail server.",
                    addresses=listed(cut_off, "comma"),
                ),
                evidence={"addresses": list(cut_off), "trouble": next(iter(cut_off.values())).reply},
                reference="RFC 5321 section 5.1",
            )
        )
    last = next((each for each in through_mta(probes) if each.finished_at is not None and not each.ours), None)
    if last is not None and last.state in FAILED and through:
        found.append(
            Finding(
                code="way.mta",
                severity=Severity.INFO,
                message=say(
                    "From {addresses} a probe around the list's mail server arrives, and one through it does not: the network "
                    "is in order, so look at that server: its queue, its use of IPv6, its routes.",
                    addresses=listed(through, "comma"),
                ),
                evidence={"addresses": through, "probe": last.id, "reply": last.reply},
                reference="RFC 5321 section 5.1",
            )
        )
    return tuple(found)
