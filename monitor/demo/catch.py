"""What the catchers caught: notices by mail and by webhook, newest first, bounded in number."""

import json
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from itertools import count
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

KEPT = 200  # notices; the oldest go first


@dataclass(frozen=True, slots=True, kw_only=True)
class Caught:
    """One notice as it arrived."""

    number: int
    at: datetime
    channel: str  # "mail" or "webhook"
    to: str
    subject: str
    text: str
    html: str = ""
    verified: bool | None = None  # whether a webhook's signature is right; None for mail


class Catch:
    """The notices caught."""

    def __init__(self) -> None:
        self._caught: deque[Caught] = deque(maxlen=KEPT)
        self._numbers = count(1)

    def newest_first(self) -> list[Caught]:
        """All of them."""
        return list(reversed(self._caught))

    def get(self, number: int) -> Caught | None:
        """The one with that number."""
        return next((one for one in self._caught if one.number == number), None)

    def add_mail(self, content: bytes, forward_path: str, *, at: datetime) -> Caught:
        """Keep a mail."""
        message = message_from_bytes(content, policy=policy.default)
        return self._add(
            at=at,
            channel="mail",
            to=forward_path,
            subject=str(message.get("subject", "")),
            text=_body(message, "plain"),
            html=_body(message, "html"),
        )

    def add_webhook(
        self, body: bytes, headers: Mapping[str, str], *, secret: str, list_id: str, at: datetime
    ) -> Caught:
        """Keep a call, with whether its signature is right by the published library of Standard Webhooks."""
        try:
            document: Any = Webhook(secret).verify(body, dict(headers))
            verified = True
        except (WebhookVerificationError, ValueError):
            document, verified = None, False
        subject = str(document.get("type", "")) if isinstance(document, dict) else ""
        text = json.dumps(document, indent=2, ensure_ascii=False) if verified else body.decode(errors="replace")
        return self._add(at=at, channel="webhook", to=list_id, subject=subject, text=text, verified=verified)

    def _add(self, **facts: Any) -> Caught:
        caught = Caught(number=next(self._numbers), **facts)
        self._caught.append(caught)
        return caught


class MailCatcher:
    """aiosmtpd's hooks: every mail is taken and kept, none goes anywhere."""

    def __init__(self, catch: Catch, *, now: Callable[[], datetime], on_notice: Callable[[Caught], None]) -> None:
        self._catch = catch
        self._now = now
        self._on_notice = on_notice

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's name
        """Keep a mail once for each recipient."""
        del server, session
        content = envelope.content if isinstance(envelope.content, bytes) else b""
        for forward_path in envelope.rcpt_tos:
            self._on_notice(self._catch.add_mail(content, forward_path, at=self._now()))
        return "250 2.0.0 Caught"


def _body(message: Any, kind: str) -> str:
    """The text or HTML of a mail; "" where there is none."""
    part = message.get_body(preferencelist=(kind,)) if isinstance(message, EmailMessage) else None
    try:
        return "" if part is None else str(part.get_content())
    except (LookupError, ValueError):
        return ""
