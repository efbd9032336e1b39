"""From an assessment to what is told: the incident's next step, the decision to tell, and the notices. Pure.

What comes out is written in one transaction (`Incidents.commit`), so that the owners know exactly what the incident says they
know, whenever a worker dies.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from monitor.config.settings import Settings
from monitor.incident.decision import what_to_tell
from monitor.incident.lifecycle import LifePolicy, damped, step
from monitor.incident.maintenance import under_way
from monitor.incident.notify_reason import NotifyPolicy, NotifyReason, mark_notified
from monitor.incident.silence import receivers_in_danger
from monitor.model.incidents import Incident, IncidentChange, Notice, Silence
from monitor.model.lists import MailingList
from monitor.model.order import RANK
from monitor.model.risk import Assessment, RiskLevel
from monitor.notify.outbox import notices_for
from monitor.notify.payload import encode, payload
from monitor.notify.preferences import preferences_of

LEVELS_READ: Final = 100  # levels worth reading: the longest window that a flapping list is judged by
RECENT_READ: Final = 10  # the list's last incidents, to see whether it flaps


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """The incident as it is to be kept, what is told of it, and why so, or why not."""

    incident: Incident | None
    change: IncidentChange | None = None  # as it stands in the history; None: nothing new to tell
    notices: tuple[Notice, ...] = ()
    why: NotifyReason = NotifyReason.KNOWN


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
    decided = what_to_tell(
        current,
        incident,
        change,
        tell_policy(mailing_list, settings),
        silences=hushed,
        receivers=receivers_in_danger(assessment),
        now=now,
    )
    incident, heard = decided.incident, decided.heard
    if heard is None:
        return News(incident=incident, change=decided.change, why=decided.why)
    said = encode(payload(incident, heard, assessment, mailing_list, link=link_to(incident, settings)))
    notices = notices_for(heard, incident, mailing_list, said, now=now, settings=settings)
    return News(
        incident=mark_notified(incident, decided.why, now=now), change=decided.change, notices=notices, why=decided.why
    )


def life_policy(settings: Settings) -> LifePolicy:
    """How many of how many assessments raise and resolve."""
    (raise_n, raise_m), (resolve_n, resolve_m) = settings.incidents.raise_after, settings.incidents.resolve_after
    return LifePolicy(raise_n=raise_n, raise_m=raise_m, resolve_n=resolve_n, resolve_m=resolve_m)


def tell_policy(mailing_list: MailingList, settings: Settings) -> NotifyPolicy:
    """What this list's readers want to hear, and how often: as much as whoever wants the most. Each gets her or his share."""
    escalate = settings.incidents.escalate_after if settings.notices.administrators else None
    wishes = preferences_of(mailing_list, settings)
    level = RiskLevel(mailing_list.tell_from)
    return NotifyPolicy(
        tell_from=min((wish.tell_from for wish in wishes), key=RANK.__getitem__, default=level),
        remind_every=min((wish.remind_every for wish in wishes if wish.remind_every), default=None),
        escalate_after=_or_never(escalate),
    )


def link_to(incident: Incident, settings: Settings) -> str | None:
    """Where the incident can be looked at; None where the configuration does not say how owners reach the pages."""
    return None if settings.web.url is None else f"{settings.web.url.rstrip('/')}/incidents/{incident.id}"


def _or_never(pause: timedelta | None) -> timedelta | None:
    return pause or None
