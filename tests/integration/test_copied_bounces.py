"""An address to which a list's bounces are copied: evidence of refusals, from the list's own hosts alone."""

import smtplib
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest

from monitor.admission.rules import load_rules
from monitor.config.settings import Settings
from monitor.dns.authority import Authorities
from monitor.evidence.arrivals.source import ARRIVALS
from monitor.model.evidence import ProbeState
from monitor.model.vantage import Vantage
from monitor.operations.services import Services
from monitor.probe.token import issue, make_probe_id
from monitor.receiver.sockets import bind
from monitor.wiring import receiver_backend
from tests.builders import a_list, a_probe, refused_in
from tests.fakes import ZoneResolver
from tests.receiver_thread import in_thread

pytestmark = pytest.mark.integration

GOLDEN = Path(__file__).parents[1] / "golden" / "explain"
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
DOMAIN, HELO = "v6.probe.example.org", "mail.lists.example.org"
REFUSED = (GOLDEN / "10-postfix-expired-450.eml").read_bytes().replace(b"\n", b"\r\n")
HERE, ELSEWHERE = (ip_address("::1"),), (ip_address("2001:db8:25::25"),)
ZONES = {HELO: {"AAAA": ["::1"], "TXT": ["v=spf1 a -all"]}}


class House:
    """Services over a real store, and a receiver that is wired to them."""

    def __init__(self, store, *, outbound=HERE, zones=ZONES, errors=None):
        listed = a_list(id="ipv6-ops", helo=HELO, outbound=outbound)
        self.receiver_settings = Vantage(domain=DOMAIN, hostname="receiver.example.org")
        settings = Settings(receiver=self.receiver_settings, list=[listed])
        self.store, self.resolver = store, ZoneResolver(zones, errors or {})
        self.services = Services(
            settings=lambda: settings,
            store=store,
            resolver=lambda: self.resolver,
            authorities=lambda: Authorities(self.resolver),
            rules=load_rules(),
            now=lambda: NOW,
        )
        self.backend = receiver_backend(self.services)
        self.address, _ = self.backend.addresses.copies_address("ipv6-ops", DOMAIN)

    @contextmanager
    def session(self, helo=HELO):
        with (
            in_thread(
                self.receiver_settings, backend=self.backend, resolver=self.resolver, sock=bind(("::1", 0))
            ) as receiver,
            smtplib.SMTP(*receiver.address, local_hostname=helo, timeout=10) as session,
        ):
            session.ehlo()
            yield session

    def copy(self, content, *, helo=HELO, times=1):
        with self.session(helo) as session:
            said = []
            for _ in range(times):
                session.mail("")
                assert session.rcpt(self.address)[0] == 250
                said.append(session.data(content))
        return said[-1]

    def probe(self, **more):
        ident = make_probe_id(self.backend.addresses.key, "ipv6-ops", 1)
        token = issue(
            self.backend.addresses.key, list_id="ipv6-ops", probe_id=ident, expires_at=NOW - timedelta(days=4)
        )
        made = a_probe(
            ProbeState.SUBMITTED,
            id=ident,
            list_id="ipv6-ops",
            forward_path=f"{token}@{DOMAIN}",
            reverse_path="ipv6-ops-bounces@lists.example.org",
            scheduled_at=NOW,
        )
        assert self.store.probes.open(replace(made, **more), now=NOW)
        return made


def test_a_refusal_that_is_copied_is_evidence_once_and_holds_no_address(store):
    """However often its copy comes; the subscriber's address is gone before anything is stored."""
    house = House(store)
    assert house.copy(REFUSED, times=2) == (250, b"2.0.0 Recorded; thank you.")
    ((key, cell),) = refused_in(store.evidence.ledger("ipv6-ops"))
    assert (key.receiver, key.rule) == ("microsoft-365", "ms.eop.v6.auth.4xx.4726")
    assert (cell.posts.number, cell.members.number, cell.recipients.number) == (1, 1, 1)
    everything = b"".join(store.client.dump(key) or b"" for key in store.client.keys("*"))
    assert b"someone" not in everything
    assert store.evidence.read(ARRIVALS, "ipv6-ops") == (), "a bounce is no post"


