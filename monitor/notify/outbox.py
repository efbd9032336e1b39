"""Which notices a change makes: one for each owner and endpoint, under an id that the same change always gives."""

import base64
import hashlib
import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Final
from urllib.parse import urlsplit

from monitor.config.settings import MailingList
from monitor.model import ChangeKind, Incident, IncidentChange, Notice, RiskLevel

MAIL: Final = "mail"
WEBHOOK: Final = "webhook"
TEST: Final = "endpoint.test"
_TYPES: Final = {
    ChangeKind.RAISED: "list.risk.raised",
    ChangeKind.CHANGED: "list.risk.changed",
    ChangeKind.RESOLVED: "list.risk.resolved",
    ChangeKind.REMINDER: "list.risk.reminder",
    ChangeKind.ESCALATED: "list.risk.escalated",
}


def notices_for(
    change: IncidentChange,
    incident: Incident,
    mailing_list: MailingList,
    payload: str,
    *,
    now: datetime,
    administrators: Sequence[str] = (),
) -> tuple[Notice, ...]:
    """The notices of one change: owners by mail, endpoints by webhook, each target once; an escalation to administrators.

    `payload` is the JSON that `monitor.notify.payload.encode` gives. They are due at once, but for mail that is not about a
    critical danger and falls into the list's quiet hours. A change that nobody needs to be told of makes none.
    """
    kind = _TYPES.get(change.kind)
    if kind is None:
        return ()
    mail_at = now
    if mailing_list.quiet_hours is not None and change.level is not RiskLevel.CRITICAL:
        mail_at = mailing_list.quiet_hours.end_after(now) or now
    return tuple(
        Notice(
            id=notice_id(incident.id, change.revision, channel, target),
            incident_id=incident.id,
            list_id=incident.list_id,
            revision=change.revision,
            type=kind,
            channel=channel,
            target=target,
            created_at=now,
            payload=payload,
            next_attempt_at=mail_at if channel == MAIL else now,
        )
        for channel, target in targets(mailing_list, change.kind, administrators)
    )


def targets(
    mailing_list: MailingList, kind: ChangeKind, administrators: Sequence[str] = ()
) -> Iterator[tuple[str, str]]:
    """Who is told of such a change, as (channel, target): each once."""
    for address in dict.fromkeys(administrators if kind is ChangeKind.ESCALATED else mailing_list.owners):
        yield MAIL, address
    for url in dict.fromkeys(hook.url for hook in mailing_list.webhooks if kind.value in hook.events):
        yield WEBHOOK, url


def notice_id(incident_id: str, revision: int, channel: str, target: str) -> str:
    """The id of the notice about this revision on this way: 130 bits of a digest, also the `webhook-id`."""
    facts = "\n".join((incident_id, str(revision), channel, target)).encode()
    return "msg_" + base64.b32encode(hashlib.sha256(facts).digest())[:26].decode().lower()


def trial_notices(mailing_list: MailingList, payload: str, *, now: datetime) -> tuple[Notice, ...]:
    """One notice of type `endpoint.test` for every owner and endpoint of the list; they belong to no incident."""
    owners = [(MAIL, owner) for owner in dict.fromkeys(mailing_list.owners)]
    hooks = [(WEBHOOK, url) for url in dict.fromkeys(hook.url for hook in mailing_list.webhooks)]
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
        for channel, target in owners + hooks
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
