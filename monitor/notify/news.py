"""From an assessment to what is told: the incident's next step, the decision to tell, and the notices. Pure.

What comes out is written in one transaction (`Incidents.commit`), so that the owners know exactly what the incident says they
know, whenever a worker dies.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from monitor.config.settings import MailingList, Settings
from monitor.incident.life import LifePolicy, damped, noted, state_at, step
from monitor.incident.silence import is_silenced, receivers_in_danger
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

LEVELS_READ: Final = 100  # levels worth reading: the longest window that a flapping list is judged by
RECENT_READ: Final = 10  # the list's last incidents, to see whether it flaps

_KIND: Final = {
    Why.FIRST: ChangeKind.RAISED,
    Why.WORSE: ChangeKind.CHANGED,
    Why.BETTER: ChangeKind.CHANGED,
    Why.OTHER_CAUSE: ChangeKind.CHANGED,
    Why.REMINDER: ChangeKind.REMINDER,
    Why.ESCALATION: ChangeKind.ESCALATED,
    Why.RESOLVED: ChangeKind.RESOLVED,
}
# What is told although the incident took no step, and how its history says so.
_WITHOUT_A_STEP: Final = {
    Why.REMINDER: (ChangeKind.REMINDER, "Nobody has acknowledged it; the owners are reminded."),
    Why.ESCALATION: (ChangeKind.ESCALATED, "Nobody has acknowledged it; the administrators are told."),
}
_SILENCE_ENDED: Final = (ChangeKind.UNSILENCED, "It was not told while it was silenced; the owners are told now.")


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
    silenced = is_silenced(silences, incident, receivers_in_danger(assessment), now=now)
    if incident.state is not IncidentState.RESOLVED:
        incident = replace(incident, state=state_at(incident, now, silenced=silenced))
    answer = why(incident, tell_policy(mailing_list, settings), silenced=silenced, now=now)
    if answer in NOTHING:
        return News(incident=incident, change=change, why=answer)
    if change is None:
        kind, cause = _WITHOUT_A_STEP.get(answer, _SILENCE_ENDED)
        incident, change = noted(incident, kind, cause, now=now)
    before = RiskLevel.OK if incident.told is None else incident.told.level
    telling = replace(change, kind=_KIND[answer], previous_level=before)
    said = encode(payload(incident, telling, assessment, mailing_list, link=link_to(incident, settings)))
    notices = notices_for(
        telling, incident, mailing_list, said, now=now, administrators=settings.notices.administrators
    )
    return News(incident=told(incident, answer, now=now), change=change, notices=notices, why=answer)


def life_policy(settings: Settings) -> LifePolicy:
    """How many of how many assessments raise and resolve."""
    (raise_n, raise_m), (resolve_n, resolve_m) = settings.incidents.raise_after, settings.incidents.resolve_after
    return LifePolicy(raise_n=raise_n, raise_m=raise_m, resolve_n=resolve_n, resolve_m=resolve_m)


def tell_policy(mailing_list: MailingList, settings: Settings) -> TellPolicy:
    """What this list's owners want to hear, and how often."""
    escalate = settings.incidents.escalate_after if settings.notices.administrators else None
    return TellPolicy(
        tell_from=RiskLevel(mailing_list.tell_from),
        remind_every=_or_never(settings.incidents.remind_every),
        escalate_after=_or_never(escalate),
    )


def link_to(incident: Incident, settings: Settings) -> str | None:
    """Where the incident can be looked at; None where the configuration does not say how owners reach the pages."""
    return None if settings.web.url is None else f"{settings.web.url.rstrip('/')}/incidents/{incident.id}"


def _or_never(pause: timedelta | None) -> timedelta | None:
    return pause or None
