"""The tree of a record: costs by family, what it authorises, and the advice that follows from it."""

from ipaddress import ip_network

import pytest

from monitor.model.findings import Severity
from monitor.spf.advice import advice, cost
from monitor.spf.faults import syntax_findings
from monitor.spf.tree import build_tree
from tests.fakes import ZoneResolver

DOMAIN = "example.org"


def tree(txt, zones=None, errors=None):
    return build_tree(ZoneResolver({DOMAIN: {"TXT": [txt]}, **(zones or {})}, errors), DOMAIN)


CHAIN = {f"i{n}.example": {"TXT": [f"v=spf1 include:i{n + 1}.example -all"]} for n in range(1, 13)}
CHAIN["i13.example"] = {"TXT": ["v=spf1 -all"]}


@pytest.mark.parametrize(
    ("txt", "zones", "lookups", "void4", "void6"),
    [
        pytest.param("v=spf1 ip4:192.0.2.1 ip6:2001:db8::1 -all", {}, 0, 0, 0, id="addresses cost nothing"),
        pytest.param("v=spf1 a mx ptr exists:%{i}.x.example -all", {}, 4, 2, 2, id="each mechanism costs one §4.6.4"),
        pytest.param(
            "v=spf1 a:four.example a:six.example a:none.example -all",
            {"four.example": {"A": ["192.0.2.1"]}, "six.example": {"AAAA": ["2001:db8::1"]}},
            3,
            2,
            2,
            id="void by family §4.6.4",
        ),
        pytest.param(
            "v=spf1 include:a.example include:b.example -all",
            {
                "a.example": {"TXT": ["v=spf1 mx:four.example -all"]},
                "b.example": {"TXT": ["v=spf1 ip4:192.0.2.1 -all"]},
            },
            3,
            1,
            1,
            id="includes count with what is in them",
        ),
        pytest.param(
            "v=spf1 mx:own.example -all",
            {
                "own.example": {"MX": [(10, "one.example"), (20, "two.example"), (30, "gone.example")]},
                "one.example": {"A": ["192.0.2.1"]},
                "two.example": {"A": ["192.0.2.2"], "AAAA": ["2001:db8::2"]},
            },
            1,
            1,
            2,
            id="mail exchangers without an address of the family §4.6.4",
        ),
        pytest.param("v=spf1 -all a mx include:a.example", {}, 0, 0, 0, id="what follows all costs nothing §5.1"),
        pytest.param("v=spf1 -all redirect=a.example", {}, 0, 0, 0, id="nor does its redirect §6.1"),
        pytest.param(
            "v=spf1 redirect=a.example", {"a.example": {"TXT": ["v=spf1 a:x.example -all"]}}, 2, 1, 1, id="redirect"
        ),
    ],
)
def test_costs_are_counted_as_a_client_meets_them_that_nothing_matches(txt, zones, lookups, void4, void6):
    grown = tree(txt, zones)
    assert (grown.lookups, grown.void4, grown.void6) == (lookups, void4, void6)
    assert (cost(grown).lookups, cost(grown).void) == (lookups, max(void4, void6))


def test_what_it_authorises_is_gathered_over_the_tree():
    grown = tree(
        "v=spf1 ip4:192.0.2.0/25 include:a.example a:host.example/28//64 -ip4:203.0.113.0/24 ~all",
        {
            "a.example": {"TXT": ["v=spf1 ip4:192.0.2.128/25 ip6:2001:db8::/32 -all"]},
            "host.example": {"A": ["198.51.100.7"], "AAAA": ["2001:db8:1::1", "2001:dead::1"]},
        },
    )
    four, six = grown.authorised()
    assert four == (ip_network("192.0.2.0/24"), ip_network("198.51.100.0/28"))
    assert six == (ip_network("2001:db8::/32"), ip_network("2001:dead::/64"))


