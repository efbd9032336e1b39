"""The text of a bounce for people: which part it is, and where the copy of the refused message begins."""

import re
from collections.abc import Iterator
from email.message import Message
from html import unescape
from itertools import islice
from typing import Final

from monitor.trace.charset import text_of
from monitor.trace.mime import parts_of

TEXT_CHARS_MAX: Final = 65_536  # reasons stand in front of the copy of the message
TEXTS_MAX: Final = 5  # parts that are looked at

# Where the copy of the refused message begins: qmail, Exim, OpenSMTPD, Sendmail, Postfix before 2.3, Notes, and others.
_COPY: Final = re.compile(
    r"^[ \t]*(?:\|?-{1,40}|\*{1,40})? ?(?:Below this line is a copy|(?:This|Below|Here) is a copy of|(?:The )?(?:header of the )?"
    r"(?:original|returned|unsent|undelivered|bounced) message(?: (?:is )?(?:follow|attached|below)|\W*(?:-{2,}|$))|"
    r"Message text follows|The body of the message is|(?:Message )?headers? follow|Included is a copy of|Original mail as follows)",
    re.IGNORECASE | re.MULTILINE,
)
# A header that begins in the midst of the text is the refused message's, whatever was written before it.
_FIELD_NAME: Final = (
    r"(?:Received|Return-Path|DKIM-Signature|Message-ID|MIME-Version|Content-Type|Date|From|To|Subject|X-[\w-]+)"
)
_HEADER: Final = re.compile(rf"^{_FIELD_NAME}:.*\n(?:[ \t].*\n){{0,20}}{_FIELD_NAME}:", re.IGNORECASE | re.MULTILINE)
_NAMED: Final = re.compile(r"^([A-Za-z][\w-]{0,60}):", re.MULTILINE)
_TRACE: Final = frozenset({"received", "return-path", "message-id", "mime-version", "dkim-signature"})
_WRITTEN: Final = frozenset({"date", "from", "to", "cc", "subject", "reply-to", "sender", "content-type"})
HEADERS_MAX: Final = 20  # looked at
HEADER_CHARS: Final = 4096
_STATUS: Final = re.compile(r"^(?:Reporting-MTA|Final-Recipient|Original-Recipient):", re.IGNORECASE | re.MULTILINE)
_QUOTED: Final = re.compile(r"^>(?!>>).*\n?", re.MULTILINE)  # a person's quotation; Sendmail's transcript has ">>> "
_SIGNATURE: Final = re.compile(r"^-- $", re.MULTILINE)  # RFC 3676 section 4.3
_LINK: Final = re.compile(r"<mailto:[^<>\s]{1,320}>", re.IGNORECASE)  # Exchange repeats an address so
_BREAK: Final = re.compile(r"<(?:br|/?p|/?div|/?tr|/?li|/?h\d|/?table|/?pre)\b[^<>]{0,1000}>", re.IGNORECASE)
_TAG: Final = re.compile(r"</?[a-z][a-z0-9]{0,15}(?:\s[^<>]{0,1000})?/?>", re.IGNORECASE)
_SPACES: Final = re.compile(r"[ \t\xa0]+")
_EMPTY_LINES: Final = re.compile(r"(?:\n ?){3,}")
_UNSHOWN: Final = re.compile(r"<(?:style|script|head)\b[^<]{0,20000}</(?:style|script|head)>", re.IGNORECASE)


def texts_of(message: Message) -> Iterator[tuple[str, str]]:
    """The texts of a message's own parts: each as (up to where a copy of the refused message begins, the copy)."""
    found = 0
    for part in parts_of(message):
        broken = part.get_content_maintype() == "multipart"  # its boundary does not stand in its body
        if not broken and (part.get_content_maintype() != "text" or part.get_content_subtype() == "rfc822-headers"):
            continue
        text = text_of(part)[: 2 * TEXT_CHARS_MAX].replace("\r\n", "\n")
        if part.get_content_subtype() == "html":
            text = _shown(text)
        text = _SIGNATURE.split(_LINK.sub("", without_quotations(text[:TEXT_CHARS_MAX])), maxsplit=1)[0]
        if text.strip():
            copy = _COPY.search(text)
            yield (text[: copy.start()], text[copy.start() :]) if copy else (text, "")
            found += 1
            if found == TEXTS_MAX:
                return


def without_header(text: str) -> str:
    """The text up to where the header of the refused message begins, which some put there without a border."""
    for copy in islice(_HEADER.finditer(text), HEADERS_MAX):
        names = {
            name.lower()
            for name in _NAMED.findall(text[copy.start() : copy.start() + HEADER_CHARS].partition("\n\n")[0])
        }
        if (names & _TRACE or len(names & _WRITTEN) > 2) and text[: copy.start()].strip():
            return text[: copy.start()]
    return text


def without_status(text: str) -> str:
    """The text up to where the fields of a delivery status are melted into it."""
    melted = _STATUS.search(text)
    return text[: melted.start()] if melted else text


def without_quotations(text: str) -> str:
    """The text without lines that a person quotes."""
    return _QUOTED.sub("", text)


def _shown(page: str) -> str:
    """What a page of HTML shows, by lines."""
    text = unescape(_TAG.sub(" ", _BREAK.sub("\n", _UNSHOWN.sub(" ", page))))
    return _EMPTY_LINES.sub("\n\n", _SPACES.sub(" ", text))
