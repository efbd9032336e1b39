"""A receiver on ::1 with what stands behind it: DNS and a store in memory, a clock that stands still."""

import smtplib
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from ipaddress import ip_address

import nacl.encoding
import nacl.signing

from monitor.admission.rules import load_rules
from monitor.errors import StoreUnavailable
from monitor.model.evidence import Arrival, Probe, ProbeState
from monitor.probe import life
from monitor.probe.message import compose
from monitor.probe.token import issue, make_probe_id
from monitor.receiver.sockets import bind
from monitor.receiver.token_addresses import TokenAddresses
from tests.builders import a_probe, a_vantage
from tests.fakes import ZoneResolver
from tests.receiver_thread import in_thread

KEY = bytes(range(32))
DOMAIN = "v6.probe.example.org"
SENT_AT = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
NOW = SENT_AT + timedelta(seconds=7)
SIGNING_KEY = nacl.signing.SigningKey(bytes(32))

ZONES = {
    "lists.example.org": {"TXT": ["v=spf1 ip6:2001:db8:25::/48 ip6:::1 -all"]},
    "mail.lists.example.org": {"AAAA": ["2001:db8:25::25", "::1"], "TXT": ["v=spf1 a -all"]},
    ip_address("::1").reverse_pointer: {"PTR": ["mail.lists.example.org"]},
    ip_address("2001:db8:25::25").reverse_pointer: {"PTR": ["mail.lists.example.org"]},
    "_dmarc.example.org": {"TXT": ["v=DMARC1; p=reject; sp=quarantine"]},
    "ed._domainkey.lists.example.org": {
        "TXT": [b"v=DKIM1; k=ed25519; p=" + SIGNING_KEY.verify_key.encode(nacl.encoding.Base64Encoder)]
    },
}


@dataclass
class House:
    """What stands behind the receiver in these tests: a Backend that keeps everything in memory."""

    arrivals: list[Arrival] = field(default_factory=list)
    probes: dict[str, Probe] = field(default_factory=dict)
    store_is_away: bool = False
    lists: set[str] = field(default_factory=lambda: {"ipv6-ops"})
    sent_at: dict[str, datetime] = field(default_factory=lambda: {make_probe_id(KEY, "ipv6-ops", 1): SENT_AT})
    clock: Callable[[], datetime] = lambda: NOW
    key: bytes = KEY

    @cached_property
    def addresses(self):
        return TokenAddresses(
            keys=lambda: (self.key,), list_ids=lambda: self.lists, rules=load_rules(), clock=self.clock
        )

    def look_again(self):
        return True

    def submitted_at(self, probe_id):
        return self.sent_at.get(probe_id)

    def record(self, arrival):
        if self.store_is_away:
            raise StoreUnavailable("Redis is away.", reason="connect")
        self.arrivals.append(arrival)

    def refuse(self, probe_id, attempt, *, limit):
        before = self.probes[probe_id]
        self.probes[probe_id] = life.refused_as_asked(before, attempt, limit=limit)
        return self.probes[probe_id] is not before

    def returned(self, probe_id, *, action, summary, at):
        self.probes[probe_id] = life.returned(self.probes[probe_id], action=action, summary=summary, now=at)

    def notice_returned(self, list_id, mark, content):
        raise StoreUnavailable(f"No notices are kept of {list_id}: {mark}, {len(content)} octets.", reason="none")

    def reported(self, arrival, content):
        raise StoreUnavailable(f"No reports are kept of {arrival.list_id}: {len(content)} octets.", reason="none")

    def copied(self, arrival, content):
        raise StoreUnavailable(f"No bounces are kept of {arrival.list_id}: {len(content)} octets.", reason="none")

    @contextmanager
    def receiver(self, *, resolver=None, limits=None, address=("::1", 0), **settings):
        with in_thread(
            a_vantage(**settings),
            backend=self,
            resolver=resolver or ZoneResolver(ZONES),
            limits=limits,
            sock=bind(address),
        ) as running:
            yield running


def address(slot=1, *, list_id="ipv6-ops", key=KEY, days=1, **more):
    probe_id = make_probe_id(KEY, list_id, slot)
    return issue(key, list_id=list_id, probe_id=probe_id, expires_at=NOW + timedelta(days=days), **more) + "@" + DOMAIN


def probe_as(rule, slot=1):
    """A submitted probe that asks for a rule's answer."""
    return a_probe(
        ProbeState.SUBMITTED,
        id=make_probe_id(KEY, "ipv6-ops", slot),
        list_id="ipv6-ops",
        slot=slot,
        reverse_path="ipv6-ops-bounces@lists.example.org",
        scheduled_at=SENT_AT,
        submitted_at=SENT_AT,
        deadline_at=SENT_AT + timedelta(hours=6),
        as_rule=rule,
    )


def message(to):
    return compose(
        list_address="ipv6-ops@lists.example.org",
        forward_path=to,
        probe_id="abcdefghijklmnop",
        message_id="<probe.abcdefghijklmnop@v6.probe.example.org>",
        contact="postmaster@probe.example.org",
        at=SENT_AT,
    )


@contextmanager
def client(receiver, **options):
    with smtplib.SMTP(
        *receiver.address, local_hostname=options.pop("helo", "mail.lists.example.org"), timeout=10, **options
    ) as session:
        session.ehlo()
        yield session


def send(session, to, content, sender="ipv6-ops-bounces@lists.example.org"):
    """MAIL, RCPT, DATA; the last reply."""
    assert session.mail(sender)[0] == 250
    code, reply = session.rcpt(to)
    return (code, reply) if code != 250 else session.data(content)
