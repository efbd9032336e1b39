"""Each name server of a zone asked directly: NSD on several loopback addresses, and gates that each fail otherwise."""

import socket
from contextlib import ExitStack

import pytest

from monitor.dns.authority import Authorities
from monitor.dns.findings import zone_findings
from monitor.dns.report import ServerState
from monitor.dns.resolver import SystemResolver
from monitor.dns.servers import Server
from tests.servers import Gate, needs_nsd, nsd

pytestmark = [pytest.mark.integration, needs_nsd]

RECORD = '@ 300 IN TXT "v=spf1 mx -all"\n'
LONG = "".join(f'@ 300 IN TXT "{n} {"x" * 240}"\n' for n in range(20))


def zone(*servers: tuple[str, ...], text: str = RECORD) -> str:
    """A zone whose name servers are ns1, ns2 … with those addresses."""
    lines = ["$ORIGIN example.org.\n@ 300 IN SOA ns1 hostmaster 1 3600 600 86400 60\n", text]
    for number, addresses in enumerate(servers, 1):
        lines.append(f"@ 300 IN NS ns{number}\n")
        lines += [f"ns{number} 300 IN {'AAAA' if ':' in one else 'A'} {one}\n" for one in addresses]
    return "".join(lines)


@pytest.fixture
def world(tmp_path):
    """Starts servers; gives a function from a zone and {address: port} to the report about example.org."""
    with ExitStack() as stack:

        def examine(text: str, *, hosts=("127.0.0.1",), others=(), gates=()):
            port = stack.enter_context(nsd(tmp_path / "one", {"example.org": text}, hosts=hosts))
            ports = dict.fromkeys(hosts, port)
            for host, other in others:
                zones = {
                    "example.net" if other is None else "example.org": other
                    or text.replace("example.org", "example.net")
                }
                ports[host] = stack.enter_context(nsd(tmp_path / host, zones, hosts=(host,)))
            for host, rule, tcp in gates:
                ports[host] = stack.enter_context(Gate(port, rule, tcp=tcp, host=host)).port
            resolver = SystemResolver((Server("127.0.0.1", port),))
            (report,) = Authorities(resolver, ports=ports).examine(["example.org", "Example.ORG."])
            return report

        yield examine


def codes(report):
    return [finding.code for finding in zone_findings(report)]


def states(report):
    return {answer.address: answer.state for answer in report.answers}


def test_all_well(world):
    report = world(zone(("127.0.0.1", "::1")), hosts=("127.0.0.1", "::1"))
    assert report.zone == "example.org"
    assert states(report) == {"127.0.0.1": ServerState.ANSWERED, "::1": ServerState.ANSWERED}
    assert {answer.texts for answer in report.answers} == {(b"v=spf1 mx -all",)}
    assert codes(report) == []


def test_one_that_lags_behind(world):
    servers = (("127.0.0.1",), ("127.0.0.2",))
    report = world(zone(*servers), others=[("127.0.0.2", zone(*servers, text='@ 300 IN TXT "v=spf1 -all"\n'))])
    assert codes(report) == ["dns.servers-disagree", "dns.no-ipv6-server"]


def test_lame_silent_and_gone(world):
    report = world(
        zone(("127.0.0.1", "::1"), ("127.0.0.2",), ("127.0.0.3",), ("127.0.0.4",)),
        hosts=("127.0.0.1", "::1"),
        others=[("127.0.0.2", None)],
        gates=[("127.0.0.3", lambda *_: "drop", "pass")],
    )
    assert states(report) == {
        "127.0.0.1": ServerState.ANSWERED,
        "::1": ServerState.ANSWERED,
        "127.0.0.2": ServerState.LAME,
        "127.0.0.3": ServerState.TIMEOUT,
        "127.0.0.4": ServerState.UNREACHABLE,
    }
    assert codes(report) == ["dns.server-unreachable"]


def test_cut_off_and_tcp_refused(world):
    report = world(
        zone(("127.0.0.1", "::1"), ("127.0.0.2",), text=LONG),
        hosts=("127.0.0.1", "::1"),
        gates=[("127.0.0.2", lambda *_: "truncate", "refuse")],
    )
    assert states(report)["127.0.0.2"] is ServerState.TCP_REFUSED
    assert states(report)["127.0.0.1"] is ServerState.ANSWERED
    assert all(answer.truncated for answer in report.answers)
    assert codes(report) == ["dns.tcp-refused"]


@pytest.mark.parametrize("say", ["FORMERR", "NOTIMP", "BADVERS", "drop"])
def test_one_that_cannot_bear_edns_is_not_lame(world, say):
    """RFC 6891 section 6.2.2: resolvers ask it without."""
    report = world(
        zone(("127.0.0.1", "::1"), ("127.0.0.2",)),
        hosts=("127.0.0.1", "::1"),
        gates=[("127.0.0.2", lambda *_: f"EDNS {say}", "pass")],
    )
    assert states(report)["127.0.0.2"] is ServerState.ANSWERED


def test_a_slow_one(world):
    report = world(
        zone(("127.0.0.1", "::1"), ("127.0.0.2",)),
        hosts=("127.0.0.1", "::1"),
        gates=[("127.0.0.2", lambda *_: 1.2, "pass")],
    )
    assert codes(report) == ["dns.server-slow"]


def test_addresses_of_documentation_are_not_asked(world):
    report = world(zone(("127.0.0.1",), ("192.0.2.53", "2001:db8::53")))
    assert states(report)["192.0.2.53"] is ServerState.NOT_ASKED
    assert states(report)["2001:db8::53"] is ServerState.NOT_ASKED
    assert codes(report) == []


def test_a_resolver_that_does_not_answer_is_unknown():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind(("127.0.0.1", 0))
        resolver = SystemResolver((Server("127.0.0.1", silent.getsockname()[1]),), timeout_s=0.5)
        (report,) = Authorities(resolver).examine(["example.org"])
    assert report.unknown
    assert codes(report) == ["dns.temperror"]
