"""When to tell of an incident: a named answer, for silence too. Pure.

It compares the incident with what the owners know of it, not with what just happened. So a silence that ends, a
reminder that is due and a task that runs twice need no rules of their own: what was told is known, what was not is
told.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from monitor.incident.entries import is_acknowledged
from monitor.model.incidents import Incident, IncidentState, Told
from monitor.model.order import RANK
from monitor.model.risk import RiskLevel


class NotifyReason(StrEnum):
    """Why something is told, or why nothing is."""

    FIRST = "first"
    WORSE = "worse"
    BETTER = "better"
    OTHER_CAUSE = "other-cause"
    MORE = "more"  # subscribers, by much
    REMINDER = "reminder"
    ESCALATION = "escalation"
    RESOLVED = "resolved"
    BLIND = "blind"  # nothing: we cannot see, so nothing is known of it now
    NO_DANGER = "no-danger"  # nothing: there is no incident
    PENDING = "pending"  # nothing: too few assessments have seen it
    KNOWN = "known"  # nothing: the owners know all there is
    SILENCED = "silenced"  # nothing: somebody asked for it
    BELOW = "below"  # nothing: the owners want to hear of worse only


SILENT_REASONS: Final = frozenset(
    {
        NotifyReason.BLIND,
        NotifyReason.NO_DANGER,
        NotifyReason.PENDING,
        NotifyReason.KNOWN,
        NotifyReason.SILENCED,
        NotifyReason.BELOW,
    }
)


MORE_LEAST: Final = 10  # subscribers
MORE_SHARE: Final = 0.5  # of those who were told


@dataclass(frozen=True, slots=True, kw_only=True)
class NotifyPolicy:
    """What the owners want to hear, and how often."""

    tell_from: RiskLevel = RiskLevel.WATCH  # the first notice of an incident waits for this level
    remind_every: timedelta | None = None  # None: never
    escalate_after: timedelta | None = None  # without an acknowledgement; None: never


def reason(incident: Incident, policy: NotifyPolicy, *, silenced: bool, now: datetime) -> NotifyReason:
    """What to tell of this incident now. An acknowledged one is silent until something about it changes."""
    told = incident.told
    if incident.state is IncidentState.PENDING:
        return NotifyReason.PENDING
    if incident.state is IncidentState.RESOLVED:
        if told is None or told.level is RiskLevel.OK:
            return NotifyReason.KNOWN  # who never heard of its beginning does not care for its end
        return NotifyReason.SILENCED if silenced else NotifyReason.RESOLVED
    if silenced:
        return NotifyReason.SILENCED
    if told is None:
        return NotifyReason.BELOW if RANK[incident.level] < RANK[policy.tell_from] else NotifyReason.FIRST
    if incident.level is not told.level:
        return NotifyReason.WORSE if RANK[incident.level] > RANK[told.level] else NotifyReason.BETTER
    if incident.reasons != told.reasons:
        return NotifyReason.OTHER_CAUSE
    if incident.state is not IncidentState.RESOLVING and _many_more(incident.subscribers, told.subscribers):
        return NotifyReason.MORE
    if is_acknowledged(incident, now) or incident.state is IncidentState.RESOLVING:
        return NotifyReason.KNOWN
    if policy.escalate_after is not None and not told.escalated and now - told.first_at >= policy.escalate_after:
        return NotifyReason.ESCALATION
    if policy.remind_every is not None and now - told.at >= policy.remind_every:
        return NotifyReason.REMINDER
    return NotifyReason.KNOWN


def _many_more(now: int | None, told: int | None) -> bool:
    """Whether so many more are in danger than were told that it is worth a mail: half as many again, ten at least."""
    return now is not None and told is not None and now >= told + max(MORE_LEAST, told * MORE_SHARE)


def mark_notified(incident: Incident, answer: NotifyReason, *, now: datetime) -> Incident:
    """The incident once that was told."""
    before = incident.told
    known = Told(
        first_at=now if before is None else before.first_at,
        at=now,
        level=incident.level,
        reasons=incident.reasons,
        subscribers=incident.subscribers,
        escalated=answer is NotifyReason.ESCALATION or (before is not None and before.escalated),
    )
    return replace(incident, told=known)
