"""A documented reply as this list would get it: with its own names and addresses, and nobody else's. Pure."""

import re
from ipaddress import ip_network
from typing import Final

from monitor.model.dns import IpAddress

# The network that receivers count by, in bits: of IPv6 what one site has at least (RFC 6177 section 2), of IPv4 what
# blocking lists take together.
_NETWORK_BITS: Final = {4: 24, 6: 64}
# What nobody told, in words that can be no name. They are never anybody's: RFC 5321 section 4.1.2 has no such domain.
UNTOLD: Final = {
    "list_domain": "<list-domain>",
    "client_name": "<client-name>",
    "author_domain": "<author-domain>",
    "subscriber": "<subscriber>",
    "subscriber_domain": "<subscriber-domain>",
}
PLACES: Final = frozenset({"client_ip", "client_net", *UNTOLD})
_PLACE: Final = re.compile(r"\{(\w+)\}")


def filled(example: str, client_ip: IpAddress, *, domain: str = "", helo: str = "") -> str:
    """The example with its places filled.

    `domain` is that of the reverse-path (RFC 5321 section 4.1.1.2), `helo` the client's name; "" is not known. Authors
    and subscribers are never named: a reply that the list would get is about any of them. Raises KeyError for a place
    that does not exist: a mistake of ours.
    """
    network = ip_network((client_ip, _NETWORK_BITS[client_ip.version]), strict=False)
    known = {
        **UNTOLD,
        "client_ip": str(client_ip),
        "client_net": str(network),
        **({"list_domain": domain} if domain else {}),
        **({"client_name": helo} if helo else {}),
    }
    return _PLACE.sub(lambda place: known[place[1]], example)
