"""No SPF record, or none that can be used: why, and the advice that fits; near misses, aliases, missing names."""

from datetime import UTC, datetime
from ipaddress import ip_address

import pytest

from monitor.dns.answer import answered
from monitor.dns.name import normal
from monitor.model.dns import SpfResult
from monitor.model.findings import FixAction, Severity, place_of
from monitor.spf.check import Subject, check
from tests.fakes import ZoneResolver

NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)
DOMAIN = "list.example"
V4, V6 = "192.0.2.25", "2001:db8:25::25"


class Denying(ZoneResolver):
    """A name server that knows no AAAA and says NXDOMAIN to whoever asks for one."""

    def __init__(self, zones, *, denied):
        super().__init__(zones)
        self._denied = denied

    def lookup(self, name, rrtype, *, timeout_s=None):
        known = super().lookup(name, rrtype, timeout_s=timeout_s)
        if known.records or rrtype not in self._denied:
            return known
        return answered(normal(name), rrtype, (), rcode="NXDOMAIN", server="memory")


def checked(zones, *ips, resolver=None, domain=DOMAIN, helo="mail.other.example"):
    """The check, without its findings about reverse DNS."""
    subject = Subject(
        list_id=None,
        domain=domain,
        reverse_path=f"owner@{domain}",
        helo=helo,
        outbound=tuple(map(ip_address, ips or (V4, V6))),
    )
    return check(subject, resolver or ZoneResolver(zones), now=NOW)


def of(outcome, code):
    return next(each for each in outcome.findings if each.code == code)


def codes(outcome):
    return [each.code for each in outcome.findings if not each.code.startswith("ptr.")]


def passes(outcome, zones, at=DOMAIN):
    """Whether the suggested record passes where it is said to belong."""
    zones = {**zones, at: {**zones.get(at, {}), "TXT": [outcome.suggested_record]}}
    again = checked(zones, *(str(each.client_ip) for each in outcome.results))
    return {each.result for each in again.results if each.identity == "mailfrom"} == {SpfResult.PASS}


def test_a_near_miss_is_shown_and_mended():
    """RFC 7208 section 4.5: the record that was meant is the one to publish, since it passes."""
    outcome = checked({DOMAIN: {"TXT": [" v=spf1 ip6:2001:db8:25::/48 ip4:192.0.2.0/28 ip4:192.0.2.25 -all"]}})
    finding = of(outcome, "spf.none")
    assert codes(outcome) == ["spf.none"]
    assert "` v=spf1 ip6:2001:db8:25::/48" in finding.message
    assert "a space stands in front" in finding.message
    assert finding.evidence["near_miss"] == [" v=spf1 ip6:2001:db8:25::/48 ip4:192.0.2.0/28 ip4:192.0.2.25 -all"]
    assert finding.fix.action is FixAction.CHANGE
    assert finding.fix.value == "v=spf1 ip6:2001:db8:25::/48 ip4:192.0.2.0/28 ip4:192.0.2.25 -all"


def test_a_near_miss_that_would_not_pass_either_is_completed():
    outcome = checked({DOMAIN: {"TXT": [f"v=spf1;ip4:{V4};~all"]}})
    assert outcome.suggested_record == f"v=spf1 ip6:{V6} ip4:{V4} ~all"


def test_without_an_address_to_try_no_record_is_proposed_and_the_fault_is_told():
    subject = Subject(list_id=None, domain=DOMAIN, reverse_path=f"a@{DOMAIN}", helo="", outbound=())
    outcome = check(subject, ZoneResolver({DOMAIN: {"TXT": ["\ufeffv=spf1 mx -all"]}}), now=NOW)
    fix = of(outcome, "spf.none").fix
    assert outcome.suggested_record is None
    assert (fix.action, fix.type) == (FixAction.ASK, "")
    assert "BYTE ORDER MARK" in fix.value


