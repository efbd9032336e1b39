"""`staysub check` over a real name server: records that are none, aliases, names that are not there, hostile text."""

import json
import subprocess
import sys

import pytest

from tests.servers import Gate, needs_nsd, nsd, zone_text

pytestmark = [pytest.mark.integration, needs_nsd]

V4, V6 = "192.0.2.61", "2001:db8:61::61"
GOOD = f"v=spf1 ip4:{V4} ip6:{V6} -all"
FORGED = "STAYSUB OK - all is well"
ZONES = {
    "spaced.example": {"TXT": [f"  {GOOD}"]},
    "marked.example": {"TXT": [f"\ufeff{GOOD}"]},
    "quoted.example": {"TXT": [f'"{GOOD}"']},
    "seamed.example": {"TXT": [(b"v=spf1", f"ip4:{V4} ip6:{V6} -all".encode())]},
    "sewn.example": {"TXT": [(f"v=spf1 ip4:{V4}".encode(), f"ip6:{V6} -all".encode())]},
    "dashed.example": {"TXT": [f"v=spf1 ip4:{V4} ip6:{V6} \u2013all"]},
    "list.aliased.example": {"CNAME": ["www.aliased.example"]},
    "www.aliased.example": {"CNAME": ["host.aliased.example"]},
    "host.aliased.example": {"A": [V4], "TXT": ["verification=61"]},
    "hosted.example": {"CNAME": ["customer.provider.example"]},
    "customer.provider.example": {"A": [V4]},
    "dangling.example": {"CNAME": ["gone.dangling.example"]},
    "fourfold.example": {"TXT": [f"v=spf1 a:s1.fourfold.example a:s2.fourfold.example a:s3.fourfold.example ip6:{V6} ~all"]},
    **{f"s{n}.fourfold.example": {"A": [f"192.0.2.{70 + n}"]} for n in (1, 2, 3)},
    "many.example": {"TXT": ["v=spf1 mx -all"], "MX": [(n, f"mx{n}.many.example") for n in range(1, 13)]},
    **{f"mx{n}.many.example": {"A": [f"192.0.2.{60 + n}"], "AAAA": [f"2001:db8:61::{60 + n}"]} for n in range(1, 13)},
    "denying.example": {"TXT": [f"v=spf1 a:web.denying.example ip4:{V4} ip6:{V6} -all"]},
    "web.denying.example": {"A": ["192.0.2.80"]},
    "hostile.example": {"TXT": [f"v=spf1 ip4:{V4}\n{FORGED}\r\n\x1b[1A\u2028{FORGED} \u202e-all"]},
}  # fmt: skip


@pytest.fixture(scope="module")
def staysub(tmp_path_factory):
    def denies(name, rrtype):
        return "NXDOMAIN" if (name.removesuffix("."), rrtype) == ("web.denying.example", "AAAA") else None

    with (
        nsd(tmp_path_factory.mktemp("nsd"), {"": zone_text(ZONES)}) as behind,
        Gate(behind, denies) as gate,
    ):

        def call(domain, *args, ips=(V4, V6)):
            command = [
                sys.executable,
                "-m",
                "monitor",
                "check",
                domain,
                *args,
                "--nameserver",
                f"127.0.0.1:{gate.port}",
            ]
            command += [word for ip in ips for word in ("--ip", ip)]
            return subprocess.run(command, capture_output=True, text=True, check=False)

        yield call


def found(ended, code):
    assert ended.returncode in {1, 2}, ended.stderr
    document = json.loads(ended.stdout)
    return document, next(each for each in document["findings"] if each["code"] == code)


@pytest.mark.parametrize(
    ("domain", "code", "word"),
    [
        ("spaced.example", "spf.none", "a space stands in front"),
        ("marked.example", "spf.none", "BYTE ORDER MARK"),
        ("quoted.example", "spf.none", "quotation marks"),
        ("seamed.example", "spf.none", "joined without a space"),
        ("sewn.example", "spf.syntax", "RFC 7208 section 3.3"),
        ("dashed.example", "spf.syntax", "EN DASH"),
    ],
)
def test_a_near_miss_is_named_and_what_was_meant_is_proposed(staysub, domain, code, word):
    document, finding = found(staysub(domain, "--json"), code)
    assert word in finding["message"]
    assert document["suggested_record"] == GOOD
    assert finding["fix"] == {"action": "change", "name": domain, "type": "TXT", "value": GOOD}


def test_the_record_of_an_alias_goes_to_its_target(staysub):
    _, finding = found(staysub("list.aliased.example", "--json"), "spf.none")
    assert finding["fix"]["name"] == "host.aliased.example"
    assert "RFC 1034 section 3.6.2" in finding["message"]
    shown = staysub("list.aliased.example").stdout
    assert "Publish this TXT record at host.aliased.example:" in shown


def test_who_runs_the_target_of_a_foreign_alias_is_asked(staysub):
    _, finding = found(staysub("hosted.example", "--json"), "spf.none")
    assert (finding["fix"]["action"], finding["fix"]["name"]) == ("ask", "whoever runs customer.provider.example")


@pytest.mark.parametrize("domain", ["nowhere.example", "dangling.example"])
def test_a_domain_that_does_not_exist_is_no_domain_without_a_record(staysub, domain):
    document, finding = found(staysub(domain, "--json"), "dns.no-such-domain")
    assert "does not exist" in finding["message"]
    assert document["suggested_record"] is None
    assert "spf.none" not in {each["code"] for each in document["findings"]}
    assert "none: the domain does not exist" in staysub(domain).stdout


def test_hosts_without_ipv6_are_told_as_such(staysub):
    document, finding = found(staysub("fourfold.example", "--json", ips=(V6,)), "spf.void-over-ipv6-only")
    assert "s1.fourfold.example, s2.fourfold.example and s3.fourfold.example have no IPv6 address" in finding["message"]
    assert "not exist" not in finding["message"]
    assert document["suggested_record"].startswith("v=spf1 ip4:192.0.2.71 ip4:192.0.2.72 ip4:192.0.2.73")


def test_too_many_mail_exchangers_are_named(staysub):
    _, finding = found(staysub("many.example", "--json"), "spf.mx-limit")
    assert "12 MX hosts" in finding["message"]


def test_a_name_server_that_denies_a_name_for_one_type_is_named(staysub):
    _, finding = found(staysub("denying.example", "--json"), "dns.name-denied")
    assert finding["evidence"]["name"] == "web.denying.example"
    assert finding["evidence"]["denied"] == ["AAAA"]


@pytest.mark.parametrize("args", [(), ("--tree", "--trace"), ("--json", "--trace"), ("--nagios",)], ids=" ".join)
def test_a_hostile_record_forges_no_line(staysub, args):
    printed = staysub("hostile.example", *args).stdout
    assert "STAYSUB" in printed
    assert not [line for line in printed.splitlines() if line.strip().startswith(FORGED)]
    assert not [char for char in printed if not char.isprintable() and char != "\n"]
    if "--nagios" in args:
        assert printed.count("\n") == 1
        assert printed.startswith("STAYSUB CRITICAL - hostile.example")
