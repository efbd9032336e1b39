"""The address of the host that refused, where the mail server that was refused writes it beside the host's name."""

import re
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, IPv6Network
from typing import Final

from monitor.model.dns import IpAddress, read_address

FIELD_CHARS_MAX: Final = 512
_ADDRESS: Final = r"(?:IPv6:)?(?P<address>[0-9A-Fa-f:.]{3,45})"
# Oracle's and Apple's "(TCP|ours|port|theirs|port)".
_ENDPOINTS: Final = re.compile(r"\(TCP\|[^|()]{2,45}\|\d+\|(?P<address>[0-9A-Fa-f:.]{3,45})\|\d+\)")
_IN_FIELD: Final = re.compile(rf"(?:^|[\[( ]){_ADDRESS}(?=$|[\]), ;])")
# Postfix "host x[addr]:25 said:", "connect to x[addr]:25:", "conversation with x[addr]"; Exim and Courier
# "host x [addr]:"; GMX, Exchange "Server at x (addr)"; Gmail "by x. [addr]".
_NAMED: Final = re.compile(
    r"(?<!client )(?:\bhost|\bto|\bwith|\bserver(?: at)?|\bby|^)[: ]{1,2}"
    rf"[\w.-]{{1,255}} ?[\[(]{_ADDRESS}[\])]",
    re.IGNORECASE | re.MULTILINE,
)
# qmail: "addr does not like recipient", "Connected to addr but sender was rejected".
_ALONE: Final = re.compile(rf"(?:^|[ :>]){_ADDRESS} (?:but|does not like|failed)\b", re.IGNORECASE | re.MULTILINE)
_REPLY: Final = re.compile(r"(?:^|: ?'?)[245]\d\d[ -]")  # what follows is the receiver's text
_NAT64: Final = IPv6Network("64:ff9b::/96")  # RFC 6052 section 2.1: behind it the receiver is spoken to over IPv4


def address_in_field(remote_mta: str) -> IpAddress | None:
    """The address in a Remote-MTA field (RFC 3464 section 2.3.5), which some write behind the name or instead of it."""
    value = remote_mta[:FIELD_CHARS_MAX]
    found = _ENDPOINTS.search(value) or _IN_FIELD.search(value)
    return _address(found["address"]) if found else None


@lru_cache(maxsize=8)  # recipients in one list share their words
def address_told(text: str) -> IpAddress | None:
    """The address beside the host's name in what a mail server says in front of the reply; None without."""
    before = _REPLY.split(" ".join(text[: 2 * FIELD_CHARS_MAX].split()), maxsplit=1)[0]
    found = _NAMED.search(before) or _ALONE.search(before)
    return _address(found["address"]) if found else None


def _address(text: str) -> IpAddress | None:
    """The address; an IPv4 address in the clothes of IPv6 (RFC 4291 section 2.5.5.2, RFC 6052) as what it is."""
    read = read_address(text)
    return IPv4Address(int(read) & 0xFFFFFFFF) if isinstance(read, IPv6Address) and read in _NAT64 else read
