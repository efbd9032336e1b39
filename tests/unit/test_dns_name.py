"""Domain names: what can be in DNS, A-labels, presentation format."""

import pytest

from monitor.dns.name import InvalidName, a_label, escape, from_labels, is_valid, labels_of, normal


@pytest.mark.parametrize(
    ("name", "valid"),
    [
        pytest.param("example.org", True, id="plain"),
        pytest.param("example.org.", True, id="absolute"),
        pytest.param("_spf.example.org", True, id="underscore"),
        pytest.param("a..example.org", False, id="empty label, RFC 1035 §2.3.4"),
        pytest.param("", False, id="root"),
        pytest.param("a" * 63 + ".org", True, id="63 octets, RFC 1035 §2.3.4"),
        pytest.param("a" * 64 + ".org", False, id="64 octets, RFC 1035 §2.3.4"),
        pytest.param(".".join(["a" * 49] * 5) + ".abc", True, id="255 octets, RFC 1035 §2.3.4"),
        pytest.param(".".join(["a" * 49] * 5) + ".abcd", False, id="256 octets, RFC 1035 §2.3.4"),
        pytest.param(r"a\256.example.org", False, id="no octet"),
        pytest.param(r"a\.b.example.org", True, id="escaped dot, RFC 1035 §5.1"),
    ],
)
def test_what_can_be_in_dns(name, valid):
    assert is_valid(name) is valid


def test_escaped_labels_come_back():
    labels = (b"a.b", b"c\\d", b"\xff \x00", b"org")
    assert labels_of(from_labels(labels)) == labels


def test_a_backslash_of_a_macro_is_literal():
    """RFC 7208 section 7 knows no escapes: a backslash of a local-part is an octet of a label."""
    assert labels_of(escape(r"a\b.example")) == (rb"a\b", b"example")


@pytest.mark.parametrize(
    ("domain", "expected"),
    [
        pytest.param("Example.ORG.", "example.org", id="lower case, no trailing dot"),
        pytest.param("bücher.example", "xn--bcher-kva.example", id="U-label, RFC 5890"),
        pytest.param("BÜCHER.example", "xn--bcher-kva.example", id="upper-case U-label"),
        pytest.param("xn--bcher-kva.example", "xn--bcher-kva.example", id="A-label"),
        pytest.param("straße.example", "xn--strae-oqa.example", id="IDNA 2008, not 2003"),
    ],
)
def test_a_labels(domain, expected):
    assert a_label(domain) == expected


@pytest.mark.parametrize("domain", ["[192.0.2.1]", "", ".", "a b.example", "exa\x00mple.org", "a..b", "\u2028.org"])
def test_what_is_no_domain_name(domain):
    with pytest.raises(InvalidName):
        a_label(domain)


def test_names_compare_without_case_and_trailing_dot():
    """RFC 4343."""
    assert normal("Example.Org.") == normal("example.org")
