"""Notices of bounces in forms of their own: Amazon SES by SNS, and the list server fml."""

import json
import re
from collections.abc import Iterator
from email.message import Message
from typing import Any, Final

from monitor.trace.delivery_status import DeliveryStatus
from monitor.trace.mime import field
from monitor.trace.prose import texts_of

RECIPIENTS_MAX: Final = 1000

_FML_ID: Final = re.compile(r"\.FML\w{1,40}\.(?P<list>[\w.+-]{1,64}@[\w.-]{1,255})")
_FML_REFUSAL: Final = re.compile(
    r"not (?:a )?member|loop alert|not permitted|rejected|illegal|restrict|too (?:large|big)|error", re.IGNORECASE
)


def statuses_notified(message: Message) -> Iterator[DeliveryStatus]:
    """The recipients of a bounce that Amazon SES reports by SNS, as notification or as event (both have one form)."""
    if not message.get("x-amz-sns-message-id"):
        return
    notice = _read_object(next(texts_of(message), ("", ""))[0])
    kind = notice.get("notificationType", notice.get("eventType"))
    bounce = notice.get("bounce")
    recipients = bounce.get("bouncedRecipients") if kind == "Bounce" and isinstance(bounce, dict) else None
    for each in recipients[:RECIPIENTS_MAX] if isinstance(recipients, list) else ():
        if isinstance(each, dict):
            yield DeliveryStatus(
                final_recipient=_text(each, "emailAddress"),
                original_recipient="",
                action=_text(each, "action").lower() or "failed",
                status=_text(each, "status"),
                diagnostic_code=_text(each, "diagnosticCode").removeprefix("smtp;").strip(),
                remote_mta="",
                reporting_mta=_text(bounce, "reportingMTA").partition(";")[2].strip(),
            )


def list_refusing(message: Message) -> str | None:
    """The list of fml's that refuses the message, as the notice's Message-ID names it; None for another message."""
    ident = _FML_ID.search(field(message, "Message-ID"))
    return ident["list"] if ident and _FML_REFUSAL.search(field(message, "Subject")) else None


def _read_object(text: str) -> dict[str, Any]:
    """The JSON object with which the text begins, out of SNS's envelope where it is in one; {} where there is none.

    Mail folds lines within strings.
    """
    begin = text.lstrip()
    for _ in range(2):
        try:
            read, _end = json.JSONDecoder(strict=False).raw_decode(begin)
        except (ValueError, RecursionError):
            return {}
        inner = read.get("Message") if isinstance(read, dict) else None
        if not isinstance(inner, str):
            return read if isinstance(read, dict) else {}
        begin = inner.lstrip()
    return {}


def _text(values: Any, name: str) -> str:
    value = values.get(name)
    return " ".join(value.encode("utf-8", "replace").decode().split())[:4096] if isinstance(value, str) else ""
