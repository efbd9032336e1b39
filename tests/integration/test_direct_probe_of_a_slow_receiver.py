"""A direct probe at a receiver of ours that is slow: whom it is told of."""

from datetime import UTC, datetime, timedelta
from ipaddress import IPv6Address

import pytest

from monitor.admission.rules import load_rules
from monitor.config.settings import Settings
from monitor.model.evidence import ProbeState
from monitor.operations import direct_probe
from monitor.operations.services import Services
from tests.builders import a_list, a_vantage
from tests.fakes import ZoneResolver
from tests.integration.slow_peers import drips, is_silent, slow_peer, thinks_before

pytestmark = pytest.mark.integration

HERE = IPv6Address("::1")
RECEIVER = a_vantage()


@pytest.mark.parametrize(
    ("talk", "ours"),
    [
        pytest.param(thinks_before(5), True, id="it thinks about the message"),
        pytest.param(thinks_before(3), True, id="it thinks about the recipient"),
        pytest.param(drips(b"220-"), True, id="it drips"),
        pytest.param(is_silent, False, id="nothing came through"),
    ],
)
def test_a_receiver_that_ever_said_a_word_is_reached(store, monkeypatch, talk, ours):
    """It may ask DNS for longer than the probe waits, which is ours; the network is at fault where nothing comes."""
    now = datetime.now(UTC).replace(microsecond=0)
    listed = a_list()
    settings = Settings(list=[listed], receiver=RECEIVER)
    services = Services(
        settings=lambda: settings,
        store=store,
        resolver=lambda: ZoneResolver({RECEIVER.hostname: {"AAAA": ["::1"]}}),
        rules=load_rules(),
        now=lambda: now,
    )
    with slow_peer(talk, host="::1") as port:
        monkeypatch.setattr(direct_probe, "PORT", port)
        monkeypatch.setattr(direct_probe, "TIMEOUT", timedelta(seconds=1))
        (ended,) = direct_probe.probe_directly(services, listed, RECEIVER, slot=1, only=[HERE])
    assert (ended.state, ended.ours) == (ProbeState.LOST, ours)
