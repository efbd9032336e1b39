"""The addresses that a list's mail leaves from, as receivers see them: read, and refused where none ever will.

A private address says where the host stands in its own network. Mail from behind NAT or from a container arrives from
another one, and whatever were evaluated for the private one would accuse a list of what is not so.
"""

from ipaddress import IPv6Address, ip_address
from typing import Final

from monitor.config.endpoints import parse_address
from monitor.model.dns import IpAddress
from monitor.model.special_addresses import special_word, unwrapped

# By the word of `special_word` and the version: what such an address is, and where that is written.
_UNSEEN: Final = {
    ("private", 4): "a private address (RFC 1918)",
    ("private", 6): "a private address (unique local, RFC 4193)",
    ("shared", 4): "an address shared behind a provider's NAT (RFC 6598)",
    ("loopback", 4): "a loopback address, of its own machine alone (RFC 1122 section 3.2.1.3)",
    ("loopback", 6): "a loopback address, of its own machine alone (RFC 4291 section 2.5.3)",
    ("link-local", 4): "a link-local address (RFC 3927)",
    ("link-local", 6): "a link-local address (RFC 4291 section 2.5.6)",
}
WHAT_TO_DO: Final = (
    "mail from behind NAT or from a container arrives from another address. Give that one: the first Received line of a "
    "post in a mailbox elsewhere shows it, and your provider knows it"
)


def parse_outbound(value: object) -> IpAddress:
    """One address that mail leaves from. Raises ValueError where no receiver ever sees it, with the reason."""
    refusal = None if (read := _read(value)) is None else unseen(read)
    if refusal is not None:
        raise ValueError(f"{value} is {refusal}, which no receiver on the internet sees: {WHAT_TO_DO}")
    address = parse_address(value)
    if isinstance(address, IPv6Address) and (inner := unwrapped(address)) is not address:
        raise ValueError(f'{value} is an IPv4 address in the form of NAT64 (RFC 6052); write "{inner}"')
    return address


def unseen(address: IpAddress) -> str | None:
    """What an address is that no receiver on the internet ever sees, in words; None of any other.

    An IPv4 address inside an IPv6 one (mapped, NAT64) is judged as what it is, and one with a zone without it.
    """
    inner = unwrapped(address)
    word = special_word(inner)
    return None if word is None else _UNSEEN.get((word, inner.version))


def _read(value: object) -> IpAddress | None:
    try:
        return ip_address(str(value))
    except ValueError:
        return None
