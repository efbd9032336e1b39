"""Does the list's MTA go over to IPv4?

Seen by a second IPv6 address of the receiver's name, which it would try likewise.
"""

from ipaddress import ip_address

import pytest

from monitor.probe import life
from tests.integration.exim import exim, exim_program
from tests.integration.netns import require
from tests.integration.postfix import postfix
from tests.integration.two_hosts import ALSO, PROBE_HOST
from tests.integration.world import world_with

pytestmark = [pytest.mark.integration, pytest.mark.netns]


@pytest.fixture(scope="module", params=[postfix, exim], ids=["postfix", "exim"])
def world(request, tmp_path_factory):
    require("ip", "nsd", *(("postfix",) if request.param is postfix else ()))
    if request.param is exim and exim_program() is None:
        pytest.skip("exim4 is not installed, and $STAYSUB_EXIM names none")
    with world_with(request.param, tmp_path_factory.mktemp("world"), also=True) as running:
        yield running


def test_deferred_at_one_address_it_goes_on_to_the_next_at_once(world):
    """RFC 5321 section 5.1: as Postfix and Exim do, and so they go over to IPv4 where a receiver has it."""
    probe_id = world.probe_as(1, "ms.eop.v6.auth.4xx.4726", refusals=3)
    world.wait_for(lambda: world.store.arrivals)
    probe, (arrival,) = world.store.probes[probe_id], world.store.arrivals
    assert {attempt.server_ip for attempt in probe.seen} | {arrival.server_ip} == {
        ip_address(PROBE_HOST),
        ip_address(ALSO),
    }
    assert life.goes_on(probe, arrival) is True
