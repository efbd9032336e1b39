"""A probe through software that nobody here wrote: Debian's Postfix and NSD, hosts of their own, IPv6 between them."""

import time
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address

import pytest

from monitor.errors import StoreUnavailable
from monitor.model import AuthResult, ProbeState, PtrResult, SpfResult
from monitor.probe import life
from monitor.probe.message import compose, make_message_id
from monitor.probe.submission import submit
from monitor.probe.token import ALWAYS, TokenKind, issue, make_probe_id
from monitor.receiver.desk import TokenDesk, utc_now
from tests.integration.house import ProbesInMemory, probe_as
from tests.integration.netns import require
from tests.integration.two_hosts import DOMAIN, LIST_HOST, PROBE_HOST, two_hosts

pytestmark = [pytest.mark.integration, pytest.mark.netns]

KEY = bytes(range(32))
PATIENCE = timedelta(seconds=40)


class Store:
    """Where arrivals go; it can be away for a while."""

    def __init__(self):
        self.arrivals, self.refusals_left, self.probes = [], 0, {}

    def keep(self, arrival):
        if self.refusals_left:
            self.refusals_left -= 1
            raise StoreUnavailable("Redis is away.", reason="connect")
        self.arrivals.append(arrival)


class World:
    """The two hosts, and what a worker on the probe's host does."""

    def __init__(self, hosts, mta, store):
        self.hosts, self.mta, self.store = hosts, mta, store

    def probe_as(self, slot, rule, *, refusals, reverse_path=None):
        asked = probe_as(rule, slot)
        self.store.probes[asked.id] = asked
        self.probe(slot, reverse_path=reverse_path, kind=TokenKind.AS_RULE, rule=rule, refusals=refusals)
        return asked.id

    def probe(self, slot, *, domain="lists.example.org", key=KEY, reverse_path=None, **asked):
        probe_id = make_probe_id(KEY, "ipv6-ops", slot)
        expires_at = datetime.now(UTC) + timedelta(hours=1)
        to = issue(key, list_id="ipv6-ops", probe_id=probe_id, expires_at=expires_at, **asked) + "@" + DOMAIN
        message = compose(
            list_address=f"ipv6-ops@{domain}",
            forward_path=to,
            probe_id=probe_id,
            message_id=make_message_id(probe_id, DOMAIN),
            contact="postmaster@probe.example.org",
            at=datetime.now(UTC),
        )
        with self.hosts["probe"].entered():
            return submit(
                f"smtp://[{LIST_HOST}]:25",
                reverse_path=reverse_path or f"ipv6-ops-bounces@{domain}",
                forward_path=to,
                message=message,
                helo="receiver.example.org",
            )

    def wait_for(self, condition):
        deadline = time.monotonic() + PATIENCE.total_seconds()
        while not condition():
            assert time.monotonic() < deadline, self.mta.log()
            time.sleep(0.05)


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    require("ip", "nsd", "postfix")
    store = Store()
    desk = TokenDesk(
        key=KEY,
        list_ids=lambda: {"ipv6-ops"},
        find_submitted_at=lambda _: utc_now() - timedelta(seconds=3),
        keep=store.keep,
        notes=ProbesInMemory(store.probes),
    )
    with two_hosts(tmp_path_factory.mktemp("world"), desk) as (hosts, mta):
        yield World(hosts, mta, store)


@pytest.fixture(autouse=True)
def clean(world):
    world.store.arrivals.clear()


def test_a_probe_arrives_with_the_facts_of_the_way_that_list_mail_goes(world):
    reply = world.probe(1)
    assert reply.startswith("250 2.0.0 Ok: queued as ")
    world.wait_for(lambda: world.store.arrivals)
    (arrival,) = world.store.arrivals
    assert (arrival.list_id, arrival.probe_id) == ("ipv6-ops", make_probe_id(KEY, "ipv6-ops", 1))
    assert (arrival.client_ip, arrival.helo) == (ip_address(LIST_HOST), "mail.lists.example.org")
    assert arrival.reverse_path == "ipv6-ops-bounces@lists.example.org"
    assert (arrival.ptr.result, arrival.ptr.confirmed) == (PtrResult.PASS, ("mail.lists.example.org",))
    assert [spf.result for spf in arrival.spf] == [SpfResult.PASS, SpfResult.PASS]
    assert arrival.tls_version == "TLSv1.3"
    assert arrival.tls_cipher is not None
    submitted, delivered = arrival.hops
    assert (submitted.by_host, submitted.client_ip) == ("mail.lists.example.org", ip_address(PROBE_HOST))
    assert (delivered.by_host, delivered.client_ip, delivered.with_protocol, delivered.tls) == (
        "receiver.example.org",
        ip_address(LIST_HOST),
        "ESMTPS",
        True,
    )
    world.wait_for(lambda: "250 2.0.0 Recorded" in world.mta.log())


