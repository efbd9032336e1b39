"""What a user meets when something is wrong around Staysub: one sentence that says what to do, and nothing lost."""

import json
import os
import subprocess
from contextlib import suppress
from datetime import UTC, datetime

import pytest

from monitor.config.reload import SettingsSource
from monitor.model.evidence import ProbeState
from monitor.model.risk import RiskLevel
from monitor.operations import check as check_operation
from monitor.operations import probe as probe_operation
from monitor.operations.services import Services
from monitor.store import open_store
from monitor.wiring import assemble
from tests.harness import STAYSUB, TOP, free_port, greeted, started, wait_for
from tests.integration.netns import network, require
from tests.servers import needs_nsd, nsd, zone_text

pytestmark = [pytest.mark.integration, pytest.mark.timeout(200)]

DOMAIN = "lists.example.org"
CONFIG = """
data_dir = "data"
{redis}
[dns]
nameservers = ["127.0.0.1:{dns}"]
timeout = "1s"
[receiver]
domain = "v6.probe.example.org"
hostname = "mx.v6.probe.example.org"
listen = "{listen}"
[web]
listen = "127.0.0.1:{web}"
[notices]
from = "staysub@example.net"
relay = "smtp://127.0.0.1:{relay}"
[schedule]
check_every = "5s"
probe_every = "5s"
[[list]]
id = "ops"
address = "ops@lists.example.org"
reverse_path = "ops-bounces@lists.example.org"
helo = "mail.lists.example.org"
outbound = ["192.0.2.25", "2001:db8:25::25"]
submission = "smtp://127.0.0.1:{mta}"
owners = ["owner@example.net"]
"""
ZONES = {DOMAIN: {"TXT": ["v=spf1 ip4:192.0.2.25 ip6:2001:db8:25::25 -all"]}}


def configure(folder, redis_url=None, **ports):
    """A configuration whose servers are nowhere, but for those named."""
    named = {name: ports.get(name) or free_port() for name in ("dns", "web", "relay", "mta")}
    redis = "" if redis_url is None else f'[redis]\nurl = "{redis_url}"'
    path = folder / "staysub.toml"
    path.write_text(CONFIG.format(redis=redis, listen=ports.get("listen", f"[::1]:{free_port()}"), **named))
    return path


def environ(config):
    return {**os.environ, "STAYSUB_CONFIG": str(config), "PYTHONPATH": str(TOP)}


def staysub(config, *args, prefix=()):
    return subprocess.run(
        [*prefix, *STAYSUB, *args],
        capture_output=True,
        text=True,
        env=environ(config),
        check=False,
        timeout=60,
    )


def test_an_unreachable_redis_is_one_sentence(tmp_path):
    ended = staysub(configure(tmp_path, "redis://127.0.0.1:1/0"), "status")
    assert ended.returncode == 69
    assert ended.stderr.startswith("staysub: Redis could not be reached")
    assert ended.stderr.endswith("refused. Start it, or mend redis.url.\n")
    assert "Traceback" not in ended.stderr


def test_without_redis_and_without_a_running_staysub_it_says_what_to_start(tmp_path):
    ended = staysub(configure(tmp_path), "status")
    assert ended.returncode == 69
    assert "Start one, or set url in [redis]." in ended.stderr


def test_a_resolver_that_does_not_answer_is_unknown(tmp_path):
    ended = staysub(configure(tmp_path), "check", "ops", "--json")
    assert ended.returncode == 3
    found = json.loads(ended.stdout)
    assert found["status"] == "unknown"
    assert found["record"] is None
    assert {each["result"] for each in found["results"]} == {"temperror"}
    assert {each["severity"] for each in found["findings"]} == {"unknown"}


@pytest.fixture
def services(tmp_path, store, redis_url):
    """A worker's services over a configuration whose MTA, relay and resolver are nowhere."""

    def make(**ports) -> Services:
        return assemble(SettingsSource(configure(tmp_path, redis_url, **ports)))

    return make


