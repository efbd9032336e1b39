"""What people do to incidents: acknowledge, silence, end a silence.

Each is written with its history, and may be repeated.
"""

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime
from typing import Final

from monitor.errors import UsageError
from monitor.incident import entries
from monitor.incident.silence import is_silenced, make, receivers_concerned, words_of
from monitor.model.incidents import ChangeKind, Incident, IncidentChange, IncidentState, Silence
from monitor.phrase.phrase import say
from monitor.store import Store

TRIES: Final = 5  # others change the same incident at the same time: worker and receiver at most
OPEN_READ: Final = 2_000  # incidents looked at when a silence begins or ends
TEXT_LIMIT: Final = 300  # characters of a name or a reason

Step = Callable[[Incident], tuple[Incident, IncidentChange | None]]


def find(store: Store, wanted: str) -> Incident:
    """The incident of that id, or the open one of the list of that name. Raises UsageError where there is neither."""
    incident = store.incidents.get(wanted) or store.incidents.current(wanted)
    if incident is None:
        raise UsageError(
            say("There is no incident {wanted}, and no list of that name has an open one.", wanted=repr(wanted))
        )
    return incident


def acknowledge(
    store: Store, wanted: str, *, by: str, reason: str, now: datetime, until: datetime | None = None
) -> Incident:
    """Take an incident on: no reminders and no escalation until `until`, or until it gets worse or ends.

    Raises UsageError where there is no such incident, where it is over, or where `until` is past.
    """
    incident = find(store, wanted)
    if incident.state is IncidentState.RESOLVED:
        raise UsageError(say("{incident} is over; there is nothing to acknowledge.", incident=incident.id))
    if incident.state is IncidentState.PENDING:
        raise UsageError(
            say(
                "{incident} is not confirmed yet: too few assessments have seen it, and nobody was told.",
                incident=incident.id,
            )
        )
    if until is not None and until <= now:
        raise UsageError(say("The acknowledgement would have ended already; name an end that lies ahead."))
    words = {"by": _bounded(by), "reason": _bounded(reason)}
    return _change(store, incident.id, lambda one: entries.acknowledge(one, now=now, until=until, **words))


def silence(
    store: Store,
    *,
    by: str,
    reason: str,
    now: datetime,
    until: datetime,
    list_id: str | None = None,
    receiver: str | None = None,
    finding: str | None = None,
) -> tuple[Silence, tuple[Incident, ...]]:
    """Begin a silence; with it the open incidents that it hides. Raises UsageError where its end is past."""
    facts = {"list_id": list_id, "receiver": receiver, "finding": finding}
    try:
        made = make(by=_bounded(by), reason=_bounded(reason), now=now, until=until, **facts)
    except ValueError as error:
        raise UsageError(say("It cannot be silenced: {why}.", why=error.args[0])) from error
    store.silences.add(made, now=now)
    return made, _retold(store, made, ChangeKind.SILENCED, words_of(made), now=now)


def unsilence(store: Store, wanted: str, *, by: str, now: datetime) -> tuple[tuple[Silence, ...], tuple[Incident, ...]]:
    """End the silence of that id, or all of the list of that name; with them the incidents that show again.

    What nobody was told meanwhile is told after the next assessment. Raises UsageError where there is none.
    """
    ended = tuple(one for one in store.silences.all() if wanted in (one.id, one.list_id) and now < one.until)
    if not ended:
        raise UsageError(say("There is no silence {wanted}, and none for a list of that name.", wanted=repr(wanted)))
    shown: list[Incident] = []
    for one in ended:
        store.silences.remove(one.id)
        cause = say("The silence {silence} was ended by {by}.", silence=one.id, by=_bounded(by) or entries.SOMEBODY)
        shown += _retold(store, one, ChangeKind.UNSILENCED, cause, now=now)
    return ended, tuple(shown)


def _retold(store: Store, made: Silence, kind: ChangeKind, cause: str, *, now: datetime) -> tuple[Incident, ...]:
    """The incidents that a silence hides, or shows again, with that in their history."""
    silences = store.silences.all()
    wanted = kind is ChangeKind.SILENCED
    changed = []
    for incident in _open(store, made.list_id):
        assessment = store.outcomes.assessment(incident.list_id)
        receivers = receivers_concerned(assessment) if assessment else ()
        silenced = is_silenced(silences, incident, receivers, now=now)
        if silenced is wanted and (incident.state is IncidentState.SILENCED) is not wanted:
            changed.append(_change(store, incident.id, _noted(kind, cause, silenced=silenced, now=now)))
    return tuple(changed)


def _noted(kind: ChangeKind, cause: str, *, silenced: bool, now: datetime) -> Step:
    def step(incident: Incident) -> tuple[Incident, IncidentChange]:
        kept, change = entries.noted(incident, kind, cause, now=now)
        return replace(kept, state=entries.state_at(kept, now, silenced=silenced)), change

    return step


def _open(store: Store, list_id: str | None) -> Iterable[Incident]:
    """The incidents that are not over: of one list, or of all."""
    if list_id is not None:
        current = store.incidents.current(list_id)
        return () if current is None or current.state is IncidentState.PENDING else (current,)
    return [one for one in store.incidents.recent(OPEN_READ) if one.state is not IncidentState.RESOLVED]


def _change(store: Store, incident_id: str, step: Step) -> Incident:
    """Read, change and write one incident, again where somebody else was faster."""
    for _ in range(TRIES):
        incident = find(store, incident_id)
        kept, change = step(incident)
        if change is None or store.incidents.commit(kept, (), expected_revision=incident.revision):
            return kept
    raise UsageError(say("{incident} is being changed by others all the time; try again.", incident=incident_id))


def _bounded(text: str) -> str:
    return " ".join(text.split())[:TEXT_LIMIT]
