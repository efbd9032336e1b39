"""A check names the cause that is one, once, and proposes one record whoever asks and in whatever order DNS answers."""

from datetime import UTC, datetime
from ipaddress import ip_address
from itertools import permutations

import pytest

from monitor.spf.check import Subject, check
from tests.fakes import ZoneResolver

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
DOMAIN, HELO = "lists.example.org", "mail.lists.example.org"
V4, V6 = ip_address("192.0.2.25"), ip_address("2001:db8:25::25")
MANY = {f"p{n}.example": {"TXT": [f"v=spf1 ip4:198.51.100.{n} -all"]} for n in range(1, 13)}
INCLUDES = " ".join(f"include:{name}" for name in MANY)


def checked(txt, zones=None, *, outbound=(V4,), helo=HELO, errors=None, **more):
    resolver = ZoneResolver({DOMAIN: {"TXT": [txt]}, **(zones or {})}, errors)
    subject = Subject(
        list_id="ops", domain=DOMAIN, reverse_path=f"ops-bounces@{DOMAIN}", helo=helo, outbound=outbound, **more
    )
    return check(subject, resolver, now=NOW)


def codes(outcome):
    return {each.code for each in outcome.findings if not each.code.startswith("ptr.")}


def finding(outcome, code):
    (found,) = [each for each in outcome.findings if each.code == code]
    return found


def test_the_record_proposed_hangs_on_no_order():
    addresses = [ip_address(text) for text in ("192.0.2.97", "192.0.2.98", "192.0.2.99", "2001:db8::97")]
    proposed = {
        checked(f"v=spf1 {INCLUDES} -all", MANY, outbound=order).suggested_record for order in permutations(addresses)
    }
    assert len(proposed) == 1
    assert proposed != {None}


def test_every_list_of_a_domain_is_told_the_same_record():
    addresses = tuple(ip_address(f"192.0.2.{n}") for n in (97, 98, 99))
    proposed = {
        checked(f"v=spf1 {INCLUDES} -all", MANY, outbound=(own,), others=addresses).suggested_record
        for own in addresses
    }
    assert len(proposed) == 1
    assert proposed != {None}


@pytest.mark.parametrize("term", ["include:broken.example", "redirect=broken.example"])
def test_a_fault_further_down_fails_only_what_comes_to_it(term):
    broken = {"broken.example": {"TXT": ["v=spf1 ip4:198.51.100.300 -all"]}}
    message = finding(checked(f"v=spf1 ip4:{V4} {term}", broken), "spf.syntax").message
    assert "every message" not in message
    assert "mail that no earlier term covers fails" in message


def test_a_fault_in_the_record_itself_fails_everything():
    assert "every message fails" in finding(checked(f"v=spf1 ip4:{V4} ip4:x -all"), "spf.syntax").message


def test_hosts_that_do_not_exist_are_missing_over_ipv4_too():
    outcome = checked(f"v=spf1 ip4:{V4} a:x1.example a:x2.example mx:x3.example -all", outbound=(V4, V6))
    assert "spf.void-limit" in codes(outcome)
    assert "spf.void-over-ipv6-only" not in codes(outcome)


def test_hosts_without_ipv6_are_missing_over_ipv6_alone():
    hosts = {f"old{n}.example": {"A": [f"192.0.2.{n}"]} for n in range(1, 4)}
    outcome = checked(f"v=spf1 ip4:{V4} {' '.join(f'a:{name}' for name in hosts)} -all", hosts, outbound=(V4, V6))
    assert "spf.void-over-ipv6-only" in codes(outcome)


@pytest.mark.parametrize(
    ("txt", "zones"),
    [
        (f"v=spf1 redirect={DOMAIN}", {}),
        ("v=spf1 redirect=b.example", {"b.example": {"TXT": [f"v=spf1 redirect={DOMAIN}"]}}),
    ],
)
def test_a_circle_is_no_matter_of_too_many_lookups(txt, zones):
    assert "spf.loop" in codes(checked(txt, zones))
    assert "spf.lookup-limit" not in codes(checked(txt, zones))


def test_of_several_reverse_names_only_the_silent_ones_are_unknown():
    names = {V4.reverse_pointer: {"PTR": ["other.example", "silent.example"]}, "other.example": {"A": ["192.0.2.1"]}}
    found = finding(
        checked(f"v=spf1 ip4:{V4} -all", names, errors={("silent.example", "A"): "SERVFAIL"}), "ptr.temperror"
    )
    assert "silent.example" in found.message
    assert "other.example" not in found.message
    assert found.evidence["names"] == ["silent.example"]


def test_a_record_of_the_name_in_ehlo_that_is_broken_refuses_nobody_in_particular():
    found = finding(
        checked(f"v=spf1 ip4:{V4} -all", {HELO: {"TXT": ["v=spf1 ip4:192.0.2.300 -all"]}}), "helo.not-authorised"
    )
    assert "cannot be used" in found.message
    assert str(V4) not in found.message
    assert found.fix.name == f"who publishes {HELO}"


def test_a_record_of_the_name_in_ehlo_is_to_name_the_server():
    fix = finding(checked(f"v=spf1 ip4:{V4} -all", {HELO: {"TXT": ["v=spf1 -all"]}}), "helo.not-authorised").fix
    assert str(V4) in fix.value
    hidden = ip_address("10.0.0.9")
    outcome = checked(f"v=spf1 ip4:{V4} -all", {HELO: {"TXT": ["v=spf1 -all"]}}, outbound=(hidden,))
    assert finding(outcome, "helo.not-authorised").fix is None


@pytest.mark.parametrize("helo", ["localhost.localdomain", "[192.0.2.25]"])
def test_a_server_without_a_name_needs_one_before_its_address_does(helo):
    fix = finding(checked(f"v=spf1 ip4:{V4} -all", helo=helo), "ptr.missing").fix
    assert fix.name == "whoever runs the mail server"
    assert fix.value.index("EHLO") < fix.value.index("PTR")


def test_an_address_that_no_receiver_sees_is_refused_by_none():
    message = finding(checked("v=spf1 ip4:10.0.0.9 -all", outbound=(ip_address("10.0.0.9"),)), "ptr.missing").message
    assert "refuse" not in message
    assert "private" in message


def test_of_two_limits_the_one_that_is_met_first_is_the_cause():
    hosts = {f"mx{n}.example": {"A": [f"198.51.100.{n}"]} for n in range(1, 13)}
    zones = {**hosts, DOMAIN: {"TXT": ["v=spf1 mx a:x1.example a:x2.example a:x3.example ip4:192.0.2.25 -all"]}}
    zones[DOMAIN]["MX"] = [(10, name) for name in hosts]
    outcome = checked("", zones)
    assert {"spf.mx-limit", "spf.verifier-disagreement"} <= codes(outcome)
    assert "spf.void-limit" not in codes(outcome)
    assert "MX hosts strictly" in finding(outcome, "spf.verifier-disagreement").message
