"""Which addresses a webhook may be sent to: public ones, and those that the configuration allows by network.

A URL in a configuration file, or a name that its owner points elsewhere later, must not turn Staysub into a way into
the network that it runs in (server-side request forgery). So the judgement falls on addresses, at the moment of
connecting, never on names.
"""

from collections.abc import Collection
from ipaddress import ip_network
from typing import Final

from monitor.model.dns import IpAddress, IpNetwork
from monitor.model.special_addresses import special_word, unwrapped

# Ports that webhooks are served on. Any other one needs its network allowed: a port names a service, and a POST to 25
# or 6379 may be read as that service's commands.
PORTS: Final = frozenset({80, 443, 8080, 8443})

DEFAULT_PORTS: Final = {"http": 80, "https": 443}  # RFC 9110 section 4.2

# Addresses of cloud providers' metadata, which IANA's registries of special-purpose addresses do not hold as such.
_METADATA: Final = tuple(
    map(
        ip_network,
        (
            "169.254.169.254/32",
            "100.100.100.200/32",  # Alibaba Cloud
            "168.63.129.16/32",  # Azure's wire server: outside of every special range
            "192.0.0.192/32",  # Oracle Cloud
            "fd00:ec2::/32",  # AWS
            "fd20:ce::/32",  # Google Cloud
        ),
    )
)


def refusal(address: IpAddress, *, port: int, allow_networks: Collection[IpNetwork] = ()) -> str | None:
    """Why no connection to this address and port may be made, as one stable word; None where it may.

    An IPv4 address inside an IPv6 one (mapped, NAT64) is judged as what it is.
    """
    inner = unwrapped(address)
    if any(inner in network or address in network for network in allow_networks):
        return None
    if any(inner in network for network in _METADATA):
        return "metadata"
    return special_word(inner) or (None if port in PORTS else "port")
