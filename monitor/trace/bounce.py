"""Bounces read into failures, one a recipient: RFC 3464 where the message keeps to it, and the many that do not."""

import logging
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from email.message import Message
from itertools import islice
from typing import Final, Self

from flufl.bounce import all_failures

from monitor.trace.header import read_header

TEXT_CHARS_MAX: Final = 65_536  # of the part for people; reasons stand in front of the copy of the message
FAILURES_MAX: Final = 1000  # of one message
FIELD_CHARS_MAX: Final = 4096  # of one field of a delivery status
REPLIES_MAX: Final = 200  # looked at in one text
NAMED_MAX: Final = 100  # recipients found in one text
REASON_CHARS_MAX: Final = 300  # of the words behind a recipient's name

# The library tells every detector's exception to its own logger before it raises it.
logging.getLogger("flufl.bounce").addHandler(logging.NullHandler())
logging.getLogger("flufl.bounce").propagate = False

_STATUS_TYPES: Final = frozenset({"message/delivery-status", "message/global-delivery-status"})  # RFC 3464, RFC 6533
_DAEMON: Final = re.compile(r"mailer-?daemon|postmaster|mail delivery (?:sub)?system|\bdaemon@", re.IGNORECASE)
_SUBJECT: Final = re.compile(
    r"undeliver|delivery (?:status|failure|problem|report)|returned mail|failure notice|mail delivery|delivery has failed|"
    r"non[- ]?remis|unzustellbar|delivery notification|could not be delivered|warning: .*delayed|delayed mail|mail failed|"
    r"mail error|delivery error|not delivered|user unknown",
    re.IGNORECASE,
)
# Where the copy of the refused message begins: qmail, Exim, OpenSMTPD, Sendmail, Postfix before 2.3.
_COPY: Final = re.compile(
    r"^[ \t]*-{0,6} ?(?:Below this line is a copy|This is a copy of|Below is a copy of|Original message follows|"
    r"Unsent message follows|The body of the message is)",
    re.IGNORECASE | re.MULTILINE,
)
# A header that begins in the midst of the text is the refused message's, whatever was written before it.
_FIELD_NAME: Final = (
    r"(?:Received|Return-Path|DKIM-Signature|Message-ID|MIME-Version|Content-Type|Date|From|To|Subject|X-[\w-]+)"
)
_HEADER: Final = re.compile(rf"^{_FIELD_NAME}:.*\n(?:[ \t].*\n){{0,20}}{_FIELD_NAME}:", re.IGNORECASE | re.MULTILINE)
_NAMED_FIELD: Final = re.compile(
    r"\W*(?:from|to|cc|sender|reply-to|subject|x-[\w-]+|original sender)\s*:", re.IGNORECASE
)
_ADDRESS: Final = re.compile(
    r"(?<![\w.+=@-])[\w.!#$%&'*+/=?^`{|}~-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])"
)
_REPLY: Final = re.compile(r"(?<![\d.\w-])[45]\d\d(?:[ -](?=\S)|:|$)", re.MULTILINE)
_REPLY_END: Final = re.compile(r"\n[ \t]*\n|\n[ \t]*(?:Giving up on|>>> )|'\s*$|\)\s*$", re.MULTILINE)
_WORD: Final = re.compile(r"[^\W\d_]{3}")
_HOST: Final = re.compile(
    r"(?:\bhost |while talking to |\bserver |\bby )(?P<host>(?:[A-Za-z0-9-]+\.)+[A-Za-z]{2,})\.?[ :\[(,]|"
    r"^(?P<first>(?:[A-Za-z0-9-]+\.)+[A-Za-z]{2,})\.? \[[0-9a-fA-F:.]+\]",
    re.MULTILINE,
)
_VERP: Final = re.compile(r"[+-](?P<local>[\w.!#$%&'*/?^`{|}~-]+)=(?P<domain>(?:[A-Za-z0-9-]+\.)+[A-Za-z]{2,})@")
_DELAY: Final = re.compile(
    r"warning|delayed|still being retried|not yet been delivered|no action is required", re.IGNORECASE
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """What a bounce says of one recipient."""

    final_recipient: str  # RFC 3464 section 2.3.2, without its type; "" where the bounce does not tell
    action: str  # failed, delayed, delivered, relayed or expanded (RFC 3464 section 2.3.3)
    status_code: str | None  # RFC 3464 section 2.3.4; None where the bounce has none
    diagnostic_code: str | None  # RFC 3464 section 2.3.6, without its type; the reply where the text has one
    remote_mta: str | None  # RFC 3464 section 2.3.5, without its type
    standard: bool  # from a delivery status, not from text for people

    @property
    def recipient_domain(self) -> str:
        """All that may be kept of a subscriber: the domain, lower case; "" where the bounce does not tell."""
        return self.final_recipient.rpartition("@")[2].lower() if "@" in self.final_recipient else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Words:
    """What the bounce says to people, taken apart once."""

    text: str
    lower: str
    transcript: tuple[str, ...]  # replies in lines that begin with `<<<`
    replies: tuple[tuple[int, str], ...]  # (where, reply) in running text

    @classmethod
    def of(cls, text: str) -> Self:
        return cls(
            text=text,
            lower=text.lower(),
            transcript=tuple(islice(_transcribed(text), REPLIES_MAX)),
            replies=tuple(islice(_replies(text), REPLIES_MAX)),
        )

    def region(self, recipient: str, names: Sequence[str]) -> tuple[int, int]:
        """From where to where the text speaks of that recipient: up to the next one's name; (0, 0) for nowhere."""
        start = self.lower.find(recipient.lower()) if recipient else -1
        if start < 0:
            return 0, 0
        start += len(recipient)
        ends = (at for name in names if name != recipient and (at := self.lower.find(name.lower(), start)) >= 0)
        return start, min(ends, default=len(self.text))


def read_failures(message: Message) -> tuple[Failure, ...]:
    """The failures that a message reports; none where it is no bounce."""
    words = _Words.of(_text_for_people(message))
    reported = (
        failure for part in message.walk() if part.get_content_type() in _STATUS_TYPES for failure in _read_status(part)
    )
    standard = tuple(_completed(failure, words) for failure in islice(reported, FAILURES_MAX))
    if standard:
        return standard
    if not _looks_like_bounce(message):
        return ()
    return _embedded_status(words.text)[:FAILURES_MAX] or tuple(_read_text(message, words))


def _looks_like_bounce(message: Message) -> bool:
    """Whether a message without a delivery status comes from a mail system: by sender and subject, as people would tell."""
    if message.get("X-Failed-Recipients"):
        return True
    null = str(message.get("Return-Path", "")).strip() == "<>"
    daemon = bool(_DAEMON.search(str(message.get("From", ""))[:FIELD_CHARS_MAX]))
    subject = bool(_SUBJECT.search(str(message.get("Subject", ""))[:FIELD_CHARS_MAX]))
    return (null and (daemon or subject)) or (daemon and subject)


def _read_status(part: Message) -> Iterator[Failure]:
    """Every recipient's fields of a delivery status (RFC 3464 section 2.3); the fields of the message come first."""
    yield from _from_blocks(_blocks(part))


def _embedded_status(text: str) -> tuple[Failure, ...]:
    """A delivery status that stands in the text, where a gateway has melted the parts into one."""
    if not re.search(r"^Final-Recipient:", text, re.IGNORECASE | re.MULTILINE):
        return ()
    return tuple(_from_blocks(block for block in _text_blocks(text) if "final-recipient" in block))


def _from_blocks(blocks: Iterable[Mapping[str, str]]) -> Iterator[Failure]:
    for fields in blocks:
        recipient = _without_type(fields.get("final-recipient") or fields.get("original-recipient") or "")
        action = (fields.get("action") or "").split(" ")[0].lower()
        status = re.search(r"[245]\.\d{1,3}\.\d{1,3}", fields.get("status") or "")
        if not recipient and not action and not status:
            continue
        diagnostic = _without_type(fields.get("diagnostic-code") or "")
        remote = _without_type(fields.get("remote-mta") or "").split(" ")[0].rstrip(".,;:")
        yield Failure(
            final_recipient=recipient.strip("<>"),
            action=action or ("failed" if status and status[0][0] == "5" else "delayed" if status else "failed"),
            status_code=status[0] if status else None,
            diagnostic_code=diagnostic or None,
            remote_mta=remote or None,
            standard=True,
        )


def _blocks(part: Message) -> Iterator[dict[str, str]]:
    payload = part.get_payload()
    if isinstance(payload, list):
        for block in payload:
            if not isinstance(block, Message):
                continue
            yield {name.lower(): _unfolded(str(value)) for name, value in block.items()}
            inner = block.get_payload()
            if isinstance(inner, str) and part.get_content_type() != "message/delivery-status":
                yield from _text_blocks(inner)
    elif isinstance(payload, str):
        yield from _text_blocks(payload)


def _text_blocks(text: str) -> Iterator[dict[str, str]]:
    for block in re.split(r"\r?\n[ \t]*\r?\n", text[:TEXT_CHARS_MAX]):
        fields = read_header(block.lstrip("\r\n").encode("utf-8", "replace"))
        yield {name: _unfolded(value.decode("utf-8", "replace")) for name, value in fields}


def _unfolded(value: str) -> str:
    return " ".join(value[:FIELD_CHARS_MAX].split())


def _without_type(value: str) -> str:
    """The text behind `rfc822;`, `smtp;`, `dns;` or `utf-8;`."""
    kind, semicolon, text = value.partition(";")
    return text.strip() if semicolon and re.fullmatch(r"[\w-]{1,20}", kind.strip()) else value.strip()


def _completed(failure: Failure, words: _Words) -> Failure:
    """With the whole reply where the delivery status has only its first line (Sendmail), or none (Exim, connections)."""
    said = failure.diagnostic_code
    if said is None:
        return replace(failure, diagnostic_code=_reason(failure.final_recipient, (), words))
    if not re.match(r"[45]\d\d-", said):
        return failure
    begin = " ".join(said.split())
    whole = next((each for each in words.transcript if each.startswith(begin) and len(each) > len(begin)), None)
    if whole is None:
        return failure
    return replace(failure, diagnostic_code=whole, remote_mta=failure.remote_mta or _remote_host(words.text))


def _transcribed(text: str) -> Iterator[str]:
    """The replies in a transcript of Sendmail's: lines that begin with `<<<`."""
    lines: list[str] = []
    for line in text.splitlines():
        said = line.strip().removeprefix("<<<").strip() if line.strip().startswith("<<<") else None
        if said is None:
            lines = []
            continue
        lines.append(said)
        if not re.match(r"\d\d\d-", said):
            yield " ".join(" ".join(lines).split())
            lines = []


def _read_text(message: Message, words: _Words) -> Iterator[Failure]:
    """Failures from the words for people: recipients by the library, replies by what stands behind their names."""
    copy = _HEADER.search(words.text)
    if copy and words.text[: copy.start()].strip():
        words = _Words.of(words.text[: copy.start()])
    temporary, permanent = _recipients(message)
    named = [(each, "delayed") for each in temporary - permanent] + [(each, "failed") for each in permanent]
    if not named:
        action = "delayed" if _DELAY.search(str(message.get("Subject", ""))[:FIELD_CHARS_MAX]) else "failed"
        found = list(dict.fromkeys(_recipients_by_hand(message, words.text)))
        if not found and words.replies:
            found = [""]
        named = [(each, action) for each in found]
    named = sorted(named)[:NAMED_MAX]
    names = [recipient for recipient, _ in named]
    remote_host = _remote_host(words.text)
    for recipient, action in named:
        said = _said_about(recipient, names, words)
        enhanced = re.search(r"(?<![\d.])[45]\.\d{1,3}\.\d{1,3}(?![\d.])", said or "")
        yield Failure(
            final_recipient=recipient,
            action=action,
            status_code=enhanced[0] if enhanced else None,
            diagnostic_code=said,
            remote_mta=remote_host,
            standard=False,
        )


def _recipients(message: Message) -> tuple[set[str], set[str]]:
    try:
        temporary, permanent = all_failures(message)
    except Exception:  # noqa: BLE001 - the library reads hostile octets and promises nothing; what it cannot read it does not know
        return set(), set()
    return {_as_text(each) for each in temporary}, {_as_text(each) for each in permanent}


def _as_text(address: bytes | str) -> str:
    return address.decode("utf-8", "replace") if isinstance(address, bytes) else str(address)


def _recipients_by_hand(message: Message, text: str) -> Iterator[str]:
    """Recipients that the library does not find: in Exim's field, in front of a reply, or in a VERP address."""
    failed = str(message.get("X-Failed-Recipients", ""))[:FIELD_CHARS_MAX]
    yield from _ADDRESS.findall(failed)
    for line in text.splitlines():
        if _NAMED_FIELD.match(line):
            continue  # of the refused message, not of the report
        found = _ADDRESS.search(line[:FIELD_CHARS_MAX])
        if found and re.match(r"[>\s]*(?::|$|.{0,40}[45]\d\d[ -]|\.)", line[found.end() :]):
            yield found[0]
    for field in ("To", "Delivered-To", "X-Original-To"):
        verp = _VERP.search(str(message.get(field, ""))[:FIELD_CHARS_MAX])
        if verp:
            yield f"{verp['local']}@{verp['domain']}"


def _said_about(recipient: str, names: Sequence[str], words: _Words) -> str | None:
    """The reply behind the recipient's name, one with the name in it, the words behind the name, or the only reply."""
    start, end = words.region(recipient, names)
    every = [reply for _, reply in words.replies]
    return (
        next((reply for at, reply in words.replies if start <= at < end), None)
        or next((reply for reply in every if recipient and recipient.lower() in reply.lower()), None)
        or _reason(recipient, names, words)
        or next(iter(words.transcript), None)
        or next(iter(every), None)
    )


def _reason(recipient: str, names: Sequence[str], words: _Words) -> str | None:
    """The words behind the recipient's name: the rest of its line and what follows up to an empty line."""
    start, end = words.region(recipient, names)
    region = words.text[start : min(end, start + FIELD_CHARS_MAX)].lstrip(" \t>:;.,\"'")
    paragraph = re.split(r"\n[ \t]*\n|\n[ \t]*-{3}", region.lstrip("\n"), maxsplit=1)[0]
    said = " ".join(paragraph.split())[:REASON_CHARS_MAX]
    if not _WORD.search(said) and start:
        line = words.text[words.text.rfind("\n", 0, start) + 1 :].partition("\n")[0]
        said = " ".join(line.split())[:REASON_CHARS_MAX]  # "Unknown user: someone@example.net"
    return said if _WORD.search(said.replace(recipient, "")) else None


def _replies(text: str) -> Iterator[tuple[int, str]]:
    """Replies in running text, with their places: from a reply code to the next empty line."""
    for found in _REPLY.finditer(text):
        rest = _REPLY_END.split(text[found.start() : found.start() + FIELD_CHARS_MAX], maxsplit=1)[0]
        lines = [line.strip().removeprefix("<<<").strip() for line in rest.splitlines()]
        yield found.start(), " ".join(" ".join(lines).split())


def _remote_host(text: str) -> str | None:
    found = _HOST.search(text)
    return (found["host"] or found["first"]).lower() if found else None


def _text_for_people(message: Message) -> str:
    """The first text part that is not within the refused message."""
    for part in _outer_parts(message):
        broken = part.get_content_maintype() == "multipart"  # its boundary does not stand in its body
        if broken or (part.get_content_maintype() == "text" and part.get_content_subtype() != "rfc822-headers"):
            payload = part.get_payload(decode=True)
            text = payload.decode("utf-8", "replace") if isinstance(payload, bytes) else ""
            text = text.replace("\r\n", "\n")[:TEXT_CHARS_MAX]
            if part.get_content_subtype() == "html":
                text = re.sub(r"<[^<>@]{0,200}>", " ", text)
            if text.strip():
                return text[: found.start()] if (found := _COPY.search(text)) else text
    return ""


def _outer_parts(message: Message) -> Iterator[Message]:
    """The parts that are not within another message; the message itself where it has none, whatever it calls itself."""
    if not message.is_multipart():
        yield message
        return
    payload = message.get_payload()
    parts: Sequence[object] = payload if isinstance(payload, list) else ()
    for part in parts:
        if isinstance(part, Message) and part.get_content_maintype() != "message":
            yield from _outer_parts(part)
