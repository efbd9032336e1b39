"""One check over zones in memory: the main cause is found, the record suggested passes, trouble is unknown."""

from datetime import UTC, datetime
from ipaddress import ip_address

import pytest

from monitor.model.dns import Identity, SpfResult
from monitor.model.findings import CheckStatus, Severity
from monitor.spf.check import Subject, check
from tests.fakes import ZoneResolver

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
DOMAIN, HELO = "lists.example.org", "mail.lists.example.org"
V4, V6 = ip_address("192.0.2.25"), ip_address("2001:db8:25::25")
HOST = {HELO: {"A": [str(V4)], "AAAA": [str(V6)]}}
REVERSE = {address.reverse_pointer: {"PTR": [HELO]} for address in (V4, V6)}
OLD_HOSTS = {f"old{n}.example.org": {"A": [f"192.0.2.{n}"]} for n in (1, 2, 3)}


def outcome(txt=None, zones=None, errors=None, **more):
    record = {} if txt is None else {DOMAIN: {"TXT": [txt] if isinstance(txt, str) else txt}}
    resolver = ZoneResolver({**HOST, **REVERSE, **record, **(zones or {})}, errors)
    subject = Subject(
        list_id="ops", domain=DOMAIN, reverse_path=f"ops-bounces@{DOMAIN}", helo=HELO, outbound=(V4, V6), **more
    )
    return check(subject, resolver, now=NOW, slot=7)


@pytest.mark.parametrize(
    ("txt", "zones", "codes", "suggested"),
    [
        pytest.param("v=spf1 ip4:192.0.2.25 ip6:2001:db8:25::25 -all", {}, [], None, id="in order"),
        pytest.param(
            "v=spf1 ip4:192.0.2.25 -all",
            {},
            ["spf.ipv6-not-covered"],
            "v=spf1 ip6:2001:db8:25::25 ip4:192.0.2.25 -all",
            id="the story of 2015 §5.6",
        ),
        pytest.param(None, {}, ["spf.none"], "v=spf1 ip4:192.0.2.25 ip6:2001:db8:25::25 -all", id="no record §4.5"),
        pytest.param(["v=spf1 -all", "v=spf1 +all"], {}, ["spf.multiple"], None, id="two records §4.5"),
        pytest.param(
            "v=spf1 ip4:198.51.100.1 ~all",
            {},
            ["spf.address-not-authorised"],
            "v=spf1 ip4:192.0.2.25 ip6:2001:db8:25::25 ip4:198.51.100.1 ~all",
            id="neither address §5.6",
        ),
        pytest.param(
            "v=spf1 a:old1.example.org a:old2.example.org a:old3.example.org ip4:192.0.2.25 ip6:2001:db8:25::25 -all",
            OLD_HOSTS,
            ["spf.void-over-ipv6-only", "spf.verifier-disagreement"],
            "v=spf1 ip4:192.0.2.1 ip4:192.0.2.2 ip4:192.0.2.3 ip4:192.0.2.25 ip6:2001:db8:25::25 -all",
            id="void lookups over IPv6 only §4.6.4",
        ),
        pytest.param("v=spf1 ip5:1.2.3.4 -all", {}, ["spf.syntax"], None, id="a term that is none §4.6"),
        pytest.param(
            "v=spf1 ip6:2001:db8:25::25 -all",
            {},
            ["spf.address-not-authorised", "spf.family-divergence"],
            "v=spf1 ip4:192.0.2.25 ip6:2001:db8:25::25 -all",
            id="only IPv6 covered",
        ),
        pytest.param(
            "v=spf1 ip4:192.0.2.25 2001:db8:25::25 -all",
            {},
            ["spf.syntax"],
            None,
            id="a bare address §12",
        ),
        pytest.param("v=spf1 include:gone.example -all", {}, ["spf.include-without-record"], None, id="told once §5.2"),
        pytest.param(
            "v=spf1 ip4:192.0.2.25 ip6:2001:db8:25::25 -all",
            {DOMAIN: {"TXT": ["v=spf1 ip4:192.0.2.25 ip6:2001:db8:25::25 -all"], "SPF": ["v=spf1 -all"]}},
            ["spf.type-99"],
            None,
            id="type SPF §3.1",
        ),
        pytest.param(
            "v=spf1 ip4:192.0.2.25 ip6:2001:db8:25::25 -all",
            {V6.reverse_pointer: {}},
            ["ptr.missing"],
            None,
            id="no PTR",
        ),
        pytest.param(
            "v=spf1 ip4:192.0.2.25 ip6:2001:db8:25::25 -all",
            {V6.reverse_pointer: {"PTR": ["elsewhere.example.org"]}},
            ["ptr.mismatch"],
            None,
            id="a PTR that does not lead back",
        ),
        pytest.param(
            "v=spf1 ip4:192.0.2.25 ip6:2001:db8:25::25 -all",
            {HELO: {**HOST[HELO], "TXT": ["v=spf1 -all"]}},
            ["helo.not-authorised"],
            None,
            id="a HELO name that sends nothing §2.3",
        ),
    ],
)
def test_the_main_cause_is_found_and_the_fix_passes(txt, zones, codes, suggested):
    found = outcome(txt, zones)
    assert [finding.code for finding in found.findings] == codes
    assert all(finding.reference for finding in found.findings)
    if suggested is not None:
        assert found.suggested_record == suggested
        again = outcome(found.suggested_record, zones)
        assert {each.result for each in again.results if each.identity is Identity.MAILFROM} == {SpfResult.PASS}


