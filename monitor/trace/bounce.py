"""One bounce, parsed once: what reports, probes, notices and explanations are read from.

Total: any octets give a value.
"""

import hashlib
import re
from dataclasses import dataclass
from datetime import datetime
from email.message import Message
from itertools import islice
from typing import Final

from monitor.trace.charset import read_words
from monitor.trace.dates import read_date
from monitor.trace.delivery_status import DeliveryStatus, statuses_of
from monitor.trace.failures import FAILURES_MAX, Failure, read_failures
from monitor.trace.header import read_header, values
from monitor.trace.mime import carried_by, field, parts_of, read_message
from monitor.trace.origin import is_report, passed_on_by
from monitor.trace.services import statuses_notified

# Reports stand in front of the copy of the refused message. One of a post to 500 recipients, as many as Mailman hands
# over at once, takes 640 kB where the receiver says much: each reply stands there twice.
BOUNCE_OCTETS_MAX: Final = 1 << 20
WORDS_OCTETS_MAX: Final = 1 << 18  # of a bounce that is no report
ADMINISTRIVIA: Final = "X-List-Administrivia"  # of Mailman 2, on all that it writes itself; 3.3.10 sets none
HEADER_OCTETS: Final = 1 << 14
REPORT: Final = re.compile(rb"^content-type:\s*multipart/report", re.IGNORECASE | re.MULTILINE)
WRAPPINGS_MAX: Final = 3  # a bounce passed on by one system to the next
_ADDRESSED: Final = ("Delivered-To", "X-Original-To", "To")


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounce:
    """What a message says as a bounce; one that is none has no failures."""

    id: str  # the same however it came to us
    dated: datetime | None = None  # its own Date field; aware, UTC
    post_dated: datetime | None = None  # of the refused message, where its header is returned; else when it was taken
    post_message_id: str = ""  # likewise its Message-ID; "" where it is not told
    post_subject: str = ""  # likewise, decoded (RFC 2047)
    post_author: str = ""  # likewise its From field
    post_to: str = ""  # likewise its To field, lower case
    post_is_administrative: bool = False  # likewise, whether list software marked it as its own
    post_is_reply: bool = False  # likewise, whether it answers something
    addressed_to: str = ""  # its fields that name recipients, lower case
    statuses: tuple[DeliveryStatus, ...] = ()  # as a delivery status has them (RFC 3464)
    failures: tuple[Failure, ...] = ()  # one a recipient, also from words for people

    @property
    def post_title(self) -> str:
        """Author and subject of the refused message; "" where not both are told."""
        return f"{self.post_author} {self.post_subject}" if self.post_author and self.post_subject else ""


def read_bounce(octets: bytes) -> Bounce:
    """The message read as a bounce; of one that only passes a bounce on, that one."""
    outer = message = read_message(
        octets[: BOUNCE_OCTETS_MAX if REPORT.search(octets[:HEADER_OCTETS]) else WORDS_OCTETS_MAX]
    )
    statuses, failures = _failures_of(outer)
    inner: Message | None = outer
    for _ in range(WRAPPINGS_MAX):
        inner = None if inner is None or any(map(_is_own, failures)) else passed_on_by(inner)
        found = _failures_of(inner) if inner is not None else ((), ())
        if inner is not None and found[1]:
            message, (statuses, failures) = inner, found
    came = (outer,) if message is outer else (outer, message)
    return Bounce(
        id=_name(message, octets),
        dated=read_date(field(message, "Date")),
        post_dated=read_date(_returned(message, "Date")) or _taken_at(statuses),
        post_message_id=_returned(message, "Message-ID"),
        post_subject=read_words(_returned(message, "Subject")),
        post_author=_returned(message, "From"),
        post_to=_returned(message, "To").lower(),
        post_is_administrative=_returned(message, ADMINISTRIVIA).strip().lower() == "yes",
        post_is_reply=bool(_returned(message, "In-Reply-To")),
        addressed_to=" ".join(field(each, name).lower() for each in came for name in _ADDRESSED),
        statuses=statuses,
        failures=failures,
    )


def _failures_of(message: Message) -> tuple[tuple[DeliveryStatus, ...], tuple[Failure, ...]]:
    reported = statuses_of(message) if is_report(message) else statuses_notified(message)
    statuses = tuple(islice(reported, FAILURES_MAX))
    return statuses, read_failures(message, statuses)


def _taken_at(statuses: tuple[DeliveryStatus, ...]) -> datetime | None:
    """When the mail server that wrote the bounce took the message, where it tells (RFC 3464 section 2.2.5)."""
    return next((at for each in statuses if (at := read_date(each.arrival_date)) is not None), None)


def _is_own(failure: Failure) -> bool:
    """Whether a bounce tells this itself, rather than pass on a bounce that does."""
    return bool(failure.final_recipient or re.match(r"[45]\d\d\b", failure.diagnostic_code or ""))


def _name(message: Message, octets: bytes) -> str:
    """By its Message-ID (RFC 5322 section 3.6.4) and date, else by its octets."""
    ident = field(message, "Message-ID")
    return _digest(f"{ident} {message.get('Date', '')}".encode("utf-8", "replace") if ident else octets)


def _digest(octets: bytes) -> str:
    return hashlib.sha256(octets).hexdigest()[:20]


def _returned(message: Message, name: str) -> str:
    """That field of the first message, or header of one, that is returned within; "" without."""
    for part in parts_of(message):
        if (returned := carried_by(part)) is not None:
            return field(returned, name)
        if part.get_content_type() in {"text/rfc822-headers", "message/global-headers"}:
            octets = part.get_payload(decode=True)
            fields = values(read_header(octets), name.lower()) if isinstance(octets, bytes) else ()
            return fields[0].decode("ascii", "replace") if fields else ""
    return ""