def test_a_near_miss_beside_a_record_is_a_note_and_one_of_sender_id_is_none():
    good = f"v=spf1 ip4:{V4} ip6:{V6} -all"
    outcome = checked({DOMAIN: {"TXT": [good, f'"v=spf1 ip4:{V4} -all"']}})
    assert codes(outcome) == ["spf.near-miss"]
    assert of(outcome, "spf.near-miss").severity is Severity.INFO
    assert codes(checked({DOMAIN: {"TXT": [good, "spf2.0/pra ?all"]}})) == []


def test_a_near_miss_behind_an_include_is_named():
    zones = {
        DOMAIN: {"TXT": [f"v=spf1 ip4:{V4} ip6:{V6} include:near.example -all"]},
        "near.example": {"TXT": ["v=spf1\u00a0ip4:192.0.2.9 -all"]},
    }
    finding = of(checked(zones), "spf.include-without-record")
    assert "U+00A0" in finding.message
    assert finding.evidence["near_miss"] == [r"v=spf1\xa0ip4:192.0.2.9 -all"]


@pytest.mark.parametrize(
    ("strings", "meant"),
    [
        pytest.param((b"v=spf1 ip4:192.0.2.25", b"ip6:2001:db8:25::25 ~all"), f"v=spf1 ip4:{V4} ip6:{V6} ~all", id="networks"),
        pytest.param((b"v=spf1 ip4:192.0.2.25 ip6:2001:db8:25::25", b"-all"), f"v=spf1 ip4:{V4} ip6:{V6} -all", id="the end"),
        pytest.param((b"v=spf1 a:m.list.example", b"mx ~all"), "v=spf1 a:m.list.example mx ~all", id="a host name"),
        pytest.param((b"v=spf1 mx", b"a", b"-all"), "v=spf1 mx a -all", id="two seams"),
    ],
)  # fmt: skip
def test_terms_that_ran_together_at_a_seam_are_parted(strings, meant):
    """RFC 7208 section 3.3: strings are joined without a space."""
    zones = {
        DOMAIN: {"TXT": [strings], "MX": [(1, "m.list.example")], "A": [V4], "AAAA": [V6]},
        "m.list.example": {"A": [V4], "AAAA": [V6]},
    }
    outcome = checked(zones)
    assert "RFC 7208 section 3.3" in of(outcome, "spf.syntax").message
    assert outcome.suggested_record == meant


def test_a_seam_within_a_term_is_no_fault():
    strings = (b"v=spf1 ip4:192.0.2.25 ip6:2001:db8:25::25 include:spf.pro", b"vider.example -all")
    zones = {DOMAIN: {"TXT": [strings]}, "spf.provider.example": {"TXT": ["v=spf1 -all"]}}
    assert codes(checked(zones)) == []


@pytest.mark.parametrize("dash", ["\u2010", "\u2011", "\u2012", "\u2013", "\u2014", "\u2212", "\ufe63"])
def test_a_typographic_dash_is_named_and_a_hyphen_proposed(dash):
    outcome = checked({DOMAIN: {"TXT": [f"v=spf1 ip4:{V4} ip6:{V6} {dash}all"]}})
    assert f"U+{ord(dash):04X}" in of(outcome, "spf.syntax").message
    assert outcome.suggested_record == f"v=spf1 ip4:{V4} ip6:{V6} -all"


def test_beside_an_alias_nothing_can_stand_so_the_record_goes_to_its_target():
    """RFC 1034 section 3.6.2, also along a chain of aliases."""
    zones = {
        DOMAIN: {"CNAME": ["www.list.example"]},
        "www.list.example": {"CNAME": ["host.list.example"]},
        "host.list.example": {"A": [V4], "TXT": ["some-verification=1"]},
    }
    outcome = checked(zones)
    finding = of(outcome, "spf.none")
    assert (finding.fix.action, finding.fix.name, finding.fix.type) == (FixAction.PUBLISH, "host.list.example", "TXT")
    assert "RFC 1034 section 3.6.2" in finding.message
    assert finding.evidence["alias_of"] == "host.list.example"
    assert place_of(outcome.suggested_record, outcome.findings, DOMAIN) == "host.list.example"
    assert passes(outcome, zones, at="host.list.example")


