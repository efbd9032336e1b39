"""Reports of any kind in a real Redis: kept once, bounded, read to an assessment; also of a kind new to the store."""

from dataclasses import replace
from datetime import timedelta

import pytest

from monitor.admission.rules import load_rules
from monitor.evidence import catalogue
from monitor.evidence.probes.source import PROBES
from monitor.operations import reassess
from monitor.risk.judge import judge
from monitor.store import keys
from monitor.store.list_record import Depth
from tests import seed
from tests.toy_evidence import COMPLAINTS, read_complaint

LIST = "ipv6-ops"


def complaint(number=1):
    return read_complaint(f"{number} gmail 6 {seed.NOW:%Y-%m-%dT%H:%M:%S}".encode(), list_id=LIST)


def test_a_report_is_kept_once_and_bounded(store):
    assert store.evidence.record(COMPLAINTS, complaint())
    assert not store.evidence.record(COMPLAINTS, complaint()), "the same came twice"
    assert store.evidence.read(COMPLAINTS, LIST) == (complaint(),)
    for number in range(2, COMPLAINTS.stream.kept + 300):
        store.evidence.record(COMPLAINTS, complaint(number))
    stream = keys.evidence("complaints", LIST)
    assert store.client.xlen(stream) <= COMPLAINTS.stream.kept + 128
    assert store.client.ttl(stream) > 0
    assert store.list_record(LIST, Depth(tallies=True)).tallies == (), (
        "it has no place among the counts, and takes none"
    )


def test_what_belongs_to_no_list_or_changes_later_enters_no_stream(store):
    with pytest.raises(ValueError, match="no stream"):
        store.evidence.record(COMPLAINTS, replace(complaint(), list_id=None))
    with pytest.raises(ValueError, match="no stream"):
        store.evidence.record(PROBES, seed.fill(store) or store.probes.of_list(LIST)[0])


def test_a_new_kind_is_read_and_weighed_by_its_line_in_the_catalogue(store, monkeypatch):
    sources = (*catalogue.SOURCES, COMPLAINTS)
    monkeypatch.setattr(catalogue, "SOURCES", sources)
    deeper = replace(reassess.WEIGHED, evidence={each: each.read for each in sources})
    monkeypatch.setattr(reassess, "WEIGHED", deeper)  # made from the catalogue when the module was read
    store.evidence.record(COMPLAINTS, complaint())
    now = seed.NOW + timedelta(hours=1)
    evidence = reassess.evidence_of(store, seed.mailing_list(LIST), seed.settings(), load_rules(), now=now)
    assert {each.code for each in judge(evidence).findings} == {"complaint.postmaster", "replies.one-post"}
