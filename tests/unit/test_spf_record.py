"""A record read into terms: what stands in it, what may not, and what was probably meant."""

from time import process_time

import pytest

from monitor.spf.misspelt import diagnosis
from monitor.spf.record import parse


def test_terms_are_read_with_their_parts():
    record = parse(
        "v=spf1 +a/24//64 mx:mail.example.org -ip4:192.0.2.0/24 ?include:_spf.example.net redirect=x.example exp=e.example"
    )
    assert [(term.name, term.qualifier, term.value, term.cidr4, term.cidr6) for term in record.terms] == [
        ("a", "+", "", 24, 64),
        ("mx", "+", "mail.example.org", None, None),
        ("ip4", "-", "192.0.2.0/24", None, None),
        ("include", "?", "_spf.example.net", None, None),
        ("redirect", "+", "x.example", None, None),
        ("exp", "+", "e.example", None, None),
    ]
    assert record.errors == ()
    assert [record.text[term.position :].startswith(term.text) for term in record.terms] == [True] * 6
    assert [term.costs_lookup for term in record.terms] == [True, True, False, True, True, False]


@pytest.mark.parametrize(
    "term",
    [
        pytest.param("a", id="§5.3"),
        pytest.param("A:EXAMPLE.ORG", id="case §4.6.1"),
        pytest.param("a//64", id="only IPv6 length §5.3"),
        pytest.param("ptr", id="§5.5"),
        pytest.param("ip6:2001:db8::/32", id="§5.6"),
        pytest.param("ip6:::ffff:192.0.2.1", id="mapped §5.6"),
        pytest.param("exists:%{ir}.%{v}._spf.%{d2}", id="macros §7"),
        pytest.param("unknown-modifier=%{d}", id="unknown modifier §6"),
        pytest.param("include:_spf.%{d}", id="macro at the end §7.1"),
        pytest.param("include:_spf.%%", id="an escape at the end §7.1"),
        pytest.param("mx:%%%_/.Example.de/27", id="a slash in a name §7.1"),
        pytest.param("a:example.1-2", id="a top label with a hyphen §7.1"),
        pytest.param("include=a.example", id="a mechanism's name as an unknown modifier §6"),
    ],
)
def test_what_the_grammar_allows_is_no_error(term):
    assert parse(f"v=spf1 {term} -all").errors == ()


@pytest.mark.parametrize(
    ("term", "guess"),
    [
        pytest.param("2001:db8::/64", "ip6:2001:db8::/64", id="bare IPv6 network"),
        pytest.param("192.0.2.1", "ip4:192.0.2.1", id="bare IPv4 address"),
        pytest.param("-192.0.2.0/24", "-ip4:192.0.2.0/24", id="bare with qualifier"),
        pytest.param("ipv6:2001:db8::1", "ip6:2001:db8::1", id="ipv6:"),
        pytest.param("ip:192.0.2.1", "ip4:192.0.2.1", id="ip:"),
        pytest.param("ip4:2001:db8::1", "ip6:2001:db8::1", id="ip4 with IPv6"),
        pytest.param("ip6:192.0.2.1", "ip4:192.0.2.1", id="ip6 with IPv4"),
        pytest.param("redirect:_spf.example.net", "redirect=_spf.example.net", id="redirect:"),
        pytest.param("-al", "-all", id="all misspelt"),
        pytest.param("inculde:_spf.example.net", "include:_spf.example.net", id="include misspelt"),
        pytest.param("mail.example.org", "a:mail.example.org", id="bare host name"),
        pytest.param("“ip4:192.0.2.1”", "ip4:192.0.2.1", id="typographic quotes"),
        pytest.param("ip4:192.0.2.1ip4:192.0.2.2", "ip4:192.0.2.1 ip4:192.0.2.2", id="missing space"),
        pytest.param("ip4:192.0.2.1-all", "ip4:192.0.2.1 -all", id="all glued on"),
        pytest.param("-all:example.org", "-all", id="all takes nothing §5.1"),
        pytest.param("ip4:192.0.2.256", None, id="no address §5.6"),
        pytest.param("ip4:192.0.2.0/33", None, id="length too long §5.6"),
        pytest.param("ip4:192.0.2.0/024", None, id="length with a zero in front §12"),
        pytest.param("ip6:fe80::1%eth0", None, id="zone index §5.6"),
        pytest.param("ip4", None, id="without address §5.6"),
        pytest.param("a/33", None, id="a/33 §5.3"),
        pytest.param("include:", None, id="include of nothing §5.2"),
        pytest.param("include:localhost", None, id="one label §7.1"),
        pytest.param("exists:%{x}.example.org", None, id="no such macro §7.2"),
        pytest.param("ptr/24", "ptr", id="ptr takes no length §5.5"),
        pytest.param("redirect=", None, id="redirect to nothing §6.1"),
        pytest.param("include:gmöl.example", None, id="not ASCII"),
        pytest.param("include:a.%{d}.", "include:a.%{d}", id="a dot behind a macro §7.1"),
        pytest.param("include:_spf.example.net}", "include:_spf.example.net", id="a brace of no macro §7.1"),
        pytest.param("include:a.%%{d}", None, id="an escaped macro §7.1"),
        pytest.param("mx/024", None, id="length with a zero in front §12"),
        pytest.param("a/24/64", "a/24//64", id="lengths with one slash §5.3"),
        pytest.param("a/b.example", None, id="a slash that is no length §5.3"),
        pytest.param("include/b.example", "include:b.example", id="a slash where a colon belongs §5.2"),
        pytest.param("a\t-all", "a -all", id="a tab is no space §4.6.1"),
    ],
)
def test_what_the_grammar_forbids_is_told_with_what_was_meant(term, guess):
    record = parse(f"v=spf1 mx {term}")
    (wrong,) = record.errors
    assert wrong.position == len("v=spf1 mx ")
    sentence, meant = diagnosis(wrong)
    assert sentence.endswith(".")
    assert meant == guess
    if guess is not None:
        assert parse(f"v=spf1 mx {guess}").errors == ()


def test_a_modifier_that_may_stand_once_is_an_error_the_second_time():
    record = parse("v=spf1 redirect=a.example redirect=b.example")
    assert [term.text for term in record.errors] == ["redirect=b.example"]


def test_all_ends_evaluation_and_makes_redirect_void():
    record = parse("v=spf1 -all redirect=a.example")
    assert record.all.text == "-all"
    assert record.redirect is None


@pytest.mark.parametrize(
    "terms",
    [
        pytest.param("a:." + "a" * 60_000 + "!", id="a top label without end"),
        pytest.param("a:" + "/" * 60_000 + "x", id="slashes"),
        pytest.param("x=" + "%{" * 30_000, id="macros that do not end"),
        pytest.param("a:b.example/" + "1" * 60_000, id="a prefix length"),
        pytest.param("aa." * 20_000 + "!", id="labels"),
        pytest.param(" ".join(f"incl{n}" for n in range(6_000)), id="terms that are none"),
    ],
)
def test_any_record_is_read_in_no_time(terms):
    """In time linear in its size: one expression that takes the square of it held a check for minutes."""
    began = process_time()
    record = parse(f"v=spf1 {terms}")
    diagnosis(record.errors[0])
    assert process_time() - began < 1
