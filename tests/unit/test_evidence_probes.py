"""List software, mail server or network: what direct probes add to those through the list's MTA."""

from ipaddress import ip_address

import pytest

from monitor.evidence.probes.localise import localised
from monitor.model.evidence import ProbeState
from tests.builders import NOW, a_probe

ONE, OTHER = ip_address("2001:db8:25::25"), ip_address("2001:db8:25::26")


def probe(state, source=None, *, ours=False):
    finished_at = None if state is ProbeState.SUBMITTED else NOW
    return a_probe(state, finished_at=finished_at, deadline_at=NOW, reply="what was said", ours=ours, source=source)


ARRIVED, LOST, BOUNCED = ProbeState.ARRIVED, ProbeState.LOST, ProbeState.BOUNCED


@pytest.mark.parametrize(
    ("probes", "codes"),
    [
        pytest.param([probe(ARRIVED), probe(ARRIVED, ONE)], [], id="all is well"),
        pytest.param([probe(LOST), probe(ARRIVED, ONE)], ["way.mta"], id="the mail server"),
        pytest.param([probe(BOUNCED), probe(ARRIVED, ONE)], ["way.mta"], id="the mail server gave up"),
        pytest.param([probe(LOST), probe(LOST, ONE)], ["way.network"], id="the network"),
        pytest.param([probe(ARRIVED), probe(LOST, ONE)], ["way.network"], id="the network of one address"),
        pytest.param([probe(LOST), probe(LOST, ONE), probe(ARRIVED, OTHER)], ["way.network", "way.mta"], id="both"),
        pytest.param([probe(LOST), probe(LOST, ONE, ours=True)], [], id="our own fault says nothing"),
        pytest.param([probe(LOST, ours=True), probe(ARRIVED, ONE)], [], id="nor on the other way"),
        pytest.param([probe(LOST), probe(ARRIVED, ONE), probe(LOST, ONE)], ["way.mta"], id="the newest counts"),
        pytest.param([probe(ProbeState.SUBMITTED), probe(ARRIVED, ONE)], [], id="still under way"),
        pytest.param([probe(LOST)], [], id="without direct probes nothing is added"),
    ],
)
def test_what_the_ways_tell_together(probes, codes):
    assert [each.code for each in localised(probes)] == codes