@pytest.mark.parametrize(
    ("zones", "errors", "helo", "reply"),
    [
        pytest.param(ZONES, {}, HELO, b"250", id="the list's host by its name"),
        pytest.param({}, {}, HELO, b"550 5.7.1", id="a stranger with the host's name"),
        pytest.param(ZONES, {}, "mail.example.net", b"550 5.7.1", id="a stranger"),
        pytest.param(ZONES, {HELO: "servfail"}, HELO, b"451 4.4.3", id="nobody knows"),
    ],
)
def test_a_copy_from_elsewhere_must_prove_whose_it_is(store, zones, errors, helo, reply):
    """Who learns the address could write any bounce: refused, never dropped; unknown is asked to come again."""
    house = House(store, outbound=ELSEWHERE, zones=zones, errors=errors)
    code, said = house.copy(REFUSED, helo=helo)
    assert (b"%d %s" % (code, said)).startswith(reply)
    assert bool(refused_in(store.evidence.ledger("ipv6-ops"))) is (reply == b"250")


def test_what_is_no_bounce_is_taken_and_tells_nothing(store):
    assert House(store).copy(b"Subject: out of office\r\n\r\nBack on Monday.\r\n")[0] == 250
    assert refused_in(store.evidence.ledger("ipv6-ops")) == []


def test_the_address_comes_alone(store):
    house = House(store)
    probe = issue(
        house.backend.addresses.key,
        list_id="ipv6-ops",
        probe_id=make_probe_id(house.backend.addresses.key, "ipv6-ops", 2),
        expires_at=NOW + timedelta(days=1),
    )
    with house.session() as session:
        session.mail("")
        assert [session.rcpt(each)[0] for each in (house.address, f"{probe}@{DOMAIN}")] == [250, 452]


def bounce_of(probe, diagnostic, *, status="5.0.0", remote=""):
    return (
        "From: MAILER-DAEMON@mail.lists.example.org\r\nTo: ipv6-ops-bounces@lists.example.org\r\n"
        "Subject: Undelivered Mail Returned to Sender\r\nMIME-Version: 1.0\r\n"
        "Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n--b\r\n\r\nSorry.\r\n"
        "--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mail.lists.example.org\r\n\r\n"
        f"Final-Recipient: rfc822; {probe.forward_path}\r\nAction: failed\r\nStatus: {status}\r\n{remote}"
        f"Diagnostic-Code: {diagnostic}\r\n\r\n--b--\r\n"
    ).encode()


@pytest.mark.parametrize(
    ("diagnostic", "more", "ours"),
    [
        pytest.param("smtp; 550 5.7.1 Refused by our outgoing filter", {"status": "5.7.1"}, False, id="the list's filter"),
        pytest.param(
            "X-Postfix; Host or domain name not found. Name service error for name=v6.probe.example.org type=MX: Host not found",
            {"status": "5.4.4"},
            True,
            id="our domain is not there",
        ),
        pytest.param(
            "X-Postfix; Host or domain name not found. Name service error for name=receiver.example.org type=A: Host found but "
            "no data record of requested type",
            {"status": "5.4.4"},
            False,
            id="a mail server without IPv6",
        ),
        pytest.param(
            "smtp; 550 5.1.1 There is no such address here.",
            {"status": "5.1.1", "remote": "Remote-MTA: dns; receiver.example.org\r\n"},
            True,
            id="our receiver said so",
        ),
        pytest.param(
            "smtp; 550-5.1.1 <x@y>: 550 5.1.1 There is no such\r\n address here.",
            {"status": "5.1.1"},
            True,
            id="in our receiver's words",
        ),
    ],
)  # fmt: skip
def test_a_probe_that_came_back_to_the_list_ends_as_bounced(store, diagnostic, more, ours):
    """Days late, when its token has expired, the DSN still finds its probe; it counts by whose fault it is."""
    house = House(store)
    probe = house.probe()
    assert house.copy(bounce_of(probe, diagnostic, **more))[0] == 250
    ended = store.probes.get(probe.id)
    assert (ended.state, ended.ours) == (ProbeState.BOUNCED, ours)
    assert ended.dsn.startswith(f"failed {more['status']}")
    assert refused_in(store.evidence.ledger("ipv6-ops")) == [], "a probe is no subscriber"
    assert store.probes.current("ipv6-ops") is None


def test_a_forged_probe_address_in_a_bounce_changes_nothing(store):
    house = House(store)
    probe = house.probe()
    forged = replace(probe, forward_path="a" * 58 + f"@{DOMAIN}")
    assert house.copy(bounce_of(forged, "smtp; 550 5.7.1 no", status="5.7.1"))[0] == 250
    assert store.probes.get(probe.id) == probe