CHAIN = {f"i{n}.example": {"TXT": [f"v=spf1 include:i{n + 1}.example ip4:203.0.113.{n} -all"]} for n in range(1, 12)}
CHAIN["i12.example"] = {"TXT": ["v=spf1 ip4:203.0.113.99 -all"]}
BOTH = "ip4:192.0.2.25 ip6:2001:db8:25::25"
PROVIDERS = {  # four lookups each, of one, three and two networks
    f"p{n}.example": {"TXT": [f"v=spf1 include:p{n}a.example include:p{n}b.example include:p{n}c.example ~all"]}
    for n in (1, 2, 3)
} | {
    f"p{n}{part}.example": {"TXT": [f"v=spf1 {f'ip4:198.51.{n}{place * 2}.0/24 ' if place < count else ''}~all"]}
    for n, count in ((1, 2), (2, 1), (3, 3))
    for place, part in enumerate("abc")
}


@pytest.mark.parametrize(
    ("txt", "zones", "suggested"),  # None: none can be made
    [
        pytest.param(
            "v=spf1 a:old1.example.org a:old2.example.org a:old3.example.org a:mail.lists.example.org -all",
            OLD_HOSTS,
            "v=spf1 ip4:192.0.2.1 ip4:192.0.2.2 ip4:192.0.2.3 a:mail.lists.example.org -all",
            id="hosts without IPv6 are spelt out, others kept",
        ),
        pytest.param("v=spf1 ip4:192.0.2.25 2001:db8:25::25 ~all", {}, f"v=spf1 {BOTH} ~all", id="what was meant"),
        pytest.param(f"v=spf1 {BOTH} include:gone.example -all", {}, f"v=spf1 {BOTH} -all", id="a dead include goes"),
        pytest.param(f"v=spf1 include:{DOMAIN} {BOTH} -all", {}, f"v=spf1 {BOTH} -all", id="a circle goes"),
        pytest.param(
            f"v=spf1 include:i1.example {BOTH} -all",
            CHAIN,
            "v=spf1 "
            + " ".join(f"ip{each.version}:{each}" for each in (V4, V6))
            + " ip4:203.0.113.1 ip4:203.0.113.2/31 ip4:203.0.113.4/30 ip4:203.0.113.8/30 ip4:203.0.113.99 -all",
            id="an include that is too dear is spelt out §4.6.4",
        ),
        pytest.param(
            f"v=spf1 a:{HELO} include:p1.example include:p2.example include:p3.example -all",
            PROVIDERS,
            f"v=spf1 a:{HELO} include:p1.example ip4:198.51.20.0/24 include:p3.example -all",
            id="of three that are too dear together the one with the fewest networks §4.6.4",
        ),
        pytest.param(
            f"v=spf1 include:i1.example {BOTH} -all",
            {**CHAIN, "i12.example": {"TXT": ["v=spf1 exists:%{i}.x.example -all"]}},
            None,
            id="what depends on the mail cannot be spelt out",
        ),
        pytest.param("v=spf1 redirect=gone.example", {}, f"v=spf1 {BOTH} -all", id="a dead redirect §6.1"),
    ],
)
def test_the_suggestion_is_the_smallest_change_within_all_limits(txt, zones, suggested):
    found = outcome(txt, zones)
    assert found.suggested_record == suggested
    if suggested is None:
        return
    again = outcome(found.suggested_record, zones)
    assert {each.result for each in again.results if each.identity is Identity.MAILFROM} == {SpfResult.PASS}
    assert again.cost.lookups <= again.cost.lookup_limit
    assert again.cost.void <= again.cost.void_limit


def test_two_records_become_one_that_says_what_both_said():
    found = outcome(["v=spf1 ip4:192.0.2.25 ~all", "v=spf1 ip6:2001:db8:25::25 -all"])
    assert found.suggested_record == f"v=spf1 {BOTH} ~all"


def test_dns_trouble_is_unknown_and_never_no_record():
    found = outcome("v=spf1 -all", errors={(DOMAIN, "TXT"): "timeout"})
    assert found.status is CheckStatus.UNKNOWN
    assert found.record is None
    assert {each.result for each in found.results if each.identity is Identity.MAILFROM} == {SpfResult.TEMPERROR}
    assert [(each.code, each.severity) for each in found.findings] == [("dns.temperror", Severity.UNKNOWN)]
    assert found.suggested_record is None


@pytest.mark.parametrize(
    ("observed", "says"),
    [
        pytest.param("2001:db8:25::99", "the same /64", id="changing address"),
        pytest.param("2001:db8:99::1", "who sends there", id="another network"),
    ],
)
def test_an_address_that_is_seen_but_not_declared_is_checked_and_told(observed, says):
    other = ip_address(observed)
    found = outcome("v=spf1 ip4:192.0.2.25 ip6:2001:db8::/32 -all", observed=(other,))
    assert {each.client_ip for each in found.results} == {V4, V6, other}
    told = {finding.code: finding.message for finding in found.findings}
    assert told.keys() == {"outbound.undeclared", "outbound.unused", "ptr.missing"}
    assert says in told["outbound.undeclared"]


def test_the_authors_policy_is_looked_at():
    found = outcome(
        "v=spf1 ip4:192.0.2.25 ip6:2001:db8:25::25 -all",
        {"_dmarc.example.net": {"TXT": ["v=DMARC1; p=reject"]}},
        author_domains=("example.net",),
    )
    assert [finding.code for finding in found.findings] == ["dmarc.author-reject"]
