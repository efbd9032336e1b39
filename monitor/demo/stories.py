"""The lists of the demonstration, each with a story, and the DNS zones that tell it. Pure: text in, text out.

Every name ends in `.example` (RFC 6761 section 6.5), but those of the providers that its subscribers are at; every
address is for documentation (RFC 5737, RFC 3849).
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv6Address

from monitor.demo import subscribers

RECEIVER_DOMAIN = "v6.probe.example"
RECEIVER_HOST = "mx.v6.probe.example"
SELECTOR = "demo"
TTL_S = 2  # a mended record is seen at the next check


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """One list: what is wrong with it, and what mends it."""

    id: str
    number: int  # makes its addresses
    title: str
    tells: str
    spf: str | None  # as published at first; None: no record
    mended_spf: str | None = None  # None: the record is right
    mend: str = ""  # what the button does; "" where there is nothing to mend
    ptr: bool = True  # whether its IPv6 address has a PTR record at first
    signs: bool = False  # whether its MTA signs with DKIM
    falters: bool = False  # whether its name server fails from time to time at first
    host_domain: str = ""  # where its MTA is, if not below its own domain
    more: tuple[str, ...] = ()  # further lines of its zone
    manager: str = "mailman3"
    mta: str = "postfix"
    messages_per_day: float = 12.0
    author_domains: tuple[str, ...] = ()
    refused_at: str = ""  # whose receiver refuses its posts although DNS is sound; their bounces are copied to us
    subscribers: Mapping[str, int] = field(default_factory=dict)

    @property
    def domain(self) -> str:
        """The list's own domain."""
        return f"{self.id}.example"

    @property
    def helo(self) -> str:
        """What its MTA is called."""
        return f"mail.{self.host_domain or self.domain}"

    @property
    def ipv4(self) -> IPv4Address:
        """Where its mail leaves from over IPv4."""
        return IPv4Address(f"192.0.2.{self.number}")

    @property
    def ipv6(self) -> IPv6Address:
        """Where its mail leaves from over IPv6."""
        return IPv6Address(f"2001:db8:{self.number:x}::25")

    def owns(self, name: str) -> bool:
        """Whether a name in DNS is this list's; `name` in lower case without a dot at its end."""
        return name == self.domain or name.endswith(f".{self.domain}")


_EVERYWHERE = {"microsoft.com": 120, "gmail.com": 210, "yahoo.com": 35, "example.edu": 18}

STORIES: tuple[Story, ...] = (
    Story(
        id="garden-club",
        number=1,
        title="All is well",
        tells="SPF covers both addresses, the PTR leads back, mail is signed.",
        spf="v=spf1 ip4:192.0.2.1 ip6:2001:db8:1::25 -all",
        signs=True,
        subscribers=_EVERYWHERE,
    ),
    Story(
        id="ipv6-ops",
        number=2,
        title="Office 365, April 2015",
        tells="The host was given IPv6, and nobody thought of the SPF record: over IPv6 it says fail. Mail is not signed.",
        spf="v=spf1 ip4:192.0.2.2 -all",
        mended_spf="v=spf1 ip6:2001:db8:2::25 ip4:192.0.2.2 -all",
        mend="Add ip6:2001:db8:2::25 to the SPF record",
        messages_per_day=25.0,
        subscribers={"microsoft.com": 340, "hotmail.com": 95, "gmail.com": 120, "example.edu": 44},
    ),
    Story(
        id="village-news",
        number=3,
        title="No SPF record",
        tells="Nothing is published and nothing is signed: over IPv6 the big receivers want one of the two.",
        spf=None,
        mended_spf="v=spf1 ip4:192.0.2.3 ip6:2001:db8:3::25 -all",
        mend="Publish an SPF record",
        messages_per_day=3.0,
        mta="exim",
        subscribers={"gmail.com": 64, "microsoft.com": 31, "village.example": 120},
    ),
    Story(
        id="choir",
        number=4,
        title="Pass over IPv4, permerror over IPv6",
        tells="Three a: names have no AAAA record. Seen from IPv6 they are void lookups, and only two are allowed.",
        spf="v=spf1 a:alto.choir.example a:tenor.choir.example a:bass.choir.example ip6:2001:db8:4::25 -all",
        mended_spf="v=spf1 ip4:192.0.2.4 ip4:192.0.2.104 ip4:192.0.2.105 ip6:2001:db8:4::25 -all",
        mend="Name the addresses instead of the hosts",
        more=("alto A 192.0.2.4", "tenor A 192.0.2.104", "bass A 192.0.2.105"),
        manager="mlmmj",
        subscribers={"microsoft.com": 22, "gmail.com": 48},
    ),
    Story(
        id="chess-club",
        number=5,
        title="A name server that falters",
        tells="The record is right, but every now and then its name server answers SERVFAIL: a temperror. Mail is put off.",
        spf="v=spf1 ip4:192.0.2.5 ip6:2001:db8:5::25 -all",
        mend="Repair the name server",
        falters=True,
        host_domain="chess-host.example",
        manager="sympa",
        subscribers={"microsoft.com": 51, "gmail.com": 77},
    ),
    Story(
        id="radio-hams",
        number=6,
        title="No PTR record",
        tells="SPF passes and mail is signed, but 2001:db8:6::25 has no name: many receivers refuse that over IPv6.",
        spf="v=spf1 ip4:192.0.2.6 ip6:2001:db8:6::25 -all",
        mend="Publish the PTR record",
        ptr=False,
        signs=True,
        manager="mailman2",
        mta="sendmail",
        subscribers={"gmail.com": 140, "microsoft.com": 60, "example.edu": 12},
    ),
    Story(
        id="law-review",
        number=7,
        title="A member whose domain says p=reject",
        tells="The list is well. Posts from bank.example will be refused unless the list rewrites their From field.",
        spf="v=spf1 ip4:192.0.2.7 ip6:2001:db8:7::25 -all",
        signs=True,
        author_domains=("bank.example",),
        manager="listmonk",
        subscribers={"microsoft.com": 40, "gmail.com": 40},
    ),
    Story(
        id="orchard",
        number=8,
        title="Refused, and DNS is sound",
        tells="Gmail has refused the last four posts for all 22 subscribers there, by no rule that anybody publishes. Only the "
        "bounces tell, which its MTA copies to Staysub. The next post disables them all.",
        spf="v=spf1 ip4:192.0.2.8 ip6:2001:db8:8::25 -all",
        signs=True,
        messages_per_day=1.0,
        refused_at="gmail.com",
        subscribers={"gmail.com": 22, "microsoft.com": 35},
    ),
)

