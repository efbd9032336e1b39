"""A receiver that sees a gateway of its own in place of the client, and judges that (RFC 7208 section 2.5).

Address translation, a container's network and a proxy that passes no address on all do so: the connection then comes
from an address that never meets the outside, and whatever is checked of it says nothing about who sent the mail.
"""

import re
from typing import Final

from monitor.model.dns import IpAddress, read_address
from monitor.model.special_addresses import special_word

# Not "tunnel": 6to4 and Teredo addresses stand for hosts outside.
_INTERNAL: Final = frozenset({"private", "shared", "loopback", "link-local", "unspecified"})
_ADDRESS: Final = r"\[?(?:IPv6:)?(?P<ip>[0-9a-f:.]{2,45})"
# What stands before the client's address in refusals.
_MARKED: Final = re.compile(
    rf"(?:\b(?:client-?)?ip(?: address)?(?:=| is |: ?| )|\bclient(?: host| address)? ){_ADDRESS}",
    re.IGNORECASE,
)
_ANY: Final = re.compile(rf"(?<![\w.:@/-]){_ADDRESS}(?![\w-])", re.IGNORECASE)
_OF_THE_CLIENT: Final = re.compile(
    r"\bSPF\b|openspf|sender policy|\bPTR\b|\brDNS\b|\breverse[ -]?(?:DNS|host|lookup|resolution|name)|"
    r"cannot find your (?:reverse )?hostname|\biprev\b|\bFCrDNS\b|\bDNSBL\b|\bRBL\b|\bblocked using\b|"
    r"\bnot (?:allowed|authori[sz]ed|permitted|designated) (?:to send|as (?:a )?sender|sender)\b",
    re.IGNORECASE,
)


def is_internal_address(address: IpAddress) -> bool:
    """Whether it never meets the outside: private, shared, loopback or link-local (RFC 6890)."""
    return special_word(address) in _INTERNAL


def judges_the_client(reply: str) -> bool:
    """Whether a refusal is about the client's address: for SPF, reverse DNS or a block list."""
    return bool(_OF_THE_CLIENT.search(reply))


def gateway_judged(reply: str) -> IpAddress | None:
    """The internal address that a refusal takes for the client's; None where it names none, or an outside one too."""
    for pattern in (_MARKED, _ANY):
        named = [address for found in pattern.finditer(reply) if (address := _address(found["ip"])) is not None]
        if named:
            return named[0] if all(is_internal_address(each) for each in named) else None
    return None


def _address(text: str) -> IpAddress | None:
    return read_address(text.rstrip(".:"))
