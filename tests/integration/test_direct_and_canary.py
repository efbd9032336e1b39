"""Direct probes from the list's host around its MTA, and the list's real posts to our subscription."""

import json
import smtplib
from ipaddress import ip_address

import pytest

from monitor.evidence.canary.source import CANARY, CANARY_NOTICES
from monitor.evidence.probes.localise import localised
from monitor.model.dns import PtrResult, SpfResult
from monitor.model.evidence import CanaryKind, ProbeState
from tests.harness import wait_for
from tests.integration.command_hosts import command_hosts
from tests.integration.netns import require
from tests.integration.two_hosts import LIST_HOST

pytestmark = [pytest.mark.integration, pytest.mark.netns]

OTHER = "2001:db8:25::26"
PATIENCE_S = 40


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    require("ip", "nsd", "postfix")
    with command_hosts(tmp_path_factory.mktemp("ways")) as running:
        host = running.hosts["list"]
        host.run("ip", "address", "add", f"{OTHER}/32", "dev", "eth0", "nodad", "preferred_lft", "0")
        config = running.config
        config.write_text(config.read_text().replace(f'"{LIST_HOST}"]', f'"{LIST_HOST}", "{OTHER}"]'))
        yield running


def directly(world):
    ended = world.run("list", "probe", "ipv6-ops", "--direct", "--json")
    assert ended.stdout, ended.stderr
    told = json.loads(ended.stdout)
    assert told["schema"] == "staysub.probe-direct/1"
    return ended.returncode, {each["probe"]["source"]: each for each in told["direct"]}


def test_a_direct_probe_leaves_from_each_address_of_the_list(world):
    """Bound to its source, without the MTA: the receiver sees that address; no probe stays open."""
    code, told = directly(world)
    assert code == 0
    assert told.keys() == {LIST_HOST, OTHER}
    for source, each in told.items():
        assert each["probe"]["state"] == ProbeState.ARRIVED
        assert (each["arrival"]["client_ip"], each["arrival"]["direct"]) == (source, True)
        assert each["arrival"]["helo"] == "mail.lists.example.org"
    assert told[LIST_HOST]["arrival"]["spf"][0]["result"] == SpfResult.PASS
    assert told[OTHER]["arrival"]["spf"][0]["result"] == SpfResult.FAIL
    assert told[OTHER]["arrival"]["ptr"]["result"] == PtrResult.MISSING
    assert world.store.probes.current("ipv6-ops") is None
    assert "ipv6-ops" not in world.mta.log(), "the MTA had nothing to do with it"


def test_an_address_that_is_cut_off_is_the_networks_trouble(world):
    """Where the network lets no packet out from an address, this is said of it, not of the mail server."""
    host = world.hosts["list"]
    host.run("ip", "-6", "rule", "add", "from", OTHER, "unreachable")
    try:
        code, told = directly(world)
    finally:
        host.run("ip", "-6", "rule", "del", "from", OTHER, "unreachable")
    assert code == 1
    assert told[LIST_HOST]["probe"]["state"] == ProbeState.ARRIVED
    lost = told[OTHER]["probe"]
    assert (lost["state"], lost["ours"], told[OTHER]["arrival"]) == (ProbeState.LOST, False, None)
    (finding,) = localised(world.store.probes.of_list("ipv6-ops"))
    assert (finding.code, finding.evidence["addresses"]) == ("way.network", [OTHER])
    assessed = world.store.outcomes.assessment("ipv6-ops")
    assert "way.network" in {each.code for each in assessed.findings}


def test_elsewhere_than_on_the_lists_host_it_says_so(world):
    ended = world.run("probe", "probe", "ipv6-ops", "--direct")
    assert ended.returncode == 64
    assert "run it on the list's host" in ended.stderr


def test_a_post_through_postfix_reaches_the_canary(world):
    """The list's MTA delivers a post to the subscribed address over IPv6; what it wrote of the way is recorded."""
    printed = world.run("probe", "receiver", "--canary", "ipv6-ops")
    canary = printed.stdout.strip()
    assert "takes mail until" in printed.stderr
    verp = f"ipv6-ops-bounces+{canary.replace('@', '=')}@lists.example.org"
    header = "From: someone@example.net\r\nTo: ipv6-ops@lists.example.org\r\nMessage-ID: <{}@example.net>\r\n"
    post = header.format(1) + "List-Id: <ipv6-ops.lists.example.org>\r\nSubject: [ops] hello\r\n\r\nhello\r\n"
    notice = (
        header.format(2) + "Subject: Your subscription for ipv6-ops mailing list has been disabled\r\n\r\nSorry.\r\n"
    )
    with world.hosts["probe"].entered(), smtplib.SMTP(LIST_HOST, 25, local_hostname="localhost") as session:
        session.sendmail(verp, [canary], post)
        session.sendmail("", [canary], notice)
    (seen,) = wait_for(lambda: world.store.evidence.read(CANARY, "ipv6-ops"), "a canary post", said=world.mta.log)
    (told,) = wait_for(lambda: world.store.evidence.read(CANARY_NOTICES, "ipv6-ops"), "a notice", said=world.mta.log)
    assert (seen.list_id, seen.probe_id, seen.canary.kind) == ("ipv6-ops", None, CanaryKind.POST)
    assert (seen.message_id, told.message_id) == ("<1@example.net>", "<2@example.net>")
    assert (seen.client_ip, seen.reverse_path, seen.list_fields) == (ip_address(LIST_HOST), verp, ("list-id",))
    assert (seen.spf[0].result, seen.tls_version) == (SpfResult.PASS, "TLSv1.3")
    assert [hop.by_host for hop in seen.hops] == ["mail.lists.example.org", "receiver.example.org"]
    assert told.canary.notice == "mailman3.disabled"
