"""A notice as it begins: its id, its kind, its channel, and its target as it may be shown. Pure."""

import base64
import hashlib
import json
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlsplit

from monitor.model.incidents import Notice
from monitor.phrase.document import phrases_in, with_phrases

MAIL: Final = "mail"
WEBHOOK: Final = "webhook"
Recipient = tuple[str, str]  # channel and target

TEST: Final = "endpoint.test"
FAILED: Final = "channel.failed"  # another channel to the readers of a list does not work
DIGEST: Final = "digest"  # it tells other notices to the same reader
WEEKLY: Final = "weekly"
OF_LIST: Final = "list.risk."  # begins the types of what is told about a list's incident
SUBSCRIBERS_BEFORE: Final = "subscribers_before"  # in what is told because more of them are in danger: how many were
OF_INSTALLATION: Final = "host.risk."  # likewise about one of the installation


def notice_id(*facts: object) -> str:
    """The id that these facts always give, also the `webhook-id`: 130 bits of a digest."""
    digest = hashlib.sha256("\n".join(map(str, facts)).encode()).digest()
    return "msg_" + base64.b32encode(digest)[:26].decode().lower()


def new_notice(
    key: str,
    kind: str,
    recipient: Recipient,
    *,
    list_id: str,
    data: Mapping[str, Any],
    now: datetime,
    incident_id: str = "",
    revision: int = 0,
    due_at: datetime | None = None,
) -> Notice:
    """A notice of this `data` that nobody has tried yet, due at `due_at`, else now.

    Its id follows from key, revision and recipient.
    """
    channel, target = recipient
    return Notice(
        id=notice_id(key, revision, channel, target),
        incident_id=incident_id,
        list_id=list_id,
        revision=revision,
        type=kind,
        channel=channel,
        target=target,
        created_at=now,
        payload=encode(data),
        phrases=encode(phrases) if (phrases := phrases_in(data)) else "",
        next_attempt_at=due_at or now,
    )


def encode(data: object) -> str:
    """The payload as JSON, always in the same order and spelling, so that a signature over it stays the same."""
    return json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def said_in(notice: Notice) -> dict[str, Any]:
    """What a notice says, its sentences as phrases that its reader's language can have."""
    data: dict[str, Any] = json.loads(notice.payload)
    with suppress(ValueError):  # cut: there is the English text
        data = with_phrases(data, json.loads(notice.phrases or "{}"))
    return data


def of_week(data: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What a weekly digest's payload tells, list by list."""
    return [one for name in ("worse", "better", "same") for one in data.get(name, ())]


def lists_named(notice: Notice) -> frozenset[str]:
    """The lists of which a notice tells; a weekly one tells of several."""
    told = of_week(json.loads(notice.payload)) if notice.type == WEEKLY else ()
    return frozenset({notice.list_id, *(str(one.get("list")) for one in told)})


def shown_payload(notice: Notice) -> str:
    """What a notice says, as it may be shown: weekly ones of before carry links that open their lists for good."""
    if notice.type != WEEKLY:
        return notice.payload
    data = json.loads(notice.payload or "{}")
    for one in of_week(data):
        one.pop("link", None)
    return json.dumps(data)


def shown_target(notice: Notice) -> str:
    """The target as it may be shown."""
    return notice.target if notice.channel == MAIL else shown_url(notice.target)


def shown_url(url: str) -> str:
    """Of an endpoint's URL only where it leads, for its path may be a password (Slack's is)."""
    parts = urlsplit(url)
    hidden = "/…" if parts.path not in ("", "/") or parts.query else "/"
    return f"{parts.scheme}://{parts.netloc}{hidden}"
