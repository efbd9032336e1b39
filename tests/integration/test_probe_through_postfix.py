"""A probe through software that nobody here wrote: Debian's Postfix and NSD, hosts of their own, IPv6 between them."""

from datetime import UTC, datetime, timedelta
from ipaddress import ip_address

import pytest

from monitor.model.dns import PtrResult, SpfResult
from monitor.model.evidence import AuthResult, ProbeState
from monitor.probe import life
from monitor.probe.token import ALWAYS, TokenKind, issue, make_probe_id
from tests.integration.netns import require
from tests.integration.postfix import postfix
from tests.integration.two_hosts import DOMAIN, KEY, LIST_HOST, PROBE_HOST
from tests.integration.world import world_with

pytestmark = [pytest.mark.integration, pytest.mark.netns]


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    require("ip", "nsd", "postfix")
    with world_with(postfix, tmp_path_factory.mktemp("world")) as running:
        yield running


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
    """As Microsoft answers since 24 April 2015, twice: Postfix comes again on its clock (minimal_backoff_time 2 s)."""
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
