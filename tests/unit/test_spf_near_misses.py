"""TXT records that their owners take for SPF records: each is named, with what was meant by it."""

import pytest

from monitor.spf.near_misses import near_miss, near_misses
from monitor.spf.record import is_spf, parse
from monitor.spf.typography import plain, unescaped

OPENING, LOW = "U+201C LEFT DOUBLE QUOTATION MARK", "U+201E DOUBLE LOW-9 QUOTATION MARK"
MEANT = "v=spf1 ip4:192.0.2.7 -all"


@pytest.mark.parametrize(
    ("text", "word"),
    [
        pytest.param(" v=spf1 ip4:192.0.2.7 -all", "space stands in front", id="a leading space"),
        pytest.param("\tv=spf1 ip4:192.0.2.7 -all", "a tab (U+0009)", id="a leading tab"),
        pytest.param("\ufeffv=spf1 ip4:192.0.2.7 -all", "U+FEFF BYTE ORDER MARK", id="a byte order mark"),
        pytest.param("v=spf1\u200b ip4:192.0.2.7 -all", "U+200B", id="a zero-width space"),
        pytest.param("\u2060v=spf1 ip4:192.0.2.7 -all", "U+2060", id="a word joiner"),
        pytest.param("v=spf1\u00a0ip4:192.0.2.7 -all", "U+00A0", id="a no-break space"),
        pytest.param("v=spf1\r\nip4:192.0.2.7 -all", "a line break", id="a line break"),
        pytest.param('"v=spf1 ip4:192.0.2.7 -all"', "quotation marks", id="quotes inside"),
        pytest.param('\\"v=spf1 ip4:192.0.2.7 -all\\"', "quotation marks", id="escaped quotes inside"),
        pytest.param("'v=spf1 ip4:192.0.2.7 -all'", "quotation marks", id="apostrophes inside"),
        pytest.param('"v=spf1 ip4:192.0.2.7" "-all"', "quotation marks", id="the strings of a zone file inside"),
        pytest.param("“v=spf1 ip4:192.0.2.7 -all”", "U+201C", id="typographic quotes"),
        pytest.param("„v=spf1 ip4:192.0.2.7 -all“", "U+201E", id="German quotes"),
        pytest.param("v=spf1ip4:192.0.2.7 -all", "`ip4:192.0.2.7` stands directly", id="glued to a term"),
        pytest.param("v=spf1;ip4:192.0.2.7;-all", "`;` stands directly", id="semicolons"),
        pytest.param("v=spf1, ip4:192.0.2.7, -all", "`,` stands directly", id="commas"),
        pytest.param("v=spf1:ip4:192.0.2.7 -all", "`:` stands directly", id="a colon"),
        pytest.param("spf1 ip4:192.0.2.7 -all", "`spf1`", id="no v="),
        pytest.param("v=spf ip4:192.0.2.7 -all", "`v=spf`", id="no 1"),
        pytest.param("v=spf1.0 ip4:192.0.2.7 -all", "`v=spf1.0`", id="1.0"),
        pytest.param("v=spf2.0 ip4:192.0.2.7 -all", "`v=spf2.0`", id="2.0"),
        pytest.param("v=spf2 ip4:192.0.2.7 -all", "`v=spf2`", id="2"),
        pytest.param("v=spf3ip4:192.0.2.7 -all", "`v=spf3`", id="3, glued to a term"),
        pytest.param("spf2.0/pra ip4:192.0.2.7 -all", "`spf2.0/pra`", id="Sender ID"),
        pytest.param("spf2.0/mfrom,pra ip4:192.0.2.7 -all", "`spf2.0/mfrom,pra`", id="Sender ID of both kinds"),
        pytest.param("SPF: v=spf1 ip4:192.0.2.7 -all", "`SPF:` stands in front", id="a heading in front"),
        pytest.param("MS=ms7 v=spf1 ip4:192.0.2.7 -all", "`MS=ms7` stands in front", id="another record in front"),
        pytest.param("v=sfp1 ip4:192.0.2.7 -all", "`v=sfp1`", id="letters turned round"),
        pytest.param("v = spf1 ip4:192.0.2.7 -all", "`v = spf1`", id="spaces around ="),
        pytest.param("\uff56=spf1 ip4:192.0.2.7 -all", "U+FF56", id="a letter of another width"),
        pytest.param("v=spf1\u00a0ip4:192.0.2.7 \u2013all", "U+2013 EN DASH", id="a dash as well"),
        pytest.param("v=spf1\u00a0ip4:192.0.2.7 \u2011all", "U+2011", id="a non-breaking hyphen"),
        pytest.param("v=spf1\u00a0ip4:192.0.2.7 \u2212all", "U+2212", id="a minus sign"),
    ],
)
def test_a_near_miss_is_named_and_what_was_meant_is_known(text, word):
    found = near_miss((text.encode(),))
    assert found is not None
    assert word in found.sentence
    assert found.mended == MEANT


