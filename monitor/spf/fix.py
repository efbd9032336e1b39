"""The record to publish: the smallest change to what the owner wrote that lets every address pass. Pure.

Addresses are put first in the record: terms are read from left to right (RFC 7208 section 4.6.2), so that they match
before any other term costs a lookup or breaks a limit.
"""

from collections.abc import Sequence
from typing import Final

from monitor.model import IpAddress

VERSION: Final = "v=spf1"  # RFC 7208 section 4.5
STRING_OCTETS_MAX: Final = 255  # a character-string's longest, RFC 1035 section 3.3


def suggestion(record: str | None, addresses: Sequence[IpAddress]) -> str:
    """The record with mechanisms for these addresses; a new one, closed by `-all`, where there was none."""
    wanted = [mechanism(address) for address in dict.fromkeys(addresses)]
    if record is None:
        return " ".join([VERSION, *wanted, "-all"])
    terms = [term for term in record.split()[1:] if term.lower() not in wanted]  # one that stood too late moves forward
    return " ".join([VERSION, *wanted, *terms])


def mechanism(address: IpAddress) -> str:
    """`ip4:` or `ip6:` for one address (RFC 7208 section 5.6)."""
    return f"ip{address.version}:{address}"


def strings(value: str) -> tuple[str, ...]:
    """The value as the character-strings of a TXT record, which receivers join again without spaces (section 3.3)."""
    return tuple(value[i : i + STRING_OCTETS_MAX] for i in range(0, len(value), STRING_OCTETS_MAX))


def as_zone_file(value: str) -> str:
    """The value as a zone file has it: each string in quotes."""
    return " ".join('"' + part.replace("\\", "\\\\").replace('"', '\\"') + '"' for part in strings(value))
