"""DNS64 (RFC 6147): addresses that a resolver makes up for hosts without IPv6, told from those that the world sees.

A resolver that does it shows its prefixes when it is asked for IPv6 addresses of a name that has none (RFC 7050). Pure.
"""

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from ipaddress import AddressValueError, IPv4Address, IPv6Address, IPv6Network
from typing import Final

from monitor.dns.answer import Record
from monitor.dns.name import normal

NAME: Final = "ipv4only.arpa"  # has IPv4 addresses alone, for everybody and for ever (RFC 7050 section 8.2, RFC 8880)
WELL_KNOWN: Final = frozenset({IPv4Address("192.0.0.170"), IPv4Address("192.0.0.171")})
LENGTHS: Final = (96, 64, 56, 48, 40, 32)  # of a prefix, RFC 6052 section 2.2
SYNTHESISED: Final = ("AAAA", "PTR")  # the types that are made up, RFC 6147 sections 5.1 and 5.3.1
_RESERVED: Final = 8  # the octet of bits 64 to 71, which an embedded address leaves out (RFC 6052 section 2.2)
_REVERSE: Final = ".ip6.arpa"
_NIBBLES: Final = 32

Prefixes = tuple[IPv6Network, ...]


def embedded(address: IPv6Address, length: int) -> IPv4Address | None:
    """The IPv4 address behind a prefix of that length (RFC 6052 section 2.2); None where there can be none."""
    octets = address.packed
    if length == LENGTHS[0]:
        return IPv4Address(octets[12:])
    if octets[_RESERVED]:
        return None
    start, rest = length // 8, octets[:_RESERVED] + octets[_RESERVED + 1 :]
    return IPv4Address(rest[start : start + 4])


def prefixes_in(texts: Iterable[str]) -> Prefixes:
    """The prefixes that the IPv6 addresses of NAME show, each once; none where nobody made them up.

    The well-known address may by chance stand at two places of one: then the place counts where both well-known
    addresses were seen (RFC 7050 section 3).
    """
    found: dict[IPv6Network, set[IPv4Address]] = {}
    places: list[list[IPv6Network]] = []
    for address in filter(None, map(_address, texts)):
        here = []
        for length in LENGTHS:
            inside = embedded(address, length)
            if inside in WELL_KNOWN:
                here.append(IPv6Network((address, length), strict=False))
                found.setdefault(here[-1], set()).add(inside)
        places.append(here)
    best = [[each for each in here if found[each] == WELL_KNOWN] or here for here in places]
    return tuple(dict.fromkeys(prefix for here in best for prefix in here))


def doubtful(name: str, rrtype: str, records: Sequence[Record], prefixes: Prefixes) -> tuple[str, str] | None:
    """What is to be asked before these records may be believed, as (name, type); None where they are beyond doubt.

    An address in a prefix is made up if the name has the IPv4 address in it; a name of an address in a prefix if that
    is a name of the IPv4 address in it.
    """
    if not prefixes or not records:
        return None
    if rrtype == "AAAA":
        return (name, "A") if any(any(_inside(each, prefixes)) for each in records) else None
    inside = next(_inside(_of_pointer(name), prefixes), None) if rrtype == "PTR" else None
    return None if inside is None else (inside.reverse_pointer, "PTR")


def genuine(
    rrtype: str, records: Sequence[Record], others: Sequence[Record], prefixes: Prefixes
) -> tuple[tuple[Record, ...], tuple[Record, ...]]:
    """The records that the world sees, and those that are made up; `others` are what doubtful() said to ask for."""
    if rrtype == "AAAA":
        known = {each for each in others if isinstance(each, str)}
        made = tuple(each for each in records if any(str(inside) in known for inside in _inside(each, prefixes)))
    else:
        names = {normal(str(each)) for each in others}
        made = tuple(each for each in records if normal(str(each)) in names)
    return tuple(each for each in records if each not in made), made


def _inside(record: object, prefixes: Prefixes) -> Iterator[IPv4Address]:
    """The IPv4 addresses that an IPv6 address holds by any of the prefixes."""
    address = _address(record) if isinstance(record, str) else record
    if not isinstance(address, IPv6Address):
        return
    for prefix in prefixes:
        inside = embedded(address, prefix.prefixlen) if address in prefix else None
        if inside is not None:
            yield inside


def _of_pointer(name: str) -> IPv6Address | None:
    """The address whose reverse name this is (RFC 3596 section 2.5)."""
    nibbles = normal(name).removesuffix(_REVERSE).split(".")
    if len(nibbles) != _NIBBLES or max(map(len, nibbles)) > 1 or not normal(name).endswith(_REVERSE):
        return None
    digits = "".join(reversed(nibbles))
    return _address(":".join(digits[at : at + 4] for at in range(0, _NIBBLES, 4)))


@lru_cache(maxsize=4096)
def _address(text: str) -> IPv6Address | None:
    try:
        return IPv6Address(text)
    except AddressValueError:
        return None
