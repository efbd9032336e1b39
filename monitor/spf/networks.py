"""Addresses as numbers, read by the C library: a busy host meets thousands of `ip4` and `ip6` terms."""

from functools import lru_cache
from socket import AF_INET, AF_INET6, inet_pton
from typing import Final

BITS: Final = {4: 32, 6: 128}  # of an address, by version


@lru_cache(maxsize=16384)
def address(text: str) -> tuple[int, int]:
    """Version and value of an address, of IPv4 without leading zeros, of IPv6 without a zone. Raises ValueError."""
    version, family = (6, AF_INET6) if ":" in text else (4, AF_INET)
    try:
        return version, int.from_bytes(inet_pton(family, text))
    except (OSError, ValueError) as error:  # ValueError: a null character
        raise ValueError(f"{text!r} is no address") from error
