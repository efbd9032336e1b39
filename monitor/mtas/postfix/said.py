"""Why Postfix's SMTP client says that a try went as it did: who answered, what, and to how many at once. Pure.

The words are those of src/smtp/smtp_proto.c, smtp_connect.c and smtp_trouble.c. They are read from the left: a reply
that holds such words again is only a reply.
"""

import re
from functools import lru_cache
from typing import Final, NamedTuple

from monitor.mtas.place import address_of, host_of, is_here

_HOST: Final = rb"([^\s\[\]]*+)\[([^\s\]]*+)\](?::\d{1,5})?"
_CODE: Final = rb"([2-5]\d\d)(?=[\s)-]|$)"
_ANSWERED: Final = re.compile(
    rb"(?:host|SASL authentication failed; server) " + _HOST + rb" (?:said|refused to talk to me): " + _CODE
)
_NOT_ANSWERED: Final = re.compile(
    rb"(?:connect to|lost connection with|conversation with"
    rb"|(?:TLS|SMTPUTF8) is required, but (?:was not offered by )?host"
    rb"|SASL authentication failed; cannot authenticate to server) " + _HOST
)
# What ends a try with a server and names none.
_OUR_OWN: Final = (
    b"Cannot start TLS: handshake failure",
    b"Server certificate not ",
    b"TLS is required, but ",
    b"SASL authentication failed",
    b"SMTPUTF8 is required, but ",
)
_SUSPENDED: Final = b"delivery temporarily suspended: "
_OF_ONE: Final = b"(in reply to RCPT TO command)"
_BY_HOST: Final = b"host "
_SENT: Final = re.compile(rb"([2-5]\d\d)(?=[ -]|$)")


class Said(NamedTuple):
    """What ended a try, or one recipient's part in it."""

    host: str  # "" where none is named
    address: str
    code: int  # 0: no receiver answered
    here: bool  # the host is this machine: a content filter, say
    of_one: bool  # it was said of one recipient (RCPT TO), not of all that were left


def code_of(text: bytes) -> int:
    """The code of a reply that took the mail, as it stands behind `status=sent`; 0 where there is none."""
    found = _SENT.match(text)
    return int(found[1]) if found else 0


def is_suspended(text: bytes) -> bool:
    """Whether nothing was tried, since the server had failed before."""
    return text.startswith(_SUSPENDED)


def is_broken(text: bytes) -> bool:
    """Whether a line without recipients begins to tell what a host said, and does not."""
    return text.startswith(_BY_HOST) and _ANSWERED.match(text) is None


def read_ended(text: bytes) -> Said | None:
    """Why a recipient's try ended, as a line with `status=` has it; None where a host said what is no whole reply."""
    found = _ANSWERED.match(text)
    if found:
        host, address, here = server_of(found[1], found[2])
        return Said(host, address, int(found[3]), here, text.endswith(_OF_ONE))
    if text.startswith(_BY_HOST):
        return None
    found = _NOT_ANSWERED.match(text)
    if found:
        host, address, here = server_of(found[1], found[2])
        return Said(host, address, 0, here, of_one=False)
    return Said("", "", 0, here=False, of_one=False)


def read_gone_on(text: bytes) -> Said | None:
    """Why it goes on with another server, as a line without recipients has it; None where it is no such line."""
    if _ANSWERED.match(text) or _NOT_ANSWERED.match(text) or text.startswith(_OUR_OWN):
        return read_ended(text)
    return None


@lru_cache(maxsize=4096)
def server_of(host: bytes, address: bytes) -> tuple[str, str, bool]:
    """A server's name and canonical address, and whether it is on this machine, as one is that has a socket's path."""
    place = address_of(address.decode("utf-8", "replace"))
    return host_of(host.decode("utf-8", "replace")), place, not place or is_here(place)
