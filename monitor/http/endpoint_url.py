"""Whether a URL names one HTTP server, without a second reading. Pure.

Libraries read odd URLs in different ways: what one takes for a password another takes for the host, and `2130706433` is
an address to some of them. So only one spelling of each URL is taken.
"""

import re
from ipaddress import IPv6Address, ip_address
from typing import Final
from urllib.parse import SplitResult, urlsplit

from monitor.model.dns import IpAddress

SCHEMES: Final = ("https", "http")
FORM: Final = "https://hooks.example.org/staysub"
NO_NAME: Final = "has a host that can be no name in DNS; write letters, digits, hyphens and dots"
NO_V6: Final = "has brackets around what is no IPv6 address"
_LABEL: Final = re.compile(r"(?:[a-z0-9_-]|[^\x00-\x7f]){1,63}")  # RFC 1123 section 2.1, and _, which some have
_NUMBER: Final = re.compile(r"[0-9]+|0x[0-9a-f]*")  # a last label that makes a host an IPv4 address to many readers


def fault_of(url: str) -> str | None:
    """What is wrong with an http(s) URL whatever it leads to, as the end of a sentence; None where nothing is.

    No answer repeats any of the URL: it may be a password.
    """
    if any(character.isspace() or not character.isprintable() for character in url):
        return "must not contain spaces or control characters"
    if "\\" in url:
        return "must not contain a backslash, which some read as a slash; write /"
    try:
        parts = urlsplit(url)
    except ValueError:
        return f'is no URL; write it like "{FORM}"'
    if parts.scheme not in SCHEMES:
        return f'must begin with https:// or http://; for example "{FORM}"'
    if "@" in parts.netloc:
        return "must not carry a user or password; notices are signed instead"
    if "#" in url:
        return "must not have a part behind #: it is never sent"
    if "[" in parts.netloc and ":" not in (parts.hostname or ""):
        return NO_V6
    return _port_fault(parts) or host_fault(parts.hostname or "")


def host_of(url: str) -> str:
    """The host of a URL without faults, in lower case, an address without its brackets."""
    return urlsplit(url).hostname or ""


def host_fault(host: str) -> str | None:
    """What is wrong with a host, likewise. Letters beyond ASCII are taken as they are (RFC 3987 section 3.1)."""
    if not host:
        return f'has no host; write it like "{FORM}"'
    if ":" in host:
        if "%" in host:
            return "has an address with a zone, which means something on one machine only; write a global address"
        return None if _address(host) else NO_V6
    if host.endswith("."):
        return "has a host with a dot at its end, which no certificate has; leave the dot out"
    if not all(map(_LABEL.fullmatch, host.split("."))):
        return NO_NAME
    if _NUMBER.fullmatch(host.rpartition(".")[2]) and _address(host) is None:
        return "has a number for its host; write an IPv4 address as four decimal numbers, such as 192.0.2.25"
    return None


def address_of(url: str) -> IpAddress | None:
    """The address that a URL without faults names itself; None where it names a host by its name."""
    return _address(host_of(url))


def _port_fault(parts: SplitResult) -> str | None:
    try:
        port = parts.port
    except ValueError:
        return "has a port that is none; ports are 1 to 65535"
    return "has port 0; ports are 1 to 65535" if port == 0 else None


def _address(host: str) -> IpAddress | None:
    try:
        found = ip_address(host)
    except ValueError:
        return None
    return None if isinstance(found, IPv6Address) and found.scope_id is not None else found
