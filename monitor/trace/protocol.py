"""How a hop was made: the protocol of a Received field's "with" clause, and whether it ran over TLS.

The registered words say so themselves (RFC 3848, RFC 6531 section 3.7.3); many hosts write "ESMTP" or a name of their
own there, and tell TLS in a comment or behind a stroke.
"""

import re
from typing import Final

PROTOCOL_CHARS_MAX: Final = 255  # as of a host's name: no word is longer

# SMTP and its kin: "S" says TLS, "A" AUTH. SMTPS and ASMTP are registered nowhere, but written by Google and old Exim.
_SMTP: Final = re.compile(r"(?:LOCAL-)?(?:UTF8)?(?:SMTP|ESMTP|LMTP|ASMTP)(?P<tls>S?)A?")
_OTHER_TLS: Final = frozenset({"HTTPS", "IMAPS", "POP3S"})
_ALIASES: Final = {"SMTPSVC": "SMTP"}  # what Windows' own server calls it

# What is said only of an encrypted session, by Postfix, Exim, Sendmail, Exchange, Google, qmail, Courier and gateways.
# A host's or person's name may contain "tls".
_TLS: Final = re.compile(
    r"(?<![\w.@<+-])(?:STARTTLS|(?:TLS|SSL)(?:v?\d(?:[._]?\d)?)?(?:_\w+)?)(?![\w@-]|\.\w)|"
    r"\bcipher=\w|\bwith cipher\b|\bencrypted\b|\bclient certificate\b|\bpresent a certificate\b|\bClient CN\b|"
    r"\bGoogle Transport Security\b",
    re.IGNORECASE,
)
_SECURED: Final = re.compile(
    r"\bover (?:TLS|SSL) secured channel\b", re.IGNORECASE
)  # Windows' own server, before "with"
_NO_TLS: Final = re.compile(
    r"\b(?:no|not|without)[ -](?:using |over )?(?:TLS|SSL|encrypt\w*)|\bunencrypted\b|"
    r"\b(?:TLS|SSL|version|cipher)[=:] ?\"?(?:none|no|off|false|null)\b",
    re.IGNORECASE,
)


def read_protocol(with_clause: str) -> str:
    """The protocol in capitals: the first word that is SMTP's kin, else the first of all; "" for no clause."""
    words = [
        part.strip("[];,:").upper()
        for word in outside_comments(with_clause).split()
        for part in word.split("/")
        if part.strip("[];,:")
    ]
    known = next((word for word in words if _SMTP.fullmatch(word) or word in _ALIASES), None)
    word = known or next(iter(words), "")
    return _ALIASES.get(word, word)[:PROTOCOL_CHARS_MAX]


def read_tls(protocol: str, with_clause: str, field: str) -> bool | None:
    """Whether the hop was encrypted, by its protocol, else by what the clause and the field's comments say.

    None where the field does not tell: for protocols of other kinds, and for local ones.
    """
    smtp = _SMTP.fullmatch(protocol)
    if protocol in _OTHER_TLS or (smtp is not None and smtp["tls"]):
        return True
    said = f"{outside_comments(with_clause)} {' '.join(comments(field))}"
    denied = _NO_TLS.search(said)
    if _TLS.search(_NO_TLS.sub(" ", said)) or _SECURED.search(field):
        return True
    return False if denied or smtp is not None else None


def outside_comments(text: str) -> str:
    """The text without its comments, which may be nested (RFC 5322 section 3.2.2)."""
    return "".join(part for part, inside in _parts(text) if not inside)


def comments(text: str) -> list[str]:
    """The comments alone."""
    return [part for part, inside in _parts(text) if inside]


def _parts(text: str) -> list[tuple[str, bool]]:
    """Runs of text, each with whether it stands in a comment; what stands in no open one closes nothing."""
    parts: list[tuple[str, bool]] = []
    depth, start = 0, 0
    for at, character in enumerate(text):
        if character not in "()":
            continue
        inside = depth > 0
        depth = depth + 1 if character == "(" else max(0, depth - 1)
        if inside != (depth > 0):
            parts.append((text[start:at], inside))
            start = at + 1
    parts.append((text[start:], depth > 0))
    return parts
