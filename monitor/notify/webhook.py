"""A notice posted to a webhook, signed as Standard Webhooks 1.0 demands."""

from collections.abc import Collection, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from standardwebhooks.webhooks import Webhook

from monitor.deadline import Resolve, resolve
from monitor.http.endpoint import TIMEOUT, call
from monitor.model.dns import IpNetwork
from monitor.model.incidents import DeliveryAttempt, Notice
from monitor.model.secret import Secret
from monitor.notify.formats import body


def deliver(
    notice: Notice,
    *,
    url: str,
    secrets: Sequence[Secret | str],
    kind: str = "standard",
    allow_networks: Collection[IpNetwork] = (),
    timeout: timedelta = TIMEOUT,
    now: datetime,
    resolver: Resolve = resolve,
    trust: Path | None = None,
) -> DeliveryAttempt:
    """Post the notice once, and what came of it. Never raises for what the other side does. May be repeated: same id.

    Outcomes and `trust` as of `monitor.http.endpoint.call`. Each of `secrets` signs, the first one first.
    """
    content = body(notice, kind)
    headers = {"Content-Type": "application/json", **signature_headers(notice.id, content, secrets, now=now)}
    return call(
        "POST",
        url,
        headers=headers,
        content=content,
        allow_networks=allow_networks,
        timeout=timeout,
        now=now,
        resolver=resolver,
        trust=trust,
    )


def signature_headers(
    message_id: str, content: bytes, secrets: Sequence[Secret | str], *, now: datetime
) -> dict[str, str]:
    """The three headers of Standard Webhooks 1.0; without a secret the signature is missing."""
    headers = {"webhook-id": message_id, "webhook-timestamp": str(int(now.timestamp()))}
    signatures = [
        Webhook(secret.reveal() if isinstance(secret, Secret) else secret).sign(
            message_id, now.astimezone(UTC), content.decode()
        )
        for secret in secrets
    ]
    if signatures:
        headers["webhook-signature"] = " ".join(signatures)
    return headers
