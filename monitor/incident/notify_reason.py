"""When to tell of an incident: a pure decision with a named answer.

It compares the incident with what the owners know of it, not with what just happened. So a silence that ends, a reminder
that is due and a task that runs twice need no rules of their own: what was told is known, what was not is told.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from monitor.incident.lifecycle import RANK, is_acknowledged
from monitor.model.incidents import Incident, IncidentState, Told
from monitor.model.risk import RiskLevel


class Why(StrEnum):
    """Why something is told, or why nothing is."""

    FIRST = "first"
    WORSE = "worse"
    BETTER = "better"
    OTHER_CAUSE = "other-cause"
    REMINDER = "reminder"
    ESCALATION = "escalation"
    RESOLVED = "resolved"
    DIGEST = (
        "digest"  # what improved and what got worse within a week, of many lists, decided by `monitor.notify.weekly`
    )
    PENDING = "pending"  # nothing: too few assessments have seen it
    KNOWN = "known"  # nothing: the owners know all there is
    SILENCED = "silenced"  # nothing: somebody asked for it
    BELOW = "below"  # nothing: the owners want to hear of worse only


NOTHING: Final = frozenset({Why.PENDING, Why.KNOWN, Why.SILENCED, Why.BELOW})


@dataclass(frozen=True, slots=True, kw_only=True)
class TellPolicy:
    """What the owners want to hear, and how often."""

    tell_from: RiskLevel = RiskLevel.WATCH  # the first notice of an incident waits for this level
    remind_every: timedelta | None = None  # None: never
    escalate_after: timedelta | None = None  # without an acknowledgement; None: never


def why(incident: Incident, policy: TellPolicy, *, silenced: bool, now: datetime) -> Why:
    """What to tell of this incident now. An acknowledged one is silent until something about it changes."""
    told = incident.told
    if incident.state is IncidentState.PENDING:
        return Why.PENDING
    if incident.state is IncidentState.RESOLVED:
        if told is None or told.level is RiskLevel.OK:
            return Why.KNOWN  # who never heard of its beginning does not care for its end
        return Why.SILENCED if silenced else Why.RESOLVED
    if silenced:
        return Why.SILENCED
    if told is None:
        return Why.BELOW if RANK[incident.level] < RANK[policy.tell_from] else Why.FIRST
    if incident.level is not told.level:
        return Why.WORSE if RANK[incident.level] > RANK[told.level] else Why.BETTER
    if incident.reasons != told.reasons:
        return Why.OTHER_CAUSE
    if is_acknowledged(incident, now) or incident.state is IncidentState.RESOLVING:
        return Why.KNOWN
    if policy.escalate_after is not None and not told.escalated and now - told.first_at >= policy.escalate_after:
        return Why.ESCALATION
    if policy.remind_every is not None and now - told.at >= policy.remind_every:
        return Why.REMINDER
    return Why.KNOWN


def told(incident: Incident, answer: Why, *, now: datetime) -> Incident:
    """The incident once that was told."""
    before = incident.told
    known = Told(
        first_at=now if before is None else before.first_at,
        at=now,
        level=incident.level,
        reasons=incident.reasons,
        escalated=answer is Why.ESCALATION or (before is not None and before.escalated),
    )
    return replace(incident, told=known)
