"""Delivery status notifications read (RFC 3464): what an MTA says became of each recipient. Total, and lenient.

Addresses in it are personal data: a caller keeps those of its own domain and forgets the rest.
"""

import binascii
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from email.errors import MissingHeaderBodySeparatorDefect
from email.message import Message
from typing import Final

from monitor.trace.header import read_header
from monitor.trace.mime import FIELD_CHARS_MAX, parts_of

TEXT_CHARS_MAX: Final = 1 << 20

STATUS_TYPES: Final = frozenset({"message/delivery-status", "message/global-delivery-status"})  # the latter: RFC 6533
_BEGINNING: Final = ("original-recipient", "final-recipient", "action")  # one of these stands first (RFC 3464 2.3)
_TYPE: Final = re.compile(r"[\w-]{1,20}")
_XTEXT: Final = re.compile(r"\\x\{([0-9A-Fa-f]{1,6})\}")

_Fields = Sequence[tuple[str, str]]  # names in lower case, values in one line


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryStatus:
    """One recipient's fields (RFC 3464 section 2.3), types such as `rfc822;` taken off; "" where missing."""

    final_recipient: str
    original_recipient: str
    action: str  # failed, delayed, delivered, relayed, expanded; lower case
    status: str  # enhanced status code, RFC 3463
    diagnostic_code: str
    remote_mta: str
    reporting_mta: str
    arrival_date: str = ""  # when the mail server took the message (section 2.2.5)


def has_status(message: Message) -> bool:
    """Whether a delivery status is among the message's own parts."""
    return any(part.get_content_type() in STATUS_TYPES for part in parts_of(message))


def statuses_of(message: Message) -> Iterator[DeliveryStatus]:
    """The recipients of the delivery status parts of a message; what it carries or returns is not its own."""
    for part in parts_of(message):
        if part.get_content_type() in STATUS_TYPES:
            yield from _statuses(_blocks(part))


def statuses_in_text(text: str) -> Iterator[DeliveryStatus]:
    """The recipients of a delivery status in running text, where a gateway has melted the parts into one."""
    if re.search(r"^Final-Recipient:", text, re.IGNORECASE | re.MULTILINE):
        yield from _statuses(
            block for block in _text_blocks(text) if any(name == "final-recipient" for name, _ in block)
        )


def _statuses(blocks: Iterable[_Fields]) -> Iterator[DeliveryStatus]:
    """One status for each recipient's fields; the fields of the message as a whole come first."""
    reporting_mta = arrival_date = ""
    for fields in (group for block in blocks for group in _by_recipient(block)):
        reporting_mta = reporting_mta or _value(fields, "reporting-mta")
        arrival_date = arrival_date or fields.get("arrival-date", "")
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
            arrival_date=arrival_date,
        )


def _by_recipient(block: _Fields) -> Iterator[Mapping[str, str]]:
    """The block's fields, parted where a new recipient's begin: some write no empty line between them.

    A recipient's fields begin with the one with which the first one's began. A Final-Recipient has at most one
    Original-Recipient, in front of it (RFC 3464 section 2.3) or just behind it (Postfix).
    """
    leading = next((name for name, _ in block if name in _BEGINNING), None)
    group: dict[str, str] = {}
    for at, (name, value) in enumerate(block):
        again = name in group and name in {leading, "final-recipient"}
        ahead = name == "original-recipient" and "final-recipient" in group
        if again or (ahead and at + 1 < len(block) and block[at + 1][0] == "final-recipient"):
            yield group
            group = {}
        group.setdefault(name, value)
    yield group


def _blocks(part: Message) -> Iterator[_Fields]:
    """The blocks of fields between empty lines, however the parser has understood the part.

    An encoded part is decoded: RFC 6533 section 4 allows it for `message/global-delivery-status`, and gateways do it to
    others.
    """
    parsed = part.get_payload()
    if not isinstance(parsed, list):
        yield from _text_blocks(_text(part))
        return
    blocks = [each for each in parsed if isinstance(each, Message)]
    encoding = str(part.get("Content-Transfer-Encoding", "")).strip().lower()
    if encoding in {"base64", "quoted-printable"}:
        yield from _text_blocks(_decoded("\n".join(_as_written(each) for each in blocks), encoding))
        return
    for block in blocks:
        yield [(name.lower(), _unfolded(str(value))) for name, value in block.raw_items()]
        if part.get_content_type() != "message/delivery-status":
            yield from _text_blocks(_text(block))


def _text(part: Message) -> str:
    octets = part.get_payload(decode=True)
    return octets.decode("utf-8", "replace") if isinstance(octets, bytes) else ""


def _as_written(block: Message) -> str:
    """The text that the parser took for a message, put together again."""
    fields = "".join(f"{name}: {value}\n" for name, value in block.raw_items())
    apart = fields and not any(isinstance(each, MissingHeaderBodySeparatorDefect) for each in block.defects)
    return fields + ("\n" if apart else "") + _text(block)


def _decoded(text: str, encoding: str) -> str:
    octets = text[:TEXT_CHARS_MAX].encode("utf-8", "surrogateescape")
    try:
        octets = binascii.a2b_qp(octets) if encoding == "quoted-printable" else binascii.a2b_base64(octets)
    except binascii.Error:  # cut off, or no base64 at all
        return text
    return octets.decode("utf-8", "replace")


def _text_blocks(text: str) -> Iterator[_Fields]:
    for block in filter(str.strip, re.split(r"\r?\n[ \t]*\r?\n", text[:TEXT_CHARS_MAX])):
        fields = read_header(block.lstrip("\r\n").encode("utf-8", "surrogateescape"))
        yield [(name, _unfolded(value.decode("utf-8", "replace"))) for name, value in fields]


def _unfolded(value: str) -> str:
    """In one line, UTF-8 read (RFC 6533 section 3), which Python's parser leaves as surrogates."""
    return " ".join(value[:FIELD_CHARS_MAX].encode("utf-8", "surrogateescape").decode("utf-8", "replace").split())


def _value(fields: Mapping[str, str], name: str) -> str:
    """What stands behind the type of a typed field, such as `rfc822; a@example.org` (section 2.1.2)."""
    text = fields.get(name, "")
    kind, semicolon, value = text.partition(";")
    if not semicolon or not _TYPE.fullmatch(kind.strip()):
        return text
    return _XTEXT.sub(_character, value.strip()) if kind.strip().lower() == "utf-8" else value.strip()


def _character(escaped: re.Match[str]) -> str:
    """What utf-8-addr-xtext stands for (RFC 6533 section 3)."""
    number = int(escaped[1], 16)
    return chr(number) if number < 0x110000 and not 0xD800 <= number < 0xE000 else "\ufffd"