def test_a_record_from_before_ipv6_fails_over_ipv6(world):
    """The story of 2015, seen by the probe: SPF fails, no DKIM, DMARC fails, and a PTR does not help."""
    world.probe(2, domain="old.example.org")
    world.wait_for(lambda: world.store.arrivals)
    (arrival,) = world.store.arrivals
    mailfrom, helo = arrival.spf
    assert (mailfrom.domain, mailfrom.result, mailfrom.mechanism) == ("old.example.org", SpfResult.FAIL, "-all")
    assert helo.result is SpfResult.PASS
    assert arrival.dkim == ()
    assert arrival.dmarc is not None
    assert (arrival.dmarc.policy, arrival.dmarc.result) == ("reject", AuthResult.FAIL)


def test_while_the_store_is_away_the_lists_mta_keeps_the_probe(world):
    """451 at the end of data: deferred twice, retried, and recorded once; nothing is lost and nobody gets a DSN."""
    world.store.refusals_left = 2
    world.probe(3)
    world.wait_for(lambda: world.store.arrivals)
    world.wait_for(lambda: not world.mta.queue())
    assert len(world.store.arrivals) == 1
    deferrals = [line for line in world.mta.log().splitlines() if "status=deferred" in line]
    assert len(deferrals) == 2
    assert all("451 4.3.0" in line for line in deferrals)


def test_a_forged_address_bounces_at_rcpt(world):
    """550 5.1.1: the list's MTA says so to the reverse-path at once, and nothing was accepted and dropped."""
    world.probe(4, key=b"not our key, but long enough....")
    world.wait_for(lambda: "550 5.1.1 There is no such address here. (in reply to RCPT TO command)" in world.mta.log())
    assert world.store.arrivals == []


def test_the_retry_schedule_of_the_lists_mta_is_measured(world):
    """As Microsoft answers since 24 April 2015, twice: Postfix comes again on its own clock (minimal_backoff_time 2 s)."""
    probe_id = world.probe_as(5, "ms.eop.v6.auth.4xx.4726", refusals=2)
    world.wait_for(lambda: world.store.arrivals)
    probe, (arrival,) = world.store.probes[probe_id], world.store.arrivals
    assert [(attempt.client_ip, attempt.reply[:10]) for attempt in probe.seen] == [
        (ip_address(LIST_HOST), "450 4.7.26")
    ] * 2
    schedule = life.retries(probe, arrived_at=arrival.received_at)
    assert len(schedule) == 2
    assert all(timedelta(seconds=1) < delay < timedelta(seconds=20) for delay in schedule)
    assert "must pass either SPF or DKIM validation (in reply to end of DATA command)" in world.mta.log()


def test_a_refusal_for_good_as_a_provider_would_ends_in_a_dsn_at_once(world):
    """Nothing is tried again, and over IPv4 nothing is tried at all: the list's software gets its bounce now."""
    probe_id = world.probe_as(6, "goog.v6.571", refusals=ALWAYS)
    world.wait_for(lambda: f"said: 550 5.7.1 [{LIST_HOST}" in world.mta.log())
    probe = world.store.probes[probe_id]
    assert (probe.state, len(probe.seen), probe.ours) == (ProbeState.BOUNCED, 1, True)
    queue_id = next(line.split()[5].rstrip(":") for line in world.mta.log().splitlines() if "said: 550 5.7.1 [" in line)
    world.wait_for(lambda: f"{queue_id}: sender non-delivery notification" in world.mta.log())
    assert world.store.arrivals == []


def test_the_dsn_comes_back_to_a_signed_address_and_is_matched(world):
    """Sent with an address of ours as reverse-path, the probe shows what a DSN of the list's MTA looks like."""
    probe_id = make_probe_id(KEY, "ipv6-ops", 7)
    expires_at = datetime.now(UTC) + timedelta(hours=1)
    back = issue(KEY, list_id="ipv6-ops", probe_id=probe_id, expires_at=expires_at, kind=TokenKind.BOUNCE)
    world.probe_as(7, "ms.eop.v6.ptr.5725", refusals=ALWAYS, reverse_path=f"{back}@{DOMAIN}")
    world.wait_for(lambda: world.store.probes[probe_id].dsn)
    said = world.store.probes[probe_id].dsn
    assert said.startswith(f"failed 5.7.25: 550 5.7.25 Service unavailable, sending IPv6 address [{LIST_HOST}]")
    assert said.endswith("(reported by mail.lists.example.org)")
    assert world.store.arrivals == []