def test_a_resolver_of_ours_that_is_away_raises_nothing_and_is_named(services, store):
    made = services()
    for slot in (1, 2, 3):
        check_operation.check(made, "ops", slot=slot)
    assessed = store.outcomes.assessment("ops")
    assert assessed.level is RiskLevel.UNKNOWN
    assert "resolver" in assessed.blind
    assert store.incidents.recent() == ()


@needs_nsd
def test_an_mta_that_cannot_be_reached_makes_the_probe_ours_and_no_finding(services, store, tmp_path):
    with nsd(tmp_path / "nsd", {"": zone_text(ZONES)}) as port:
        made = services(dns=port)
        store.heartbeats.beat("receiver", made.now())
        probe_operation.probe(made, "ops", slot=1)
        (probe,) = store.probes.of_list("ops")
        assert probe.ours
        assert "cannot be reached" in probe.reply
        check_operation.check(made, "ops", slot=1)
        assessed = store.outcomes.assessment("ops")
        assert "submission" in assessed.blind
        assert not [finding for finding in assessed.findings if finding.code.startswith("probe.")]


def test_an_mta_that_refuses_is_told_in_its_own_words(services, store, refusing_mta):
    made = services(mta=refusing_mta)
    store.heartbeats.beat("receiver", made.now())
    probe_operation.probe(made, "ops", slot=1)
    (probe,) = store.probes.of_list("ops")
    assert probe.state is ProbeState.REJECTED
    assert "5.7.1" in probe.reply
    (finding,) = [each for each in store.outcomes.assessment("ops").findings if each.code == "probe.rejected"]
    assert finding.severity == "unknown"
    assert "5.7.1" in finding.evidence["reply"]


def test_a_person_who_probes_an_mta_that_refuses_reads_what_to_do(tmp_path, store, redis_url, refusing_mta):
    config = configure(tmp_path, redis_url, mta=refusing_mta)
    store.heartbeats.beat("receiver", datetime.now(UTC))
    ended = staysub(config, "probe", "ops")
    assert ended.returncode == 1
    said = " ".join(ended.stdout.split())
    assert "550 5.7.1 Relaying denied" in said
    assert "Allow this host to submit mail there" in said


@pytest.fixture
def refusing_mta():
    """Postfix' smtp-sink, which answers every RCPT with 5yz."""
    from tests.integration.netns import program

    sink = program("smtp-sink")
    if sink is None:
        pytest.skip("smtp-sink is not installed (apt install postfix)")
    port = free_port()
    command = [sink, "-u", "root", "-f", "RCPT", "-B", "550 5.7.1 Relaying denied", f"127.0.0.1:{port}", "10"]
    with started(command, ready=lambda: greeted("127.0.0.1", port)):
        yield port


@pytest.mark.netns
def test_on_a_machine_without_ipv6_all_else_works_and_it_says_so(tmp_path):
    """A host whose kernel has IPv6 switched off: checks go on, probes are unknown, nothing is raised."""
    require("ip", "nsd")
    with network({"old": ["192.0.2.53"]}) as hosts:
        host = hosts["old"]
        host.run("sh", "-c", "echo 1 > /proc/sys/net/ipv6/conf/all/disable_ipv6")
        with host.entered(), nsd(tmp_path / "nsd", {"": zone_text(ZONES)}, port=53, hosts=("127.0.0.1",)):
            config = configure(tmp_path, dns=53)
            said = tmp_path / "said"
            with started(
                [*STAYSUB, "run"], log=said, cwd=tmp_path, env=environ(config), start_new_session=True
            ) as running:
                judged = wait_for(lambda: judged_twice(tmp_path), within_s=60, every_s=0.5, said=said.read_text)
                assert judged.blind == ("receiver",)
                assert {finding.code for finding in judged.findings} == {"ptr.missing"}
                assert running.poll() is None
                assert "IPv6" in said.read_text()
                assert "Traceback" not in said.read_text()


def judged_twice(folder):
    """The assessment, once there are two; None before."""
    from monitor.store.embedded import embedded_url

    with suppress(Exception):  # the store is only just starting
        store = open_store(embedded_url(folder / "data"))
        assessment = store.outcomes.assessment("ops")
        return assessment if len(store.outcomes.levels("ops", 5)) > 1 else None
    return None
