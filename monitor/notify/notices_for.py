"""Which notices a decision makes: one for each reader, under an id that the same change always gives. Pure.

What comes out is written in one transaction with the incident (`Incidents.commit`), so that the readers know exactly
what the incident says they know, whenever a worker dies.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, tzinfo
from functools import cache, partial
from typing import Any

from monitor.admission.rules import RuleSet
from monitor.config.settings import Settings
from monitor.incident.condition import Condition
from monitor.incident.decision import Decision
from monitor.incident.notify_reason import NotifyReason
from monitor.model.incidents import ChangeKind, Incident, Notice
from monitor.model.lists import MailingList
from monitor.model.risk import Assessment, RiskLevel
from monitor.model.times import QuietHours
from monitor.notify.links import page
from monitor.notify.notice import MAIL, OF_INSTALLATION, OF_LIST, TEST, Recipient, new_notice
from monitor.notify.payload import installation_payload, payload
from monitor.notify.preferences import preferences_of, wants, zone_of
from monitor.risk.relief import Relief


def notices_of_list(
    decided: Decision,
    assessment: Assessment,
    listed: MailingList,
    rules: RuleSet,
    settings: Settings,
    *,
    now: datetime,
    relief: Callable[[], Relief | None] = lambda: None,
) -> tuple[Notice, ...]:
    """The notices of a list's incident: owners by mail, endpoints by webhook; an escalation by mail to administrators.

    They are due at once, but for mail that is not about a critical danger and falls into its reader's quiet hours.
    Mails tell days as they are where their reader is, webhooks in UTC. `relief` works out what gains the most time; it
    is asked once, where something is told of a danger that goes on.
    """
    incident, heard = decided.incident, decided.heard
    if incident is None or heard is None:
        return ()
    link = page(settings.web.url, "incidents", incident.id)
    readers = tuple(_readers(decided, heard.kind, listed, settings, now))
    gains = relief() if readers and heard.kind is not ChangeKind.RESOLVED else None

    grown = decided.known.subscribers if decided.known and decided.reason is NotifyReason.MORE else None

    @cache
    def said(zone: tzinfo) -> dict[str, Any]:
        return payload(
            incident,
            heard,
            assessment,
            listed,
            rules,
            link=link,
            relief=gains,
            zone=zone,
            subscribers_before=grown,
        )

    return tuple(
        _about(
            incident,
            heard.revision,
            said(zone_of(recipient[1], settings) if recipient[0] == MAIL else UTC),
            f"{OF_LIST}{kind}",
            recipient,
            now=now,
            due_at=_due(quiet, heard.level, now),
        )
        for recipient, kind, quiet in readers
    )


def notices_of_installation(
    decided: Decision, condition: Condition, settings: Settings, *, now: datetime
) -> tuple[Notice, ...]:
    """The notices of a condition's incident: each administrator by mail."""
    incident, heard = decided.incident, decided.heard
    if incident is None or heard is None:
        return ()
    link = page(settings.web.url, "incidents", incident.id)
    said = installation_payload(incident, heard, condition, link=link)
    notice = partial(_about, incident, heard.revision, said, now=now)
    return tuple(
        notice(f"{OF_INSTALLATION}{heard.kind}", (MAIL, each))
        for each in dict.fromkeys(settings.notices.administrators)
    )


def trial_notices(listed: MailingList, settings: Settings, *, now: datetime) -> tuple[Notice, ...]:
    """A test to every owner and endpoint of a list, mails first; they belong to no incident."""
    recipients = sorted(
        ((each.channel, each.target) for each in preferences_of(listed, settings)), key=lambda one: one[0] != MAIL
    )
    key, said = f"test-{now.isoformat()}", trial_data(listed)
    return tuple(new_notice(key, TEST, recipient, list_id=listed.id, data=said, now=now) for recipient in recipients)


def trial_data(listed: MailingList) -> dict[str, Any]:
    """What a test notice says: which list it is for, and nothing about danger."""
    return {"list": listed.id, "list_address": listed.address, "link": None, "omitted": []}


def _about(
    incident: Incident,
    revision: int,
    said: Mapping[str, Any],
    kind: str,
    recipient: Recipient,
    *,
    now: datetime,
    due_at: datetime | None = None,
) -> Notice:
    about = {"list_id": incident.list_id, "incident_id": incident.id}
    return new_notice(incident.id, kind, recipient, **about, revision=revision, data=said, now=now, due_at=due_at)


def _readers(
    decided: Decision, kind: ChangeKind, listed: MailingList, settings: Settings, now: datetime
) -> Iterator[tuple[Recipient, ChangeKind, QuietHours | None]]:
    """Who is told, as what, and when mail may not come."""
    if kind is ChangeKind.ESCALATED:
        for address in dict.fromkeys(settings.notices.administrators):
            yield (MAIL, address), kind, None
    for reader in preferences_of(listed, settings):
        if kind is ChangeKind.ESCALATED and reader.channel == MAIL:
            continue
        heard_as = wants(reader, decided, now=now)
        if heard_as is not None:
            yield (reader.channel, reader.target), heard_as, reader.quiet_hours


def _due(quiet: QuietHours | None, level: RiskLevel, now: datetime) -> datetime:
    if quiet is None or level is RiskLevel.CRITICAL:
        return now
    return quiet.end_after(now) or now
