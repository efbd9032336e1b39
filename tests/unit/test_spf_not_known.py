"""What DNS did not say is unknown in a check, wherever it was to be asked: never in order, never a fault."""

from datetime import UTC, datetime
from io import StringIO
from ipaddress import ip_address

import pytest
from rich.console import Console

from monitor.cli.check.options import Options
from monitor.cli.check.shown import show
from monitor.cli.check.subject import of_domain
from monitor.model.findings import CheckStatus, Severity
from monitor.spf.check import check
from tests.fakes import ZoneResolver

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
DOMAIN, MX, OTHER = "example.org", "mx.example.org", "mx2.example.org"
V4, SECOND = ip_address("192.0.2.25"), ip_address("192.0.2.26")
ZONES = {
    DOMAIN: {"TXT": ["v=spf1 ip4:192.0.2.0/24 -all"], "MX": [(10, MX), (20, OTHER)]},
    MX: {"A": [str(V4)]},
    OTHER: {"A": [str(SECOND)]},
    V4.reverse_pointer: {"PTR": [MX]},
    SECOND.reverse_pointer: {"PTR": [OTHER]},
}


def checked(errors, zones=ZONES, **options):
    resolver = ZoneResolver(zones, errors)
    given = Options(**{"ips": (), "mail_from": None, "helo": None, "elsewhere": False, **options})
    return check(of_domain(DOMAIN, given, resolver, lists=()), resolver, now=NOW)


@pytest.mark.parametrize(
    ("errors", "silent", "addresses"),
    [
        pytest.param({(DOMAIN, "MX"): "SERVFAIL"}, DOMAIN, [], id="which the mail servers are"),
        pytest.param({(MX, "A"): "SERVFAIL"}, MX, [SECOND], id="the address of one of them"),
        pytest.param({(OTHER, "AAAA"): "timeout"}, OTHER, [V4, SECOND], id="its address of the other family"),
        pytest.param({MX: "timeout", OTHER: "timeout"}, MX, [], id="the addresses of all"),
    ],
)
def test_mail_servers_that_dns_does_not_tell_are_not_in_order(errors, silent, addresses):
    outcome = checked(errors)
    assert outcome.status is CheckStatus.UNKNOWN
    (found,) = [each for each in outcome.findings if each.evidence.get("name") == silent]
    assert found.code == "dns.temperror"
    assert found.severity is Severity.UNKNOWN
    assert list(dict.fromkeys(each.client_ip for each in outcome.results)) == addresses
    out = StringIO()
    show(Console(file=out, width=200), outcome, trace=False)
    assert "No mail server of its own is known" not in out.getvalue()


def test_addresses_that_are_named_need_no_mail_server():
    assert checked({(DOMAIN, "MX"): "SERVFAIL", MX: "SERVFAIL"}, ips=(SECOND,)).status is CheckStatus.OK


def test_the_addresses_of_a_mail_server_are_taken_in_one_order():
    several = ["192.0.2.27", "192.0.2.25", "192.0.2.26"]
    for answer in (several, several[::-1]):
        outcome = checked({}, {**ZONES, DOMAIN: {**ZONES[DOMAIN], "MX": [(10, MX)]}, MX: {"A": answer}})
        assert list(dict.fromkeys(str(each.client_ip) for each in outcome.results)) == sorted(several)


def test_the_record_of_the_name_in_ehlo_that_cannot_be_asked_is_unknown():
    outcome = checked({(MX, "TXT"): "SERVFAIL"}, ips=(V4,), helo=MX)
    assert outcome.status is CheckStatus.UNKNOWN
    (found,) = [each for each in outcome.findings if each.evidence.get("helo") == MX]
    assert (found.code, found.severity) == ("dns.temperror", Severity.UNKNOWN)
    assert "EHLO" in found.message


def test_where_the_whole_domain_is_silent_that_is_said_once():
    outcome = checked({DOMAIN: "SERVFAIL"})
    assert [each.code for each in outcome.findings if each.code == "dns.temperror"] == ["dns.temperror"]


def test_a_domain_whose_mail_servers_are_not_known_is_no_name_of_an_address():
    outcome = checked({(DOMAIN, "MX"): "SERVFAIL"}, {**ZONES, V4.reverse_pointer: {}}, ips=(V4,))
    (found,) = [each for each in outcome.findings if each.code == "ptr.missing"]
    assert not found.fix.type
