"""A check beside pyspf: asked when answers changed, told by known differences, counted where one of us is wrong."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address

import pytest

from monitor.model.dns import SpfResult
from monitor.spf.check import Subject, check
from monitor.spf.comparison import compare
from monitor.spf.second_opinion import LONGEST_BYTES, LONGEST_TERM, Opinion, ask_pyspf, second_opinion
from tests.fakes import ZoneResolver

NOW = datetime(2026, 1, 5, tzinfo=UTC)
TWICE = "v=spf1 ip4:192.0.2.1 ip4:192.0.2.2 x=1 x=2 -all"


def checked(record, *addresses, at=NOW):
    subject = Subject(
        list_id="ops",
        domain="example.org",
        reverse_path="ops-bounces@example.org",
        helo="mx.example.org",
        outbound=tuple(map(ip_address, addresses or ("192.0.2.1", "192.0.2.2"))),
    )
    return check(subject, ZoneResolver({"example.org": {"TXT": [record]}}), now=at)


def never(outcome):
    raise AssertionError(f"asked about {outcome}")


def test_a_known_difference_is_one_finding_for_all_addresses():
    found = compare(None, checked(TWICE))
    (finding,) = found.findings
    assert finding.code == "spf.verifier-disagreement"
    assert "192.0.2.1 and 192.0.2.2" in finding.message
    assert "gives pass, but pyspf, which verifies on many Postfix hosts, says permerror" in finding.message
    assert finding.reference == "RFC 7208 section 6"
    assert found.said == {"known": 2, "same": 2}  # the HELO name has no record
    assert found.unexplained == ()


def test_on_the_grounds_of_the_rfc_nothing_is_told_of_the_list():
    found = compare(None, checked(TWICE, "192.0.2.1"), lambda _: Opinion(SpfResult.SOFTFAIL))
    assert found.findings == ()
    assert found.said == {"differs": 2}
    assert [(ours.result, theirs.result) for ours, theirs in found.unexplained] == [
        ("pass", "softfail"),
        ("none", "softfail"),
    ]


def test_nobody_is_asked_while_the_answers_are_the_same():
    """What was found when they changed still holds, and the order of records is no change."""
    first = checked(TWICE)
    first = replace(first, findings=(*first.findings, *compare(None, first).findings))
    again = compare(first, checked(TWICE, at=NOW + timedelta(hours=1)), never)
    assert [finding.evidence["verifier"] for finding in again.findings] == ["pyspf"]
    assert again.said == {}
    shuffled = tuple(
        replace(one, trace=tuple(replace(line, answers=line.answers[::-1]) for line in one.trace))
        for one in first.results
    )
    assert compare(replace(first, results=shuffled), first, never).said == {}


@pytest.mark.parametrize(
    "later",
    [
        pytest.param(checked(TWICE.replace("x=2", "y=2")), id="record"),
        pytest.param(checked(TWICE, "192.0.2.1", "192.0.2.2", "192.0.2.3"), id="address"),
    ],
)
def test_a_change_is_judged_anew(later):
    assert sum(compare(checked(TWICE), later).said.values()) == len(later.results)


@pytest.mark.parametrize(
    "record",
    [
        pytest.param("v=spf1 a:%{p} -all", id="what it would ask was not recorded"),
        pytest.param("v=spf1 -all x=" + "." * LONGEST_TERM, id="a term longer than it is given to read"),
        pytest.param("v=spf1" + " ip4:192.0.2.1" * (LONGEST_BYTES // 14), id="a record longer than that"),
    ],
)
def test_what_pyspf_cannot_say_is_unknown(record):
    (outcome,) = checked(record, "192.0.2.1").results[:1]
    recorded = tuple(line for line in outcome.trace if line.rrtype == "TXT")
    assert second_opinion(replace(outcome, trace=recorded)) is None


def test_whatever_escapes_from_pyspf_is_unknown(monkeypatch):
    monkeypatch.setattr("spf.query.check", lambda _: {}["defect"])
    assert second_opinion(checked(TWICE).results[0]) is None


def test_a_thread_that_has_no_answers_at_hand_keeps_the_module_as_it_was(monkeypatch):
    """Its one seam is shared by all threads: only an evaluation of ours is led to the recorded answers."""
    import spf

    assert ask_pyspf(ZoneResolver({}), "192.0.2.1", "a@example.org", "mx.example.org") == Opinion(SpfResult.NONE)
    monkeypatch.setattr("dns.resolver.query", lambda *_, **__: (_ for _ in ()).throw(spf.dns.resolver.NXDOMAIN()))
    assert spf.DNSLookup("example.org", "A") == []
