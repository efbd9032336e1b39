"""What happens to an incident beside its level, and how it is written down: taken on, silenced, about to end. Pure."""

from dataclasses import replace
from datetime import datetime
from typing import Final

from monitor.model.ahead import put_back
from monitor.model.incidents import Acknowledgement, ChangeKind, Incident, IncidentChange, IncidentState
from monitor.model.risk import RiskLevel
from monitor.phrase.phrase import When, say

HISTORY_KEPT: Final = 100  # changes kept of one incident: its first and its last ones, about 200 bytes each
SOMEBODY: Final = say("somebody")
NO_REASON: Final = say("no reason given")


def state_at(incident: Incident, now: datetime, *, silenced: bool | None = None) -> IncidentState:
    """The state of an incident above ok: silenced, acknowledged, else open.

    `silenced` None leaves a silence as it is.
    """
    if incident.state in (IncidentState.RESOLVED, IncidentState.PENDING):
        return incident.state
    if silenced or (silenced is None and incident.state is IncidentState.SILENCED):
        return IncidentState.SILENCED
    if silenced is not None and incident.state is IncidentState.RESOLVING:
        return incident.state
    return IncidentState.ACKNOWLEDGED if is_acknowledged(incident, now) else IncidentState.OPEN


def is_acknowledged(incident: Incident, now: datetime) -> bool:
    """Whether an acknowledgement is in force."""
    taken = incident.acknowledgement
    return taken is not None and (taken.until is None or now < taken.until)


def acknowledge(
    incident: Incident, *, by: str, reason: str, now: datetime, until: datetime | None = None
) -> tuple[Incident, IncidentChange | None]:
    """The incident, taken on by somebody. One that is resolved, or acknowledged in the same words, stays as it is."""
    same = incident.acknowledgement
    if incident.state is IncidentState.RESOLVED or (
        same is not None and (same.by, same.reason, same.until) == (by, reason, until)
    ):
        return incident, None
    parts = {"by": by or SOMEBODY, "reason": reason or NO_REASON}
    cause = (
        say("Acknowledged by {by} until {until}: {reason}", until=When(until, "moment"), **parts)
        if until
        else say("Acknowledged by {by}: {reason}", **parts)
    )
    change = change_of(incident, ChangeKind.ACKNOWLEDGED, incident.level, cause, now=now)
    taken = Acknowledgement(by=by, reason=reason, at=now, until=until)
    kept = replace(incident, acknowledgement=taken)
    return recorded(replace(kept, state=state_at(kept, now)), change), change


def moved(before: Incident, after: Incident, why: str, *, now: datetime) -> tuple[Incident, IncidentChange | None]:
    """The incident with an entry about its other state, where its level stayed; `why` is about silences."""
    if before.state is after.state or after.state in (IncidentState.PENDING, IncidentState.RESOLVED):
        return after, None
    taken = before.acknowledgement
    if after.state is IncidentState.SILENCED:
        kind, cause = ChangeKind.SILENCED, why
    elif before.state is IncidentState.SILENCED:
        kind, cause = ChangeKind.UNSILENCED, say("What silenced it is over.")
    elif after.state is IncidentState.RESOLVING:
        kind, cause = ChangeKind.RESOLVING, say("The last assessment says ok; it ends when enough of them do.")
    elif before.state is IncidentState.RESOLVING:
        kind, cause = ChangeKind.RETURNED, say("The danger is seen again before the incident had ended.")
    elif before.state is IncidentState.ACKNOWLEDGED and taken is not None:
        kind, cause = ChangeKind.EXPIRED, say("The acknowledgement by {by} has expired.", by=taken.by or SOMEBODY)
    else:
        return after, None
    return noted(after, kind, cause, now=now)


def noted(incident: Incident, kind: ChangeKind, cause: str, *, now: datetime) -> tuple[Incident, IncidentChange]:
    """The incident with an entry that leaves its level as it is: a reminder, an escalation, a silence."""
    change = change_of(incident, kind, incident.level, cause, now=now)
    return recorded(incident, change), change


def put_right(incident: Incident, now: datetime) -> Incident:
    """The incident without times that are still to come, which would keep reminders, escalations and causes waiting.

    They were written while the clock ran ahead. Its history stays as it was written.
    """
    told, unconfirmed = incident.told, incident.unconfirmed_at
    return replace(
        incident,
        opened_at=put_back(incident.opened_at, now),
        changed_at=put_back(incident.changed_at, now),
        told=told and replace(told, first_at=put_back(told.first_at, now), at=put_back(told.at, now)),
        unconfirmed_at=unconfirmed and put_back(unconfirmed, now),
    )


def unwatched(incident: Incident, *, now: datetime) -> Incident:
    """The incident at its end because nobody watches the list any more.

    Its level stays: what became of it is not known.
    """
    cause = say("The list is watched no longer.")
    change = change_of(incident, ChangeKind.RESOLVED, incident.level, cause, now=now)
    return recorded(replace(incident, state=IncidentState.RESOLVED, resolved_at=now, acknowledgement=None), change)


def change_of(incident: Incident, kind: ChangeKind, level: RiskLevel, cause: str, *, now: datetime) -> IncidentChange:
    """The next entry of its history."""
    return IncidentChange(
        revision=incident.revision + 1, at=now, kind=kind, level=level, previous_level=incident.level, cause=cause
    )


def recorded(incident: Incident, change: IncidentChange) -> Incident:
    """The incident with the change in its history, which keeps its first entry and its last ones."""
    history = (*incident.history, change)
    if len(history) > HISTORY_KEPT:
        history = (history[0], *history[-(HISTORY_KEPT - 1) :])
    return replace(incident, revision=change.revision, changed_at=change.at, history=history)
