"""A realistic mix of domains with SPF records, the same for the same seed.

40 providers have include trees, flat to three deep; domains use them, `a`, `mx`, `redirect`, lookups that find nothing
over IPv6, too many lookups, broken syntax, or have no record. Client addresses are authorised for about half of the
domains.
"""

from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address
from random import Random
from typing import Any

from monitor.model.dns import IpAddress

Zones = dict[str, dict[str, list[Any]]]

PROVIDERS = 40
KINDS = {  # share of domains, in percent
    "provider": 36,
    "providers-mx": 16,
    "a-mx": 15,
    "redirect": 8,
    "addresses": 8,
    "void-over-ipv6": 5,
    "lookup-limit": 2,
    "syntax": 3,
    "no-record": 4,
    "no-domain": 3,
}


@dataclass(frozen=True, slots=True)
class Domain:
    """A domain and the clients to evaluate it for: two IPv4, two IPv6, in this order: 4 6 4 6."""

    name: str
    kind: str
    clients: tuple[IpAddress, ...]


def build(count: int, seed: int = 7208) -> tuple[Zones, list[Domain]]:
    """Zones and `count` domains."""
    random, zones = Random(seed), Zones()
    networks = [_provider(zones, random, number) for number in range(PROVIDERS)]
    kinds = random.choices(list(KINDS), weights=list(KINDS.values()), k=count)
    return zones, [_domain(zones, random, number, kind, networks) for number, kind in enumerate(kinds)]


def _provider(zones: Zones, random: Random, number: int) -> int:
    """A provider's include tree; its networks are 10.N.0.0/16 and 2001:db8:N::/48."""
    name = f"provider{number}.example"
    blocks = [f"ip4:10.{number}.{block}.0/24" for block in range(random.randint(4, 14))]
    blocks += [f"ip6:2001:db8:{number:x}:{block:x}::/64" for block in range(random.randint(1, 6))]
    depth = 3 if number % 8 == 0 else 2 if number % 3 == 0 else 1
    if depth == 1:
        zones[f"_spf.{name}"] = {"TXT": [f"v=spf1 {' '.join(blocks)} ~all"]}
        return number
    parts = [blocks[start::3] for start in range(3)]
    zones[f"_spf.{name}"] = {"TXT": ["v=spf1 " + " ".join(f"include:_b{part}.{name}" for part in range(3)) + " ~all"]}
    for part, terms in enumerate(parts):
        if depth == 3 and part == 0:
            zones[f"_c.{name}"] = {"TXT": [f"v=spf1 {' '.join(terms)} ~all"]}
            terms = [f"include:_c.{name}"]  # noqa: PLW2901 - the third level takes the first part's networks
        zones[f"_b{part}.{name}"] = {"TXT": [f"v=spf1 {' '.join(terms)} ~all"]}
    return number


def _domain(zones: Zones, random: Random, number: int, kind: str, providers: list[int]) -> Domain:
    name = f"d{number}.lists{number % 50}.example"
    own4 = f"172.{16 + number // 65536}.{number // 256 % 256}.{number % 256}"
    own6 = str(IPv6Address(f"2001:db8:ffff:{number:x}::25"))
    used = random.sample(providers, 3)
    sets: dict[str, list[Any]] = {"A": [own4]}
    includes = [f"include:_spf.provider{one}.example" for one in used]
    record: str | None = None
    if kind == "provider":
        record = f"v=spf1 {includes[0]} ip4:{own4} ip6:{own6} -all"
    elif kind == "providers-mx":
        record = f"v=spf1 mx {' '.join(includes[: random.randint(2, 3)])} ~all"
    elif kind == "a-mx":
        record = f"v=spf1 a mx ip4:{own4} -all"
        sets["AAAA"] = [own6]
    elif kind == "redirect":
        record = f"v=spf1 redirect=_spf.provider{used[0]}.example"
    elif kind == "addresses":
        record = f"v=spf1 ip4:{own4}/30 ip6:{own6}/64 ip4:198.51.100.0/24 -all"
    elif kind == "void-over-ipv6":
        record = f"v=spf1 a:w1.{name} a:w2.{name} a:w3.{name} ip6:{own6} -all"
        zones |= {f"w{host}.{name}": {"A": [f"198.51.100.{host}"]} for host in (1, 2, 3)}
    elif kind == "lookup-limit":
        record = "v=spf1 " + " ".join(f"include:_spf.provider{one}.example" for one in range(0, 33, 3)) + " -all"
    elif kind == "syntax":
        record = random.choice(
            ["v=spf1 ip4:1.2.3 -all", f"v=spf1 {own6}/64 -all", "v=spf1 a:%{x}.example -all", "v=spf1 a mx al"]
        )
    elif kind == "no-record":
        sets["TXT"] = ["some-verification=0123456789abcdef"]
    if record is not None:
        sets["TXT"] = [record, *(["some-verification=0123456789abcdef"] if number % 3 == 0 else [])]
    if "mx" in kind:
        sets["MX"] = [(10, f"mx1.{name}"), (20, f"mx2.{name}")]
        zones[f"mx1.{name}"] = {"A": [own4], "AAAA": [own6]}
        zones[f"mx2.{name}"] = {"A": [f"198.51.100.{number % 200 + 1}"]}
    if kind != "no-domain":
        zones[name] = sets
    inside = random.random() < 0.6
    clients: list[IpAddress] = [
        IPv4Address(own4) if inside else IPv4Address(f"203.0.113.{number % 250 + 1}"),
        IPv6Address(own6) if inside else IPv6Address(f"2001:db8:eeee::{number % 250 + 1:x}"),
        IPv4Address(f"10.{used[0]}.{random.randint(0, 15)}.25"),
        IPv6Address(f"2001:db8:{used[0]:x}:{random.randint(0, 7):x}::25"),
    ]
    return Domain(name, kind, tuple(clients))
