"""Delivery status notifications read (RFC 3464): what an MTA says became of each recipient. Total, and lenient.

Addresses in it are personal data: a caller keeps those of its own domain and forgets the rest.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from email import message_from_bytes
from email.message import Message
from email.policy import compat32
from itertools import islice
from typing import Final

from monitor.trace.header import read_header

MESSAGE_OCTETS_MAX: Final = 1 << 20  # the report stands in front; the returned message behind it may be cut
RECIPIENTS_MAX: Final = 100
FIELD_CHARS_MAX: Final = 4096  # a diagnostic may be several reply lines of 512 octets, RFC 5321 section 4.5.3.1.5
TEXT_CHARS_MAX: Final = 1 << 20

_TYPES: Final = frozenset({"message/delivery-status", "message/global-delivery-status"})  # the latter: RFC 6533
_TYPE: Final = re.compile(r"[\w-]{1,20}")


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryStatus:
    """One recipient's fields (RFC 3464 section 2.3), types such as `rfc822;` and `smtp;` taken off; "" where missing."""

    final_recipient: str
    original_recipient: str
    action: str  # failed, delayed, delivered, relayed, expanded; lower case
    status: str  # enhanced status code, RFC 3463
    diagnostic_code: str
    remote_mta: str
    reporting_mta: str


def read_statuses(message: bytes) -> tuple[DeliveryStatus, ...]:
    """The recipients of every `message/delivery-status` part; none where there is no such part, whatever the octets."""
    try:
        parsed = message_from_bytes(message[:MESSAGE_OCTETS_MAX], policy=compat32)
        return tuple(islice(statuses_of(parsed), RECIPIENTS_MAX))
    except RecursionError:  # of parts within parts: nobody's report
        return ()


def statuses_of(message: Message) -> Iterator[DeliveryStatus]:
    """The recipients of every delivery status part of a parsed message. Raises RecursionError on parts without end."""
    for part in message.walk():
        if part.get_content_type() in _TYPES:
            yield from _statuses(_blocks(part))


def statuses_in_text(text: str) -> Iterator[DeliveryStatus]:
    """The recipients of a delivery status that stands in running text, where a gateway has melted the parts into one."""
    if re.search(r"^Final-Recipient:", text, re.IGNORECASE | re.MULTILINE):
        yield from _statuses(block for block in _text_blocks(text) if "final-recipient" in block)


def _statuses(blocks: Iterator[Mapping[str, str]]) -> Iterator[DeliveryStatus]:
    """One status for each block of fields that speaks of a recipient; the fields of the message as a whole come first."""
    reporting_mta = ""
    for fields in blocks:
        reporting_mta = reporting_mta or _value(fields, "reporting-mta")
        if not fields.keys() & {"final-recipient", "action"}:
            continue
        yield DeliveryStatus(
            final_recipient=_value(fields, "final-recipient"),
            original_recipient=_value(fields, "original-recipient"),
            action=fields.get("action", "").lower(),
            status=fields.get("status", "").partition(" ")[0],
            diagnostic_code=_value(fields, "diagnostic-code"),
            remote_mta=_value(fields, "remote-mta"),
            reporting_mta=reporting_mta,
        )


def _blocks(part: Message) -> Iterator[Mapping[str, str]]:
    """The blocks of fields between empty lines, however the parser has understood the part."""
    payload = part.get_payload()
    if isinstance(payload, str):
        yield from _text_blocks(payload)
        return
    for block in payload if isinstance(payload, list) else ():
        if not isinstance(block, Message):
            continue
        yield {name.lower(): _unfolded(str(value)) for name, value in block.items()}
        rest = block.get_payload()
        if isinstance(rest, str) and part.get_content_type() != "message/delivery-status":
            yield from _text_blocks(rest)


def _text_blocks(text: str) -> Iterator[Mapping[str, str]]:
    for block in re.split(r"\r?\n[ \t]*\r?\n", text[:TEXT_CHARS_MAX]):
        fields = read_header(block.lstrip("\r\n").encode("utf-8", "replace"))
        yield {name: _unfolded(value.decode("utf-8", "replace")) for name, value in fields}


def _unfolded(value: str) -> str:
    return " ".join(value[:FIELD_CHARS_MAX].encode("utf-8", "replace").decode("utf-8").split())


def _value(fields: Mapping[str, str], name: str) -> str:
    """What stands behind the type of a typed field, such as `rfc822; a@example.org` (section 2.1.2)."""
    text = fields.get(name, "")
    kind, semicolon, value = text.partition(";")
    return value.strip() if semicolon and _TYPE.fullmatch(kind.strip()) else text
