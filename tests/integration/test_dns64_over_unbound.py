"""A resolver that really makes addresses up (Unbound's DNS64 before NSD): who asks sees what the world sees."""

import json
import subprocess
import sys
from datetime import UTC, datetime
from ipaddress import ip_address

import pytest

from monitor.dns.authority import Authorities
from monitor.dns.dns64 import NAME
from monitor.dns.mail_route import exchanges_of, host_of, route_of
from monitor.dns.ptr import reverse
from monitor.dns.resolver import system_resolver
from monitor.model.dns import PtrResult, SpfResult
from monitor.spf.batch import Request, evaluate_many
from tests.servers import Gate, needs_nsd, needs_unbound, nsd, unbound_dns64, zone_text

pytestmark = [pytest.mark.integration, needs_nsd, needs_unbound]

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
V4, V6 = "192.0.2.25", "2001:db8:25::25"
HOSTS = [f"old{n}.example.org" for n in (1, 2, 3)]
SERVER = "ns.served.example"
ZONES = {
    NAME: {"A": ["192.0.0.170", "192.0.0.171"]},
    "example.org": {"TXT": [f"v=spf1 {' '.join(f'a:{host}' for host in HOSTS)} ip4:{V4} ip6:{V6} -all"]},
    **{host: {"A": [f"198.51.100.{n}"]} for n, host in enumerate(HOSTS, 1)},
    "mx.example.org": {"A": [V4], "AAAA": [V6]},
    "alias.example.org": {"CNAME": [HOSTS[0]]},
    "four.example.org": {"MX": [(10, HOSTS[0])], "TXT": ["v=spf1 ip4:198.51.100.1 -all"]},
    ip_address(V6).reverse_pointer: {"PTR": [HOSTS[0], "mx.example.org"]},
    ip_address(V4).reverse_pointer: {"PTR": ["mx.example.org"]},
    ip_address("198.51.100.1").reverse_pointer: {"PTR": [HOSTS[0]]},
}


@pytest.fixture(scope="module")
def truth(tmp_path_factory):
    served = zone_text({"served.example": {"NS": [SERVER]}, SERVER: {"A": ["127.0.0.1"]}}, origin="served.example")
    files = {"": zone_text(ZONES), "served.example": served.replace("served.example. 300 IN NS ns.invalid.\n", "")}
    with nsd(tmp_path_factory.mktemp("nsd"), files) as port:
        yield port


@pytest.fixture(scope="module", params=["64:ff9b::/96", "2001:db8:122:344::/64", "64:ff9b:1::/48"])
def dns64(request, truth, tmp_path_factory):
    with (
        unbound_dns64(tmp_path_factory.mktemp("unbound"), truth, request.param, (".", "served.example")) as port,
        Gate(port, lambda *_: None) as gate,
    ):
        gate.prefix = request.param
        yield gate


def resolver(gate):
    return system_resolver([f"127.0.0.1:{gate.port}"])


def test_the_prefix_is_found_out_with_one_question(dns64):
    before = len(dns64.asked)
    ours = resolver(dns64)
    for host in HOSTS:
        assert ours.lookup(host, "AAAA").records == ()
    assert [str(each) for prefixes in ours.synthesising().values() for each in prefixes] == [dns64.prefix]
    assert dns64.asked[before:].count((NAME, "AAAA", "udp")) == 1


def test_a_mail_server_without_ipv6_gets_none_from_dns64(dns64):
    """Mail to such a domain cannot arrive over IPv6, whatever the resolver that is asked makes up."""
    ours = resolver(dns64)
    for domain, ipv6 in (("four.example.org", False), ("alias.example.org", False), ("mx.example.org", True)):
        exchanges = exchanges_of(domain, ours)
        hosts = {name: host_of(name, ours, now=NOW, chance=0.0) for _, name in exchanges.hosts}
        found = route_of(exchanges, hosts, None, now=NOW, chance=0.0)
        assert (found.ipv4, found.ipv6, found.problem) == (True, ipv6, "")


def test_names_are_as_the_world_sees_them(dns64):
    ours = resolver(dns64)
    assert ours.lookup("alias.example.org", "AAAA").records == ()
    assert ours.lookup("alias.example.org", "AAAA").question.cached
    assert ours.lookup("alias.example.org", "A").strings == ("198.51.100.1",)
    assert ours.lookup("mx.example.org", "AAAA").strings == (V6,)
    assert ours.lookup("gone.example.org", "AAAA").rcode == "NXDOMAIN"


