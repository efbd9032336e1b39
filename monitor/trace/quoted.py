"""SMTP replies as mail systems quote them in text for people (RFC 5321 section 4.2)."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Final

REPLIES_MAX: Final = 200  # looked at in one text
REPLY_CHARS_MAX: Final = 4096
REPLY_LINES_MAX: Final = 40

_UNIT: Final = r"(?![ -]?(?:[kmg]i?b|bytes?|octets?|seconds?|minutes?|hours?|days?|times|messages?|recipients)\b)"
_REPLY: Final = re.compile(rf"(?<![\d.,/@\w-])[45]\d\d(?:[ -](?=\S)|:|$){_UNIT}", re.MULTILINE | re.IGNORECASE)
_LINE: Final = re.compile(r"\s*(?:<<<\s*)?(?P<code>[2-5]\d\d)(?P<more>[ -]|$)")
_ANOTHER: Final = re.compile(  # lines that are no more of the reply
    r"\s*(?:$|giving up on|/?I'm not going to|>>> |-{3}|\[?STEP:|\.{0,3} ?while talking to|in: |out: |warning: message still|"
    r"message (?:could not|will be)|will keep trying|(?:final-recipient|remote-mta|reporting-mta|remote system|generating server):)",
    re.IGNORECASE,
)
_TALKING: Final = re.compile(r"while talking to (?P<host>[\w.-]{1,255})", re.IGNORECASE)
_ASKED: Final = re.compile(r">>> RCPT TO:\s?<(?P<recipient>[^<>]{1,320})>", re.IGNORECASE)
_CLOSING: Final = {"'": "'", '"': '"', "[": "]", "(": ")", "<": ">", "“": "”", "‘": "’"}


def replies_in(text: str) -> Iterator[str]:
    """The replies in running text, each as one line."""
    end = 0
    for found in islice(_REPLY.finditer(text), REPLIES_MAX):
        if found.start() < end:
            continue  # within the reply before
        reply, end = _reply_at(text, found.start())
        yield reply


def first_reply(text: str) -> str | None:
    """The first reply in running text."""
    return next(replies_in(text), None)


def before_reply(text: str) -> str:
    """The mail server's own words, in front of the first reply."""
    found = _REPLY.search(text)
    return text[: found.start()] if found else text


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A reply in a transcript of an SMTP session as Sendmail writes it: lines that begin with `<<<`."""

    reply: str  # as one line
    recipient: str  # to whose RCPT it answers, lower case; "" for another command's
    host: str  # that gave it, lower case; "" where it is not told


def transcribed(text: str) -> Iterator[Answer]:
    """The answers in a transcript."""
    lines: list[str] = []
    recipient = host = ""
    for each in text.splitlines():
        line = each.strip()
        if not line.startswith("<<<"):
            lines = []
            if talking := _TALKING.search(line):
                recipient, host = "", talking["host"].rstrip(".").lower()
            elif line.startswith(">>>"):
                asked = _ASKED.match(line)
                recipient = asked["recipient"].lower() if asked else ""
            continue
        lines.append(line.removeprefix("<<<").strip())
        if not re.match(r"\d\d\d-", lines[-1]):
            yield Answer(reply=_joined(lines), recipient=recipient, host=host)
            lines = []


def _reply_at(text: str, start: int) -> tuple[str, int]:
    """The reply that begins there, and where it ends: with its last line, a line of something else, or its bracket."""
    opening = text[start - 1 : start]
    begun = text.rfind("\n", 0, start) + 1
    front = text[begun:start].lstrip()
    closing = _CLOSING.get(opening) or (_CLOSING.get(front[:1], "") if front[:1] in "(<" and ">" not in front else "")
    code, at = text[start : start + 3], start
    kept: list[str] = []
    more = text[start + 3 : start + 4] == "-"
    shown = "<<<" in text[begun:start]  # Sendmail marks every line
    for line in text[start : start + REPLY_CHARS_MAX].splitlines(keepends=True)[:REPLY_LINES_MAX]:
        numbered = _LINE.match(line)
        if kept and (
            _ANOTHER.match(line)
            or (shown and "<<<" not in line)
            or (numbered and not (more and numbered["code"] == code))
        ):
            break
        if numbered:
            more = numbered["more"] == "-"
        at += len(line)
        kept.append(line.strip().removeprefix("<<<").strip())
        if closing and kept[-1].rstrip(" .,").endswith(closing):
            kept[-1] = _without_closing(kept[-1], closing)
            break
        if kept[-1].endswith(" command)"):  # Postfix: in reply to RCPT TO command
            break
    return _joined(kept), at


def _without_closing(line: str, closing: str) -> str:
    """The line without the bracket or quotation mark that was opened in front of the reply."""
    bare = line.rstrip(" .,")
    if closing == ")" and bare.count("(") >= bare.count(")"):
        return line
    return bare.removesuffix(closing).rstrip()


def _joined(lines: list[str]) -> str:
    return " ".join(" ".join(lines).split())
