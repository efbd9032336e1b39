"""One bounce, parsed once: what reports, probes, notices and explanations are read from.

Total: any octets give a value.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes, policy
from email.message import Message
from itertools import islice
from typing import Final

from monitor.trace.dates import read_date
from monitor.trace.delivery_status import DeliveryStatus, statuses_of
from monitor.trace.failures import FAILURES_MAX, FIELD_CHARS_MAX, Failure, read_failures
from monitor.trace.header import read_header, values, with_line_feeds

BOUNCE_OCTETS_MAX: Final = 1 << 18  # reports stand in front of the copy of the refused message
_ADDRESSED: Final = ("Delivered-To", "X-Original-To", "To")


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounce:
    """What a message says as a bounce; one that is none has no failures."""

    id: str  # the same however it came to us
    dated: datetime | None = None  # its own Date field; aware, UTC
    post_dated: datetime | None = None  # that of the refused message, where its header is returned
    addressed_to: str = ""  # its fields that name recipients, lower case
    statuses: tuple[DeliveryStatus, ...] = ()  # as a delivery status has them (RFC 3464)
    failures: tuple[Failure, ...] = ()  # one a recipient, also from words for people


def read_bounce(octets: bytes) -> Bounce:
    """The message read as a bounce; one that is nested deeper than can be read is none."""
    try:
        message = message_from_bytes(with_line_feeds(octets[:BOUNCE_OCTETS_MAX]), policy=policy.compat32)
        statuses = tuple(islice(statuses_of(message), FAILURES_MAX))
        failures = read_failures(message, statuses)
    except RecursionError:
        return Bounce(id=_digest(octets))
    return Bounce(
        id=_name(message, octets),
        dated=read_date(str(message.get("Date", ""))),
        post_dated=read_date(_returned_date(message)),
        addressed_to=" ".join(str(message.get(name, ""))[:FIELD_CHARS_MAX].lower() for name in _ADDRESSED),
        statuses=statuses,
        failures=failures,
    )


def _name(message: Message, octets: bytes) -> str:
    """By its Message-ID (RFC 5322 section 3.6.4) and date, else by its octets."""
    ident = str(message.get("Message-ID", "")).strip()[:FIELD_CHARS_MAX]
    return _digest(f"{ident} {message.get('Date', '')}".encode("utf-8", "replace") if ident else octets)


def _digest(octets: bytes) -> str:
    return hashlib.sha256(octets).hexdigest()[:20]


def _returned_date(message: Message) -> str:
    """The Date field of the first message, or header of one, that is returned within; "" without."""
    for part in message.walk():
        if part.get_content_type() in {"message/rfc822", "message/global"}:
            payload = part.get_payload()
            inner = payload[0] if isinstance(payload, list) and payload else None
            return str(inner.get("Date", "")) if isinstance(inner, Message) else ""
        if part.get_content_type() in {"text/rfc822-headers", "message/global-headers"}:
            octets = part.get_payload(decode=True)
            fields = values(read_header(octets), "date") if isinstance(octets, bytes) else ()
            return fields[0].decode("ascii", "replace") if fields else ""
    return ""
