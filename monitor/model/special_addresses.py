"""Addresses that mean something else than one host on the internet (RFC 6890): which, and by what word. Pure."""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_network
from typing import Final

from monitor.model.dns import IpAddress, IpNetwork, unmapped

DOCUMENTATION: Final = "documentation"  # stands for public addresses in examples, also in our own

# IANA's registries of special-purpose addresses, as of 2025-10.
_REGISTRY: Final[tuple[tuple[str, str], ...]] = (
    ("0.0.0.0/8", "unspecified"),  # RFC 1122 section 3.2.1.3
    ("10.0.0.0/8", "private"),  # RFC 1918
    ("100.64.0.0/10", "shared"),  # RFC 6598
    ("127.0.0.0/8", "loopback"),  # RFC 1122 section 3.2.1.3
    ("169.254.0.0/16", "link-local"),  # RFC 3927
    ("172.16.0.0/12", "private"),  # RFC 1918
    ("192.0.0.0/24", "reserved"),  # RFC 6890
    ("192.0.2.0/24", DOCUMENTATION),  # RFC 5737
    ("192.88.99.0/24", "tunnel"),  # RFC 7526: the former 6to4 relays
    ("192.168.0.0/16", "private"),  # RFC 1918
    ("198.18.0.0/15", "benchmarking"),  # RFC 2544
    ("198.51.100.0/24", DOCUMENTATION),  # RFC 5737
    ("203.0.113.0/24", DOCUMENTATION),  # RFC 5737
    ("224.0.0.0/4", "multicast"),  # RFC 5771
    ("240.0.0.0/4", "reserved"),  # RFC 1112 section 4, with the limited broadcast of RFC 919
    ("::/128", "unspecified"),  # RFC 4291
    ("::1/128", "loopback"),  # RFC 4291
    ("64:ff9b:1::/48", "private"),  # RFC 8215: NAT64 of local use
    ("2001::/23", "tunnel"),  # RFC 2928, with Teredo (RFC 4380) and ORCHID
    ("2001:db8::/32", DOCUMENTATION),  # RFC 3849
    ("2002::/16", "tunnel"),  # RFC 3056: 6to4 carries any IPv4 address inside
    ("3fff::/20", DOCUMENTATION),  # RFC 9637
    ("fc00::/7", "private"),  # RFC 4193
    ("fe80::/10", "link-local"),  # RFC 4291
    ("fec0::/10", "private"),  # RFC 3879
    ("ff00::/8", "multicast"),  # RFC 4291
)
_RANGES: Final[tuple[tuple[IpNetwork, str], ...]] = tuple((ip_network(network), word) for network, word in _REGISTRY)
# What no record may name, by version: first and last address of each. A record may hold thousands of networks.
_UNNAMED: Final = {
    version: tuple(
        (int(network.network_address), int(network.broadcast_address))
        for network, word in _RANGES
        if network.version == version and word != DOCUMENTATION
    )
    for version in (4, 6)
}
_NAT64: Final = IPv6Network("64:ff9b::/96")  # RFC 6052 section 2.1
_V4_COMPATIBLE: Final = IPv6Network("::/96")  # RFC 4291 section 2.5.5.1
_GLOBAL_V6: Final = IPv6Network("2000::/3")  # RFC 4291 section 2.4: all that IANA has given out for global use


def special_word(address: IpAddress) -> str | None:
    """What the address is, as one stable word; None for a public one. An IPv4-mapped one is judged as IPv4."""
    number = unmapped(address)
    for network, word in _RANGES:
        if number in network:
            return word
    return "reserved" if number.version == 6 and number not in _GLOBAL_V6 else None


def unwrapped(address: IpAddress) -> IpAddress:
    """The IPv4 address inside a mapped, compatible or NAT64 IPv6 address; any other address as it is."""
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None:
            return address.ipv4_mapped
        if address in _NAT64 or (address in _V4_COMPATIBLE and int(address) > 1):
            return IPv4Address(int(address) & 0xFFFFFFFF)
    return address


def can_be_named(what: IpAddress | IpNetwork) -> bool:
    """Whether a record may name this address or network: all of it public, or for documentation.

    Documentation's addresses are in no route, so that naming them harms nobody; examples and demonstrations need them.
    """
    if not isinstance(what, IPv4Network | IPv6Network):
        return special_word(what) in {None, DOCUMENTATION}
    if what.version == 6 and not what.subnet_of(_GLOBAL_V6):
        return False
    first, last = int(what.network_address), int(what.broadcast_address)
    return not any(first <= end and start <= last for start, end in _UNNAMED[what.version])
