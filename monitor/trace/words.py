"""The part of a bounce that is written for people, taken apart: replies, transcripts, what is said of whom."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from email.message import Message
from itertools import islice
from typing import Final, Self

from monitor.trace.charset import text_of

TEXT_CHARS_MAX: Final = 65_536  # reasons stand in front of the copy of the message
REPLIES_MAX: Final = 200  # looked at in one text
REPLY_CHARS_MAX: Final = 4096
REASON_CHARS_MAX: Final = 300  # of the words behind a recipient's name

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
_REPLY: Final = re.compile(r"(?<![\d.\w-])[45]\d\d(?:[ -](?=\S)|:|$)", re.MULTILINE)
_REPLY_END: Final = re.compile(r"\n[ \t]*\n|\n[ \t]*(?:Giving up on|>>> )|'\s*$|\)\s*$", re.MULTILINE)
_WORD: Final = re.compile(r"[^\W\d_]{3}")
_HOST: Final = re.compile(
    r"(?:\bhost |while talking to |\bserver |\bby )(?P<host>(?:[A-Za-z0-9-]+\.)+[A-Za-z]{2,})\.?[ :\[(,]|"
    r"^(?P<first>(?:[A-Za-z0-9-]+\.)+[A-Za-z]{2,})\.? \[[0-9a-fA-F:.]+\]",
    re.MULTILINE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """What a bounce says to people, taken apart once."""

    text: str
    lower: str
    transcript: tuple[str, ...]  # replies in lines that begin with `<<<`, as Sendmail writes them
    replies: tuple[tuple[int, str], ...]  # (where, reply) in running text

    @classmethod
    def of(cls, text: str) -> Self:
        """The words of a text."""
        return cls(
            text=text,
            lower=text.lower(),
            transcript=tuple(islice(_transcribed(text), REPLIES_MAX)),
            replies=tuple(islice(_replies(text), REPLIES_MAX)),
        )

    def without_copy(self) -> "Words":
        """The words up to where the header of the refused message begins, which some put there without a border."""
        copy = _HEADER.search(self.text)
        return Words.of(self.text[: copy.start()]) if copy and self.text[: copy.start()].strip() else self

    def reply_for(self, recipient: str, names: Sequence[str]) -> str | None:
        """The reply behind the recipient's name, one with the name in it, the words behind the name, or the only reply.

        `names` are all recipients of the text: what stands behind the next one's name is about that one.
        """
        start, end = self._region(recipient, names)
        every = [reply for _, reply in self.replies]
        return (
            next((reply for at, reply in self.replies if start <= at < end), None)
            or next((reply for reply in every if recipient and recipient.lower() in reply.lower()), None)
            or self.reason_for(recipient, names)
            or next(iter(self.transcript), None)
            or next(iter(every), None)
        )

    def reason_for(self, recipient: str, names: Sequence[str] = ()) -> str | None:
        """The words behind the recipient's name: the rest of its line and what follows up to an empty line."""
        start, end = self._region(recipient, names)
        region = self.text[start : min(end, start + REPLY_CHARS_MAX)].lstrip(" \t>:;.,\"'")
        paragraph = re.split(r"\n[ \t]*\n|\n[ \t]*-{3}", region.lstrip("\n"), maxsplit=1)[0]
        said = " ".join(paragraph.split())[:REASON_CHARS_MAX]
        if not _WORD.search(said) and start:
            line = self.text[self.text.rfind("\n", 0, start) + 1 :].partition("\n")[0]
            said = " ".join(line.split())[:REASON_CHARS_MAX]  # "Unknown user: someone@example.net"
        return said if _WORD.search(said.replace(recipient, "")) else None

    def whole_reply(self, first_line: str) -> str | None:
        """The reply of the transcript that begins with that line and has more, as one line."""
        begin = " ".join(first_line.split())
        return next((each for each in self.transcript if each.startswith(begin) and len(each) > len(begin)), None)

    def remote_host(self) -> str | None:
        """The host that is said to have refused, lower case."""
        found = _HOST.search(self.text)
        return (found["host"] or found["first"]).lower() if found else None

    def _region(self, recipient: str, names: Sequence[str]) -> tuple[int, int]:
        """From where to where the text speaks of that recipient: up to the next one's name; (0, 0) for nowhere."""
        start = self.lower.find(recipient.lower()) if recipient else -1
        if start < 0:
            return 0, 0
        start += len(recipient)
        ends = (at for name in names if name != recipient and (at := self.lower.find(name.lower(), start)) >= 0)
        return start, min(ends, default=len(self.text))


def words_of(message: Message) -> Words:
    """The words of the first text part that is not within the refused message."""
    return Words.of(_text_for_people(message))


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


def _replies(text: str) -> Iterator[tuple[int, str]]:
    """Replies in running text, with their places: from a reply code to the next empty line."""
    for found in _REPLY.finditer(text):
        rest = _REPLY_END.split(text[found.start() : found.start() + REPLY_CHARS_MAX], maxsplit=1)[0]
        lines = [line.strip().removeprefix("<<<").strip() for line in rest.splitlines()]
        yield found.start(), " ".join(" ".join(lines).split())


def _text_for_people(message: Message) -> str:
    """The first text part that is not within the refused message."""
    for part in _outer_parts(message):
        broken = part.get_content_maintype() == "multipart"  # its boundary does not stand in its body
        if broken or (part.get_content_maintype() == "text" and part.get_content_subtype() != "rfc822-headers"):
            text = text_of(part).replace("\r\n", "\n")[:TEXT_CHARS_MAX]
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
