"""Delivery status notifications read (RFC 3464): what an MTA says became of each recipient. Total, and lenient.

Addresses in it are personal data: a caller keeps those of its own domain and forgets the rest.
"""

from dataclasses import dataclass
from email.message import Message
from email.parser import BytesParser
from email.policy import compat32
from typing import Final

MESSAGE_OCTETS_MAX: Final = 1 << 20  # the report stands in front; the returned message behind it may be cut
RECIPIENTS_MAX: Final = 100
FIELD_CHARS_MAX: Final = 998  # RFC 5322 section 2.1.1


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
        return _read(message[:MESSAGE_OCTETS_MAX])
    except RecursionError:  # of parts within parts: nobody's report
        return ()


def _read(message: bytes) -> tuple[DeliveryStatus, ...]:
    found: list[DeliveryStatus] = []
    for part in BytesParser(policy=compat32).parsebytes(message).walk():
        if part.get_content_type() != "message/delivery-status":
            continue
        payload = part.get_payload()
        blocks = [block for block in payload if isinstance(block, Message)] if isinstance(payload, list) else []
        reporting = _value(blocks[0], "Reporting-MTA") if blocks else ""
        found += [_status(block, reporting) for block in blocks if "Final-Recipient" in block or "Action" in block]
    return tuple(found[:RECIPIENTS_MAX])


def _status(block: Message, reporting_mta: str) -> DeliveryStatus:
    return DeliveryStatus(
        final_recipient=_value(block, "Final-Recipient"),
        original_recipient=_value(block, "Original-Recipient"),
        action=_text(block, "Action").lower(),
        status=_text(block, "Status").partition(" ")[0],
        diagnostic_code=_value(block, "Diagnostic-Code"),
        remote_mta=_value(block, "Remote-MTA"),
        reporting_mta=reporting_mta,
    )


def _value(block: Message, name: str) -> str:
    """What stands behind the type of a typed field, such as `rfc822; a@example.org` (section 2.1.2)."""
    text = _text(block, name)
    kind, semicolon, value = text.partition(";")
    return value.strip() if semicolon and " " not in kind.strip() else text


def _text(block: Message, name: str) -> str:
    return " ".join(str(block.get(name, "")).encode("utf-8", "replace").decode("utf-8").split())[:FIELD_CHARS_MAX]
