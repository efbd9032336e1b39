"""How soon a list is checked again whose danger too few assessments have seen. Pure.

By the usual interval a new list's owner would be told after sixteen minutes: by a first check, and a second one that
agrees. So the checks that confirm come early. Good news waits for the usual ones: told too soon it would be taken back,
and receivers keep what was published before for as long as its TTL says.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from monitor.model.incidents import Incident, IncidentState
from monitor.model.order import RANK
from monitor.model.risk import RiskLevel

# After the check that saw it first, and after the next one: with both the first notice leaves within five minutes. A
# check that goes astray is made good by the second; more of them would be a burst, however the list comes and goes.
PAUSES: Final = (timedelta(minutes=1), timedelta(minutes=2))
LOOKED_AT: Final = len(PAUSES) + 1  # checks within one interval: no more of them are ever made
_LATELY: Final = 0.9  # of an interval: the usual check before this one lies further back, by its jitter of a twentieth


def pause_to_confirm(
    incident: Incident | None,
    levels: Sequence[RiskLevel],
    looked_at: Sequence[datetime],
    *,
    now: datetime,
    every: timedelta,
) -> timedelta | None:
    """How long to wait for the next check of a list, where that is to come early; None where it comes as usual.

    `incident` is the list's as the newest assessment leaves it, `levels` are all that it had (newest first), and
    `looked_at` is when it was checked, the newest time included.
    """
    if not awaits_a_look(incident, levels):
        return None
    lately = sum(now - _LATELY * every < at <= now for at in looked_at)
    if lately >= LOOKED_AT:
        return None
    pause = PAUSES[max(lately, 1) - 1]
    return pause if pause < every else None


def awaits_a_look(incident: Incident | None, levels: Sequence[RiskLevel]) -> bool:
    """Whether one more check tells something: a danger is pending, or a worse one, or nothing could be seen so far."""
    known = next((level for level in levels if level is not RiskLevel.UNKNOWN), None)
    if known is None:
        return 0 < len(levels) < LOOKED_AT
    if incident is None:
        return False
    return incident.state is IncidentState.PENDING or RANK[known] > RANK[incident.level]
