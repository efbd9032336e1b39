"""The zone text for a probe domain is a zone: a parser of DNS zones reads it."""

from ipaddress import ip_address

import dns.rdatatype
import dns.zone
import pytest

from monitor.model.vantage import Vantage
from monitor.receiver.zone import dns_zone_lines


def zone_of(senders=(), **settings):
    options = {"domain": "v6.probe.example.org", "hostname": "receiver.example.org"} | settings
    return dns.zone.from_text(
        dns_zone_lines(Vantage(**options), senders), origin="example.org.", relativize=False, check_origin=False
    )


@pytest.mark.parametrize(
    ("settings", "owner", "rrtype", "values"),
    [
        pytest.param({}, "v6.probe", "MX", ["10 receiver.example.org."], id="MX"),
        pytest.param({"listen": "[2001:db8::7]:25"}, "receiver", "AAAA", ["2001:db8::7"], id="AAAA"),
        pytest.param({}, "receiver", "AAAA", [], id="every address: to be filled in"),
        pytest.param({}, "receiver", "A", [], id="never A"),
        pytest.param({}, "v6.probe", "TXT", ['"v=spf1 -all"'], id="SPF RFC 7208 §10.1.2"),
        pytest.param({"hostname": "v6.probe.example.org"}, "v6.probe", "TXT", ['"v=spf1 -all"'], id="SPF only once"),
        pytest.param({}, "_dmarc.v6.probe", "TXT", ['"v=DMARC1; p=reject; adkim=s; aspf=s"'], id="DMARC"),
        pytest.param({"domain": "prüfung.example.org"}, "xn--prfung-4ya", "TXT", ['"v=spf1 -all"'], id="A-labels"),
    ],
)
def test_the_zone_holds_what_a_domain_needs_that_only_receives(settings, owner, rrtype, values):
    found = zone_of(**settings).get_rdataset(f"{owner}.example.org.", dns.rdatatype.from_text(rrtype))
    assert ([rdata.to_text() for rdata in found] if found else []) == values


def test_where_bounces_of_notices_come_back_the_relay_may_send():
    zone = zone_of([ip_address("192.0.2.26"), ip_address("2001:db8:26::26")])
    (record,) = zone.get_rdataset("v6.probe.example.org.", dns.rdatatype.TXT)
    assert record.to_text() == '"v=spf1 ip4:192.0.2.26 ip6:2001:db8:26::26 -all"'
