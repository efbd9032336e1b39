"""A message taken apart into its parts (RFC 2046), within bounds: any octets give a message, in linear time.

What is inside an attached message is that message's own, never its carrier's (RFC 2046 section 5.2.1).

The parser is Python's, which makes an object of each part and reads parameters in a time that grows with their square:
so what it is given to see is bounded, and what lies beyond is not read.
"""

from collections.abc import Iterator
from email import message_from_bytes
from email.message import Message
from email.policy import Compat32, Policy
from typing import Any, Final

from monitor.trace.charset import WORDS_CHARS_MAX, read_words
from monitor.trace.header import with_line_feeds

DEPTH_MAX: Final = (
    12  # parts within parts: a bounce passed on three times has eight; each level costs time on every line
)
PARTS_MAX: Final = 1000  # of one message, looked at
# Parsed: a delivery status has a part for each recipient, of whom a thousand are read, and one for the message.
PARTS_PARSED_MAX: Final = 4 * PARTS_MAX
FIELD_CHARS_MAX: Final = WORDS_CHARS_MAX
FIELDS_MAX: Final = 1000  # of a part; each is looked at whenever one is asked for by its name
PARAMETERS_MAX: Final = 32  # of a field (RFC 2045 section 5.1); no mail system writes more than four
_WITH_PARAMETERS: Final = frozenset({"content-type", "content-disposition"})


class _Policy(Compat32):
    """Python's oldest way to read headers, which leaves them as they are; no field is longer than the bound.

    Parameters cost the square of their number, quoted semicolons among them.
    """

    def header_source_parse(self, sourcelines: list[str]) -> tuple[str, str]:
        name, value = super().header_source_parse(sourcelines)
        value = value[:FIELD_CHARS_MAX]
        if name.lower() in _WITH_PARAMETERS:
            value = ";".join(value.split(";", PARAMETERS_MAX + 1)[: PARAMETERS_MAX + 1])
        return name, value


class _Part(Message):
    """A part that knows how deep it stands: the parser goes no deeper than the bound, what lies below is text.

    Python reads text, and parameters with a charset (RFC 2231), by whatever codec is named there; some codecs raise,
    and some take seconds. Here text that is not asked to be decoded stays as it came, and a parameter that cannot be
    read is none.
    """

    depth = 0
    _payload: Any  # the base class's

    def attach(self, payload: Message) -> None:  # type: ignore[override]  # only messages are attached by the parser
        if isinstance(payload, _Part):
            payload.depth = self.depth + 1
        super().attach(payload)

    def set_raw(self, name: str, value: str) -> None:
        if len(self) < FIELDS_MAX:
            super().set_raw(name, value)

    def get_content_type(self) -> str:
        return "text/plain" if self.depth >= DEPTH_MAX else super().get_content_type()

    def get_payload(self, i: Any = None, decode: Any = False) -> Any:  # noqa: FBT002 - the base class's
        if decode or i is not None or not isinstance(self._payload, str):
            return super().get_payload(i, decode)
        return self._payload.encode("utf-8", "surrogateescape").decode("utf-8", "replace")

    def get_boundary(self, failobj: Any = None) -> Any:
        try:
            return super().get_boundary(failobj)
        except ValueError:
            return failobj

    def get_content_charset(self, failobj: Any = None) -> Any:
        try:
            return super().get_content_charset(failobj)
        except ValueError:
            return failobj


class _Enough(Exception):
    """As many parts were parsed as are read."""


def read_message(octets: bytes) -> Message:
    """The octets as a message; what lies behind its last part that is parsed is not there."""
    made: list[Message] = []

    def part(policy: "Policy[Message]") -> Message:
        if len(made) == PARTS_PARSED_MAX:
            raise _Enough
        made.append(_Part(policy=policy))
        return made[-1]

    try:
        return message_from_bytes(with_line_feeds(octets), policy=_Policy(message_factory=part))
    except _Enough:
        return made[0]  # each part is attached to its carrier as it begins


def parts_of(message: Message) -> Iterator[Message]:
    """The parts that have no parts, the carried messages among them unopened; the message itself where it has none.

    A message that calls itself multipart and has no parts is its only part. A digest is posts (RFC 2046 section 5.1.5)
    and has none.
    """
    waiting, seen = [message], 0
    while waiting and seen < PARTS_MAX:
        part, seen = waiting.pop(), seen + 1
        payload = part.get_payload()
        if part.get_content_type() == "multipart/digest":
            continue
        if part.get_content_maintype() == "multipart" and isinstance(payload, list):
            waiting += [each for each in reversed(payload[:PARTS_MAX]) if isinstance(each, Message)]
        else:
            yield part


def carried_by(part: Message) -> Message | None:
    """The message that a part carries (RFC 2046 section 5.2.1, RFC 6532 section 3.7); None where it carries none."""
    payload = part.get_payload()
    if part.get_content_type() not in {"message/rfc822", "message/global"} or not isinstance(payload, list):
        return None
    return payload[0] if payload and isinstance(payload[0], Message) else None


def field(message: Message, name: str) -> str:
    """The first field of that name as people read it (RFC 2047), in one line; "" where there is none."""
    return read_words(next((value for each, value in message.raw_items() if each.lower() == name.lower()), ""))
