"""Who asks: the address that a request came from and, where a named proxy says so, who has logged in there.

Pure.
"""

from dataclasses import dataclass

from starlette.datastructures import Headers
from starlette.types import Scope

from monitor.config.settings import WebSettings
from monitor.model.dns import IpAddress, read_address

NAME_CHARS = 300  # of a user's name are kept


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
    if address is None or not _trusted(web, address):
        return Client(address=address, direct=not forwarded_for)
    # Each proxy appends whom it got the request from: what stands before the last stranger is the stranger's own word.
    for said in reversed(forwarded_for.split(",")):
        before = read_address(said.strip().strip("[]"))
        if before is None:
            break
        address = before
        if not _trusted(web, before):
            break
    name = user.strip()[:NAME_CHARS] if web.user_header is not None else ""
    return Client(address=address, direct=not forwarded_for, user=name)


def _trusted(web: WebSettings, address: IpAddress) -> bool:
    return any(address in network for network in web.proxies)
