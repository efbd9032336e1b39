"""Which notices a change makes: one for each owner and endpoint, under an id that the same change always gives."""

import base64
import hashlib
from collections.abc import Iterator
from datetime import datetime
from typing import Final

from monitor.config.settings import MailingList
from monitor.model import ChangeKind, Incident, IncidentChange, Notice

MAIL: Final = "mail"
WEBHOOK: Final = "webhook"
TEST: Final = "endpoint.test"
_TYPES: Final = {
    ChangeKind.RAISED: "list.risk.raised",
    ChangeKind.CHANGED: "list.risk.changed",
    ChangeKind.RESOLVED: "list.risk.resolved",
}


def notices_for(
    change: IncidentChange, incident: Incident, mailing_list: MailingList, payload: str, *, now: datetime
) -> tuple[Notice, ...]:
    """The notices of one change, due at once: owners by mail, endpoints by webhook, each target once.

    `payload` is the JSON that `monitor.notify.payload.encode` gives. A change that nobody needs to be told of makes none.
    """
    kind = _TYPES.get(change.kind)
    if kind is None:
        return ()
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
            next_attempt_at=now,
        )
        for channel, target in targets(mailing_list)
    )


def targets(mailing_list: MailingList) -> Iterator[tuple[str, str]]:
    """Who is told about a list, as (channel, target): each once."""
    for owner in dict.fromkeys(mailing_list.owners):
        yield MAIL, owner
    for url in dict.fromkeys(webhook.url for webhook in mailing_list.webhooks):
        yield WEBHOOK, url


def notice_id(incident_id: str, revision: int, channel: str, target: str) -> str:
    """The id of the notice about this revision on this way: 130 bits of a digest, also the `webhook-id`."""
    facts = "\n".join((incident_id, str(revision), channel, target)).encode()
    return "msg_" + base64.b32encode(hashlib.sha256(facts).digest())[:26].decode().lower()
