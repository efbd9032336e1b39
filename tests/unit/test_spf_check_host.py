"""check_host() beyond the published suites: both verdicts, families, identities, terms of every kind."""

from datetime import UTC, datetime
from ipaddress import ip_address

import pytest

from monitor.dns.memory import Replay
from monitor.model.dns import Identity
from monitor.spf.check_host import check_host
from monitor.spf.questions import Questions
from tests.fakes import ZoneResolver

NOW = datetime(2026, 1, 5, tzinfo=UTC)
V4, V6 = "192.0.2.1", "2001:db8::1"


def outcome(
    zones,
    client_ip=V4,
    *,
    errors=None,
    reverse_path="list-bounces@example.org",
    helo="mail.example.org",
    identity=Identity.MAILFROM,
):
    return check_host(
        ZoneResolver(zones, errors),
        client_ip=ip_address(client_ip),
        reverse_path=reverse_path,
        helo=helo,
        identity=identity,
        now=NOW,
    )


def spf(record, **others):
    return {"example.org": {"TXT": [record]}, **{name.replace("__", "."): sets for name, sets in others.items()}}


def hosts(count, **sets):
    return {f"h{n}.example.org": sets for n in range(count)}


@pytest.mark.parametrize(
    ("zones", "client_ip", "expected"),
    [
        pytest.param(spf("v=spf1 ip4:192.0.2.0/24 -all"), V4, ("pass", "pass", 0, 0), id="ip4 §5.6"),
        pytest.param(
            spf("v=spf1 ip4:192.0.2.0/24 -all"), V6, ("fail", "fail", 0, 0), id="ip4 says nothing of IPv6 §5.6"
        ),
        pytest.param(
            spf("v=spf1 ip4:192.0.2.0/24 -all"), "::ffff:192.0.2.1", ("pass", "pass", 0, 0), id="IPv4-mapped §5"
        ),
        pytest.param(
            spf("v=spf1 ip4=192.0.2.0/24 all=x include=b.example -all"),
            V4,
            ("fail", "fail", 0, 0),
            id="mechanisms' names as unknown modifiers §6",
        ),
        pytest.param(
            spf("v=spf1 a:h0.example.org a:h1.example.org a:h2.example.org ip6:2001:db8::/32 -all")
            | hosts(3, A=["198.51.100.1"]),
            V6,
            ("permerror", "pass", 3, 3),
            id="IPv4-only hosts are void over IPv6 §4.6.4",
        ),
        pytest.param(
            spf("v=spf1 a:h0.example.org a:h1.example.org a:h2.example.org ip4:192.0.2.1 -all")
            | hosts(3, A=["198.51.100.1"]),
            V4,
            ("pass", "pass", 3, 0),
            id="and are not over IPv4 §4.6.4",
        ),
        pytest.param(
            spf("v=spf1 mx ip6:2001:db8::/32 -all")
            | {
                "example.org": {
                    "TXT": ["v=spf1 mx ip6:2001:db8::/32 -all"],
                    "MX": [(n, f"h{n}.example.org") for n in range(3)],
                }
            }
            | hosts(3, A=["198.51.100.1"]),
            V6,
            ("permerror", "pass", 1, 3),
            id="MX hosts likewise §5.4",
        ),
        pytest.param(
            spf("v=spf1 " + " ".join(f"a:h{n}.example.org" for n in range(11)) + " ip4:192.0.2.1 -all")
            | hosts(11, A=["198.51.100.1"]),
            V4,
            ("permerror", "pass", 11, 0),
            id="eleven lookups §4.6.4",
        ),
        pytest.param(
            spf("v=spf1 " + " ".join(f"a:h{n}.example.org" for n in range(41)) + " ip4:192.0.2.1 -all")
            | hosts(41, A=["198.51.100.1"]),
            V4,
            ("permerror", "permerror", 41, 0),
            id="the lenient bound",
        ),
        pytest.param(
            spf(
                "v=spf1 "
                + " ".join(f"a:h{n}.example.org" for n in range(9))
                + " a:match.example.org redirect=r.example.org"
            )
            | hosts(9, A=["198.51.100.1"])
            | {"match.example.org": {"A": [V4]}},
            V4,
            ("pass", "pass", 10, 0),
            id="a redirect that is not followed costs nothing §4.6.4",
        ),
        pytest.param(
            spf("v=spf1 include:example.org -all"), V4, ("permerror", "permerror", 0, 0), id="includes itself"
        ),
        pytest.param(
            spf("v=spf1 include:b.example -all", b__example={"TXT": ["v=spf1 include:example.org -all"]}),
            V4,
            ("permerror", "permerror", 21, 0),
            id="include loop",
        ),
        pytest.param(
            spf("v=spf1 redirect=b.example", b__example={"TXT": ["v=spf1 redirect=example.org"]}),
            V4,
            ("permerror", "permerror", 41, 0),
            id="redirect loop",
        ),
        pytest.param(
            spf("v=spf1 x-a=1 x-a=2 ip4:192.0.2.1 -all"), V4, ("pass", "pass", 0, 0), id="unknown modifier twice §6"
        ),
        pytest.param(
            spf("v=spf1 ReDirect=b.example", b__example={"TXT": ["v=spf1 +all"]}),
            V4,
            ("pass", "pass", 1, 0),
            id="modifier in capitals §4.6.1",
        ),
        pytest.param(
            spf("v=spf1 exp=a.example exp=b.example -all"), V4, ("permerror", "permerror", 0, 0), id="exp twice §6"
        ),
        pytest.param(
            spf("v=spf1 exists:%{lr-}.e.example -all", bounces__list__e__example={"A": ["127.0.0.2"]}),
            V4,
            ("pass", "pass", 1, 0),
            id="reversal with delimiters §7.3",
        ),
        pytest.param(
            spf("v=spf1 a:%{d2-}.example -all", example__org__example={"A": [V4]}),
            V4,
            ("pass", "pass", 1, 0),
            id="delimiters become dots §7.3",
        ),
        pytest.param(
            spf("v=spf1 exists:%{d0}.example -all"), V4, ("permerror", "permerror", 0, 0), id="no zero parts §7.1"
        ),
        pytest.param(
            spf("v=spf1 a/99999999999999999999 -all"), V4, ("permerror", "permerror", 0, 0), id="absurd prefix"
        ),
        pytest.param(
            spf("v=spf1 ip4:1.2.3.4/" + "9" * 5000 + " -all"),
            V4,
            ("permerror", "permerror", 0, 0),
            id="number beyond int()",
        ),
        pytest.param({}, V4, ("none", "none", 0, 0), id="no domain §4.3"),
        pytest.param({"example.org": {"TXT": ["other"]}}, V4, ("none", "none", 0, 0), id="no record §4.5"),
    ],
)
def test_both_verdicts(zones, client_ip, expected):
    got = outcome(zones, client_ip)
    assert (got.result, got.lenient_result, got.lookups, got.void) == expected, got.problem