def test_a_record_at_the_target_of_an_alias_is_changed_there_and_why_is_told_once():
    zones = {DOMAIN: {"CNAME": ["host.list.example"]}, "host.list.example": {"TXT": [f"v=spf1 ip4:{V4} ?all"]}}
    outcome = checked(zones)
    changes = [each for each in outcome.findings if each.fix is not None and each.fix.type == "TXT"]
    assert {each.fix.name for each in changes} == {"host.list.example"}
    assert len(changes) > 1
    assert ["CNAME" in each.message for each in changes].count(True) == 1


def test_whoever_runs_a_foreign_target_is_asked():
    zones = {DOMAIN: {"CNAME": ["lists.hoster.example.com"]}, "lists.hoster.example.com": {"A": [V4]}}
    finding = of(checked(zones), "spf.none")
    assert (finding.fix.action, finding.fix.name) == (FixAction.ASK, "whoever runs lists.hoster.example.com")
    assert "replace the CNAME" in finding.message


def test_a_domain_that_does_not_exist_is_no_domain_without_a_record():
    """RFC 7208 section 4.3. No record is proposed: the name may be written wrong."""
    outcome = checked({})
    assert codes(outcome) == ["dns.no-such-domain"]
    assert f"{DOMAIN} does not exist" in outcome.findings[0].message
    assert outcome.suggested_record is None
    assert outcome.findings[0].fix.action is FixAction.ASK


def test_a_sender_that_nothing_can_be_sent_back_to_is_told():
    """RFC 5321 section 5.1; only where the record is missing too: it is no matter of SPF."""
    assert "no MX, A or AAAA" in of(checked({DOMAIN: {"TXT": ["x"]}}), "spf.none").message
    assert "no MX" not in of(checked({DOMAIN: {"MX": [(1, "m.example")]}}), "spf.none").message


def test_an_alias_into_nowhere_is_to_be_corrected():
    finding = of(checked({DOMAIN: {"CNAME": ["gone.list.example"]}}), "dns.no-such-domain")
    assert finding.evidence["alias_of"] == "gone.list.example"
    assert "CNAME" in finding.fix.value


def test_an_include_of_a_name_that_does_not_exist_says_so():
    zones = {DOMAIN: {"TXT": [f"v=spf1 ip4:{V4} ip6:{V6} include:gone.example include:bare.example -all"]}}
    outcome = checked({**zones, "bare.example": {"A": [V4]}})
    said = [each.message for each in outcome.findings if each.code == "spf.include-without-record"]
    assert "does not exist" in said[0]
    assert "has no SPF record" in said[1]


def test_more_than_ten_mail_exchangers_are_named():
    """RFC 7208 section 4.6.4."""
    zones = {
        DOMAIN: {"TXT": ["v=spf1 mx -all"], "MX": [(n, f"mx{n}.list.example") for n in range(1, 12)]},
        **{
            f"mx{n}.list.example": {"A": [f"192.0.2.{n + 20}"], "AAAA": [f"2001:db8:25::{n + 20}"]}
            for n in range(1, 12)
        },
    }
    outcome = checked(zones)
    finding = of(outcome, "spf.mx-limit")
    assert "`mx`" in finding.message
    assert "11 MX hosts" in finding.message
    assert "spf.syntax" not in codes(outcome)
    assert "MX hosts strictly" in of(outcome, "spf.verifier-disagreement").message
    assert passes(outcome, zones)
    ten = {**zones, DOMAIN: {**zones[DOMAIN], "MX": zones[DOMAIN]["MX"][:10]}}
    assert codes(checked(ten)) == []


HOSTS = {f"h{n}.list.example": {"A": [f"192.0.2.{n}"]} for n in (1, 2, 3)}
OF_HOSTS = "v=spf1 " + " ".join(f"a:{name}" for name in HOSTS)


