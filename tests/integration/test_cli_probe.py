"""`staysub probe` on the probe's host, through Postfix, with a real store: what a person and a program are shown."""

import json
from functools import partial

import pytest

from monitor.model.evidence import ProbeState
from tests.builders import refused_in
from tests.harness import wait_for
from tests.integration.command_hosts import command_hosts
from tests.integration.netns import require
from tests.integration.two_hosts import DOMAIN, LIST_HOST

pytestmark = [pytest.mark.integration, pytest.mark.netns]


@pytest.fixture(scope="module")
def staysub(tmp_path_factory):
    """Run `staysub` on the probe's host; the store is the second thing given."""
    require("ip", "nsd", "postfix")
    with command_hosts(tmp_path_factory.mktemp("probe")) as world:
        yield partial(world.run, "probe"), world.store


def test_a_person_sees_how_the_probe_arrived(staysub):
    run, _ = staysub
    ended = run("probe", "ipv6-ops")
    assert ended.returncode == 0, ended.stderr
    shown = " ".join(ended.stdout.split())
    for fact in (
        f"from {LIST_HOST}, which says it is mail.lists.example.org",
        "network 2001:db8:25::/64",
        "PTR pass (mail.lists.example.org)",
        "SPF mailfrom pass for lists.example.org",
        "DKIM unsigned",
        "TLS TLSv1.3, ",
        "hops mail.lists.example.org → receiver.example.org",
    ):
        assert fact in shown


def test_a_program_gets_the_retries_of_a_run_by_a_rule(staysub):
    run, store = staysub
    ended = run("probe", "ipv6-ops", "--as", "microsoft-365", "--refusals", "2", "--json")
    assert ended.returncode == 0, ended.stderr
    told = json.loads(ended.stdout)
    assert told["schema"] == "staysub.probe/1"
    assert told["probe"]["as_rule"] == "ms.eop.v6.auth.4xx.4726"
    assert [attempt["client_ip"] for attempt in told["probe"]["seen"]] == [LIST_HOST] * 2
    assert len(told["retries_s"]) == 2
    assert all(1 < delay < 20 for delay in told["retries_s"])
    assert told["arrival"]["spf"][0]["result"] == "pass"
    assert told["client_network"] == "2001:db8:25::/64"
    assert told["goes_on_at_once"] is None, "the receiver's name has one address only"
    probe = store.probes.get(told["probe"]["id"])
    assert (probe.state, len(probe.seen)) == (ProbeState.ARRIVED, 2)


def test_a_refusal_for_good_ends_the_run_at_once(staysub):
    run, store = staysub
    ended = run("probe", "ipv6-ops", "--as", "gmail")
    assert ended.returncode == 1, ended.stderr
    assert "bounced, not arrived, by our own doing or fault" in ended.stdout
    assert f"from {LIST_HOST}: 550 5.7.1 [{LIST_HOST}" in " ".join(ended.stdout.split())
    assert store.probes.current("ipv6-ops") is None, "the next probe may begin"


def test_the_dsn_of_the_lists_mta_can_be_looked_at(staysub):
    run, _ = staysub
    ended = run("probe", "ipv6-ops", "--as", "gmail", "--dsn", "--json")
    told = json.loads(ended.stdout)
    assert told["probe"]["dsn"].startswith(f"failed 5.7.1: 550 5.7.1 [{LIST_HOST}] Our system has detected")
    assert told["probe"]["reverse_path"].endswith("@" + DOMAIN)


def test_a_dsn_that_went_to_the_list_is_copied_by_its_mta_and_finds_its_probe(staysub):
    """Postfix sends the DSN to the list's reverse-path, as for any post; an alias there copies it to the receiver."""
    run, store = staysub
    printed = run("receiver", "--bounces", "ipv6-ops")
    assert printed.stdout.endswith(f"@{DOMAIN}\n")
    assert "copy to this address" in printed.stderr
    told = json.loads(run("probe", "ipv6-ops", "--as", "gmail", "--json").stdout)
    wait_for(lambda: store.probes.get(told["probe"]["id"]).dsn, "DSN")
    probe = store.probes.get(told["probe"]["id"])
    assert (probe.dsn or "").startswith(f"failed 5.7.1: 550 5.7.1 [{LIST_HOST}] Our system has detected")
    assert probe.ours, "it was refused as asked"
    assert refused_in(store.evidence.ledger("ipv6-ops")) == []


@pytest.mark.parametrize(
    ("args", "code", "says"),
    [
        pytest.param(["probe", "other"], 64, "There is no list 'other'; there is ipv6-ops.", id="list"),
        pytest.param(
            ["probe", "ipv6-ops", "--as", "gmial"], 64, "There is no receiver or rule 'gmial'; try gmail", id="rule"
        ),
        pytest.param(
            ["receiver", "--bounces", "other"], 64, "There is no list 'other'; there is ipv6-ops.", id="list of bounces"
        ),
        pytest.param(["probe", "ipv6-ops", "--refusals", "2"], 64, "goes with --as", id="option"),
        pytest.param(
            ["probe", "ipv6-ops", "--as", "microsoft-365", "--dsn"],
            64,
            "--dsn needs a rule that refuses for good",
            id="DSN",
        ),
    ],
)
def test_a_wrong_call_is_answered_with_one_sentence(staysub, args, code, says):
    run, _ = staysub
    ended = run(*args)
    assert ended.returncode == code
    assert says in ended.stderr
    assert "Traceback" not in ended.stderr
