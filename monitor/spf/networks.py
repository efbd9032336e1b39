"""Addresses and `ip4` and `ip6` terms as numbers: read by the C library, as a busy host meets thousands of them."""

import re
from functools import lru_cache
from socket import AF_INET, AF_INET6, inet_pton
from typing import Final

from monitor.spf.reading import BITS, Mechanism

_NETWORK: Final = re.compile(r"([+\-?~]?)(ip[46]):([0-9a-f:.]+)(?:/(0|[1-9][0-9]{0,2}))?\Z", re.IGNORECASE)
QUALIFIERS: Final = {"+": "pass", "-": "fail", "?": "neutral", "~": "softfail"}  # section 4.6.2


@lru_cache(maxsize=16384)
def address(text: str) -> tuple[int, int]:
    """Version and value of an address as text, of IPv4 without leading zeros, of IPv6 without a zone. Raises ValueError."""
    version, family = (6, AF_INET6) if ":" in text else (4, AF_INET)
    try:
        return version, int.from_bytes(inet_pton(family, text))
    except OSError as error:
        raise ValueError(f"{text!r} is no address") from error


def network_term(term: str) -> Mechanism | None:
    """An `ip4` or `ip6` mechanism as most are written (section 5.6); None for all else, be it right or wrong."""
    found = _NETWORK.match(term)
    if found is None:
        return None
    sign, kind, text, prefix = found.groups()
    version = 4 if kind[2] == "4" else 6
    length = BITS[version] if prefix is None else int(prefix)
    if length > BITS[version] or (":" in text) is not (version == 6):
        return None
    try:
        address(text)
    except ValueError:
        return None
    return term, kind.lower(), text, length, QUALIFIERS[sign or "+"]
