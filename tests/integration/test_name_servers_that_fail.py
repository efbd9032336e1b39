"""Name servers that fail at every check, behind a real resolver: what check, status, page and API say of it."""

import json
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from fastapi.testclient import TestClient

from monitor.cli.check import command
from monitor.cli.status import status_command
from monitor.config.reload import SettingsSource
from monitor.dns.resolver import SystemResolver
from monitor.dns.servers import Server
from monitor.evidence.checks.source import CHECKS
from monitor.operations import check as worker
from monitor.wiring import assemble
from tests.configured import invoke
from tests.harness import free_port
from tests.integration.test_cli_forecast_of_list import CONFIGURATION, FOUR, SIX
from tests.pages import pages_of
from tests.servers import Gate, needs_nsd, needs_unbound, nsd, unbound, zone_text

pytestmark = [pytest.mark.integration, needs_nsd, needs_unbound]

START = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
EVERY = timedelta(minutes=15)
FAILING = 6  # checks: more than an hour
DOMAIN, PROVIDER, HOST = "lists.example.org", "_spf.provider.example", "mx.provider.example"
OWN = {
    DOMAIN: {"TXT": [f"v=spf1 include:{PROVIDER} a:{HOST} -all"]},
    "mail.lists.example.org": {"A": [str(FOUR)], "AAAA": [str(SIX)]},
}
PROVIDERS = {PROVIDER: {"TXT": ["v=spf1 ip4:203.0.113.1 -all"]}, HOST: {"A": [str(FOUR)], "AAAA": [str(SIX)]}}
OTHERS = {
    FOUR.reverse_pointer: {"PTR": ["mail.lists.example.org"]},
    SIX.reverse_pointer: {"PTR": ["mail.lists.example.org"]},
    "gmail.com": {"MX": [(5, "gmail-smtp-in.l.google.com")]},
    "outlook.com": {"MX": [(5, "outlook-com.olc.protection.outlook.com")]},
    "yahoo.com": {"MX": [(1, "mta5.am0.yahoodns.net")]},
}
AT_ONCE = ["  cache-max-ttl: 0", "  cache-max-negative-ttl: 0", "  infra-host-ttl: 1"]  # a later check asks anew


@pytest.fixture(scope="module")
def answering(tmp_path_factory):
    own, providers = zone_text(OWN, DOMAIN), zone_text(PROVIDERS, "provider.example")
    zones = {"": zone_text(OTHERS), DOMAIN: own, "provider.example": providers}
    with nsd(tmp_path_factory.mktemp("nsd"), zones) as port:
        yield port


@pytest.fixture
def world(answering, tmp_path):
    """Two name servers of the list's domain, one of a provider's, one of all others, and a resolver before them.

    Gives the resolver's port and the rules that the servers follow, by their name.
    """
    rules = {}

    def gate(which):
        return Gate(answering, lambda name, rrtype: rules[which](name, rrtype) if which in rules else None)

    with gate("ns1") as ns1, gate("ns2") as ns2, gate("provider") as provider, gate("others") as others:
        servers = {".": [others.port], DOMAIN: [ns1.port, ns2.port], "provider.example": [provider.port]}
        with unbound(tmp_path / "unbound", servers, AT_ONCE) as port:  # of its own: it remembers who failed
            yield port, rules


@pytest.fixture
def lived(world, store, configure):
    """A sound check and then FAILING ones while `rules` hold: everything that is said in the end."""
    sound, followed = world

    def live(rules, *, resolver=sound, timeout_s=3.0):
        config = configure(CONFIGURATION + f'[dns]\nnameservers = ["127.0.0.1:{sound}"]\n')
        at = START
        for number in range(FAILING + 1):
            followed.update(rules if number else {})
            ours = SystemResolver([Server("127.0.0.1", resolver if number else sound)], timeout_s=timeout_s)
            at = START + number * EVERY
            services = assemble(SettingsSource(config))
            services = replace(
                services, now=lambda at=at: at, resolver=lambda ours=ours: ours, authorities=lambda: None
            )
            worker.check(services, "ipv6-ops", slot=number + 1)
        (newest,) = store.evidence.read(CHECKS, "ipv6-ops", 1)
        return newest, services, config, at

    return live


