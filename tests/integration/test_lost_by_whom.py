"""A probe that is lost counts against its list only where our own side was in order all the while."""

from datetime import UTC, datetime, timedelta

import pytest

from monitor.admission.rules import load_rules
from monitor.config.settings import ScheduleSettings, Settings
from monitor.dns.authority import Authorities
from monitor.model.evidence import ProbeState
from monitor.model.vantage import Vantage
from monitor.operations.make_probe import make_probe
from monitor.operations.probe import end_overdue
from monitor.operations.receiver_health import note_life
from monitor.operations.services import Services
from monitor.probe import life
from tests.builders import a_list
from tests.fakes import ZoneResolver
from tests.seed import long_there

pytestmark = pytest.mark.integration

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
BEAT = timedelta(seconds=15)
RECEIVER = Vantage(domain="v6.probe.example.org", hostname="mx.probe.example.org")
PUBLISHED = {
    RECEIVER.domain: {"MX": [(10, RECEIVER.hostname)]},
    RECEIVER.hostname: {"AAAA": ["2001:db8:53::53"]},
}
LIST = a_list(outbound=("2001:db8:25::25",))
SETTINGS = Settings(receiver=RECEIVER, schedule=ScheduleSettings(probe_every=timedelta(minutes=30)), list=[LIST])


def lost(store, *, silent_for=timedelta(0), ends_silent=False, zones=PUBLISHED, errors=None):
    """The probe after its deadline; the receiver has lived meanwhile but for a while in the middle, or at the end."""
    at = [NOW]
    services = Services(
        settings=lambda: SETTINGS,
        store=store,
        resolver=lambda: ZoneResolver(zones, errors or {}),
        authorities=lambda: Authorities(ZoneResolver({})),
        rules=load_rules(),
        now=lambda: at[0],
    )
    for _ in range(8):  # it has lived for a while before
        note_life(services, RECEIVER)
        at[0] += BEAT
    deadline_at = at[0] + timedelta(hours=1)
    long_there(store)
    probe = make_probe(store.signing_key(), LIST, RECEIVER, slot=1, now=at[0], deadline_at=deadline_at)
    assert store.probes.open(probe, now=at[0])
    store.probes.change(probe.id, lambda one: life.submitted(one, reply="250 2.0.0 Ok", now=at[0]))
    half = at[0] + (probe.deadline_at - at[0]) / 2
    while at[0] < probe.deadline_at + BEAT:
        if not (half <= at[0] < half + silent_for) and not (ends_silent and at[0] > half):
            note_life(services, RECEIVER)
        at[0] += BEAT
    end_overdue(services, LIST)
    return store.probes.get(probe.id)


@pytest.mark.parametrize(
    ("trouble", "ours"),
    [
        pytest.param({}, False, id="all was well"),
        pytest.param({"silent_for": 2 * BEAT}, False, id="a hiccup"),
        pytest.param({"silent_for": timedelta(minutes=10)}, True, id="the receiver was down for a while"),
        pytest.param({"ends_silent": True}, True, id="the receiver is down"),
        pytest.param({"zones": {}}, True, id="nothing is published"),
        pytest.param({"zones": PUBLISHED | {RECEIVER.domain: {}}}, True, id="no MX"),
        pytest.param(
            {"zones": PUBLISHED | {RECEIVER.domain: {"MX": [(10, "other.example.org")]}}}, True, id="another MX"
        ),
        pytest.param({"zones": PUBLISHED | {RECEIVER.hostname: {"A": ["192.0.2.1"]}}}, True, id="no IPv6 address"),
        pytest.param({"errors": {RECEIVER.domain: "servfail"}}, True, id="DNS does not say"),
    ],
)
def test_our_own_trouble_never_makes_a_lost_probe_the_lists(store, trouble, ours):
    """Unknown is not failure: what we could not have received says nothing about the list."""
    ended = lost(store, **trouble)
    assert (ended.state, ended.ours) == (ProbeState.LOST, ours)


def test_the_first_life_is_a_return(store):
    """A receiver that has just been set up was not there before."""
    services_at = [NOW]
    services = Services(
        settings=lambda: SETTINGS,
        store=store,
        resolver=lambda: ZoneResolver(PUBLISHED),
        authorities=lambda: Authorities(ZoneResolver({})),
        rules=load_rules(),
        now=lambda: services_at[0],
    )
    note_life(services, RECEIVER)
    services_at[0] += BEAT
    note_life(services, RECEIVER)
    assert store.heartbeats.back_since("receiver") == NOW
    assert store.heartbeats.all().keys() == {"receiver"}, "what is shown as parts stays as it was"
