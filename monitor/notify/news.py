"""From an assessment to what is told: the incident's next step, the decision to tell, and the notices. Pure.

What comes out is written in one transaction (`Incidents.commit`), so that the owners know exactly what the incident says they
know, whenever a worker dies.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from monitor.config.settings import MailingList, Settings
from monitor.incident.life import RANK, LifePolicy, damped, moved, noted, state_at, step
from monitor.incident.maintenance import under_way
from monitor.incident.silence import in_force, is_silenced, receivers_in_danger
from monitor.incident.tell import NOTHING, TellPolicy, Why, told, why
from monitor.model import (
    Assessment,
    ChangeKind,
    Incident,
    IncidentChange,
    IncidentState,
    Notice,
    RiskLevel,
    Silence,
)
from monitor.notify.outbox import notices_for
from monitor.notify.payload import encode, payload
from monitor.notify.wishes import wishes_of

LEVELS_READ: Final = 100  # levels worth reading: the longest window that a flapping list is judged by
RECENT_READ: Final = 10  # the list's last incidents, to see whether it flaps

KIND: Final = {
    Why.FIRST: ChangeKind.RAISED,
    Why.WORSE: ChangeKind.CHANGED,
    Why.BETTER: ChangeKind.CHANGED,
    Why.OTHER_CAUSE: ChangeKind.CHANGED,
    Why.REMINDER: ChangeKind.REMINDER,
    Why.ESCALATION: ChangeKind.ESCALATED,
    Why.RESOLVED: ChangeKind.RESOLVED,
}
# What is told although the incident took no step, and how its history says so.
WITHOUT_A_STEP: Final = {
    Why.REMINDER: (ChangeKind.REMINDER, "Nobody has acknowledged it; the owners are reminded."),
    Why.ESCALATION: (ChangeKind.ESCALATED, "Nobody has acknowledged it; the administrators are told."),
}
SILENCE_ENDED: Final = (ChangeKind.UNSILENCED, "It was not told while it was silenced; the owners are told now.")


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """The incident as it is to be kept, what is told of it, and why so, or why not."""

    incident: Incident | None
    change: IncidentChange | None = None  # as it stands in the history; None: nothing new to tell
    notices: tuple[Notice, ...] = ()
    why: Why = Why.KNOWN


def news(
    current: Incident | None,
    levels: Sequence[RiskLevel],
    assessment: Assessment,
    mailing_list: MailingList,
    settings: Settings,
    *,
    now: datetime,
    silences: Iterable[Silence] = (),
    recent: Sequence[Incident] = (),
) -> News:
    """What this assessment makes of the list's incident. The same facts again give nothing more to tell.

    `levels` and `recent` (the list's incidents) are newest first; see LEVELS_READ and RECENT_READ. While we are blind nothing
    is told, not even a reminder.
    """
    incident, change = step(current, levels, assessment, damped(life_policy(settings), recent, now=now), now=now)
    if incident is None or (levels[0] if levels else assessment.level) is RiskLevel.UNKNOWN:
        return News(incident=incident, change=change)
    hushed = (*silences, *under_way(settings.maintenance, incident.list_id, now=now))
    silenced = is_silenced(hushed, incident, receivers_in_danger(assessment), now=now)
    if incident.state is not IncidentState.RESOLVED:
        incident = replace(incident, state=state_at(incident, now, silenced=silenced))
    moving = None
    if change is None and current is not None:
        incident, moving = moved(current, incident, _silenced_by(hushed, incident, now=now), now=now)
    answer = why(incident, tell_policy(mailing_list, settings), silenced=silenced, now=now)
    if answer in NOTHING:
        return News(incident=incident, change=change or moving, why=answer)
    if change is None:
        kind, cause = WITHOUT_A_STEP.get(answer, SILENCE_ENDED)
        if moving is not None and moving.kind is kind:
            change = moving
        else:
            incident, change = noted(incident, kind, cause, now=now)
    before = RiskLevel.OK if incident.told is None else incident.told.level
    telling = replace(change, kind=KIND[answer], previous_level=before)
    said = encode(payload(incident, telling, assessment, mailing_list, link=link_to(incident, settings)))
    notices = notices_for(telling, incident, mailing_list, said, now=now, settings=settings)
    return News(incident=told(incident, answer, now=now), change=change, notices=notices, why=answer)


def _silenced_by(silences: Iterable[Silence], incident: Incident, *, now: datetime) -> str:
    """Who silenced it, until when and why, as the history says it."""
    said = [
        f"Silenced by {one.by or 'somebody'} until {one.until:%Y-%m-%d %H:%M} UTC: {one.reason or 'no reason given'}"
        for one in in_force(silences, incident.list_id, now=now)
    ]
    return " ".join(said)


def life_policy(settings: Settings) -> LifePolicy:
    """How many of how many assessments raise and resolve."""
    (raise_n, raise_m), (resolve_n, resolve_m) = settings.incidents.raise_after, settings.incidents.resolve_after
    return LifePolicy(raise_n=raise_n, raise_m=raise_m, resolve_n=resolve_n, resolve_m=resolve_m)


def tell_policy(mailing_list: MailingList, settings: Settings) -> TellPolicy:
    """What this list's readers want to hear, and how often: as much as whoever wants the most. Each gets her or his share."""
    escalate = settings.incidents.escalate_after if settings.notices.administrators else None
    wishes = wishes_of(mailing_list, settings)
    level = RiskLevel(mailing_list.tell_from)
    return TellPolicy(
        tell_from=min((wish.tell_from for wish in wishes), key=RANK.__getitem__, default=level),
        remind_every=min((wish.remind_every for wish in wishes if wish.remind_every), default=None),
        escalate_after=_or_never(escalate),
    )


def link_to(incident: Incident, settings: Settings) -> str | None:
    """Where the incident can be looked at; None where the configuration does not say how owners reach the pages."""
    return None if settings.web.url is None else f"{settings.web.url.rstrip('/')}/incidents/{incident.id}"


def _or_never(pause: timedelta | None) -> timedelta | None:
    return pause or None