def servfail(*rrtypes):
    return lambda _, rrtype: "SERVFAIL" if not rrtypes or rrtype in rrtypes else None


def silent(_name, _rrtype):
    return "drop"


@pytest.mark.parametrize(
    ("rules", "name", "families"),
    [
        pytest.param({"ns1": servfail("TXT"), "ns2": servfail("TXT")}, DOMAIN, {4, 6}, id="TXT alone"),
        pytest.param({"ns1": servfail(), "ns2": servfail()}, DOMAIN, {4, 6}, id="everything"),
        pytest.param({"provider": servfail("TXT")}, PROVIDER, {4, 6}, id="an include's"),
        pytest.param({"provider": servfail("AAAA")}, HOST, {6}, id="addresses of IPv6 alone"),
        pytest.param({"ns1": servfail("TXT")}, None, set(), id="one of two fails"),
        pytest.param({"ns1": silent}, None, set(), id="one of two is silent"),
    ],
)
def test_whose_servers_fail_and_for_which_family(lived, rules, name, families):
    newest, *_ = lived(rules)
    assert newest.ours is None
    assert {each.family for each in newest.outages} == families
    told = [each for each in newest.findings if each.code.startswith("dns.") and "helo" not in each.evidence]
    assert [(each.code, each.evidence["domain"]) for each in told] == ([("dns.failing", name)] if name else [])
    for each in newest.outages:
        assert (each.checks, each.since, each.seen_at) == (FAILING, START + EVERY, START)


def test_servers_that_are_silent_fail_too(lived):
    newest, *_ = lived({"ns1": silent, "ns2": silent}, timeout_s=0.4)
    assert [each.evidence["domain"] for each in newest.findings if each.code == "dns.failing"] == [DOMAIN]


def test_all_that_is_the_lists_own_is_dead_and_others_are_not(lived):
    """Also its reverse names: as if nobody answered us."""
    reverse = lambda name, _: "SERVFAIL" if name.endswith(".arpa") else None  # noqa: E731 - one line of a table, named
    newest, *_ = lived({"ns1": servfail(), "ns2": servfail(), "others": reverse})
    assert newest.ours is None
    assert "dns.failing" in {each.code for each in newest.findings}


def test_a_dead_resolver_is_our_own_fault(lived):
    newest, services, config, _ = lived({}, resolver=free_port(), timeout_s=0.4)
    assert newest.ours is not None
    assert (newest.outages, newest.status, newest.findings[0].code) == ((), "unknown", "resolver.blind")
    assert services.store.heartbeats.all()["resolver"] == START
    shown = invoke(status_command, config, "ipv6-ops", "--json", standalone_mode=False)
    assert "dns.failing" not in shown.stdout


def test_everybody_says_the_same_sentence(lived, store, monkeypatch):
    newest, services, config, at = lived({"ns1": servfail("TXT"), "ns2": servfail("TXT")})
    (found,) = [each for each in newest.findings if each.code == "dns.failing"]
    monkeypatch.setattr(command, "now", lambda: at)
    checked = invoke(command.check_command, config, "ipv6-ops", "--json", "--no-servers", standalone_mode=False)
    assert [each["message"] for each in json.loads(checked.stdout)["findings"] if each["code"] == found.code] == [
        found.message
    ]
    told = invoke(status_command, config, "ipv6-ops", "--json", standalone_mode=False)
    assert json.loads(told.stdout)["lists"][0]["reason"] == found.message
    assert checked.return_value == told.return_value == 1
    client = TestClient(pages_of(services.settings, store, lambda: at), base_url="http://127.0.0.1:8025")
    read = re.sub(r"<[^>]+>", "", client.get("/lists/ipv6-ops").text)  # a moment is an element, and needs no year
    assert found.message.replace(f" {at.year}", "") in read
    assert client.get("/api/v1/lists/ipv6-ops").json()["reason"] == found.message
    bare = invoke(command.check_command, config, DOMAIN, "--ip", FOUR, "--no-servers", standalone_mode=False)
    assert bare.return_value == 3
    assert "have given no usable answer" not in bare.stdout
