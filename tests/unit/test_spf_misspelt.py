"""What the owner of a record probably meant by terms that cannot be used, or that lead nowhere as they stand."""

from datetime import UTC, datetime
from ipaddress import ip_address
from time import process_time

import pytest

from monitor.spf.check import Subject, check
from monitor.spf.misspelt import as_meant, faults
from monitor.spf.record import VERSION, parse
from tests.fakes import ZoneResolver

OURS = ip_address("192.0.2.25")


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        pytest.param("ip4:192.0.2.1\nv=spf1", "ip4:192.0.2.1", id="two records as lines"),
        pytest.param("v=spf1 a", "a", id="version twice"),
        pytest.param("include_spf.example.net", "include:_spf.example.net", id="colon forgotten"),
        pytest.param("include.spf.example.net", "include:spf.example.net", id="dot for a colon"),
        pytest.param("include : _spf.example.net", "include:_spf.example.net", id="spaces around the colon"),
        pytest.param("include= _spf.example.net", "include:_spf.example.net", id="equals sign and space"),
        pytest.param("redirect: _spf.example.net", "redirect=_spf.example.net", id="colon and space"),
        pytest.param("ip4:_spf.example.net", "include:_spf.example.net", id="a record where an address belongs"),
        pytest.param("spf.example.net", "include:spf.example.net", id="a record without its mechanism"),
        pytest.param("mail.example.net", "a:mail.example.net", id="a host without its mechanism"),
        pytest.param("include:a.example,b.example", "include:a.example include:b.example", id="comma"),
        pytest.param("include:a.example;b.example;mx", "include:a.example include:b.example mx", id="semicolons"),
        pytest.param("include:a.example, b.example", "include:a.example include:b.example", id="comma and space"),
        pytest.param(
            "ip4:192.0.2.1, 192.0.2.2, ip6:2001:db8::1", "ip4:192.0.2.1 ip4:192.0.2.2 ip6:2001:db8::1", id="list"
        ),
        pytest.param("ip4:192.0.2.1|ip4:192.0.2.2", "ip4:192.0.2.1 ip4:192.0.2.2", id="bar"),
        pytest.param("include;a.example", "include:a.example", id="semicolon for a colon"),
        pytest.param(r"ip4:192.0.2.1\;", "ip4:192.0.2.1", id="escaped semicolon"),
        pytest.param("ip4:192.0.2.1redirect=a.example", "ip4:192.0.2.1 redirect=a.example", id="glued redirect"),
        pytest.param("include:a.exampleredirect=b.example", "include:a.example redirect=b.example", id="glued inside"),
        pytest.param("ip4:192.0.2.1all", "ip4:192.0.2.1 all", id="glued all"),
        pytest.param("ip4:192.0.2.1ptr", "ip4:192.0.2.1 ptr", id="glued ptr"),
        pytest.param("ip4:192.0.2.1exists:%{i}.a.example", "ip4:192.0.2.1 exists:%{i}.a.example", id="glued exists"),
        pytest.param("ip6:[2001:db8::1]", "ip6:2001:db8::1", id="brackets"),
        pytest.param('include:"a.example"', "include:a.example", id="quotes around the value"),
        pytest.param('redirect="a.example"', "redirect=a.example", id="quotes around a modifier's value"),
        pytest.param(r"include:\xe2\x80\xb9a.example>", "include:a.example", id="typographic bracket"),
        pytest.param("ip4:192.0.2.1.", "ip4:192.0.2.1", id="dot behind an address"),
        pytest.param("ip4:192.0.2.1/", "ip4:192.0.2.1", id="slash without a length"),
        pytest.param("ip4:192.0.2.0/ 24", "ip4:192.0.2.0/24", id="space before the length"),
        pytest.param("ip4:192.0.2.0 /24", "ip4:192.0.2.0/24", id="space before the slash"),
        pytest.param("ip4:192.0.2.0/255.255.255.128", "ip4:192.0.2.0/25", id="netmask"),
        pytest.param("include:a.example/24", "include:a.example", id="length behind a domain"),
        pytest.param("mx/24/64", "mx/24//64", id="one slash between lengths"),
        pytest.param("include:post@a.example", "include:a.example", id="address of mail"),
        pytest.param("include:https://a.example", "include:a.example", id="readable URL"),
        pytest.param("ip4:192.0.2.300", "", id="nobody can tell"),
        pytest.param("mx: -all", "-all", id="a value forgotten"),
        pytest.param("vendor=a@b.example", "vendor=a@b.example", id="an unknown modifier's value is its own"),
    ],
)
def test_a_term_becomes_what_was_meant(written, meant):
    assert as_meant(parse(f"{VERSION} {written}")) == " ".join(filter(None, [VERSION, meant]))