def test_hosts_without_ipv6_are_no_names_that_do_not_exist():
    """Asked for an IPv6 address alone: the names are told, and what they lack."""
    outcome = checked({DOMAIN: {"TXT": [f"{OF_HOSTS} ip6:{V6} ~all"]}, **HOSTS}, V6)
    finding = of(outcome, "spf.void-over-ipv6-only")
    assert "h1.list.example, h2.list.example and h3.list.example have no IPv6 address (AAAA)" in finding.message
    assert "exist" not in finding.message
    assert finding.evidence["void"] == [f"AAAA {name} NOERROR" for name in HOSTS]


def test_each_fruitless_lookup_is_told_with_its_reason():
    zones = {
        DOMAIN: {"TXT": [f"v=spf1 a:gone1.example a:gone2.example mx:bare.example ip4:{V4} -all"]},
        "bare.example": {"A": [V4]},
    }
    finding = of(checked(zones, V4), "spf.void-limit")
    assert "gone1.example and gone2.example do not exist; bare.example has no record of type MX" in finding.message


def test_a_host_that_is_denied_for_aaaa_is_no_name_that_does_not_exist():
    """RFC 4074 section 4.2: the server says so for one type alone."""
    zones = {DOMAIN: {"TXT": [f"{OF_HOSTS} ip6:{V6} ~all"]}, **HOSTS}
    outcome = checked(zones, V6, resolver=Denying(zones, denied={"AAAA"}))
    finding = of(outcome, "spf.void-over-ipv6-only")
    assert "have no IPv6 address (AAAA)" in finding.message
    assert "exist" not in finding.message


def test_a_record_at_a_name_beside_is_told():
    zones = {f"mail.{DOMAIN}": {"A": [V4], "TXT": [f"v=spf1 ip4:{V4} -all"]}}
    finding = of(checked(zones, helo=f"mail.{DOMAIN}"), "spf.none")
    assert f"mail.{DOMAIN} has a record, which counts for that name alone" in finding.message
    assert of(checked(zones), "spf.none").evidence["elsewhere"] == []


def test_a_record_of_type_spf_alone_is_told_as_such():
    """RFC 7208 section 3.1."""
    outcome = checked({DOMAIN: {"SPF": [f"v=spf1 ip4:{V4} ip6:{V6} -all"]}})
    assert "only under the DNS type SPF" in of(outcome, "spf.type-99").message
    assert outcome.suggested_record == f"v=spf1 ip4:{V4} ip6:{V6} -all"


def test_a_name_denied_for_one_type_is_the_name_servers_fault():
    """RFC 4074 section 4.2."""
    zones = {DOMAIN: {"TXT": [f"v=spf1 a:h1.list.example ip4:{V4} ip6:{V6} -all"]}, **HOSTS}
    outcome = checked(zones, resolver=Denying(zones, denied={"AAAA"}))
    finding = of(outcome, "dns.name-denied")
    assert finding.evidence == {"name": "h1.list.example", "denied": ["AAAA"], "there": "A"}
    assert (finding.severity, finding.reference) == (Severity.WARNING, "RFC 4074 section 4.2")
    assert "dns.name-denied" not in codes(checked(zones))


def test_a_domain_that_is_denied_for_txt_alone_is_not_missing():
    zones = {DOMAIN: {"A": [V4]}}
    outcome = checked(zones, resolver=Denying(zones, denied={"TXT"}))
    assert codes(outcome) == ["spf.none", "dns.name-denied"]


def test_a_name_is_not_missing_while_names_below_it_exist():
    """RFC 8020 section 2: here the host that mail comes from, which its PTR names."""
    host = f"mail.{DOMAIN}"
    zones = {host: {"A": [V4]}, ip_address(V4).reverse_pointer: {"PTR": [host]}}
    outcome = checked(zones, V4, resolver=Denying(zones, denied={"TXT", "A", "AAAA", "MX"}))
    assert codes(outcome)[0] == "spf.none"
    assert of(outcome, "dns.name-denied").evidence["there"] in {"A", host}
