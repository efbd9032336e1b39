"""Where a domain's mail arrives, by RFC 5321 section 5.1; what DNS does not tell is unknown."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final

import pytest

from monitor.dns.answer import Unanswered
from monitor.dns.mail_route import (
    AGAIN,
    HOLDS_LEAST,
    HOLDS_MOST,
    HOSTS_MOST,
    STANDS,
    exchanges_of,
    holds,
    host_of,
    mail_domain,
    route_of,
    unanswered_route,
)
from tests.builders import a_route
from tests.fakes import ZoneResolver

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
FOUR, SIX = {"A": ["192.0.2.1"]}, {"AAAA": ["2001:db8::1"]}
BOTH: Final = {**FOUR, **SIX}


def looked_up(zones, errors=None, *, domain="x.example", before=None, now=NOW):
    """The route of x.example in these zones, as one turn finds it."""
    resolver = ZoneResolver(zones, errors)
    try:
        exchanges = exchanges_of(domain, resolver)
    except Unanswered as error:
        return unanswered_route(before, error.reason, now=now)
    hosts = {host: host_of(host, resolver, now=now, chance=0.0) for _, host in exchanges.hosts}
    return route_of(exchanges, hosts, before, now=now, chance=0.0)


def mx(*hosts, **more):
    return {"x.example": {"MX": [(10 * n, host) for n, host in enumerate(hosts, 1)]}, **more}


@pytest.mark.parametrize(
    ("zones", "hosts", "ipv4", "ipv6"),
    [
        pytest.param(mx("mx.a.example", **{"mx.a.example": BOTH}), ("mx.a.example",), True, True, id="MX §5.1"),
        pytest.param({"x.example": BOTH}, ("x.example",), True, True, id="implicit MX §5.1"),
        pytest.param({"x.example": FOUR}, ("x.example",), True, False, id="implicit MX without AAAA"),
        pytest.param({"x.example": {"CNAME": ["y.example"]}, "y.example": {"MX": [(5, "mx.a.example")]},
                      "mx.a.example": BOTH}, ("mx.a.example",), True, True, id="alias to a domain §5.1"),
        pytest.param(mx("al.example", **{"al.example": {"CNAME": ["mx.a.example"]}, "mx.a.example": BOTH}),
                     ("al.example",), True, True, id="MX to an alias, RFC 2181 §10.3, as senders do"),
        pytest.param(mx("mx.a.example", "mx.b.example", **{"mx.a.example": FOUR, "mx.b.example": SIX}),
                     ("mx.a.example", "mx.b.example"), True, True, id="one family each"),
        pytest.param(mx("x.example") | {"x.example": {"MX": [(10, "x.example")], **FOUR}},
                     ("x.example",), True, False, id="MX to itself"),
        pytest.param(mx("192.0.2.1"), ("192.0.2.1",), False, False, id="MX to an IPv4 address, RFC 1035 §3.3.9"),
        pytest.param(mx("2001:db8::1"), ("2001:db8::1",), False, False, id="MX to an IPv6 address"),
        pytest.param(mx("localhost", localhost=BOTH), ("localhost",), False, False, id="MX to localhost, RFC 6761 §6.3"),
        pytest.param(mx("mx.a.example", **{"mx.a.example": {"A": ["127.0.0.1"], "AAAA": ["::1"]}}),
                     ("mx.a.example",), False, False, id="loopback addresses"),
        pytest.param(mx("mx.a.example", **{"mx.a.example": {"A": ["10.1.2.3"], "AAAA": ["fd00::1"]}}),
                     ("mx.a.example",), False, False, id="private addresses, RFC 1918, RFC 4193"),
        pytest.param(mx("mx.a.example", **{"mx.a.example": {**FOUR, "AAAA": ["64:ff9b::c000:201"]}}),
                     ("mx.a.example",), True, False, id="an address of NAT64 published, RFC 6052 §2.1"),
        pytest.param(mx("mx.gone.example"), ("mx.gone.example",), False, False, id="host that does not exist"),
    ],
)  # fmt: skip
def test_mail_arrives_where_rfc_5321_says(zones, hosts, ipv4, ipv6):
    found = looked_up(zones)
    assert (found.hosts, found.ipv4, found.ipv6, found.problem) == (hosts, ipv4, ipv6, "")
    assert found.no_mail is (not ipv4 and not ipv6)


@pytest.mark.parametrize(
    ("zones", "null_mx", "hosts"),
    [
        pytest.param({"x.example": {"MX": [(0, "")], **BOTH}}, True, (), id="null MX §3: its addresses do not count"),
        pytest.param({"x.example": {"MX": [(0, ""), (10, "mx.a.example")]}, "mx.a.example": FOUR}, False,
                     ("mx.a.example",), id="null MX beside another §3: none"),
        pytest.param({}, False, (), id="no such domain"),
        pytest.param({"x.example": {"TXT": ["v=spf1 -all"]}}, False, ("x.example",), id="a domain without address"),
    ],
)  # fmt: skip
def test_null_mx_follows_rfc_7505(zones, null_mx, hosts):
    found = looked_up(zones)
    assert (found.null_mx, found.hosts) == (null_mx, hosts)
    assert found.no_mail is (hosts != ("mx.a.example",))


def test_hosts_of_a_worse_preference_count_and_are_told_apart():
    """Mail can arrive at the backup, but goes there only where the best does not take it."""
    zones = {"mx.a.example": FOUR, "mx.b.example": SIX}
    assert looked_up(mx("mx.a.example", "mx.b.example", **zones)).ipv6_later
    assert not looked_up(mx("mx.b.example", "mx.a.example", **zones)).ipv6_later
    equal = {"x.example": {"MX": [(10, "mx.a.example"), (10, "mx.b.example")]}, **zones}
    assert not looked_up(equal).ipv6_later
    twice = {"x.example": {"MX": [(20, "mx.b.example"), (10, "mx.a.example"), (5, "mx.b.example")]}, **zones}
    assert looked_up(twice).hosts == ("mx.b.example", "mx.a.example"), "each once, at its best preference"


def test_the_number_of_hosts_is_bounded():
    resolver = ZoneResolver(mx(*(f"mx{n}.a.example" for n in range(100))))
    assert len(exchanges_of("x.example", resolver).hosts) == HOSTS_MOST


@pytest.mark.parametrize("reason", ["timeout", "servfail", "cname-chain"])
def test_what_dns_does_not_tell_stands_as_it_was_until_it_is_too_old(reason):
    before = a_route("mx.a.example", ipv6=True, looked_up_at=NOW)
    silent = {"errors": {"x.example": reason}, "zones": {}}
    later = looked_up(**silent, before=before, now=NOW + timedelta(days=1))
    assert later == replace(before, problem=reason, holds_until=NOW + timedelta(days=1) + AGAIN)
    too_late = looked_up(**silent, before=later, now=NOW + STANDS + timedelta(hours=1))
    assert (too_late.known, too_late.ipv6, too_late.problem) == (False, None, reason)
    assert not looked_up(**silent).known


def test_a_hosts_silence_is_unknown_not_absent():
    zones = mx("mx.a.example", **{"mx.a.example": FOUR})
    silent = {("mx.a.example", "AAAA"): "servfail"}
    found = looked_up(zones, silent)
    assert (found.ipv4, found.ipv6, found.no_mail, found.problem) == (True, None, False, "servfail")
    before = a_route("mx.a.example", ipv6=True, looked_up_at=NOW - timedelta(hours=6))
    assert looked_up(zones, silent, before=before).ipv6 is True, "as it was"
    old = replace(before, looked_up_at=NOW - STANDS - timedelta(hours=1))
    assert looked_up(zones, silent, before=old).ipv6 is None
    other = mx("mx.a.example", "mx.b.example", **{"mx.a.example": FOUR, "mx.b.example": SIX})
    assert looked_up(other, silent).ipv6 is True, "one host is enough"


def test_mx_loops_and_alias_loops_end():
    zones = {"x.example": {"MX": [(1, "a.example")]}, "a.example": {"CNAME": ["b.example"]},
             "b.example": {"CNAME": ["a.example"]}}  # fmt: skip
    found = looked_up(zones)
    assert (found.ipv4, found.ipv6, found.problem) == (None, None, "cname-chain")
    there = {"x.example": {"MX": [(1, "y.example")]}, "y.example": {"MX": [(1, "x.example")]}}
    assert looked_up(there).no_mail, "an MX names a host, whose own MX nobody asks for"


def test_since_when_there_is_ipv6():
    without = a_route("mx.a.example", looked_up_at=NOW - timedelta(days=1))
    zones = mx("mx.a.example", **{"mx.a.example": BOTH})
    came = looked_up(zones, before=without)
    assert came.ipv6_since == NOW
    assert looked_up(zones, before=came, now=NOW + timedelta(days=1)).ipv6_since == NOW
    assert looked_up(zones).ipv6_since is None, "it may have been there always"
    none = a_route(ipv4=False, ipv6=False, looked_up_at=NOW)
    assert looked_up(zones, before=none).ipv6_since is None, "a domain that is new turned nothing on"
    gone = looked_up(mx("mx.a.example", **{"mx.a.example": FOUR}), before=came)
    assert (gone.ipv6, gone.ipv6_since) == (False, None)


@pytest.mark.parametrize(
    ("ttl_s", "holds_for"),
    [
        pytest.param(0, HOLDS_LEAST, id="none"),
        pytest.param(10, HOLDS_LEAST, id="ten seconds, as of Exchange Online"),
        pytest.param(12 * 3600, timedelta(hours=12), id="half a day"),
        pytest.param(2**31 - 1, HOLDS_MOST, id="for ever"),
    ],
)
def test_an_answer_holds_for_its_ttl_within_bounds(ttl_s, holds_for):
    """So that a provider that turns IPv6 on tonight is found tomorrow."""
    assert holds([ttl_s], chance=0.0) == holds_for
    assert 0.9 * holds_for < holds([ttl_s], chance=0.999) < holds_for


@pytest.mark.parametrize(
    ("text", "name"),
    [
        pytest.param("Example.ORG.", "example.org", id="case and dot"),
        pytest.param("bücher.example", "xn--bcher-kva.example", id="A-label, RFC 5890"),
        pytest.param("microsoft-365", None, id="a receiver's id"),
        pytest.param("[192.0.2.1]", None, id="address literal"),
        pytest.param("192.0.2.1", None, id="address"),
        pytest.param("a..example", None, id="no name"),
        pytest.param("x" * 64 + ".example", None, id="label too long, RFC 1035 §2.3.4"),
    ],
)
def test_which_domains_are_asked_for(text, name):
    assert mail_domain(text) == name


def test_a_domain_that_moved_does_not_keep_the_ipv6_of_servers_that_it_left():
    """Where DNS does not tell of the new ones it is not known."""
    before = a_route("mx.old.example", ipv6=True, looked_up_at=NOW - timedelta(hours=6))
    errors = {("mx.new.example", "AAAA"): "servfail"}
    zones = mx("mx.new.example", **{"mx.new.example": FOUR})
    assert looked_up(zones, errors, before=before).ipv6 is None
    stayed = a_route("mx.new.example", ipv6=True, looked_up_at=NOW - timedelta(hours=6))
    assert looked_up(zones, errors, before=stayed).ipv6 is True
