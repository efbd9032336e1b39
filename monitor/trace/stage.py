"""At which step of the SMTP session a receiver refused, as the mail server that was refused tells it."""

import re
from functools import lru_cache
from typing import Final, Literal

# RFC 5321 section 3.1 (greeting), 4.1.1.1 (HELO), 3.3 (mail transaction); RFC 3207 and 4954 stand between.
Stage = Literal["greeting", "helo", "session", "mail", "rcpt", "data"]

TOLD_CHARS_MAX: Final = 4096

_OF_COMMAND: Final[dict[str, Stage]] = {
    "ehlo": "helo",
    "helo": "helo",
    "lhlo": "helo",  # RFC 2033
    "starttls": "session",
    "auth": "session",
    "mail": "mail",
    "rcpt": "rcpt",
    "data": "data",
    "bdat": "data",  # RFC 3030
    "text": "data",  # GMX's word for what follows DATA
}
_COMMANDS: Final = r"ehlo|helo|lhlo|starttls|auth|mail|rcpt|data|bdat|text"
# Postfix "(in reply to end of DATA command)", Exim "after pipelined MAIL FROM:<…>", GMX "for RCPT TO command", Yahoo
# "[RCPT_TO]", Momentum "did not like our RCPT TO".
_NAMED: Final = re.compile(
    rf"(?:\b(?:after|for|in reply to|in response to|response to|our) |\[)(?:pipelined |(?:the )?end of |final )?(?P<command>{_COMMANDS})\b"
    r"(?![.@-]\w)",
    re.IGNORECASE,
)
# What is said without the name of a command: Postfix, Exim, GMX, Sendmail; qmail-remote.
_SAID: Final[tuple[tuple[Stage, str], ...]] = (
    ("greeting", "refused to talk to me"),  # of HELO too: Postfix smtp_proto.c, smtp_helo()
    ("greeting", "after initial connection"),
    ("greeting", "but greeting failed"),
    ("greeting", "in greeting"),
    ("helo", "but my name was rejected"),
    ("mail", "but sender was rejected"),
    ("rcpt", "does not like recipient"),
    ("data", "failed on data command"),
    ("data", "failed after i sent the message"),
    ("data", "after sending data block"),
)
_REPLY: Final = re.compile(r"(?:^|: ?'?)[245]\d\d[ -]")  # what follows is the receiver's text
_SENT: Final = re.compile(rf"^>>> (?P<command>{_COMMANDS}|quit)\b", re.IGNORECASE | re.MULTILINE)
_TALKING: Final = "while talking to"


@lru_cache(maxsize=8)  # recipients in one list share their words
def stage_told(text: str) -> Stage | None:
    """The stage as it is said in words; None where it is not.

    What stands in front of the reply goes first: the mail server writes that, and its receiver what is behind. Of that
    the mail server's own word is the last, and a reply may quote others.
    """
    text = " ".join(text[:TOLD_CHARS_MAX].split()).replace("_", " ")
    front = _REPLY.split(text, maxsplit=1)[0]
    return _said(front) or _named(front) or _named(text) or _said(text)


def _said(text: str) -> Stage | None:
    lower = text.lower()
    return next((stage for stage, words in _SAID if words in lower), None)


def _named(text: str) -> Stage | None:
    named = [_OF_COMMAND[found["command"].lower()] for found in _NAMED.finditer(text)]
    return named[-1] if named else None


def stage_in_transcript(text: str, reply: str) -> Stage | None:
    """The stage in a transcript as Sendmail writes it: the last command before the reply.

    A reply that follows DATA may answer the RCPT before it, which was pipelined (RFC 2920): that says nothing.
    """
    at = text.find("<<< " + reply[:40])
    if at < 0:
        return None
    begin = text.rfind(_TALKING, 0, at)
    sent = _SENT.findall(text[max(begin, 0) : at])
    if not sent:
        return "greeting" if begin >= 0 else None
    return _OF_COMMAND.get(sent[-1].lower()) if sent[-1].lower() not in {"data", "bdat"} else None
