"""Many domains at once give what one by one gives, whatever the name server does meanwhile."""

from dataclasses import replace
from datetime import UTC, datetime
from ipaddress import ip_address

import pytest

from bench.mix import build
from monitor.dns.resolver import SystemResolver
from monitor.dns.servers import Server
from monitor.model.dns import Identity
from monitor.spf.batch import Request, evaluate_many
from monitor.spf.check_host import check_host
from tests.fakes import ZoneResolver
from tests.servers import Gate, needs_nsd, nsd, zone_text

pytestmark = [pytest.mark.integration, needs_nsd]

NOW = datetime(2026, 1, 5, tzinfo=UTC)
ZONES, DOMAINS = build(150)
REQUESTS = [
    Request(
        reverse_path=f"b@{domain.name}",
        helo=f"mx1.{domain.name}",
        client_ips=domain.clients,
        identities=tuple(Identity),
    )
    for domain in DOMAINS
]


def said(outcomes):
    """What must be equal: all but how an answer came."""
    return [
        (
            one.identity,
            one.client_ip,
            one.result,
            one.lenient_result,
            one.mechanism,
            one.lookups,
            one.void,
            one.problem,
            [(line.name, line.rrtype, line.rcode, sorted(line.answers)) for line in one.trace],
        )
        for one in outcomes
    ]


@pytest.fixture(scope="module")
def port(tmp_path_factory):
    with nsd(tmp_path_factory.mktemp("nsd"), {"": zone_text(ZONES)}) as port:
        yield port


@pytest.fixture(scope="module")
def expected():
    return [said(outcomes) for outcomes in evaluate_many(ZoneResolver(ZONES), REQUESTS, now=NOW)]


def over(*ports, timeout_s=5.0):
    return SystemResolver([Server("127.0.0.1", port) for port in ports], timeout_s=timeout_s)


def test_many_at_once_give_what_one_by_one_gives(port, expected):
    ours = over(port)
    for _ in ("cold", "cached"):
        assert [said(outcomes) for outcomes in evaluate_many(ours, REQUESTS, now=NOW)] == expected


@pytest.mark.parametrize("say", ["drop", "SERVFAIL", "truncate"])
def test_the_same_with_a_bad_server_beside_the_good_one(port, expected, say):
    """Every other question is lost, refused, or has to be asked again over TCP."""
    with Gate(port, lambda name, _: say if len(name) % 2 else None) as bad:
        outcomes = list(evaluate_many(over(bad.port, port, timeout_s=2.0), REQUESTS, now=NOW))
        assert bad.asked
    assert [said(one) for one in outcomes] == expected


def test_what_is_shared_is_asked_once(port):
    with Gate(port, lambda *_: None) as gate:
        list(evaluate_many(over(gate.port, timeout_s=60), REQUESTS, now=NOW))  # nothing is lost, only late at worst
        assert len(gate.asked) == len(set(gate.asked))


def test_a_port_where_nobody_listens_is_temperror():
    request = Request(reverse_path="b@example.org", helo="mx.example.org", client_ips=[ip_address("192.0.2.1")])
    (outcomes,) = evaluate_many(over(1), [request], now=NOW)
    assert [one.result for one in outcomes] == ["temperror"]


def test_records_that_may_not_be_cached_are_used_all_the_same(tmp_path):
    """A TTL of zero (RFC 1035 section 3.2.1)."""
    text = zone_text(
        {
            "example.org": {"TXT": ["v=spf1 mx -all"], "MX": [(10, "mx.example.org")]},
            "mx.example.org": {"A": ["192.0.2.1"]},
        }
    )
    with nsd(tmp_path, {"": text.replace(" 300 IN ", " 0 IN ")}) as port:
        request = Request(
            reverse_path="b@example.org",
            helo="x.example",
            client_ips=[ip_address("192.0.2.1"), ip_address("192.0.2.2")],
        )
        (outcomes,) = evaluate_many(over(port), [request], now=NOW)
    assert [one.result for one in outcomes] == ["pass", "fail"]


def test_within_the_ttl_nobody_is_asked_again(port, expected):
    """Also where only some of the addresses were asked about before."""
    with Gate(port, lambda *_: None) as gate:
        ours = over(gate.port)
        first = [replace(request, client_ips=request.client_ips[:1]) for request in REQUESTS]
        list(evaluate_many(ours, first, now=NOW))
        assert [said(outcomes) for outcomes in evaluate_many(ours, REQUESTS, now=NOW)] == expected
        asked = len(gate.asked)
        assert [said(outcomes) for outcomes in evaluate_many(ours, REQUESTS, now=NOW)] == expected
        assert len(gate.asked) == asked


CHAIN = {f"i{n}.example": {"TXT": [f"v=spf1 include:i{n + 1}.example -all"]} for n in range(3)}
WIDE = "v=spf1 a:h0.example ip4:192.0.2.1 " + " ".join(f"a:h{n}.example" for n in range(1, 30)) + " -all"


@pytest.mark.parametrize("way", ["one", "many"])
def test_the_time_of_a_whole_evaluation_is_bounded(tmp_path, monkeypatch, way):
    """RFC 7208 section 4.6.4: a chain of slow answers ends as temperror, however often an evaluation began anew."""
    monkeypatch.setattr("monitor.spf.questions.TIME_LIMIT_S", 0.5)
    zones = {**CHAIN, "i3.example": {"TXT": ["v=spf1 +all"]}}
    with nsd(tmp_path, {"": zone_text(zones)}) as port, Gate(port, lambda *_: 0.3) as gate:
        request = Request(reverse_path="b@i0.example", helo="x.example", client_ips=[ip_address("192.0.2.1")])
        if way == "many":
            ((outcome,),) = evaluate_many(over(gate.port), [request], now=NOW)
        else:
            outcome = check_host(
                over(gate.port),
                client_ip=request.client_ips[0],
                reverse_path=request.reverse_path,
                helo=request.helo,
                identity=Identity.MAILFROM,
                now=NOW,
            )
    assert outcome.result == "temperror"


def test_no_more_is_asked_in_advance_than_a_check_may(tmp_path):
    """What stands behind the term that matches is not asked for."""
    text = zone_text({"wide.example": {"TXT": [WIDE]}, "h0.example": {"A": ["192.0.2.77"]}})
    with nsd(tmp_path, {"": text}) as port, Gate(port, lambda *_: None) as gate:
        request = Request(reverse_path="b@wide.example", helo="x.example", client_ips=[ip_address("192.0.2.1")])
        ((outcome,),) = evaluate_many(over(gate.port), [request], now=NOW)
    assert outcome.result == "pass"
    assert sorted(gate.asked) == [("h0.example", "A", "udp"), ("wide.example", "TXT", "udp")]
