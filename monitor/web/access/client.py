"""Who asks: the address that a request came from and, where a named proxy says so, who has logged in there.

Pure.
"""

from dataclasses import dataclass
from ipaddress import IPv6Address, IPv6Network
from typing import Final

from starlette.datastructures import Headers
from starlette.types import Scope

from monitor.config.settings import WebSettings
from monitor.model.dns import IpAddress, read_address

NAME_CHARS: Final = 300  # of a user's name are kept
SITE_BITS: Final = 64  # an IPv6 network of a site


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """One request's client. `address` is None where it came through a socket of this machine's file system."""

    address: IpAddress | None
    direct: bool  # nobody in between has added that it forwards for somebody
    user: str = ""  # as a trusted proxy names them; "" where none does

    @property
    def local(self) -> bool:
        """Whether it is a program on this machine that asks for itself."""
        return self.direct and (self.address is None or self.address.is_loopback)

    @property
    def site(self) -> str:
        """Its address, or the network of its site (RFC 6177 section 2): all in there are one."""
        if isinstance(self.address, IPv6Address):
            return str(IPv6Network((int(self.address), SITE_BITS), strict=False))
        return str(self.address)


def client_asking(web: WebSettings, scope: Scope) -> Client:
    """Who sends this request."""
    headers, peer = Headers(scope=scope), scope.get("client")
    return client_of(
        web,
        peer=peer[0] if peer else "",
        forwarded_for=",".join(headers.getlist("x-forwarded-for")),
        user=headers.get(web.user_header, "") if web.user_header is not None else "",
    )


def client_of(web: WebSettings, *, peer: str, forwarded_for: str, user: str) -> Client:
    """Who asks. `peer` is the other end of the connection; the two headers are believed only of `web.proxies`."""
    address = read_address(peer.strip("[]"))
    if address is None or not is_proxy(web, address):
        return Client(address=address, direct=not forwarded_for)
    # Each proxy appends whom it got the request from: what stands before the last stranger is the stranger's own word.
    for said in reversed(forwarded_for.split(",")):
        before = read_address(said.strip().strip("[]"))
        if before is None:
            break
        address = before
        if not is_proxy(web, before):
            break
    name = user.strip()[:NAME_CHARS] if web.user_header is not None else ""
    return Client(address=address, direct=not forwarded_for, user=name)


def is_proxy(web: WebSettings, address: IpAddress) -> bool:
    """Whether it is one of those whose headers are believed."""
    return any(address in network for network in web.proxies)