@pytest.mark.parametrize(
    ("errors", "record", "expected"),
    [
        pytest.param({"example.org": "timeout"}, "v=spf1 -all", "temperror", id="record §4.4"),
        pytest.param({"b.example": "servfail"}, "v=spf1 include:b.example -all", "temperror", id="include §5.2"),
        pytest.param({"b.example": "refused"}, "v=spf1 a:b.example -all", "temperror", id="a §5"),
        pytest.param({"b.example": "timeout"}, "v=spf1 ip4:192.0.2.1 a:b.example -all", "pass", id="not reached"),
        pytest.param({"1.2.0.192.in-addr.arpa": "timeout"}, "v=spf1 ptr ?all", "neutral", id="ptr §5.5"),
        pytest.param(
            {"1.2.0.192.in-addr.arpa": "timeout"}, "v=spf1 exists:%{p}.b.example ?all", "neutral", id="macro p §7.3"
        ),
    ],
)
def test_dns_trouble(errors, record, expected):
    """DNS trouble is temperror and nothing else, but for PTR names."""
    assert outcome(spf(record), errors=errors).result == expected


@pytest.mark.parametrize(
    ("record", "client_ip", "mechanism"),
    [
        pytest.param("v=spf1 ip6:2001:DB8::/32 -all", V6, "ip6:2001:DB8::/32", id="as written"),
        pytest.param("v=spf1 +ip4:192.0.2.1 -all", V4, "+ip4:192.0.2.1", id="with qualifier"),
        pytest.param("v=spf1 include:b.example -all", V4, "include:b.example", id="the include"),
        pytest.param("v=spf1 exists:%{i}.b.example -all", V4, "-all", id="all"),
        pytest.param("v=spf1 redirect=b.example", V4, "ip4:192.0.2.0/24", id="behind a redirect"),
        pytest.param("v=spf1 ip4:198.51.100.1", V4, None, id="default"),
        pytest.param("v=spf1 moo", V4, None, id="error"),
    ],
)
def test_the_mechanism_is_as_the_owner_wrote_it(record, client_ip, mechanism):
    assert outcome(spf(record, b__example={"TXT": ["v=spf1 ip4:192.0.2.0/24 -all"]}), client_ip).mechanism == mechanism