def test_reverse_dns_is_confirmed_by_true_addresses_alone(dns64):
    ours = resolver(dns64)
    assert reverse(ours, ip_address(V6)).confirmed == ("mx.example.org",)
    (made,) = ours.lookup(HOSTS[0], "AAAA").question.synthesised
    assert reverse(ours, ip_address(made)).result is PtrResult.MISSING


def test_a_batch_and_a_single_check_count_the_same_void_lookups(dns64, truth):
    request = Request(reverse_path="a@example.org", helo="mx.example.org", client_ips=(ip_address(V6), ip_address(V4)))
    ((six, four),) = evaluate_many(resolver(dns64), [request], now=NOW)
    ((true_six, true_four),) = evaluate_many(system_resolver([f"127.0.0.1:{truth}"]), [request], now=NOW)
    assert (six.result, six.void, six.problem) == (SpfResult.PERMERROR, 3, true_six.problem)
    assert (four.result, four.void) == (true_four.result, true_four.void) == (SpfResult.PASS, 0)


def test_a_zones_server_without_ipv6_is_not_given_one(dns64):
    (report,) = Authorities(resolver(dns64)).examine(["served.example"])
    assert report.without_ipv6 == (SERVER,)
    assert [each.address for each in report.answers] == ["127.0.0.1"]


def staysub(*args):
    return subprocess.run([sys.executable, "-m", "monitor", *args], capture_output=True, text=True, check=False)


def test_the_check_finds_what_receivers_find_and_says_whose_the_addresses_were(dns64):
    asked = ("check", "example.org", "--ip", V4, "--ip", V6, "--helo", "mx.example.org")
    ended = staysub(*asked, "--nameserver", f"127.0.0.1:{dns64.port}", "--json")
    found = json.loads(ended.stdout)
    assert ended.returncode == 2
    codes = {each["code"]: each for each in found["findings"]}
    assert codes.keys() >= {"spf.void-over-ipv6-only", "resolver.dns64"}
    own = codes["resolver.dns64"]
    assert (own["severity"], own["evidence"]["names"]) == ("info", HOSTS)
    assert f"127.0.0.1:{dns64.port}" in own["message"]


def test_a_batch_says_it_once_beside_its_answers(dns64, tmp_path):
    line = json.dumps({"mail_from": "a@example.org", "helo": "mx.example.org", "client_ip": [V6]})
    (tmp_path / "lines").write_text(f"{line}\n{line}\n")
    ended = staysub("check", "--batch", str(tmp_path / "lines"), "--nameserver", f"127.0.0.1:{dns64.port}")
    answers = [json.loads(each) for each in ended.stdout.splitlines()]
    assert [each["results"][0]["result"] for each in answers] == ["permerror", "permerror"]
    assert (ended.returncode, ended.stderr.count("DNS64")) == (0, 1)
    assert f"127.0.0.1:{dns64.port}" in ended.stderr


def test_a_domains_own_servers_have_no_addresses_that_were_made_up(dns64):
    ended = staysub("check", "four.example.org", "--nameserver", f"127.0.0.1:{dns64.port}", "--json")
    found = json.loads(ended.stdout)
    assert {each["client_ip"] for each in found["results"]} == {"198.51.100.1"}
    assert [each["code"] for each in found["findings"]] == ["resolver.dns64"]


def test_the_doctor_names_the_server(dns64, tmp_path):
    (tmp_path / "staysub.toml").write_text(
        f'data_dir = "{tmp_path}"\n[redis]\nurl = "redis://127.0.0.1:1/0"\n[dns]\nnameservers = ["127.0.0.1:{dns64.port}"]\n'
    )
    examined = json.loads(staysub("--config", str(tmp_path / "staysub.toml"), "doctor", "--json").stdout)["examined"]
    (said,) = (each for each in examined if "DNS64" in each["sentence"])
    assert (said["subject"], said["status"]) == ("resolver", "warning")
    assert f"127.0.0.1:{dns64.port}" in said["sentence"]
    assert dns64.prefix in said["sentence"]
    assert "dns.nameservers" in said["advice"]
