"""Which addresses a webhook may be sent to: public ones, and those that the configuration allows by network.

A URL in a configuration file, or a name that its owner points elsewhere later, must not turn Staysub into a way into
the network that it runs in (server-side request forgery). So the judgement falls on addresses, at the moment of
connecting, never on names.
"""

from collections.abc import Collection
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_network
from typing import Final

from monitor.model.dns import IpAddress

IpNetwork = IPv4Network | IPv6Network

# Ports that webhooks are served on. Any other one needs its network allowed: a port names a service, and a POST to 25
# or 6379 may be read as that service's commands.
PORTS: Final = frozenset({80, 443, 8080, 8443})

# IANA's registries of special-purpose addresses (RFC 6890, as of 2025-10), and addresses of cloud providers' metadata.
_REFUSED: Final[tuple[tuple[str, str], ...]] = (
    ("169.254.169.254/32", "metadata"),
    ("100.100.100.200/32", "metadata"),  # Alibaba Cloud
    ("168.63.129.16/32", "metadata"),  # Azure's wire server: outside of every special range
    ("192.0.0.192/32", "metadata"),  # Oracle Cloud
    ("fd00:ec2::/32", "metadata"),  # AWS
    ("fd20:ce::/32", "metadata"),  # Google Cloud
    ("0.0.0.0/8", "unspecified"),  # RFC 1122 section 3.2.1.3
    ("10.0.0.0/8", "private"),  # RFC 1918
    ("100.64.0.0/10", "shared"),  # RFC 6598
    ("127.0.0.0/8", "loopback"),  # RFC 1122 section 3.2.1.3
    ("169.254.0.0/16", "link-local"),  # RFC 3927
    ("172.16.0.0/12", "private"),  # RFC 1918
    ("192.0.0.0/24", "reserved"),  # RFC 6890
    ("192.0.2.0/24", "documentation"),  # RFC 5737
    ("192.88.99.0/24", "tunnel"),  # RFC 7526: the former 6to4 relays
    ("192.168.0.0/16", "private"),  # RFC 1918
    ("198.18.0.0/15", "benchmarking"),  # RFC 2544
    ("198.51.100.0/24", "documentation"),  # RFC 5737
    ("203.0.113.0/24", "documentation"),  # RFC 5737
    ("224.0.0.0/4", "multicast"),  # RFC 5771
    ("240.0.0.0/4", "reserved"),  # RFC 1112 section 4, with the limited broadcast of RFC 919
    ("::/128", "unspecified"),  # RFC 4291
    ("::1/128", "loopback"),  # RFC 4291
    ("64:ff9b:1::/48", "private"),  # RFC 8215: NAT64 of local use
    ("2001::/23", "tunnel"),  # RFC 2928, with Teredo (RFC 4380) and ORCHID
    ("2001:db8::/32", "documentation"),  # RFC 3849
    ("2002::/16", "tunnel"),  # RFC 3056: 6to4 carries any IPv4 address inside
    ("3fff::/20", "documentation"),  # RFC 9637
    ("fc00::/7", "private"),  # RFC 4193
    ("fe80::/10", "link-local"),  # RFC 4291
    ("fec0::/10", "private"),  # RFC 3879
    ("ff00::/8", "multicast"),  # RFC 4291
)
_RANGES: Final = tuple((ip_network(network), word) for network, word in _REFUSED)
_GLOBAL_V6: Final = IPv6Network("2000::/3")  # RFC 4291 section 2.4: all that IANA has given out for global use
_NAT64: Final = IPv6Network("64:ff9b::/96")  # RFC 6052 section 2.1
_V4_COMPATIBLE: Final = IPv6Network("::/96")  # RFC 4291 section 2.5.5.1


def refusal(address: IpAddress, *, port: int, allow_networks: Collection[IpNetwork] = ()) -> str | None:
    """Why no connection to this address and port may be made, as one stable word; None where it may.

    An IPv4 address inside an IPv6 one (mapped, NAT64) is judged as what it is.
    """
    inner = unwrapped(address)
    if any(inner in network or address in network for network in allow_networks):
        return None
    for network, word in _RANGES:
        if inner in network:
            return word
    if isinstance(inner, IPv6Address) and inner not in _GLOBAL_V6:
        return "reserved"
    return None if port in PORTS else "port"


def unwrapped(address: IpAddress) -> IpAddress:
    """The IPv4 address inside a mapped, compatible or NAT64 IPv6 address; any other address as it is."""
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None:
            return address.ipv4_mapped
        if address in _NAT64 or (address in _V4_COMPATIBLE and int(address) > 1):
            return IPv4Address(int(address) & 0xFFFFFFFF)
    return address
