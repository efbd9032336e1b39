"""Two receivers of one configuration: probes take turns, each arrival knows where it came to, and one may die."""

import smtplib
import subprocess
from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta

import pytest
from aiosmtpd.controller import Controller

from monitor.config.reload import SettingsSource
from monitor.evidence.arrivals.source import ARRIVALS
from monitor.model.evidence import ProbeState
from monitor.operations.heartbeat import turns
from monitor.operations.make_probe import make_probe, vantage_in_turn
from monitor.operations.probe import end_overdue, probe
from monitor.operations.reassess import assess_now
from monitor.receiver.sockets import bind
from monitor.store import keys
from monitor.wiring import assemble
from tests.harness import STAYSUB, free_port, started, wait_for
from tests.seed import long_there
from tests.servers import needs_nsd, nsd, zone_text

pytestmark = [pytest.mark.integration, needs_nsd]

PATIENCE_S = 60
NAMES = ("ams1", "fra1")
CONFIGURATION = """
data_dir = "{folder}"
[redis]
url = "{redis}"
[dns]
nameservers = ["127.0.0.1:{dns}"]
[[receiver]]
id = "ams1"
domain = "ams1.probe.example.org"
hostname = "mx.ams1.example.org"
listen = "[::1]:{ams1}"
[[receiver]]
id = "fra1"
domain = "fra1.probe.example.org"
hostname = "mx.fra1.example.org"
listen = "[::1]:{fra1}"
[[list]]
id = "ops"
address = "ops@lists.example.org"
reverse_path = "ops-bounces@lists.example.org"
helo = "mail.lists.example.org"
outbound = ["2001:db8:25::25"]
submission = "smtp://127.0.0.1:{mta}"
"""
ZONES = {
    **{f"{name}.probe.example.org": {"MX": [(10, f"mx.{name}.example.org")]} for name in NAMES},
    **{f"mx.{name}.example.org": {"AAAA": ["::1"]} for name in NAMES},
    "lists.example.org": {"TXT": ["v=spf1 ip6:::1 -all"]},
}


class Mta:
    """A list's mail server: it hands each message on at once, to the receiver of its domain."""

    def __init__(self, ports):
        self.ports = ports

    async def handle_DATA(self, _server, _session, envelope):  # noqa: N802 - aiosmtpd's name
        (to,) = envelope.rcpt_tos
        port = self.ports[to.rpartition("@")[2].partition(".")[0]]
        with smtplib.SMTP("::1", port, local_hostname="mail.lists.example.org") as onwards:
            onwards.sendmail(envelope.mail_from, [to], envelope.original_content)
        return "250 2.0.0 Ok: queued"


class World:
    """The services over that configuration, and the receivers' processes."""

    def __init__(self, services, store, processes):
        self.services, self.store, self.processes = services, store, processes
        self.listed = services.watched("ops")

    def probe(self, slot):
        probe(self.services, "ops", slot=slot)

    def newest(self):
        return self.store.probes.of_list("ops", limit=1)[0]

    def kill(self, name):
        """And let it have been gone for a while."""
        self.processes[name].kill()
        self.processes[name].wait()
        self.store.heartbeats.beat(f"receiver:{name}", self.services.now() - timedelta(minutes=5))


@pytest.fixture
def world(tmp_path, store, redis_url):
    with ExitStack() as stack:
        ports = {}
        for name in NAMES:
            with bind(("::1", 0)) as free:
                ports[name] = free.getsockname()[1]
        dns, mta = stack.enter_context(nsd(tmp_path / "nsd", {"": zone_text(ZONES)})), free_port()
        config = tmp_path / "staysub.toml"
        config.write_text(CONFIGURATION.format(folder=tmp_path, redis=redis_url, dns=dns, mta=mta, **ports))
        controller = Controller(Mta(ports), hostname="127.0.0.1", port=mta)
        controller.start()
        stack.callback(controller.stop)
        processes = {}
        for name in NAMES:
            command = [*STAYSUB, "--config", config, "receiver", "--id", name]
            log = tmp_path / f"{name}.log"
            processes[name] = stack.enter_context(started(command, log=log, stop=subprocess.Popen.kill))
        wait_for(
            lambda: store.heartbeats.all().keys() >= {f"receiver:{name}" for name in NAMES},
            "sign of life of both",
            said=lambda: [(tmp_path / f"{name}.log").read_text() for name in NAMES],
        )
        long_there(store)
        yield World(assemble(SettingsSource(config)), store, processes)


def test_probes_take_turns_and_one_dead_receiver_blinds_nobody(world):
    for slot in range(1, 5):
        world.probe(slot)
    probes = world.store.probes.of_list("ops")[::-1]
    assert [each.receiver for each in probes] == ["ams1", "fra1", "ams1", "fra1"]
    assert {each.state for each in probes} == {ProbeState.ARRIVED}
    arrivals = {each.probe_id: each for each in world.store.evidence.read(ARRIVALS, "ops")}
    for each in probes:
        assert each.forward_path.endswith(f"@{each.receiver}.probe.example.org")
        assert arrivals[each.id].receiver == each.receiver
        assert arrivals[each.id].hops[-1].by_host == f"mx.{each.receiver}.example.org"

    world.kill("fra1")
    for slot in (5, 6):
        world.probe(slot)
        assert (world.newest().receiver, world.newest().state) == ("ams1", ProbeState.ARRIVED)
    assert "receiver" not in assess_now(world.services, world.listed)[0].blind
    world.store.heartbeats.beat("beat", world.services.now())
    world.store.heartbeats.beat("check", world.services.now())
    assert turns(world.services)

    world.kill("ams1")
    world.probe(7)
    assert world.newest().slot == 6, "while none lives, none is sent"
    assert "receiver" in assess_now(world.services, world.listed)[0].blind
    assert not turns(world.services)


def test_a_probe_to_a_receiver_that_died_is_ours_and_one_to_the_other_is_the_lists(world):
    """What is asked is whether that receiver was in order, not whether any was."""
    world.kill("fra1")
    key, now = world.store.signing_key(), world.services.now()
    ended = {}
    for slot, vantage in enumerate(world.services.settings().receivers, start=1):
        sent_at = now - timedelta(minutes=30 - slot)
        made = make_probe(key, world.listed, vantage, slot=slot, now=sent_at, deadline_at=now - timedelta(minutes=1))
        made = replace(made, state=ProbeState.SUBMITTED, submitted_at=sent_at)
        assert world.store.probes.open(made, now=sent_at)
        world.store.client.hdel(keys.BACK, vantage.part)  # as if both had lived all the while before
        end_overdue(world.services, world.listed)
        ended[vantage.id] = world.store.probes.get(made.id)
    assert {name: (each.state, each.ours) for name, each in ended.items()} == {
        "ams1": (ProbeState.LOST, False),
        "fra1": (ProbeState.LOST, True),
    }
    assert vantage_in_turn(world.services, world.listed).id == "ams1"
