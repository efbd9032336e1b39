"""From an incident's step to what its readers hear of it: the same for a list's incident and for one of the host. Pure."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from monitor.incident.lifecycle import moved, noted, state_at
from monitor.incident.notify_reason import SILENT_REASONS, NotifyPolicy, NotifyReason, reason
from monitor.incident.silence import in_force, is_silenced
from monitor.model.incidents import ChangeKind, Incident, IncidentChange, IncidentState, Silence
from monitor.model.risk import RiskLevel

KIND: Final = {
    NotifyReason.FIRST: ChangeKind.RAISED,
    NotifyReason.WORSE: ChangeKind.CHANGED,
    NotifyReason.BETTER: ChangeKind.CHANGED,
    NotifyReason.OTHER_CAUSE: ChangeKind.CHANGED,
    NotifyReason.REMINDER: ChangeKind.REMINDER,
    NotifyReason.ESCALATION: ChangeKind.ESCALATED,
    NotifyReason.RESOLVED: ChangeKind.RESOLVED,
}
# What is told although the incident took no step, and how its history says so.
WITHOUT_A_STEP: Final = {
    NotifyReason.REMINDER: (ChangeKind.REMINDER, "Nobody has acknowledged it; the owners are reminded."),
    NotifyReason.ESCALATION: (ChangeKind.ESCALATED, "Nobody has acknowledged it; the administrators are told."),
}
SILENCE_ENDED: Final = (ChangeKind.UNSILENCED, "It was not told while it was silenced; the owners are told now.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """The incident with its history, not yet marked as told; the change, in its history and as its readers hear of it."""

    incident: Incident
    change: IncidentChange | None  # None: nothing new in the history
    heard: IncidentChange | None  # against what they knew last; None: nothing is told
    why: NotifyReason


def what_to_tell(
    current: Incident | None,
    incident: Incident,
    change: IncidentChange | None,
    policy: NotifyPolicy,
    *,
    silences: Sequence[Silence],
    now: datetime,
    receivers: Collection[str] = (),
) -> Telling:
    """What is told after a step from `current` to `incident`, with its change if it has one.

    `receivers` are those in danger, for silences that name one.
    """
    silenced = is_silenced(silences, incident, receivers, now=now)
    if incident.state is not IncidentState.RESOLVED:
        incident = replace(incident, state=state_at(incident, now, silenced=silenced))
    moving = None
    if change is None and current is not None:
        incident, moving = moved(current, incident, _silenced_by(silences, incident, now=now), now=now)
    answer = reason(incident, policy, silenced=silenced, now=now)
    if answer in SILENT_REASONS:
        return Telling(incident=incident, change=change or moving, heard=None, why=answer)
    if change is None:
        kind, cause = WITHOUT_A_STEP.get(answer, SILENCE_ENDED)
        if moving is not None and moving.kind is kind:
            change = moving
        else:
            incident, change = noted(incident, kind, cause, now=now)
    known = RiskLevel.OK if incident.told is None else incident.told.level
    heard = replace(change, kind=KIND[answer], previous_level=known)
    return Telling(incident=incident, change=change, heard=heard, why=answer)


def _silenced_by(silences: Iterable[Silence], incident: Incident, *, now: datetime) -> str:
    """Who silenced it, until when and why, as the history says it."""
    said = [
        f"Silenced by {one.by or 'somebody'} until {one.until:%Y-%m-%d %H:%M} UTC: {one.reason or 'no reason given'}"
        for one in in_force(silences, incident.list_id, now=now)
    ]
    return " ".join(said)
