"""What name servers' answers mean: which server, which family, which share of questions fails."""

import pytest

from monitor.dns.findings import failure_share, zone_findings
from monitor.dns.report import ServerAnswer, ServerState, ZoneReport
from monitor.model.findings import Severity

RECORD, OTHER = b"v=spf1 mx -all", b"v=spf1 -all"


def server(address, state=ServerState.ANSWERED, *, texts=(RECORD,), rcode="NOERROR", **more):
    said = state is ServerState.ANSWERED
    return ServerAnswer(
        server_name="ns.example.org", address=address, state=state, texts=texts if said else (), rcode=rcode, **more
    )


def report(*answers, **more):
    return ZoneReport(name="example.org", zone="example.org", answers=answers, **more)


GOOD4, GOOD6 = server("192.0.2.1"), server("2001:db8::1")


@pytest.mark.parametrize(
    ("zone", "found"),
    [
        pytest.param(report(GOOD4, GOOD6), [], id="all well"),
        pytest.param(report(GOOD4, server("2001:db8::2", ServerState.TIMEOUT)), [("dns.server-unreachable", Severity.WARNING)], id="silent"),
        pytest.param(report(GOOD4, server("192.0.2.2", ServerState.LAME, why="REFUSED")), [("dns.server-unreachable", Severity.WARNING)], id="lame RFC 1912 §2.8"),
        pytest.param(report(GOOD4, without_address=("ns2.example.org",)), [("dns.server-unreachable", Severity.WARNING)], id="no address"),
        pytest.param(report(GOOD4, server("2001:db8::2", texts=(OTHER,))), [("dns.servers-disagree", Severity.CRITICAL)], id="another SPF record"),
        pytest.param(report(GOOD4, server("2001:db8::2", texts=(), rcode="NXDOMAIN")), [("dns.servers-disagree", Severity.CRITICAL)], id="no SPF record"),
        pytest.param(report(GOOD4, server("2001:db8::2", texts=(b"x", RECORD))), [("dns.servers-disagree", Severity.WARNING)], id="another TXT record"),
        pytest.param(report(GOOD4, server("192.0.2.2", ServerState.TCP_REFUSED)), [("dns.tcp-refused", Severity.WARNING)], id="TCP refused RFC 7766 §5"),
        pytest.param(report(GOOD4, without_ipv6=("ns.example.org",)), [("dns.no-ipv6-server", Severity.INFO)], id="no IPv6"),
        pytest.param(report(GOOD4, without_ipv6=("ns.example.org",), unresolved=("ns2.example.net",)), [], id="IPv6 not known to be missing"),
        pytest.param(report(GOOD4, server("2001:db8::1", took_ms=1500.0)), [("dns.server-slow", Severity.INFO)], id="slow"),
        pytest.param(report(GOOD4, server("2001:db8::1", ServerState.NOT_ASKED)), [], id="our own lack of IPv6 says nothing"),
        pytest.param(report(server("192.0.2.1", ServerState.NOT_ASKED)), [], id="nothing asked"),
        pytest.param(report(server("192.0.2.1", ServerState.TIMEOUT)), [("dns.temperror", Severity.UNKNOWN)], id="nobody answers"),
        pytest.param(report(unknown="no answer"), [("dns.temperror", Severity.UNKNOWN)], id="unknown"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_the_servers(zone, found):
    assert [(one.code, one.severity) for one in zone_findings(zone)] == found


def test_the_share_is_told_by_family():
    zone = report(
        GOOD4,
        server("192.0.2.2"),
        server("2001:db8::1", ServerState.TIMEOUT),
        server("2001:db8::2", ServerState.NOT_ASKED),
    )
    assert failure_share(zone.answers) == {"all": 0.333, "over IPv4": 0.0, "over IPv6": 1.0}
    (finding,) = zone_findings(zone)
    assert "About 33 % of first questions fail (over IPv6 100 %)" in finding.message
    assert "ns.example.org (2001:db8::1) does not answer" in finding.message
    assert finding.evidence["share_ipv6"] == 1.0


def test_disagreement_names_the_odd_server():
    (finding,) = zone_findings(report(GOOD4, GOOD6, server("192.0.2.3", texts=(OTHER,))))
    assert "ns.example.org (192.0.2.3) gives another answer" in finding.message
    assert "33 %" in finding.message
    assert finding.evidence["answer_2"] == ["NOERROR v=spf1 -all", "ns.example.org (192.0.2.3)"]
