"""Domains, mail addresses, IP addresses and listening addresses as the configuration writes them.

Each function returns the value in its one canonical form, or raises ValueError with a sentence that says what is right.
"""

import re
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from monitor.dns.name import InvalidName, a_label
from monitor.model.dns import IpAddress

# RFC 1035 section 2.3.1 with RFC 1123 section 2.1: letters, digits, inner hyphens, at most 63 octets a label.
_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
_SELECTOR_LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?")  # real ones have underscores, too
_DOMAIN_OCTETS = 253  # RFC 1035 section 2.3.4: 255 on the wire, less the first length octet and the root
_LOCAL_PART = re.compile(
    r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
)  # RFC 5321 section 4.1.2
_LOCAL_PART_OCTETS = 64  # RFC 5321 section 4.5.3.1.1
_ENDPOINT = re.compile(r"(?:\[(?P<v6>[^\]]+)\]|(?P<host>[^:\[\]]+))(?::(?P<port>[0-9]{1,5}))?")


def parse_domain(value: object) -> str:
    """The domain in lower case and A-labels (RFC 5890 section 2.3.2.1), without a dot at its end."""
    if not isinstance(value, str) or not value.strip():
        raise ValueError(f'must be a domain such as "lists.example.org", not {value!r}')
    text = value.strip()
    if _is_address(text):
        raise ValueError(f"must be a domain, not the IP address {text}")
    try:
        name = a_label(text)
    except InvalidName as error:
        raise ValueError(f"{text!r} is no domain") from error
    labels = name.split(".")
    if len(name) > _DOMAIN_OCTETS or len(labels) < 2 or not all(map(_LABEL.fullmatch, labels)):
        raise ValueError(f'{text!r} is no domain; write it like "lists.example.org": letters, digits and hyphens')
    return name


def parse_selector(value: object) -> str:
    """The selector of a DKIM key in lower case: one label or several (RFC 6376 section 3.1)."""
    text = value.strip().lower() if isinstance(value, str) else ""
    if not text or len(text) > _DOMAIN_OCTETS or not all(map(_SELECTOR_LABEL.fullmatch, text.split("."))):
        raise ValueError(f'must be the selector of a DKIM key, the s= of its signatures such as "s1", not {value!r}')
    return text


def parse_mail_address(value: object) -> str:
    """The mail address with its domain in A-labels; the local part keeps its case (RFC 5321 section 2.4)."""
    if not isinstance(value, str) or value.count("@") != 1:
        raise ValueError(f'must be a mail address such as "owner@example.org", not {value!r}')
    local, _, domain = value.strip().partition("@")
    if len(local) > _LOCAL_PART_OCTETS or not _LOCAL_PART.fullmatch(local):
        raise ValueError(f"{value!r} has a part before the @ that mail cannot carry (RFC 5321 section 4.1.2)")
    return f"{local}@{parse_domain(domain)}"


def parse_address(value: object) -> IpAddress:
    """One unicast IP address; an IPv4-mapped one (RFC 4291 section 2.5.5.2) is refused, with its IPv4 form named."""
    text = _text(value, 'an IP address such as "192.0.2.25" or "2001:db8::25"')
    try:
        address = ip_address(text)
    except ValueError as error:
        hint = "; give single addresses, not a network" if "/" in text else ""
        raise ValueError(f"{text!r} is no IP address{hint}") from error
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None:
            raise ValueError(f'{value} is an IPv4-mapped address; write "{address.ipv4_mapped}"')
        if address.scope_id is not None:
            raise ValueError(f"{value} has a scope (%{address.scope_id}); mail leaves from global addresses")
    if address.is_unspecified or address.is_multicast:
        raise ValueError(f"{value} is no address that mail can leave from")
    return address


def parse_network(value: object) -> IPv4Network | IPv6Network:
    """A network such as "10.0.0.0/8", or one address as a network of one."""
    text = _text(value, 'a network such as "10.0.0.0/8" or "2001:db8::/32"')
    try:
        return ip_network(text)
    except ValueError as error:
        raise ValueError(f"{text!r} is no network: {error}") from error


def split_endpoint(value: object, *, default_port: int | None = None) -> tuple[str, int]:
    """Host and port of "host:port", "192.0.2.1:53" or "[2001:db8::1]:53"; the port alone may have a default."""
    form = '"192.0.2.1:8025" or "[2001:db8::1]:8025"'
    text = _text(value, f"an address and port such as {form}")
    if text.count(":") > 1 and not text.startswith("["):
        if default_port is not None and _is_address(text):
            return text, default_port
        raise ValueError(f'{value!r}: an IPv6 address with a port is written in brackets, such as "[2001:db8::1]:8025"')
    parts = _ENDPOINT.fullmatch(text)
    if parts is None:
        raise ValueError(f"{value!r} is no address and port; write it like {form}")
    if parts["v6"] is not None and not (_is_address(parts["v6"]) and ":" in parts["v6"]):
        raise ValueError(f"{parts['v6']!r} in brackets is no IPv6 address")
    if parts["port"] is None and default_port is None:
        raise ValueError(f"{value!r} lacks its port; write it like {form}")
    port = int(parts["port"]) if parts["port"] is not None else (default_port or 0)
    if not 0 < port < 65536:
        raise ValueError(f"{port} is no port; ports are 1 to 65535")
    return parts["v6"] or parts["host"], port


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach a server that listens there."""
    return host == "localhost" or (_is_address(host) and ip_address(host).is_loopback)


def parse_nameserver(value: object) -> str:
    """A name server as an address with or without a port, checked and unchanged."""
    host, _ = split_endpoint(value, default_port=53)
    if not _is_address(host):
        raise ValueError(
            f'{value!r}: a name server is given by its address, such as "192.0.2.53" or "[2001:db8::53]:5353"'
        )
    return str(value)


def parse_listen(value: object) -> str:
    """A listening address and port, checked and unchanged."""
    host, _ = split_endpoint(value)
    if host != "localhost" and not _is_address(host):
        raise ValueError(f'{value!r}: listen on an address of this machine, such as "127.0.0.1:8025" or "[::]:8025"')
    return str(value)


def parse_listen_v6(value: object) -> str:
    """A listening address and port over IPv6, checked and unchanged: the receiver never listens on IPv4."""
    host, _ = split_endpoint(value)
    if not _is_address(host) or ":" not in host or IPv6Address(host).ipv4_mapped is not None:
        raise ValueError(f'{value!r}: the receiver listens on IPv6 only; write "[::]:25" or "[2001:db8::1]:25"')
    return str(value)


def _text(value: object, form: str) -> str:
    """Text, or an address or network that already is one."""
    match value:
        case str() | IPv4Address() | IPv6Address() | IPv4Network() | IPv6Network():
            return str(value)
        case _:
            raise ValueError(f"must be {form}, not {value!r}")


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
