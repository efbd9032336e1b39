"""Stored documents: what goes in comes out; what is no document is one named error."""

import tracemalloc
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.errors import Unparsable
from monitor.model.evidence import Arrival, CheckOutcome, Probe
from monitor.model.findings import Finding, Fix, FixAction, Severity
from monitor.model.incidents import Incident, Notice
from monitor.model.risk import Assessment
from monitor.store.codec import DOCUMENT_MOST, decode, deflated, encode, inflated, pack, unpack
from monitor.store.presets import BY_NUMBER, NEWEST
from monitor.store.short import RAW, read_mail
from tests.builders import an_arrival

# JSON knows no lone surrogates.
TEXT = st.text(st.characters(exclude_categories=["Cs"]))
FINDINGS = st.builds(
    Finding,
    code=TEXT,
    severity=st.sampled_from(Severity),
    message=TEXT,
    evidence=st.dictionaries(TEXT, st.one_of(TEXT, st.integers(), st.booleans(), st.none(), st.lists(TEXT))),
    fix=st.none() | st.builds(Fix, action=st.sampled_from(FixAction), name=TEXT, type=TEXT, value=TEXT),
    reference=TEXT,
)


@given(FINDINGS)
def test_a_finding_comes_back_as_it_went_in(finding):
    assert decode(Finding, encode(finding)) == finding


@given(st.binary())
def test_bytes_that_are_no_document_are_unparsable(document):
    with pytest.raises(Unparsable):
        decode(Probe, document)


@given(FINDINGS)
def test_a_finding_comes_back_as_it_was_packed(finding):
    assert unpack(Finding, pack(finding)) == finding
    assert unpack(Finding, encode(finding)) == finding, "one that versions before did not compress"


@given(st.binary())
def test_bytes_that_were_not_packed_are_unparsable(packed):
    with pytest.raises(Unparsable):
        unpack(Probe, packed)


@given(st.sampled_from(sorted(BY_NUMBER.values())), st.binary(max_size=9000))
def test_a_document_that_is_cut_is_unparsable(preset, document):
    packed = deflated(document, preset)
    assert inflated(packed) == document
    with pytest.raises(Unparsable):
        unpack(Probe, packed[:-5])


def test_a_document_whose_preset_is_not_known_is_unparsable():
    with pytest.raises(Unparsable, match="KeyError"):
        inflated(deflated(b"{}", b"of a version to come"))


@pytest.mark.parametrize(
    "kind", [Probe, Arrival, CheckOutcome, Assessment, Incident, Notice], ids=lambda kind: kind.__name__
)
def test_a_preset_is_a_document_of_its_kind(kind):
    """What is written by it is a third of what it is without."""
    preset = NEWEST[kind.__name__]
    usual = decode(kind, preset)
    assert usual.list_id == "l"
    assert 3 * len(pack(usual)) < len(deflated(encode(usual), b""))


@pytest.mark.parametrize("kind", [Assessment, Incident, Notice], ids=lambda kind: kind.__name__)
def test_a_preset_says_its_sentences_as_they_are_kept_now(kind):
    """A preset of plain sentences shares few octets with what phrases are made of."""
    newest = NEWEST[kind.__name__]
    assert encode(decode(kind, newest)) == newest
    assert b'["say",["' in newest.replace(b"\\", b"")


def test_an_address_is_read_once_and_is_what_it_was():
    """Reading it anew each time would take as long as all else of a document."""
    first, second = (decode(Arrival, encode(an_arrival())) for _ in range(2))
    assert first == an_arrival()
    assert first.client_ip is second.client_ip is first.spf[0].client_ip
    for damaged in (b'"2001:db8:25::x"', b"7", b"[]", b"null"):
        with pytest.raises(Unparsable):
            decode(Arrival, encode(an_arrival()).replace(b'"2001:db8:25::25"', damaged))


@pytest.mark.parametrize("form", ["whole", "with a preset"])
def test_few_octets_do_not_fill_the_memory(form):
    """Zeros are compressed to a thousandth (RFC 1951): 100 KiB would have become 100 MiB."""
    preset = b"" if form == "whole" else next(iter(BY_NUMBER.values()))
    bomb = deflated(bytes(12 * DOCUMENT_MOST), preset)
    assert len(bomb) < DOCUMENT_MOST // 50
    tracemalloc.start()
    with pytest.raises(Unparsable, match="larger than 8 MiB"):
        inflated(bomb)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 3 * DOCUMENT_MOST
    assert inflated(deflated(bytes(DOCUMENT_MOST), preset)) == bytes(DOCUMENT_MOST), "the largest one that is read"


def test_nor_does_a_short_difference():
    base = encode(an_arrival())
    deflate = zlib.compressobj(wbits=RAW, zdict=base)
    bomb = deflate.compress(bytes(12 * DOCUMENT_MOST)) + deflate.flush()
    bases = {b"12345678": base}
    tracemalloc.start()
    assert read_mail([b"12345678" + bomb], bases) == ()
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 3 * DOCUMENT_MOST
