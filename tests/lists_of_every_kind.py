"""Lists of every kind, as three quarters of an hour of checks leave them: the demonstration's and nineteen others.

Nothing is mocked but DNS and what arrived: the workers' own operations check, judge, raise and tell.
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cached_property
from ipaddress import ip_address
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import dns.rdatatype
import dns.zone

from monitor.admission.rules import load_rules
from monitor.config.load import load
from monitor.config.settings import Settings
from monitor.demo.stories import STORIES, zones
from monitor.evidence.bounces.source import BOUNCES
from monitor.evidence.sketch import digest
from monitor.incident.silence import make
from monitor.model.dns import SpfResult
from monitor.model.evidence import AdmissionAction, BounceReport
from monitor.operations import check as worker
from monitor.operations.services import Services
from monitor.store import Store, keys, open_store
from tests.builders import a_ptr, a_signature, an_arrival, an_spf_outcome
from tests.dkim_keys import ED25519
from tests.fakes import ZoneResolver
from tests.integration.redis_server import redis_server
from tests.refusals import REPLY

CHECKS_AT = (-45, -30, -15, -1)  # minutes from now
LAST = len(CHECKS_AT)
OWNER = "owner@example.org"
Zones = dict[str, dict[str, list[Any]]]


@dataclass(frozen=True, kw_only=True)
class Kind:
    """One list: what it is like, and what happened to it."""

    id: str
    number: int
    spf: str | None = "v=spf1 ip4:{four} ip6:{six} -all"
    spf_before: str | None = None  # what stood there until the third check
    signs: bool | None = True  # None: nobody knows
    subscribers: Mapping[str, int] = field(default_factory=lambda: {"gmail.com": 48})
    families: tuple[int, ...] = (4, 6)
    settings: str = "messages_per_day = 2.0\n"
    checks: int = LAST
    servfail: bool = False  # its name servers, at each check
    refused: tuple[str, int] | None = None  # at which receiver, how many subscribers: each of the last five posts
    silenced: bool = False

    @property
    def domain(self) -> str:
        return f"{self.id}.test"

    @property
    def four(self) -> str:
        return f"192.0.2.{self.number}"

    @property
    def six(self) -> str:
        return f"2001:db8:{self.number:x}::25"

    @property
    def outbound(self) -> tuple[str, ...]:
        return tuple(each for each in (self.four, self.six) if ip_address(each).version in self.families)

    def zone(self, *, at_check: int) -> Zones:
        spf = self.spf_before if self.spf_before is not None and at_check < 2 else self.spf
        text = None if spf is None else spf.format(four=self.four, six=self.six)
        found: Zones = {self.domain: {"TXT": [text] if text else [], "A": [self.four]}}
        found[f"mail.{self.domain}"] = {"A": [self.four], "AAAA": [self.six]}
        if self.signs:
            found[f"s._domainkey.{self.domain}"] = {"TXT": [f"v=DKIM1; k=ed25519; p={ED25519}"]}
        return found | {ip_address(each).reverse_pointer: {"PTR": [f"mail.{self.domain}"]} for each in self.outbound}


FORGOTTEN = "v=spf1 ip4:{four} -all"
OTHERS = (
    Kind(id="newcomer", number=31, spf=FORGOTTEN, signs=None, settings=""),
    Kind(id="uncounted", number=32, subscribers={}),
    Kind(id="old-internet", number=33, families=(4,)),
    Kind(id="mute-dns", number=34, servfail=True),
    Kind(id="refused", number=35, subscribers={"gmail.com": 22, "microsoft.com": 30}, refused=("gmail", 22)),
    Kind(id="one-refused", number=36, subscribers={"gmail.com": 200}, refused=("gmail", 1)),
    Kind(id="silenced", number=37, spf=FORGOTTEN, signs=False, silenced=True),
    Kind(id="never-checked", number=38, checks=0),
    Kind(id="watched-only", number=39, spf="v=spf1 ip4:{four} ip6:{six} ptr -all"),
    Kind(id="pressing", number=40, spf=FORGOTTEN, subscribers={"gmail.com": 48, "att.net": 4}),
    Kind(
        id="one-of-many",
        number=41,
        spf=FORGOTTEN,
        signs=False,
        subscribers={"gmail.com": 40, "t-online.de": 10, "att.net": 30, "comcast.net": 7},
    ),
    Kind(id="mended", number=42, spf_before=FORGOTTEN, signs=False),
    Kind(id="authors", number=43, settings='messages_per_day = 2.0\nauthor_domains = ["bank.example"]\n'),
    Kind(id="bulk-unknown", number=44, settings=""),
    Kind(id="nobody", number=45, spf=FORGOTTEN, signs=None, subscribers={"gmail.com": 0}),
    Kind(id="no-manager", number=46, spf=FORGOTTEN, signs=False, settings='manager = "none"\n'),
    Kind(id="nothing-published", number=47, spf=None, signs=None, subscribers={"unplaced.test": 30, "gmail.com": 3}),
    Kind(id="unplaced", number=49, subscribers={"unplaced.test": 30, "gmail.com": 2}),
    Kind(id="unsigned-well", number=48, signs=False, subscribers={"gmail.com": 12, "outlook.com": 9}),
)
UNREADABLE = "unreadable"  # added at run time by another version
WANTED = (*(one.id for one in (*STORIES, *OTHERS)), UNREADABLE)

HEAD = """
data_dir = "{folder}"
[redis]
url = "{redis}"
[notices]
from = "staysub@example.org"
relay = "smtp://localhost:25"
"""


def _table(list_id: str, domain: str, outbound: tuple[str, ...], subscribers: Mapping[str, int], more: str) -> str:
    counts = ", ".join(f'"{name}" = {count}' for name, count in subscribers.items())
    return f"""
