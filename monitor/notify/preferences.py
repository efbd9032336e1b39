"""What each reader wants to hear: the owner's own settings before the list's, the list's before those of all. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

from monitor.config.settings import Settings
from monitor.model.incidents import ChangeKind, Incident, IncidentChange
from monitor.model.lists import MailingList, OwnerPreferences, Webhook
from monitor.model.order import RANK
from monitor.model.risk import RiskLevel
from monitor.model.times import QuietHours, Weekly

MAIL: Final = "mail"
WEBHOOK: Final = "webhook"


@dataclass(frozen=True, slots=True, kw_only=True)
class Preference:
    """One reader of a list's notices: an owner by mail, or an endpoint."""

    channel: str
    target: str
    tell_from: RiskLevel
    remind_every: timedelta  # 0: never
    quiet_hours: QuietHours | None = None
    events: frozenset[str] | None = None  # kinds of change that an endpoint asked for; None: all


def preferences_of(mailing_list: MailingList, settings: Settings) -> tuple[Preference, ...]:
    """The readers of this list, each once: its owners, their endpoints, the list's own."""
    return tuple({(each.channel, each.target): each for each in _all(mailing_list, settings)}.values())


def digest_of(owner: str, settings: Settings) -> Weekly | Literal["never"]:
    """When this owner gets a digest."""
    own = _own(owner, settings)
    return settings.notices.digest if own is None or own.digest is None else own.digest


def wants(wish: Preference, incident: Incident, telling: IncidentChange, *, now: datetime) -> ChangeKind | None:
    """What this reader is to hear of it: a kind of change, as it looks from where she or he stands; None: nothing.

    `incident` is as it was before this was told, so that what is known of it is what they were told before.
    """
    kind, least = telling.kind, RANK[wish.tell_from]
    if kind is ChangeKind.RESOLVED and RANK[incident.worst_level] < least:
        return None
    if kind in (ChangeKind.RAISED, ChangeKind.CHANGED):
        if max(RANK[telling.level], RANK[telling.previous_level]) < least:
            return None
        if RANK[telling.previous_level] < least:
            kind = ChangeKind.RAISED  # they hear of it for the first time
    if kind is ChangeKind.REMINDER and not _reminded(wish, incident, now=now):
        return None
    return kind if wish.events is None or kind.value in wish.events else None


def _reminded(wish: Preference, incident: Incident, *, now: datetime) -> bool:
    """Whether the end of one of this reader's intervals, counted from the first notice, lies after the last one."""
    told = incident.told
    if told is None or not wish.remind_every or RANK[incident.level] < RANK[wish.tell_from]:
        return False
    return (now - told.first_at) // wish.remind_every > (told.at - told.first_at) // wish.remind_every


def _all(mailing_list: MailingList, settings: Settings) -> Iterator[Preference]:
    level = RiskLevel(mailing_list.tell_from)
    remind = _first(mailing_list.remind_every, settings.incidents.remind_every)
    for owner in mailing_list.owners:
        own = _own(owner, settings)
        theirs = level if own is None or own.tell_from is None else RiskLevel(own.tell_from)
        every = remind if own is None else _first(own.remind_every, remind)
        quiet = mailing_list.quiet_hours if own is None or own.quiet_hours is None else own.quiet_hours
        if own is None or own.mail:
            yield Preference(channel=MAIL, target=owner, tell_from=theirs, remind_every=every, quiet_hours=quiet)
        for hook in () if own is None else own.webhooks:
            yield _endpoint(hook, theirs, every)
    for hook in mailing_list.webhooks:
        yield _endpoint(hook, level, remind)


def _endpoint(hook: Webhook, level: RiskLevel, every: timedelta) -> Preference:
    return Preference(
        channel=WEBHOOK, target=hook.url, tell_from=level, remind_every=every, events=frozenset(hook.events)
    )


def _own(owner: str, settings: Settings) -> OwnerPreferences | None:
    return next((each for each in settings.owners if each.address == owner), None)


def _first(one: timedelta | None, other: timedelta) -> timedelta:
    return other if one is None else one