FIRST_TO_MEND = "ipv6-ops"  # the story that one key in the terminal ends


def story(list_id: str) -> Story | None:
    """The story of that list."""
    return next((one for one in STORIES if one.id == list_id), None)


def falters(name: str, mended: Collection[str]) -> bool:
    """Whether the name server of that name fails from time to time."""
    return any(one.falters and one.id not in mended and one.owns(name) for one in STORIES)


def zones(mended: Collection[str], *, serial: int, dkim_key: str) -> dict[str, str]:
    """Zone name → master file (RFC 1035 section 5) of the whole small world, with these lists mended.

    `dkim_key` is the public Ed25519 key of every MTA that signs, in base64 (RFC 8463 section 4.2).
    """
    world = {".": _zone(".", ("localhost.demo.example. A 127.0.0.1", *subscribers.lines()), serial)}
    world |= {f"{one.domain}.": _zone(f"{one.domain}.", _forward(one, mended, dkim_key), serial) for one in STORIES}
    hosts = {
        f"{one.host_domain}.": _zone(f"{one.host_domain}.", _host(one), serial) for one in STORIES if one.host_domain
    }
    world |= hosts
    world["v6.probe.example."] = _zone(
        "v6.probe.example.", (f"@ MX 10 {RECEIVER_HOST}.", f"{RECEIVER_HOST}. AAAA ::1"), serial
    )
    world["bank.example."] = _zone("bank.example.", ('@ TXT "v=spf1 -all"', '_dmarc TXT "v=DMARC1; p=reject"'), serial)
    reverse = [(one.ipv4.reverse_pointer, one.helo) for one in STORIES]
    reverse += [(one.ipv6.reverse_pointer, one.helo) for one in STORIES if one.ptr or one.id in mended]
    for apex in ("2.0.192.in-addr.arpa.", "8.b.d.0.1.0.0.2.ip6.arpa."):
        lines = tuple(f"{name}. PTR {host}." for name, host in reverse if f"{name}.".endswith(apex))
        world[apex] = _zone(apex, lines, serial)
    return world


def published_spf(one: Story, mended: Collection[str]) -> str | None:
    """The list's SPF record as it is now."""
    return one.mended_spf if one.id in mended and one.mended_spf is not None else one.spf


def _forward(one: Story, mended: Collection[str], dkim_key: str) -> tuple[str, ...]:
    spf = published_spf(one, mended)
    return (
        f"@ MX 10 {one.helo}.",
        *((f'@ TXT "{spf}"',) if spf is not None else ()),
        *(() if one.host_domain else _host(one)),
        *((f'{SELECTOR}._domainkey TXT "v=DKIM1; k=ed25519; p={dkim_key}"',) if one.signs else ()),
        *one.more,
    )


def _host(one: Story) -> tuple[str, ...]:
    """The records of its MTA's name."""
    return f"mail A {one.ipv4}", f"mail AAAA {one.ipv6}", 'mail TXT "v=spf1 a -all"'


def _zone(apex: str, lines: Collection[str], serial: int) -> str:
    head = (
        f"$ORIGIN {apex}",
        f"$TTL {TTL_S}",
        f"@ SOA ns.demo.example. hostmaster.demo.example. {serial} 60 60 3600 {TTL_S}",
        "@ NS ns.demo.example.",
    )
    return "\n".join((*head, *lines)) + "\n"
