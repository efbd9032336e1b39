"""Which notices a change makes: one for each owner and endpoint, under an id that the same change always gives."""

import base64
import hashlib
import json
from collections.abc import Iterator
from datetime import datetime
from typing import Final
from urllib.parse import urlsplit

from monitor.config.settings import Settings
from monitor.model.incidents import ChangeKind, Incident, IncidentChange, Notice
from monitor.model.lists import MailingList
from monitor.model.risk import RiskLevel
from monitor.model.times import QuietHours
from monitor.notify.preferences import MAIL, preferences_of, wants

DEFAULTS: Final = Settings()
TEST: Final = "endpoint.test"
FAILED: Final = "channel.failed"  # another way to the readers of a list does not work
WEEKLY: Final = "weekly"
_TYPES: Final = {
    ChangeKind.RAISED: "list.risk.raised",
    ChangeKind.CHANGED: "list.risk.changed",
    ChangeKind.RESOLVED: "list.risk.resolved",
    ChangeKind.REMINDER: "list.risk.reminder",
    ChangeKind.ESCALATED: "list.risk.escalated",
}


def notices_for(
    telling: IncidentChange,
    incident: Incident,
    mailing_list: MailingList,
    payload: str,
    *,
    now: datetime,
    settings: Settings = DEFAULTS,
) -> tuple[Notice, ...]:
    """The notices of what is told: owners by mail, endpoints by webhook, each target once; an escalation to administrators.

    `payload` is the JSON that `monitor.notify.payload.encode` gives; `incident` is as it was before this was told. They are
    due at once, but for mail that is not about a critical danger and falls into its reader's quiet hours. A change that
    nobody needs to be told of makes none.
    """
    return tuple(
        Notice(
            id=notice_id(incident.id, telling.revision, channel, target),
            incident_id=incident.id,
            list_id=incident.list_id,
            revision=telling.revision,
            type=_TYPES[kind],
            channel=channel,
            target=target,
            created_at=now,
            payload=payload,
            next_attempt_at=_due(quiet, telling.level, now),
        )
        for channel, target, kind, quiet in _readers(telling, incident, mailing_list, settings, now)
        if kind in _TYPES
    )


def _readers(
    telling: IncidentChange, incident: Incident, mailing_list: MailingList, settings: Settings, now: datetime
) -> Iterator[tuple[str, str, ChangeKind, QuietHours | None]]:
    """Who is told: channel, target, as what, and when mail may not come."""
    if telling.kind is ChangeKind.ESCALATED:
        for address in dict.fromkeys(settings.notices.administrators):
            yield MAIL, address, telling.kind, None
    for wish in preferences_of(mailing_list, settings):
        if telling.kind is ChangeKind.ESCALATED and wish.channel == MAIL:
            continue
        kind = wants(wish, incident, telling, now=now)
        if kind is not None:
            yield wish.channel, wish.target, kind, wish.quiet_hours


def _due(quiet: QuietHours | None, level: RiskLevel, now: datetime) -> datetime:
    if quiet is None or level is RiskLevel.CRITICAL:
        return now
    return quiet.end_after(now) or now


def notice_id(incident_id: str, revision: int, channel: str, target: str) -> str:
    """The id of the notice about this revision on this way: 130 bits of a digest, also the `webhook-id`."""
    facts = "\n".join((incident_id, str(revision), channel, target)).encode()
    return "msg_" + base64.b32encode(hashlib.sha256(facts).digest())[:26].decode().lower()


def trial_notices(
    mailing_list: MailingList, payload: str, *, now: datetime, settings: Settings = DEFAULTS
) -> tuple[Notice, ...]:
    """One notice of type `endpoint.test` for every owner and endpoint of the list; they belong to no incident."""
    ways = [(wish.channel, wish.target) for wish in preferences_of(mailing_list, settings)]
    ordered = sorted(ways, key=lambda way: way[0] != MAIL)
    return tuple(
        Notice(
            id=notice_id(f"test-{now.isoformat()}", 0, channel, target),
            incident_id="",
            list_id=mailing_list.id,
            revision=0,
            type=TEST,
            channel=channel,
            target=target,
            created_at=now,
            payload=payload,
            next_attempt_at=now,
        )
        for channel, target in ordered
    )


def trial_payload(mailing_list: MailingList) -> str:
    """What a test notice says: which list it is for, and nothing about danger."""
    return json.dumps({"list": mailing_list.id, "list_address": mailing_list.address, "link": None, "omitted": []})


def shown_target(notice: Notice) -> str:
    """The target as it may be shown."""
    return notice.target if notice.channel == MAIL else shown_url(notice.target)


def shown_url(url: str) -> str:
    """Of an endpoint's URL only where it leads, for its path may be a password (Slack's is)."""
    parts = urlsplit(url)
    hidden = "/…" if parts.path not in ("", "/") or parts.query else "/"
    return f"{parts.scheme}://{parts.netloc}{hidden}"
