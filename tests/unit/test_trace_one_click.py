"""Unsubscribing by one click, as RFC 8058 has its fields."""

import pytest

from monitor.model.evidence import AuthResult
from monitor.model.header import COVERABLE, OneClick
from monitor.trace.one_click import one_click
from tests.builders import a_signature

COVERING = a_signature(covers=COVERABLE)
HTTPS, PAIR = b"<https://lists.example.org/u/1>", b"List-Unsubscribe=One-Click"


def header(*links, pairs=(PAIR,)):
    return (
        *(("list-unsubscribe", each) for each in links),
        *(("list-unsubscribe-post", each) for each in pairs),
    )


@pytest.mark.parametrize(
    ("fields", "click"),
    [
        pytest.param(header(HTTPS), OneClick.COVERED, id="both §3.1"),
        pytest.param(header(b"<mailto:a@b.example>, " + HTTPS), OneClick.COVERED, id="a mailto: beside it §3.1"),
        pytest.param(header(b"<HTTPS://lists.example.org/\t u>"), OneClick.COVERED, id="blanks in the URI RFC 2369 §2"),
        pytest.param(header(HTTPS, pairs=()), OneClick.ABSENT, id="no List-Unsubscribe-Post"),
        pytest.param(header(pairs=()), OneClick.ABSENT, id="neither"),
        pytest.param(header(), OneClick.MALFORMED, id="no List-Unsubscribe §3.1"),
        pytest.param(header(b"<mailto:a@b.example>"), OneClick.MALFORMED, id="no https §3.1"),
        pytest.param(header(b"<http://lists.example.org/u>"), OneClick.MALFORMED, id="http §3.1"),
        pytest.param(header(b"<https://>"), OneClick.MALFORMED, id="no host"),
        pytest.param(header(b"https://lists.example.org/u"), OneClick.MALFORMED, id="no angle brackets RFC 2369 §2"),
        pytest.param(header(b"<https://lists.example.org/u"), OneClick.MALFORMED, id="no end"),
        pytest.param(header(HTTPS, HTTPS), OneClick.MALFORMED, id="two links: one is signed §3.1"),
        pytest.param(header(HTTPS, pairs=(PAIR, PAIR)), OneClick.MALFORMED, id="two pairs §3.1"),
        pytest.param(header(HTTPS, pairs=(b"One-Click",)), OneClick.MALFORMED, id="another value §3.1"),
        pytest.param(header(HTTPS, pairs=(PAIR + b"; a=b",)), OneClick.MALFORMED, id="more than the pair §3.1"),
    ],
)
def test_the_fields_are_as_section_3_has_them(fields, click):
    assert one_click(fields, [COVERING]) is click


@pytest.mark.parametrize(
    ("signatures", "click"),
    [
        pytest.param([], OneClick.UNCOVERED, id="unsigned §4"),
        pytest.param([a_signature(covers=COVERABLE[:1])], OneClick.UNCOVERED, id="one of the two §4"),
        pytest.param([a_signature(result=AuthResult.FAIL, covers=COVERABLE)], OneClick.UNCOVERED, id="does not verify §4"),
        pytest.param([a_signature(covers=COVERABLE[:1]), a_signature(covers=COVERABLE[1:])], OneClick.UNCOVERED, id="each one of them §4"),
        pytest.param([a_signature(result=AuthResult.FAIL, covers=COVERABLE), COVERING], OneClick.COVERED, id="one that verifies is enough §4"),
        pytest.param([a_signature(result=AuthResult.TEMPERROR, covers=COVERABLE)], None, id="DNS trouble is unknown"),
        pytest.param([a_signature(result=AuthResult.TEMPERROR, covers=())], OneClick.UNCOVERED, id="DNS trouble of what covers nothing"),
    ],
)  # fmt: skip
def test_a_valid_signature_covers_both(signatures, click):
    assert one_click(header(HTTPS), signatures) is click