@pytest.mark.parametrize(
    ("reverse_path", "helo", "identity", "domain", "result"),
    [
        pytest.param("a@example.org", "mail.example.org", Identity.MAILFROM, "example.org", "pass", id="mailfrom §2.4"),
        pytest.param(
            "", "mail.example.org", Identity.MAILFROM, "mail.example.org", "fail", id="null reverse-path §2.4"
        ),
        pytest.param("a@example.org", "mail.example.org", Identity.HELO, "mail.example.org", "fail", id="helo §2.3"),
        pytest.param("", "[192.0.2.1]", Identity.MAILFROM, "[192.0.2.1]", "none", id="address literal §2.3"),
        pytest.param("", "localhost", Identity.MAILFROM, "localhost", "none", id="single label §4.3"),
        pytest.param(
            '"a@b"@example.org',
            "x.example",
            Identity.MAILFROM,
            "example.org",
            "pass",
            id="quoted local-part RFC 5321 §4.1.2",
        ),
        pytest.param(
            "a@bücher.example", "x.example", Identity.MAILFROM, "xn--bcher-kva.example", "pass", id="U-label §4.3"
        ),
        pytest.param("a@", "x.example", Identity.MAILFROM, "", "none", id="no domain"),
    ],
)
def test_identities(reverse_path, helo, identity, domain, result):
    zones = {
        "example.org": {"TXT": ["v=spf1 +all"]},
        "mail.example.org": {"TXT": ["v=spf1 -all"]},
        "xn--bcher-kva.example": {"TXT": ["v=spf1 +all"]},
    }
    got = outcome(zones, reverse_path=reverse_path, helo=helo, identity=identity)
    assert (got.domain, got.result) == (domain, result)


def test_a_local_part_beyond_ascii_matches_no_term_that_names_it():
    """RFC 8616 section 4."""
    zones = spf("v=spf1 exists:%{l}.e.example ?all") | {"ü.e.example": {"A": ["127.0.0.2"]}}
    assert outcome(zones, reverse_path="ü@example.org").result == "neutral"


def test_a_limit_names_the_term_and_the_record():
    got = outcome(
        spf(
            "v=spf1 include:b.example -all",
            b__example={"TXT": ["v=spf1 a:h0.example.org a:h1.example.org a:h2.example.org ?all"]},
        )
        | hosts(3, A=["198.51.100.1"]),
        V6,
    )
    assert (
        got.problem
        == "More than 2 DNS lookups found nothing; AAAA h2.example.org is one too many, for a:h2.example.org (in the record of b.example)"
    )
    assert got.lenient_result == "fail"


def test_the_trace_replays_to_the_same_verdict():
    """Stored with the outcome, a trace explains and repeats it without asking anybody."""
    zones = spf("v=spf1 include:b.example mx -all", b__example={"TXT": ["v=spf1 ip4:203.0.113.0/24 a:c.example ?all"]})
    zones["example.org"]["MX"] = [(10, "mx.example.org")]
    first = outcome(zones, V6, errors={"c.example": "servfail"})
    assert [(line.name, line.rrtype, line.rcode) for line in first.trace] == [
        ("example.org", "TXT", "NOERROR"),
        ("b.example", "TXT", "NOERROR"),
        ("c.example", "AAAA", "SERVFAIL"),
    ]
    again = check_host(
        Replay(first.trace),
        client_ip=first.client_ip,
        reverse_path=first.reverse_path,
        helo=first.helo,
        identity=first.identity,
        now=NOW,
    )
    assert again == first


def test_a_fault_of_ours_is_unknown(monkeypatch):
    """A defect in the evaluation is temperror, never a verdict about the list."""

    def broken(*_):
        raise KeyError("defect")

    monkeypatch.setattr(Questions, "count_lookup", broken)
    assert outcome(spf("v=spf1 a -all")).result == "temperror"
