"""The server that a line names: its name and its address as logs write them. Pure."""

from functools import lru_cache
from ipaddress import ip_address

from monitor.model.dns import unmapped


@lru_cache(maxsize=4096)
def address_of(written: str) -> str:
    """An address in its canonical form, an IPv4-mapped one as IPv4; "" for what is none.

    Sendmail writes `IPv6:` in front of one, OpenBSD's a zone behind.
    """
    try:
        return str(unmapped(ip_address(written.removeprefix("IPv6:").partition("%")[0])))
    except ValueError:
        return ""


@lru_cache(maxsize=4096)
def is_here(address: str) -> bool:
    """Whether a canonical address is this machine: what stands there hands the mail on, and is no receiver."""
    here = ip_address(address)
    return here.is_loopback or here.is_unspecified


@lru_cache(maxsize=4096)
def host_of(written: str) -> str:
    """A server's name in lower case, without the dot at its end."""
    return written.lower().rstrip(".")