@pytest.mark.parametrize(
    ("text", "faults"),
    [
        ("v=spf2 ip4:192.0.2.7 -all", ("it says `v=spf2` where `v=spf1` belongs",)),
        ("\tv=spf1 ip4:192.0.2.7 -all", ("it holds a tab (U+0009)",)),
        ("\u00a0v=spf1 ip4:192.0.2.7 -all", ("it holds a space of a word processor (U+00A0 NO-BREAK SPACE)",)),
        (
            "\t v=spf1 ip4:192.0.2.7 -all",
            ("it holds a tab (U+0009)", "a space stands in front of `v=spf1`"),
        ),
        ("“v=spf1 ip4:192.0.2.7 -all„", (f"it holds a typographic quotation mark ({OPENING}, {LOW})",)),
    ],
)
def test_a_mistake_is_told_once_and_only_where_it_was_made(text, faults):
    assert near_miss((text.encode(),)).faults == faults


def test_octets_of_a_windows_code_page_are_read_as_such():
    found = near_miss((b"v=spf1\xa0ip4:192.0.2.7 \x96all",))
    assert found.mended == MEANT
    assert "U+2013" in found.sentence


def test_strings_are_joined_without_a_space():
    """RFC 7208 section 3.3."""
    found = near_miss((b"v=spf1", b"ip4:192.0.2.7 -all"))
    assert found.mended == MEANT
    assert "strings are joined without a space" in found.sentence


@pytest.mark.parametrize(
    "text",
    [
        "v=spf1 -all", "V=SPF1 ip4:192.0.2.7", "v=spf1", "google-site-verification=abc", "v=DMARC1; p=none", "v=DKIM1; k=rsa; p=MIGf",
        "v=STSv1; id=1", "v=TLSRPTv1; rua=mailto:a@example.org", "v=BIMI1; l=", "", " ", "spf-host-check=17", "all", "a mx -all",
    ],
)  # fmt: skip
def test_what_is_a_record_or_about_something_else_is_none(text):
    assert near_miss((text.encode(),)) is None


@pytest.mark.parametrize("text", ["v=spf10 ip4:192.0.2.7", "v=spf1;", "v=spf1; ipv5:1", '" v=spf1"'])
def test_what_was_meant_is_not_invented(text):
    """It is named, and no record is made of it."""
    assert near_miss((text.encode(),)).mended is None


def test_spaces_inside_terms_and_lists_are_mended_as_in_a_record():
    found = near_miss((b" v=spf1 include : a.example ip4:192.0.2.7, 192.0.2.8 v=spf1 -all",))
    assert found.mended == "v=spf1 include:a.example ip4:192.0.2.7 ip4:192.0.2.8 -all"
    assert near_miss((b"v=spf1;include:a.example, b.example ; -all;",)).mended == (
        "v=spf1 include:a.example include:b.example -all"
    )


def test_a_mended_record_is_one():
    for found in near_misses([(b" V=spf1 a:mail.example.org ~all",), (b"v=spf1;include:_spf.example.net,mx ?all",)]):
        assert is_spf(found.mended.encode())
        assert not parse(found.mended).errors


def test_long_ones_are_not_read():
    assert near_miss((b" v=spf1 " + b"ip4:192.0.2.1 " * 400,)) is None


def test_characters_are_told_by_their_kind_and_place_in_unicode():
    assert plain("a\u2014b").text == "a-b"
    assert plain("a\u2014b").faults == ("a typographic dash (U+2014 EM DASH)",)
    assert plain("ip4:192.0.2.7 -all") == ("ip4:192.0.2.7 -all", ())
    assert plain("é").text == "é", "nobody knows what was meant"
    assert plain("é").faults
    assert unescaped(r"\xe2\x80\x93all") == "\u2013all"