@pytest.mark.parametrize(
    ("txt", "zones", "code", "severity"),
    [
        pytest.param(
            "v=spf1 include:i1.example -all", CHAIN, "spf.lookup-limit", Severity.CRITICAL, id="thirteen §4.6.4"
        ),
        pytest.param("v=spf1 include:i5.example -all", CHAIN, "spf.near-lookup-limit", Severity.INFO, id="nine §4.6.4"),
        pytest.param(
            "v=spf1 include:gone.example -all", {}, "spf.include-without-record", Severity.CRITICAL, id="no record §5.2"
        ),
        pytest.param("v=spf1 include:example.org -all", {}, "spf.loop", Severity.CRITICAL, id="circle §5.2"),
        pytest.param("v=spf1 ptr -all", {}, "spf.ptr", Severity.WARNING, id="ptr §5.5"),
        pytest.param("v=spf1 +all", {}, "spf.pass-all", Severity.WARNING, id="+all §5.1"),
        pytest.param("v=spf1 all", {}, "spf.pass-all", Severity.WARNING, id="all means +all §4.6.2"),
        pytest.param("v=spf1 ip4:192.0.2.1 ?all", {}, "spf.neutral-all", Severity.INFO, id="?all §5.1"),
        pytest.param("v=spf1 ip4:192.0.2.1", {}, "spf.no-all", Severity.INFO, id="no all §4.7"),
        pytest.param("v=spf1 include=a.example -all", {}, "spf.syntax", Severity.WARNING, id="no mechanism §6"),
        pytest.param("v=spf1 -all ip4:192.0.2.1", {}, "spf.after-all", Severity.WARNING, id="behind all §5.1"),
        pytest.param("v=spf1 -all redirect=x.example", {}, "spf.after-all", Severity.WARNING, id="void redirect §6.1"),
        pytest.param("v=spf1 ip4:192.0.2.1 IP4:192.0.2.1 -all", {}, "spf.duplicate-term", Severity.INFO, id="twice"),
        pytest.param("v=spf1 ip4:11.0.0.0/8 -all", {}, "spf.too-wide", Severity.WARNING, id="a /8"),
        pytest.param("v=spf1 ip6:2001::/16 -all", {}, "spf.too-wide", Severity.WARNING, id="an IPv6 /16"),
        pytest.param(
            "v=spf1 " + " ".join(f"ip4:192.0.2.{n}" for n in range(40)) + " -all",
            {},
            "spf.long-record",
            Severity.INFO,
            id="more than 450 octets §3.4",
        ),
    ],
)
def test_each_weakness_of_a_record_is_one_finding(txt, zones, code, severity):
    found = [(each.code, each.severity) for each in advice(tree(txt, zones))]
    assert found == [(code, severity)]


@pytest.mark.parametrize(
    "txt",
    [
        pytest.param("v=spf1 ip4:192.0.2.1 -all", id="plain"),
        pytest.param("v=spf1 ip4:192.0.2.1 ~all", id="softfail"),
        pytest.param("v=spf1 redirect=example.net", id="redirect instead of all"),
    ],
)
def test_a_sound_record_needs_no_advice(txt):
    assert advice(tree(txt, {"example.net": {"TXT": ["v=spf1 -all"]}})) == ()


def test_a_syntax_error_is_told_by_place_with_what_was_probably_meant():
    grown = tree("v=spf1 ip4:192.0.2.1 2001:db8::/64 -all")
    (finding,) = syntax_findings(grown)
    assert "at character 22" in finding.message
    assert "Probably `ip6:2001:db8::/64` was meant." in finding.message


def test_dns_trouble_in_the_tree_is_noted_and_never_taken_for_absence():
    grown = tree("v=spf1 include:slow.example a:slow.example -all", errors={"slow.example": "timeout"})
    assert [branch.node.trouble for branch in grown.branches if branch.node] != [None]
    assert grown.branches[1].trouble is not None
    assert advice(grown) == ()
    assert (grown.void4, grown.void6) == (0, 0)


def test_a_tree_without_end_is_cut():
    zones = {f"n{n}.example": {"TXT": [f"v=spf1 include:n{n + 1}.example -all"]} for n in range(300)}
    grown = tree("v=spf1 include:n0.example -all", zones)
    assert len(list(grown.walk())) <= 102


def test_a_record_of_thousands_of_names_asks_for_a_hundred():
    """Ten are the limit (RFC 7208 section 4.6.4): nobody is asked for what no verifier gets to."""
    record = " ".join(["v=spf1", *(f"a:h{n}.example" for n in range(4000)), "-all"])
    resolver = ZoneResolver({DOMAIN: {"TXT": [record]}})
    grown = build_tree(resolver, DOMAIN)
    assert len(resolver.asked) == 1 + 2 * 100
    assert grown.lookups == 4000
    assert grown.branches[100].trouble is not None