def test_a_list_with_spaces_is_one_place():
    (fault,) = faults(parse("v=spf1 include:a.example, b.example -all"))
    assert (fault.text, fault.position) == ("include:a.example, b.example", len("v=spf1 "))


def suggested(txt):
    """What is proposed for the record, of which one address of ours sends, with one host and one record beside it."""
    zones = {
        "example.org": {"TXT": [txt]},
        "mail.example.net": {"A": ["192.0.2.77"]},
        "a.example": {"TXT": ["v=spf1 ip4:192.0.2.78 -all"]},
    }
    subject = Subject(
        list_id=None, domain="example.org", reverse_path="x@example.org", helo="h.example.org", outbound=(OURS,)
    )
    return check(subject, ZoneResolver(zones), now=datetime(2026, 11, 27, tzinfo=UTC))


@pytest.mark.parametrize(
    ("txt", "record"),
    [
        ("v=spf1 ip4:gone.example.net ip4:192.0.2.25 -all", "v=spf1 ip4:192.0.2.25 -all"),
        ("v=spf1 ip4:mail.example.net ip4:192.0.2.25 -all", "v=spf1 a:mail.example.net ip4:192.0.2.25 -all"),
        ("v=spf1 ip4:192.0.2.25\nv=spf1 -all", "v=spf1 ip4:192.0.2.25 -all"),
        ("v=spf1 ip4:192.0.2.25 include:post@a.example -all", "v=spf1 ip4:192.0.2.25 include:a.example -all"),
    ],
)
def test_a_guess_is_published_only_if_it_names_somebody(txt, record):
    assert suggested(txt).suggested_record == record


def test_a_version_said_twice_is_remarked():
    said = [
        each.message for each in suggested("v=spf1 v=spf1 ip4:192.0.2.25 -all").findings if each.code == "spf.syntax"
    ]
    (message,) = said
    assert message.startswith("`v=spf1` in the SPF record of example.org does nothing")
    assert message.endswith("The version stands only once, at the beginning.")


def test_words_that_break_the_record_are_not_what_is_never_looked_at():
    codes = {each.code for each in suggested("v=spf1 ip4:192.0.2.25 -all this is ours").findings}
    assert "spf.syntax" in codes
    assert "spf.after-all" not in codes


@pytest.mark.parametrize(
    ("term", "word"), [("a:mx.example.net/24/64", "/24//64"), ("mx/129", "up to 32"), ("a/33", "up to 32")]
)
def test_a_prefix_length_is_told_by_what_is_wrong_with_it(term, word):
    (fault,) = faults(parse(f"v=spf1 {term}"))
    assert word in fault.sentence


@pytest.mark.parametrize(
    "piece", ["include:a.example, ", "192.0.2.1/08, ", "include ", ": ", "x.example| ", "/ ", "[<( "]
)
def test_a_hostile_record_is_read_in_time_linear_in_it(piece):
    started = process_time()
    as_meant(parse("v=spf1 " + piece * (60_000 // len(piece))))
    assert process_time() - started < 10  # seconds; a quadratic reading takes minutes
