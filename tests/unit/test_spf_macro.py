"""Macros (RFC 7208 section 7): the standard's own examples, and where implementations differ."""

import pytest

from monitor.spf.macro import InvalidMacro, as_domain, check, expand

# Section 7.4: the sender is strong-bad@email.example.com, the client 192.0.2.3 or 2001:db8::cb01.
VALUES = {
    "s": "strong-bad@email.example.com",
    "l": "strong-bad",
    "o": "email.example.com",
    "d": "email.example.com",
    "i": "192.0.2.3",
    "p": "mx.example.org",
    "v": "in-addr",
    "h": "mx-1.example.org",
    "c": "192.0.2.3",
    "r": "receiver.example",
    "t": "1767571200",
}
VALUES6 = VALUES | {"i": "2.0.0.1.0.d.b.8.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.c.b.0.1", "v": "ip6"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("%{s}", "strong-bad@email.example.com"),
        ("%{o}", "email.example.com"),
        ("%{d}", "email.example.com"),
        ("%{d4}", "email.example.com"),
        ("%{d3}", "email.example.com"),
        ("%{d2}", "example.com"),
        ("%{d1}", "com"),
        ("%{dr}", "com.example.email"),
        ("%{d2r}", "example.email"),
        ("%{l}", "strong-bad"),
        ("%{l-}", "strong.bad"),
        ("%{lr}", "strong-bad"),
        ("%{lr-}", "bad.strong"),
        ("%{l1r-}", "strong"),
        ("%{ir}.%{v}._spf.%{d2}", "3.2.0.192.in-addr._spf.example.com"),
        ("%{lr-}.lp._spf.%{d2}", "bad.strong.lp._spf.example.com"),
        ("%{lr-}.lp.%{ir}.%{v}._spf.%{d2}", "bad.strong.lp.3.2.0.192.in-addr._spf.example.com"),
        ("%{ir}.%{v}.%{l1r-}.lp._spf.%{d2}", "3.2.0.192.in-addr.strong.lp._spf.example.com"),
        ("%{d2}.trusted-domains.example.net", "example.com.trusted-domains.example.net"),
    ],
)
def test_the_examples_of_section_7_4(text, expected):
    assert expand(text, VALUES.__getitem__) == expected


def test_the_ipv6_example_of_section_7_4():
    assert expand("%{ir}.%{v}._spf.%{d2}", VALUES6.__getitem__) == (
        "1.0.b.c.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6._spf.example.com"
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("%{hr-}", "1.example.org.mx", id="parts are joined with dots §7.3"),
        pytest.param("%{h2r-.}", "1.mx", id="several delimiters §7.1"),
        pytest.param("%{D2}", "example.com", id="a capital letter escapes §7.3"),
        pytest.param("%{S}", "strong-bad%40email.example.com", id="what is not unreserved §7.3"),
        pytest.param("%{d99999999999999999999}", "email.example.com", id="more parts than there are"),
        pytest.param("a%%b%_c%-d", "a%b c%20d", id="the escapes §7.1"),
        pytest.param("no macro", "no macro", id="nothing"),
    ],
)  # fmt: skip
def test_delimiters_reversal_and_escapes(text, expected):
    assert expand(text, VALUES.__getitem__) == expected


@pytest.mark.parametrize(
    "text",
    [
        "%",
        "a%",
        "%a",
        "%(d)",
        "%{d",
        "%{}",
        "%{x}",
        "%{d0}",
        "%{d-2}",
        "%{drr}",
        "%{d!}",
        "%{c}",
        "%{r}",
        "%{T}",
        "%{dr2}",
    ],
)
def test_what_is_no_macro(text):
    with pytest.raises(InvalidMacro):
        check(text)


def test_a_long_name_loses_labels_from_the_left():
    """Section 7.3: as many as it takes."""
    name = ".".join(["a" * 60] * 5) + ".example.com"
    assert as_domain(name + ".") == ".".join(["a" * 60] * 3) + ".example.com"


@pytest.mark.parametrize("labels", [1, 60, 63, 126, 127, 300])
@pytest.mark.parametrize("label", ["a", "bc", "d" * 63, "e" * 300])
def test_what_is_cut_is_what_cutting_label_by_label_leaves(label, labels):
    expected = ".".join([label] * labels)
    while len(expected) > 253 and "." in expected:
        expected = expected.partition(".")[2]
    assert as_domain(".".join([label] * labels)) == expected
