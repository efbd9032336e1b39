"""The lists of the torment: what their zones say, and the configuration of the parts. Pure: text out."""

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import IPv4Address, IPv6Address
from typing import Final

from monitor.config.toml import Table, write_document
from monitor.demo import subscribers

RECEIVER_DOMAIN: Final = "v6.probe.example"
ADMINISTRATOR: Final = "postmaster@staysub.example"
SECRET: Final = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
SELECTOR: Final = "t"
TTL_S: Final = 2  # what is broken or mended is seen at the next check
CHECK_EVERY_S: Final = 8
PROBE_EVERY_S: Final = 15


class Lot(StrEnum):
    """What happens to a list."""

    STEADY = "steady"  # its zones are sound all the time: nobody may hear anything of it
    TURNING = "turning"  # broken and mended by turns
    BAIT = "bait"  # hostile mail comes to the addresses of its probes: it need only be checked and probed
    GONE = "gone"  # broken all the time; its endpoint says 410


NUMBERS: Final = {Lot.STEADY: 8, Lot.TURNING: 6, Lot.BAIT: 1, Lot.GONE: 1}


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """One list."""

    id: str
    lot: Lot
    number: int  # makes its addresses

    @property
    def domain(self) -> str:
        """Its own domain (RFC 6761 section 6.5: .example is nobody's)."""
        return f"{self.id}.example"

    @property
    def helo(self) -> str:
        """Its MTA's name."""
        return f"mail.{self.domain}"

    @property
    def owner(self) -> str:
        """Who is told by mail."""
        return f"owner@{self.domain}"

    @property
    def ipv4(self) -> IPv4Address:
        """Where its mail leaves from, by RFC 5737 nobody's."""
        return IPv4Address(f"192.0.2.{self.number}")

    @property
    def ipv6(self) -> IPv6Address:
        """Likewise, RFC 3849."""
        return IPv6Address(f"2001:db8:{self.number:x}::25")

    @property
    def signs(self) -> bool:
        """Whether its MTA signs with DKIM: every other one that is never broken."""
        return self.lot is Lot.STEADY and self.number % 2 == 0


LISTS: Final = tuple(
    Listed(id=f"{lot}-{number}", lot=lot, number=10 * (1 + tuple(Lot).index(lot)) + number)
    for lot, many in NUMBERS.items()
    for number in range(many)
)
BY_ID: Final = {one.id: one for one in LISTS}
TURNING: Final = tuple(one.id for one in LISTS if one.lot is Lot.TURNING)


def zones(broken: Collection[str], *, serial: int, dkim_key: str) -> dict[str, str]:
    """Zone name → master file (RFC 1035 section 5). A broken list's SPF record does not cover its IPv6 address."""
    world = {".": _zone(".", ("localhost. A 127.0.0.1", *subscribers.lines()), serial)}
    for one in LISTS:
        covered = "" if one.id in broken else f" ip6:{one.ipv6}"
        lines = [f"@ MX 10 {one.helo}.", f'@ TXT "v=spf1 ip4:{one.ipv4}{covered} -all"']
        lines += [f"mail A {one.ipv4}", f"mail AAAA {one.ipv6}", 'mail TXT "v=spf1 a -all"']
        if one.signs:
            lines.append(f'{SELECTOR}._domainkey TXT "v=DKIM1; k=ed25519; p={dkim_key}"')
        world[f"{one.domain}."] = _zone(f"{one.domain}.", lines, serial)
    receiver = (f"@ MX 10 mx.{RECEIVER_DOMAIN}.", f"mx.{RECEIVER_DOMAIN}. AAAA ::1")
    world[f"{RECEIVER_DOMAIN}."] = _zone(f"{RECEIVER_DOMAIN}.", receiver, serial)
    reverse = [(address.reverse_pointer, one.helo) for one in LISTS for address in (one.ipv4, one.ipv6)]
    for apex in ("2.0.192.in-addr.arpa.", "8.b.d.0.1.0.0.2.ip6.arpa."):
        lines = [f"{name}. PTR {helo}." for name, helo in reverse if f"{name}.".endswith(apex)]
        world[apex] = _zone(apex, lines, serial)
    return world


def _zone(apex: str, lines: Collection[str], serial: int) -> str:
    soa = f"@ SOA ns.staysub.example. postmaster.staysub.example. {serial} 60 60 3600 {TTL_S}"
    return "\n".join((f"$ORIGIN {apex}", f"$TTL {TTL_S}", soa, "@ NS ns.staysub.example.", *lines)) + "\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ports:
    """Where everything listens on the loopback."""

    dns: int
    web: int
    receiver: int
    relay: int
    hooks: int
    mtas: dict[str, int]  # list id → submission


def configuration(ports: Ports, *, data_dir: str, redis: str) -> str:
    """The parts' configuration: everything as often as it may be."""
    return write_document(
        {
            "data_dir": data_dir,
            "redis": Table(url=redis),
            "dns": Table(nameservers=[f"127.0.0.1:{ports.dns}"], timeout="2s"),
            "receiver": Table(
                domain=RECEIVER_DOMAIN,
                hostname=f"mx.{RECEIVER_DOMAIN}",
                listen=f"[::1]:{ports.receiver}",
                proxies=["::1/128"],  # the list MTAs, which say whose address they stand for
            ),
            "web": Table(listen=f"127.0.0.1:{ports.web}", url=f"http://127.0.0.1:{ports.web}"),
            "notices": Table(
                {
                    "from": "staysub@staysub.example",
                    "relay": f"smtp://127.0.0.1:{ports.relay}",
                    "administrators": [ADMINISTRATOR],
                    "allow_networks": ["127.0.0.0/8"],
                }
            ),
            "schedule": Table(check_every=f"{CHECK_EVERY_S}s", probe_every=f"{PROBE_EVERY_S}s"),
            # Days pass here in an instant: what is said for the passing of days alone is left out.
            "incidents": Table(remind_every="0s", escalate_after="0s", blind_after="2m"),
            "list": [_list(ports, one) for one in LISTS],
        }
    )


def _list(ports: Ports, one: Listed) -> Table:
    return Table(
        id=one.id,
        address=f"{one.id}@{one.domain}",
        reverse_path=f"{one.id}-bounces@{one.domain}",
        helo=one.helo,
        outbound=[str(one.ipv4), str(one.ipv6)],
        submission=f"smtp://127.0.0.1:{ports.mtas[one.id]}",
        owners=[one.owner],
        messages_per_day=20.0,
        subscribers={"microsoft.com": 300, "gmail.com": 200, "example.edu": 40},
        webhook=[Table(url=f"http://127.0.0.1:{ports.hooks}/{one.id}", secret=SECRET)],
    )
