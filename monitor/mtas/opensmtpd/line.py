"""What one line of OpenSMTPD says: its fields, in the order in which it writes them. Pure.

They are those of mta.c (`mta_log`), mta_session.c, smtp_session.c and queue.c. All is read from the left: a reply
stands last, and may hold any of these fields again.
"""

import re
from enum import StrEnum
from typing import Final, NamedTuple

from monitor.mtas.place import address_of, host_of

TEXT_CHARS_MAX: Final = 4096

_PATH: Final = r'((?:"(?:[^"\\]|\\.)*+"@)?[^>]*+)'
_DELIVERY: Final = re.compile(
    rf"([0-9a-f]{{16}}) mta delivery evpid=([0-9a-f]{{8}})[0-9a-f]{{8}} from=<{_PATH}> to=<{_PATH}> rcpt=<{_PATH}> "
    r'source="([^"]*)" relay="([^"]*)" delay=\S+ result="(Ok|TempFail|PermFail)" stat="(.*)"$',
    re.DOTALL,
)
_ENVELOPE: Final = re.compile(rf"[0-9a-f]{{16}} smtp envelope evpid=([0-9a-f]{{8}})[0-9a-f]{{8}} from=<{_PATH}> to=<")
_CONNECTING: Final = re.compile(r"([0-9a-f]{16}) mta connecting address=(\S+?)://(\S+):\d+ host=(\S+)$")
_REJECTED: Final = re.compile(
    r"([0-9a-f]{16}) mta error reason=(?:BANNER|EHLO|HELO|AUTH|STARTTLS) rejected: (?=[2-5]\d\d(?:[ -]|$))(.*)$",
    re.DOTALL,
)
_OVER: Final = re.compile(r"([0-9a-f]{16}) mta disconnected ")
_EXPIRED: Final = re.compile(rf"relay: Expire for ([0-9a-f]{{8}})[0-9a-f]{{8}}: from=<{_PATH}>, to=<{_PATH}>, ")
_RELAY: Final = re.compile(r"\[?([^\]\s]+)\]?(?: \((.*)\))?$")
_CODE: Final = re.compile(r"([2-5]\d\d)(?=[ -]|$)")
_NO_SESSION: Final = "0" * 16
# Of these forms all lines are known; others that begin like them are broken.
_KNOWN: Final = re.compile(r"[0-9a-f]{16} (?:mta delivery|smtp envelope|mta connecting) |relay: Expire for ")


class Kind(StrEnum):
    """What a line is about."""

    QUEUED = "smtp envelope"
    CONNECTING = "mta connecting"
    REJECTED = "rejected"  # a session, before any message
    OVER = "mta disconnected"
    DELIVERY = "mta delivery"
    EXPIRED = "Expire"
    OTHER = ""  # nothing that tells of a try
    UNREADABLE = "?"


class Line(NamedTuple):
    """What stood there; "" and 0 for what did not."""

    kind: Kind
    session: str = ""
    message: str = ""  # its id: the first half of the envelope's
    reverse_path: str | None = None
    recipient: str = ""
    host: str = ""
    address: str = ""
    source: str = ""
    code: int = 0
    text: str = ""
    result: str = ""
    is_smtp: bool = True


OTHER: Final = Line(Kind.OTHER)
UNREADABLE: Final = Line(Kind.UNREADABLE)


def read_line(said: str) -> Line:
    """What the line says."""
    found = _DELIVERY.match(said)
    if found:
        return _read_delivery(found)
    found = _ENVELOPE.match(said)
    if found:
        return Line(Kind.QUEUED, message=found[1], reverse_path=found[2])
    found = _CONNECTING.match(said)
    if found:
        address = address_of(found[3].strip("[]"))
        host = _name_of(found[4], address)
        is_smtp = found[2].startswith("smtp")
        return Line(Kind.CONNECTING, session=found[1], host=host, address=address, is_smtp=is_smtp)
    found = _REJECTED.match(said)
    if found:
        return Line(Kind.REJECTED, session=found[1], code=int(found[2][:3]), text=found[2][:TEXT_CHARS_MAX])
    found = _OVER.match(said)
    if found:
        return Line(Kind.OVER, session=found[1])
    found = _EXPIRED.match(said)
    if found:
        return Line(Kind.EXPIRED, message=found[1], reverse_path=found[2], recipient=found[3])
    return UNREADABLE if _KNOWN.match(said) else OTHER


def _read_delivery(found: re.Match[str]) -> Line:
    session, message, reverse_path, recipient, _, source, relay, result, text = found.groups()
    place = _RELAY.match(relay)
    address = address_of(place[1]) if place and session != _NO_SESSION else ""
    code = _CODE.match(text) if address else None
    return Line(
        Kind.DELIVERY,
        session=session,
        message=message,
        reverse_path=reverse_path,
        recipient=recipient,
        host=_name_of(place[2] or "", address) if place and address else "",
        address=address,
        source=address_of(source.strip("[]")),
        code=int(code[1]) if code else 0,
        text=text[:TEXT_CHARS_MAX],
        result=result,
    )


def _name_of(written: str, address: str) -> str:
    """The name of a server; without one its address stands there once more."""
    return "" if address_of(written.strip("[]")) == address else host_of(written)
