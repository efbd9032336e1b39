"""What an assessment makes of an incident, and what its readers are told of it.

Pure: the same facts give the same decision.

The one decision for a list's incident and for one of the installation. It asks in turn: can we see at all; what is the
next step of its life (`lifecycle`); is it silenced (`silence`, `maintenance`); is there anything that its readers do
not know yet (`notify_reason`).
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from monitor.incident.entries import moved, noted, put_right, state_at
from monitor.incident.lifecycle import LifePolicy, damped, step
from monitor.incident.maintenance import under_way
from monitor.incident.notify_reason import SILENT_REASONS, NotifyPolicy, NotifyReason, mark_notified, reason
from monitor.incident.silence import in_force, is_silenced, receivers_concerned, words_of
from monitor.model.incidents import ChangeKind, Incident, IncidentChange, IncidentState, Maintenance, Silence, Told
from monitor.model.order import IN_DANGER
from monitor.model.risk import Assessment, RiskLevel
from monitor.phrase.phrase import joined, say

LEVELS_READ: Final = 100  # levels worth reading: the longest window that a flapping list is judged by
RECENT_READ: Final = 10  # the list's last incidents, to see whether it flaps

_KIND: Final = {
    NotifyReason.FIRST: ChangeKind.RAISED,
    NotifyReason.WORSE: ChangeKind.CHANGED,
    NotifyReason.BETTER: ChangeKind.CHANGED,
    NotifyReason.OTHER_CAUSE: ChangeKind.CHANGED,
    NotifyReason.MORE: ChangeKind.CHANGED,
    NotifyReason.REMINDER: ChangeKind.REMINDER,
    NotifyReason.ESCALATION: ChangeKind.ESCALATED,
    NotifyReason.RESOLVED: ChangeKind.RESOLVED,
}
# What is told although the incident took no step, and how its history says so.
_WITHOUT_A_STEP: Final = {
    NotifyReason.MORE: (ChangeKind.CHANGED, say("More subscribers are in danger than the owners were told.")),
    NotifyReason.REMINDER: (ChangeKind.REMINDER, say("Nobody has acknowledged it; the owners are reminded.")),
    NotifyReason.ESCALATION: (ChangeKind.ESCALATED, say("Nobody has acknowledged it; the administrators are told.")),
}
_SILENCE_ENDED: Final = (ChangeKind.UNSILENCED, say("It was not told while it was silenced; the owners are told now."))


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentPolicy:
    """What raises and ends an incident, what its readers want to hear, and when they are to be left alone."""

    life: LifePolicy
    notify: Callable[[], NotifyPolicy]  # of all readers together; asked only where there is an incident
    maintenance: tuple[Maintenance, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """The incident as it is to be kept, what its readers hear, and why so, or why nothing."""

    incident: Incident | None  # None: there is none, and one that was pending is to be forgotten
    change: IncidentChange | None = None  # what is new in its history; None: nothing
    heard: IncidentChange | None = None  # as its readers hear of it, against what they knew last; None: nothing is told
    known: Told | None = None  # what they knew before this; None: nothing
    reason: NotifyReason


def decide(
    current: Incident | None,
    levels: Sequence[RiskLevel],
    assessment: Assessment,
    policy: IncidentPolicy,
    *,
    now: datetime,
    silences: Iterable[Silence] = (),
    recent: Sequence[Incident] = (),
) -> Decision:
    """What this assessment makes of `current`, the subject's incident that is not over.

    The same facts again tell nothing more.

    `levels` (with this assessment's) and `recent` (the subject's incidents) are newest first; see LEVELS_READ,
    RECENT_READ. While we are blind nothing changes and nothing is told, not even a reminder.
    """
    if (levels[0] if levels else assessment.level) is RiskLevel.UNKNOWN:
        return Decision(incident=current, reason=NotifyReason.BLIND)
    current = current and put_right(current, now)
    incident, change = step(current, levels, assessment, damped(policy.life, recent, now=now), now=now)
    if incident is None:
        return Decision(incident=None, reason=NotifyReason.NO_DANGER)
    incident = replace(incident, subscribers=_in_danger(assessment))
    active = in_force((*silences, *under_way(policy.maintenance, incident.list_id, now=now)), incident.list_id, now=now)
    silenced = is_silenced(active, incident, receivers_concerned(assessment), now=now)
    if incident.state is not IncidentState.RESOLVED:
        incident = replace(incident, state=state_at(incident, now, silenced=silenced))
    stepped = change is not None
    if not stepped and current is not None:
        incident, change = moved(current, incident, joined(" ", map(words_of, active)), now=now)
    answer, known = reason(incident, policy.notify(), silenced=silenced, now=now), incident.told
    if answer in SILENT_REASONS:
        return Decision(incident=incident, change=change, known=known, reason=answer)
    kind, cause = _WITHOUT_A_STEP.get(answer, _SILENCE_ENDED)
    if change is None or (not stepped and change.kind is not kind):
        incident, change = noted(incident, kind, cause, now=now)
    before = known.level if known is not None else incident.history[0].previous_level
    return Decision(
        incident=mark_notified(incident, answer, now=now),
        change=change,
        heard=replace(change, kind=_KIND[answer], previous_level=before),
        known=known,
        reason=answer,
    )


def _in_danger(assessment: Assessment) -> int | None:
    """How many subscribers could be disabled, at receivers where that is counted; None where it is at none."""
    found = [each for each in assessment.forecasts if each.level in IN_DANGER]
    counts = [each.subscribers if each.at_risk is None else each.at_risk for each in found]
    known = [each for each in counts if each is not None]
    return sum(known) if known else None
