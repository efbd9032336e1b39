"""Stored documents: what goes in comes out; what is no document is one named error."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.errors import Unparsable
from monitor.model.evidence import Probe
from monitor.model.findings import Finding, Fix, FixAction, Severity
from monitor.store.codec import decode, encode

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
