"""Local parts of recipients, as a receiver may say them in its reply. Pure."""

import re
from collections.abc import Iterable
from typing import Final

_ALONE: Final = re.compile(rb"<[^<>@\s\[\]/:]{1,64}>")  # `<ann>: Recipient address rejected`
CHARS_MAX: Final = 320  # of an address: RFC 5321 section 4.5.3.1


def names_of(recipients: Iterable[str]) -> frozenset[str]:
    """Local parts as they are written, without quotes, and without a sub-address (RFC 5233)."""
    found = set[str]()
    for each in recipients:
        name = each[:CHARS_MAX].rpartition("@")[0]
        bare = name.strip('"').replace("\\", "")
        found.update((name, bare, bare.partition("+")[0]))
    return frozenset(found - {""})


def without_bracketed(text: bytes) -> bytes:
    """The text without words in angle brackets: of somebody who is not known yet.

    Addresses stay, and what Postfix writes of a host.
    """
    return _ALONE.sub(b"<address>", text)


def without_names(text: str, names: Iterable[str], instead: str) -> str:
    """The text with something else for each of these names where it stands as a word."""
    lower = text.lower()
    there = sorted({each for each in names if each.lower() in lower}, key=len, reverse=True)
    if not there:
        return text
    any_of = "|".join(map(re.escape, there))
    return re.sub(rf"(?<![^\W_])(?:{any_of})(?![^\W_])", instead, text, flags=re.IGNORECASE)