[[list]]
id = "{list_id}"
address = "{list_id}@{domain}"
reverse_path = "{list_id}-bounces@{domain}"
helo = "mail.{domain}"
outbound = {json.dumps(outbound)}
owners = ["{OWNER}"]
subscribers = {{{counts}}}
{more}"""


def configuration(folder: Path, redis: str) -> str:
    """The file that names all of them but the one that was added."""
    text = HEAD.format(folder=folder, redis=redis)
    for one in STORIES:
        more = f'manager = "{one.manager}"\nmta = "{one.mta}"\nmessages_per_day = {one.messages_per_day}\n'
        more += f"author_domains = {json.dumps(one.author_domains)}\n"
        table = _table(one.id, one.domain, (str(one.ipv4), str(one.ipv6)), one.subscribers, more)
        text += table.replace(f"mail.{one.domain}", one.helo)
    for kind in OTHERS:
        text += _table(kind.id, kind.domain, kind.outbound, kind.subscribers, kind.settings)
    return text


def _demo_zones() -> Zones:
    data: Zones = {}
    for text in zones((), serial=1, dkim_key=ED25519).values():
        zone = dns.zone.from_text(text, relativize=False, check_origin=False)
        for name, node in zone.nodes.items():
            for rdataset in node.rdatasets:
                kind = dns.rdatatype.to_text(rdataset.rdtype)
                if kind in {"A", "AAAA", "TXT", "PTR"}:
                    data.setdefault(name.to_text().rstrip("."), {})[kind] = [
                        b"".join(each.strings).decode() if kind == "TXT" else each.to_text().rstrip(".")
                        for each in rdataset
                    ]
    return data


class World:
    """The store after it all, its configuration, and the DNS that answers now."""

    def __init__(self, folder: Path, redis: str) -> None:
        self.store: Store = open_store(redis)
        self.path = folder / "staysub.toml"
        self.path.write_text(configuration(folder, redis))
        self.settings: Settings = load(self.path)
        self.now = datetime.now(UTC).replace(microsecond=0)
        self.rules = load_rules()
        for part in ("worker", "beat", "web", "check", "resolver"):
            self.store.heartbeats.beat(part, self.now)
        self._mail_arrives()
        self._posts_are_refused()
        self._somebody_silences()
        for number, minutes in enumerate(CHECKS_AT):
            self._check(number, self.now + timedelta(minutes=minutes))
        self.store.client.hset(keys.LISTS, UNREADABLE, b"{what another version wrote")
        self.store.client.set(keys.LISTS_VERSION, "of another version")

    def resolver(self, at_check: int = LAST) -> ZoneResolver:
        """DNS as it answers at that check; behind the last, now."""
        data, errors = dict(self._demo), {}
        for kind in OTHERS:
            data |= kind.zone(at_check=at_check)
            if kind.servfail:
                errors |= dict.fromkeys(kind.zone(at_check=at_check), "servfail")
        return ZoneResolver(data, errors)

    @cached_property
    def _demo(self) -> Zones:
        return _demo_zones()

    def services(self, at: datetime, at_check: int = LAST) -> Services:
        answers = self.resolver(at_check)
        return Services(
            settings=lambda: self.settings,
            store=self.store,
            resolver=lambda: answers,
            authorities=lambda: None,
            rules=self.rules,
            now=lambda: at,
        )

    def _check(self, number: int, at: datetime) -> None:
        services = self.services(at, number)
        checked = [one.id for one in STORIES] + [kind.id for kind in OTHERS if number < kind.checks]
        for list_id in checked:
            worker.check(services, list_id, slot=number + 1)

    def _mail_arrives(self) -> None:
        at = self.now - timedelta(minutes=50)
        signing = [(one.id, one.domain, one.helo, str(one.ipv6), one.signs, "demo") for one in STORIES]
        signing += [
            (kind.id, kind.domain, f"mail.{kind.domain}", kind.outbound[-1], kind.signs, "s")
            for kind in OTHERS
            if kind.signs is not None
        ]
        for list_id, domain, helo, address, signs, selector in signing:
            client, sender = ip_address(address), f"{list_id}-bounces@{domain}"
            passed = an_spf_outcome(
                SpfResult.PASS, client_ip=client, domain=domain, reverse_path=sender, evaluated_at=at
            )
            self.store.evidence.record_arrival(
                an_arrival(
                    list_id=list_id,
                    probe_id=f"probe-{list_id}",
                    received_at=at,
                    client_ip=client,
                    helo=helo,
                    reverse_path=sender,
                    ptr=a_ptr(client, names=(helo,)),
                    spf=(passed,),
                    dkim=(a_signature(domain, selector=selector, algorithm="ed25519-sha256"),) if signs else (),
                )
            )

    def _posts_are_refused(self) -> None:
        for kind in OTHERS:
            if kind.refused is None:
                continue
            receiver, count = kind.refused
            for days in range(4, -1, -1):
                at = self.now - timedelta(days=days, hours=2)
                report = BounceReport(
                    list_id=kind.id,
                    id=f"bounce-{days}",
                    at=at,
                    kind="policy",
                    receiver=receiver,
                    rule=None,
                    about="list",
                    action=AdmissionAction.REJECT,
                    family=6,
                    recipients=count,
                    domains=("gmail.com",),
                    post=digest(f"post {days}"),
                    members=tuple(digest(f"member {n}") for n in range(count)),
                    text=REPLY,
                )
                self.store.evidence.record(BOUNCES, report)

    def _somebody_silences(self) -> None:
        at = self.now - timedelta(minutes=60)
        for kind in OTHERS:
            if kind.silenced:
                facts = {"list_id": kind.id, "receiver": None, "finding": None, "by": "ann", "reason": "known"}
                self.store.silences.add(make(now=at, until=at + timedelta(days=2), **facts), now=at)


@contextmanager
def every_kind() -> Iterator[World]:
    """All of them over a Redis of their own."""
    with TemporaryDirectory(prefix="staysub-kinds-") as folder, redis_server() as redis:
        yield World(Path(folder), redis)


def mended(kind: Kind) -> Kind:
    """The same with the record that it needs."""
    return replace(kind, spf=Kind.spf, spf_before=None)
