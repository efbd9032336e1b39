"""Findings told once: what was seen stands for what was feared, a fix under the first, no evidence twice."""

import pytest

from monitor.model.findings import Finding, Fix, FixAction, Severity
from monitor.wording.once import told_once

RECORD = "v=spf1 ip4:192.0.2.25 ip6:2001:db8:25::25 -all"


def a_finding(code, message="", *, fix="", **evidence):
    mended = Fix(action=FixAction.PUBLISH, name="lists.example.org", type="TXT", value=fix) if fix else None
    return Finding(
        code=code, severity=Severity.WARNING, message=message or f"About {code}.", evidence=evidence, fix=mended
    )


def codes(told):
    return [each.finding.code for each in told]


@pytest.mark.parametrize(
    ("seen", "stand"),
    [
        pytest.param(a_finding("dmarc.post-reject", author_domains=["bank.example"]), False, id="seen of that domain"),
        pytest.param(a_finding("dmarc.post-reject", author_domains=["other.example"]), True, id="seen of another"),
        pytest.param(a_finding("dmarc.post-quarantine", author_domains=["bank.example"]), True, id="less was seen"),
    ],
)
def test_what_was_seen_of_a_domain_stands_for_what_is_to_be_feared_of_it(seen, stand):
    feared = a_finding("dmarc.author-reject", author_domain="bank.example")
    assert ("dmarc.author-reject" in codes(told_once([seen, feared]))) is stand
    assert ("dmarc.author-reject" in codes(told_once([feared, seen]))) is stand


def test_one_fix_is_shown_under_the_first_that_it_ends():
    told = told_once(
        [a_finding("spf.a", fix=RECORD), a_finding("spf.b", fix=RECORD), a_finding("spf.c", fix="v=spf1 -all")]
    )
    assert [each.mended_by for each in told] == ["", "spf.a", ""]


def test_evidence_is_what_stands_nowhere_else():
    problem = "AAAA bass.choir.example is one lookup too many"
    told = told_once(
        [a_finding("spf.a", f"It fails: {problem}.", problem=problem, record=RECORD, mechanism="-all", names=[])],
        [RECORD],
    )
    assert told[0].evidence == {"mechanism": "-all"}


def test_evidence_of_an_earlier_finding_is_not_repeated():
    told = told_once([a_finding("spf.a", record=RECORD), a_finding("spf.b", record=RECORD, lookups=11)])
    assert [each.evidence for each in told] == [{"record": RECORD}, {"lookups": 11}]


def test_nothing_is_told_of_nothing():
    assert told_once([]) == ()
