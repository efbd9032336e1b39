"""A probe through Debian's Exim: it retries on another clock, and its DSN says less than Postfix' does."""

from datetime import UTC, datetime, timedelta
from ipaddress import ip_address

import pytest

from monitor.model.dns import SpfResult
from monitor.model.evidence import ProbeState
from monitor.probe import life
from monitor.probe.token import ALWAYS, TokenKind, issue, make_probe_id
from tests.integration.exim import exim, exim_program
from tests.integration.netns import require
from tests.integration.two_hosts import DOMAIN, KEY, LIST_HOST
from tests.integration.world import world_with

if exim_program() is None:
    # The whole module, since a machine with Postfix cannot also have Exim installed: nothing that is present is left
    # out.
    pytest.skip("exim4 is not installed, and $STAYSUB_EXIM names none", allow_module_level=True)

pytestmark = [pytest.mark.integration, pytest.mark.netns]


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    require("ip", "nsd")
    with world_with(exim, tmp_path_factory.mktemp("world")) as running:
        yield running


@pytest.fixture(autouse=True)
def clean(world):
    world.store.arrivals.clear()


def test_a_probe_arrives(world):
    world.probe(1)
    world.wait_for(lambda: world.store.arrivals)
    (arrival,) = world.store.arrivals
    assert (arrival.client_ip, arrival.helo) == (ip_address(LIST_HOST), "mail.lists.example.org")
    assert [spf.result for spf in arrival.spf] == [SpfResult.PASS, SpfResult.PASS]
    assert arrival.tls_version == "TLSv1.3"
    assert [hop.by_host for hop in arrival.hops] == ["mail.lists.example.org", "receiver.example.org"]


def test_its_retry_schedule_is_measured(world):
    """A 450 to the end of data: Exim comes again when its retry rule and its queue runner let it (2 s and 1 s here)."""
    probe_id = world.probe_as(2, "ms.eop.v6.auth.4xx.4726", refusals=2)
    world.wait_for(lambda: world.store.arrivals)
    schedule = life.retries(world.store.probes[probe_id], arrived_at=world.store.arrivals[0].received_at)
    assert len(schedule) == 2
    assert all(timedelta(seconds=1) < delay < timedelta(seconds=20) for delay in schedule)


def test_its_dsn_keeps_the_real_code_in_the_diagnostic_alone(world):
    """RFC 3464 section 2.3.4 wants the enhanced code in Status; Exim writes 5.0.0 whatever was said."""
    probe_id = make_probe_id(KEY, "ipv6-ops", 3)
    expires_at = datetime.now(UTC) + timedelta(hours=1)
    back = issue(KEY, list_id="ipv6-ops", probe_id=probe_id, expires_at=expires_at, kind=TokenKind.BOUNCE)
    world.probe_as(3, "ms.eop.v6.ptr.5725", refusals=ALWAYS, reverse_path=f"{back}@{DOMAIN}")
    world.wait_for(lambda: world.store.probes[probe_id].dsn)
    probe = world.store.probes[probe_id]
    assert probe.dsn.startswith(f"failed 5.0.0: 550 5.7.25 Service unavailable, sending IPv6 address [{LIST_HOST}]")
    assert (probe.state, probe.ours) == (ProbeState.BOUNCED, True)
