"""Any TXT record is a near miss or none: never an exception, and what is said to be meant is an SPF record."""

import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from monitor.spf.near_misses import near_miss
from monitor.spf.record import is_spf, parse
from monitor.spf.seams import seams
from monitor.spf.typography import decoded, plain

WORDS = st.sampled_from(
    ["v=spf1", "spf1", "V = SPF", "spf2.0/pra", '"', " ", "\\", ";", ",", ":", "\ufeff", "\u2013all", "-all", "ip4:192.0.2.1", "mx"]
)  # fmt: skip
TEXTS = st.lists(st.one_of(WORDS, st.text(max_size=6)), max_size=8).map("".join)
STRINGS = st.lists(
    st.one_of(TEXTS.map(lambda text: text.encode("utf-8", "ignore")), st.binary(max_size=20)), min_size=1, max_size=4
).map(tuple)


@given(STRINGS)
@example((b"v=spf1" + b"\x00" * 20,))
def test_what_was_meant_is_a_record_without_fault(strings):
    found = near_miss(strings)
    if found is not None:
        assert found.faults
        assert not is_spf(b"".join(strings))
        if found.mended is not None:
            assert is_spf(found.mended.encode("ascii"))
            assert not parse(found.mended).errors


@given(STRINGS)
def test_terms_that_are_parted_are_those_that_were_joined(strings):
    text = b"".join(strings).decode("ascii", "backslashreplace")
    for seam in seams(strings):
        assert text[seam.position :].startswith(seam.joined)
        assert seam.parted.split(" ") == list(seam.terms)


@given(st.binary())
def test_any_octets_are_characters(octets):
    assert plain(plain(decoded(octets)).text).text == plain(decoded(octets)).text


@pytest.mark.parametrize("unit", [b"v=spf1;", b'"', b" ", b"\xe2\x80\x93", b"v=", b";,", b"spf", b"a\\"])
def test_the_longest_record_of_dns_is_read_at_once(unit):
    """65535 octets of one record, and as many as are read of it."""
    for size in (4095, 65535):
        octets = (unit * size)[:size]
        strings = tuple(octets[at : at + 255] for at in range(0, size, 255))
        started = time.monotonic()
        near_miss(strings), near_miss((b" v=spf1 " + octets[:4000],)), seams(strings)
        assert time.monotonic() - started < 1
