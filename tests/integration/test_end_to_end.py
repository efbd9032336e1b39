"""The whole loop on software that nobody here wrote: NSD, Postfix, Redis, smtp-sink, hosts of their own over IPv6.

A list's SPF record was written before its server had IPv6. The check and the probe find it, an incident is raised, the
owner's mail arrives, the webhook's signature verifies; the zone is mended, and the end is told. Workers are killed with
SIGKILL meanwhile, and nothing is lost or doubled for it.
"""

import email
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from contextlib import ExitStack
from ipaddress import ip_address
from pathlib import Path

import pytest
from standardwebhooks import Webhook

from monitor.evidence.arrivals.source import ARRIVALS
from monitor.evidence.checks.source import CHECKS
from monitor.model.dns import SpfResult
from monitor.model.evidence import AuthResult, ProbeState
from monitor.model.incidents import IncidentState, NoticeState
from monitor.model.risk import RiskLevel
from monitor.operations.timing import LEASE
from monitor.store import open_store
from tests.harness import TOP, wait_for
from tests.integration.netns import network, program, require
from tests.integration.postfix import postfix
from tests.servers import nsd, zone_text

pytestmark = [pytest.mark.integration, pytest.mark.netns, pytest.mark.timeout(600)]

LIST_HOST, LIST_HOST_V4 = "2001:db8:25::25", "192.0.2.25"
WATCH_HOST = "2001:db8:53::53"
SINK_PORT, HOOK_PORT = 2525, 8080
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
RECORD = f"v=spf1 ip4:{LIST_HOST_V4} -all"
MENDED = f"v=spf1 ip6:{LIST_HOST} ip4:{LIST_HOST_V4} -all"
PATIENCE_S = 90.0
AFTER_LEASE_S = LEASE.total_seconds() + PATIENCE_S

CONFIG = f"""
data_dir = "data"
[redis]
url = "{{redis}}"
[dns]
nameservers = ["[{WATCH_HOST}]:53"]
timeout = "2s"
[receiver]
domain = "v6.probe.example.org"
hostname = "receiver.example.org"
listen = "[{WATCH_HOST}]:25"
[web]
url = "https://staysub.example.org"
[notices]
from = "staysub@example.org"
relay = "smtp://[{WATCH_HOST}]:{SINK_PORT}"
allow_networks = ["{WATCH_HOST}/128"]
[schedule]
check_every = "5s"
probe_every = "6s"
[[list]]
id = "ipv6-ops"
address = "ipv6-ops@lists.example.org"
reverse_path = "ipv6-ops-bounces@lists.example.org"
helo = "mail.lists.example.org"
outbound = ["{LIST_HOST_V4}", "{LIST_HOST}"]
submission = "smtp://[{LIST_HOST}]:25"
owners = ["owner@example.net"]
manager = "mailman3"
messages_per_day = 12.0
  [[list.webhook]]
  url = "http://[{WATCH_HOST}]:{HOOK_PORT}/hook"
  secret = "{SECRET}"
"""


def zone(record):
    """The whole of DNS as these hosts see it; a TTL of a second, so that a mended record is seen at once."""
    records = {
        "lists.example.org": {"TXT": [record], "MX": [(10, "mail.lists.example.org")]},
        "mail.lists.example.org": {"A": [LIST_HOST_V4], "AAAA": [LIST_HOST], "TXT": ["v=spf1 a -all"]},
        ip_address(LIST_HOST).reverse_pointer: {"PTR": ["mail.lists.example.org"]},
        ip_address(LIST_HOST_V4).reverse_pointer: {"PTR": ["mail.lists.example.org"]},
        "v6.probe.example.org": {"MX": [(10, "receiver.example.org")]},
        "receiver.example.org": {"AAAA": [WATCH_HOST]},
    }
    serial = int(time.time())
    return (
        zone_text(records).replace(" 300 IN ", " 1 IN ").replace(" 1 3600 600 86400 60", f" {serial} 3600 600 86400 1")
    )


