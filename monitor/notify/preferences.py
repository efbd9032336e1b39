"""What each reader wants to hear: the owner's own settings before the list's, the list's before those of all. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from typing import Literal

from monitor.config.settings import Settings
from monitor.incident.decision import Decision
from monitor.model.incidents import ChangeKind, Told
from monitor.model.lists import MailingList, OwnerPreferences, Webhook
from monitor.model.order import RANK
from monitor.model.risk import RiskLevel
from monitor.model.times import QuietHours, Weekly
from monitor.notify.notice import MAIL, WEBHOOK
from monitor.wording.days import zone_named


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


def zone_of(target: str, settings: Settings) -> tzinfo:
    """The time zone in which whoever has that address, or endpoint, is told days and times."""
    own = _own(target, settings)
    return zone_named(settings.notices.timezone if own is None or own.timezone is None else own.timezone)


def language_of(target: str, settings: Settings) -> str:
    """The language in which whoever has that address is told."""
    return chosen_language(target, settings) or settings.notices.language


def chosen_language(target: str, settings: Settings) -> str | None:
    """The language that is set for whoever has that address; None where none is."""
    own = _own(target, settings)
    return None if own is None else own.language


def wants(reader: Preference, decided: Decision, *, now: datetime) -> ChangeKind | None:
    """What this reader is to hear of it: a kind of change, as it looks from where she or he stands; None: nothing."""
    incident, heard = decided.incident, decided.heard
    if incident is None or heard is None:
        return None
    kind, least = heard.kind, RANK[reader.tell_from]
    if kind is ChangeKind.RESOLVED and RANK[incident.worst_level] < least:
        return None
    if kind in (ChangeKind.RAISED, ChangeKind.CHANGED):
        before = RANK.get(heard.previous_level, RANK[RiskLevel.OK])  # nobody has heard of what was not known
        if max(RANK[heard.level], before) < least:
            return None
        if before < least:
            kind = ChangeKind.RAISED  # they hear of it for the first time
    if kind is ChangeKind.REMINDER and not _reminded(reader, decided.known, incident.level, now=now):
        return None
    return kind if reader.events is None or kind.value in reader.events else None


def _reminded(reader: Preference, known: Told | None, level: RiskLevel, *, now: datetime) -> bool:
    """Whether the end of one of this reader's intervals, counted from the first notice, lies after the last one."""
    every = reader.remind_every
    if known is None or not every or RANK[level] < RANK[reader.tell_from]:
        return False
    return (now - known.first_at) // every > (known.at - known.first_at) // every


def _all(mailing_list: MailingList, settings: Settings) -> Iterator[Preference]:
    remind = _first(mailing_list.remind_every, settings.incidents.remind_every)
    for owner in mailing_list.owners:
        own = _own(owner, settings)
        theirs = mailing_list.tell_from if own is None or own.tell_from is None else own.tell_from
        every = remind if own is None else _first(own.remind_every, remind)
        quiet = mailing_list.quiet_hours if own is None or own.quiet_hours is None else own.quiet_hours
        if own is None or own.mail:
            yield Preference(channel=MAIL, target=owner, tell_from=theirs, remind_every=every, quiet_hours=quiet)
        for hook in () if own is None else own.webhooks:
            yield _endpoint(hook, theirs, every)
    for hook in mailing_list.webhooks:
        yield _endpoint(hook, mailing_list.tell_from, remind)


def _endpoint(hook: Webhook, level: RiskLevel, every: timedelta) -> Preference:
    return Preference(
        channel=WEBHOOK, target=hook.url, tell_from=level, remind_every=every, events=frozenset(hook.events)
    )


def _own(owner: str, settings: Settings) -> OwnerPreferences | None:
    return next((each for each in settings.owners if each.address == owner), None)


def _first(one: timedelta | None, other: timedelta) -> timedelta:
    return other if one is None else one