class World:
    """Two hosts, the servers on them, and Staysub's parts on the watching one."""

    def __init__(self, folder, hosts, mta, redis_url):
        self.folder, self.watch, self.mta = folder, hosts["watch"], mta
        self.store = open_store(redis_url)
        self.parts = {}
        self.environ = {**os.environ, "STAYSUB_CONFIG": str(folder / "staysub.toml"), "PYTHONPATH": str(TOP)}

    def start(self, name, *command):
        said = (self.folder / f"{name}.log").open("a")
        self.parts[name] = self.watch.popen(
            *command, stdout=said, stderr=said, cwd=self.folder, env=self.environ, start_new_session=True
        )

    def start_worker(self):
        self.start("worker", sys.executable, "-m", "celery", "-A", "tasks", "worker", "-c", "2", "-l", "info")

    def kill(self, name):
        """SIGKILL for the part and all its children, as the kernel does when memory runs out."""
        part = self.parts.pop(name)
        os.killpg(part.pid, signal.SIGKILL)
        part.wait()

    def mend(self):
        (self.folder / "nsd" / "0.zone").write_text(zone(MENDED))
        os.kill(int((self.folder / "nsd" / "pidfile").read_text()), signal.SIGHUP)

    def wait_for(self, what, condition, patience_s=PATIENCE_S):
        return wait_for(condition, what, within_s=patience_s, every_s=0.2, said=self.logs)

    def logs(self):
        """What a reader of a failure wants to see: what was thought last, and the end of each log."""
        assessed = self.store.outcomes.assessment("ipv6-ops")
        return f"{assessed}\n" + "\n".join(
            f"== {path.name}\n{path.read_text()[-3000:]}" for path in sorted(self.folder.glob("*.log"))
        )

    def mails(self):
        """What smtp-sink took, as messages: it writes each one to a file behind lines of its own."""
        found = []
        for path in sorted((self.folder / "mail").iterdir()):
            text = path.read_text()
            if "\n\n" in text:
                found.append(
                    email.message_from_string(re.sub(r"\A(?:X-\S+: .*\n|Received: .*\n(?:\s.*\n)*)+", "", text))
                )
        return found

    def hooks(self):
        path = self.folder / "hooks"
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []

    def incident(self, state):
        return next((each for each in self.store.incidents.of_list("ipv6-ops") if each.state is state), None)


@pytest.fixture
def world(tmp_path, redis_url):
    require("ip", "nsd", "postfix", "smtp-sink")
    open_store(redis_url).client.flushdb()
    (tmp_path / "staysub.toml").write_text(CONFIG.format(redis=redis_url))
    (tmp_path / "mail").mkdir(mode=0o777)
    (tmp_path / "mail").chmod(0o777)
    for parent in tmp_path.parents[:2]:
        parent.chmod(0o755)
    addresses = {"list": [LIST_HOST, LIST_HOST_V4], "watch": [WATCH_HOST, "192.0.2.53"]}
    with ExitStack() as stack:
        hosts = stack.enter_context(network(addresses, nameserver=WATCH_HOST))
        with hosts["watch"].entered():
            stack.enter_context(nsd(tmp_path / "nsd", {"": zone(RECORD)}, port=53, hosts=(WATCH_HOST,)))
        mta = stack.enter_context(postfix(hosts["list"], hostname="mail.lists.example.org"))
        made = World(tmp_path, hosts, mta, redis_url)
        sink = program("smtp-sink")
        made.start("sink", sink, "-u", "root", "-d", f"{tmp_path}/mail/%M.", f"[{WATCH_HOST}]:{SINK_PORT}", "100")
        catcher = Path(__file__).with_name("webhook_catcher.py")
        made.start("hook", sys.executable, catcher, tmp_path / "hooks", WATCH_HOST, str(HOOK_PORT))
        try:
            yield made
        finally:
            for part in made.parts.values():
                subprocess.run(["kill", "-9", "--", f"-{part.pid}"], check=False, capture_output=True)
                part.wait()


def test_from_a_record_without_ipv6_to_the_end_of_the_danger(world):
    world.start("receiver", sys.executable, "-m", "monitor", "receiver")
    world.start_worker()
    world.start("beat", sys.executable, "-m", "celery", "-A", "tasks", "beat", "-l", "info")
    check_and_probe_see_the_fault(world)
    incident = world.wait_for("incident", lambda: world.incident(IncidentState.OPEN))
    world.kill("worker")  # while the notices are on their way
    world.start_worker()
    the_owner_is_told(world, incident)
    world.mend()
    world.kill("worker")
    world.start_worker()
    # A probe that the killed worker had in hand is given up when its lease has run out; then the next one can tell.
    ended = world.wait_for("resolution", lambda: world.incident(IncidentState.RESOLVED), AFTER_LEASE_S)
    assert ended.id == incident.id
    the_end_is_told(world)
    nothing_was_lost_or_doubled(world, ended)


def check_and_probe_see_the_fault(world):
    (check,) = world.wait_for("check", lambda: world.store.evidence.read(CHECKS, "ipv6-ops", 1))
    by_address = {str(each.client_ip): each.result for each in check.results if each.identity == "mailfrom"}
    assert by_address == {LIST_HOST_V4: SpfResult.PASS, LIST_HOST: SpfResult.FAIL}
    assert check.suggested_record == MENDED
    arrival = world.wait_for("arrival", lambda: world.store.evidence.read(ARRIVALS, "ipv6-ops"))[0]
    assert str(arrival.client_ip) == LIST_HOST
    assert [each.result for each in arrival.spf if each.identity == "mailfrom"] == [SpfResult.FAIL]
    assert arrival.dmarc is None or arrival.dmarc.result in {AuthResult.NONE, AuthResult.FAIL}
    assert arrival.delay is not None


def the_owner_is_told(world, incident):
    world.wait_for("critical level", lambda: world.store.outcomes.levels("ipv6-ops", 1) == (RiskLevel.CRITICAL,))
    mail = world.wait_for("mail", world.mails)[0]
    assert mail["To"] == "owner@example.net"
    assert "ipv6-ops" in mail["Subject"]
    assert mail["Auto-Submitted"] == "auto-generated"
    text = next(part for part in mail.walk() if part.get_content_type() == "text/plain")
    said = text.get_payload(decode=True).decode()
    assert MENDED in said
    assert "RFC 7208" in said
    assert "https://staysub.example.org/n/msg_" in said
    hook = world.wait_for("webhook", world.hooks)[0]
    verified = Webhook(SECRET).verify(hook["body"], hook["headers"])
    assert verified["type"] == "list.risk.raised"
    assert verified["data"]["list"] == "ipv6-ops"
    assert verified["data"]["link"] == f"https://staysub.example.org/incidents/{incident.id}"


def the_end_is_told(world):
    world.wait_for(
        "word of the end by mail", lambda: [mail for mail in world.mails() if "ok" in mail["Subject"].lower()]
    )
    types = world.wait_for("word of the end by webhook", lambda: _types(world.hooks(), "list.risk.resolved"))
    assert types["list.risk.raised"] == 1
    assert types["list.risk.resolved"] == 1


def nothing_was_lost_or_doubled(world, ended):
    # A notice that the killed worker had in hand comes again when its lease has run out.
    world.wait_for("all notices delivered", lambda: world.store.notices.waiting() == 0, AFTER_LEASE_S)
    notices = world.store.notices.of_incident(ended.id)
    assert {notice.state for notice in notices} == {NoticeState.DELIVERED}
    told = [change for change in ended.history if change.kind in ("raised", "changed", "resolved")]
    expected = {(change.revision, channel) for change in told for channel in ("mail", "webhook")}
    assert Counter((notice.revision, notice.channel) for notice in notices) == Counter(expected)
    probes = world.store.probes.of_list("ipv6-ops", 200)
    arrived = [probe.id for probe in probes if probe.state is ProbeState.ARRIVED]
    assert len(arrived) >= len(probes) - 3  # at most the last one is open, and one a kill has no known end
    arrivals = Counter(each.probe_id for each in world.store.evidence.read(ARRIVALS, "ipv6-ops", 200))
    assert set(arrivals.values()) == {1}
    assert Counter(re.findall(r"message-id=<probe\.(\w+)@", world.mta.log())).most_common(1)[0][1] == 1
    slots = Counter(each.slot for each in world.store.evidence.read(CHECKS, "ipv6-ops", 200))
    assert set(slots.values()) == {1}


def _types(hooks, wanted):
    """How often each type was told, once the wanted one was; a repeated delivery of one id counts once."""
    told = {hook["headers"]["webhook-id"]: json.loads(hook["body"])["type"] for hook in hooks}
    return Counter(told.values()) if wanted in told.values() else None
