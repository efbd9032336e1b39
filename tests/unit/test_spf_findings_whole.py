"""Each finding of a check is found by a whole check, once, for the record that shows it, and can be read by anyone."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address

import pytest

from monitor.model.dns import SpfResult
from monitor.model.findings import FixAction, Severity
from monitor.spf.changes import change_findings
from monitor.spf.check import Subject, check
from tests.fakes import ZoneResolver
from tests.unit.test_docs_findings import PROMISED

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
DOMAIN, HELO = "lists.example.org", "mail.lists.example.org"
V4, V6 = ip_address("192.0.2.25"), ip_address("2001:db8:25::25")
BOTH = f"ip4:{V4} ip6:{V6}"
GOOD = f"v=spf1 {BOTH} -all"
BASE = {
    HELO: {"A": [str(V4)], "AAAA": [str(V6)]},
    **{address.reverse_pointer: {"PTR": [HELO]} for address in (V4, V6)},
    **{f"old{n}.example": {"A": [f"192.0.2.{n}"]} for n in range(1, 5)},
    **{f"i{n}.example": {"TXT": [f"v=spf1 include:i{n + 1}.example -all"]} for n in range(1, 13)},
    "i13.example": {"TXT": ["v=spf1 -all"]},
    "circle.example": {"TXT": ["v=spf1 include:circle2.example -all"]},
    "circle2.example": {"TXT": ["v=spf1 include:circle.example -all"]},
}
OLD = " ".join(f"a:old{n}.example" for n in (1, 2, 3))
LONG = " ".join(f"ip4:198.51.100.{n}" for n in range(30))


def outcome(txt, zones=None, errors=None, *, at=NOW, **more):
    record = {} if txt is None else {DOMAIN: {"TXT": [txt] if isinstance(txt, str) else txt}}
    subject = Subject(
        list_id="ops",
        domain=DOMAIN,
        reverse_path=f"ops-bounces@{DOMAIN}",
        helo=HELO,
        outbound=more.pop("outbound", (V4, V6)),
        **more,
    )
    return check(subject, ZoneResolver({**BASE, **record, **(zones or {})}, errors), now=at, slot=7)


CASES = {
    "spf.none": lambda: outcome(None),
    "spf.multiple": lambda: outcome([GOOD, "v=spf1 -all"]),
    "spf.syntax": lambda: outcome(f"v=spf1 ip4:{V4} {V6} -all"),
    "spf.lookup-limit": lambda: outcome("v=spf1 include:i1.example -all"),
    "spf.near-lookup-limit": lambda: outcome(f"v=spf1 {BOTH} include:i5.example -all"),
    "spf.void-limit": lambda: outcome(f"v=spf1 a:no1.example a:no2.example a:no3.example {BOTH} -all"),
    "spf.void-over-ipv6-only": lambda: outcome(f"v=spf1 {OLD} {BOTH} -all"),
    "spf.include-without-record": lambda: outcome(f"v=spf1 {BOTH} include:gone.example -all"),
    "spf.loop": lambda: outcome(f"v=spf1 {BOTH} include:circle.example -all"),
    "spf.ptr": lambda: outcome(f"v=spf1 {BOTH} ptr -all"),
    "spf.pass-all": lambda: outcome(f"v=spf1 {BOTH} +all"),
    "spf.neutral-all": lambda: outcome(f"v=spf1 {BOTH} ?all"),
    "spf.no-all": lambda: outcome(f"v=spf1 {BOTH}"),
    "spf.after-all": lambda: outcome(f"v=spf1 {BOTH} -all mx"),
    "spf.duplicate-term": lambda: outcome(f"v=spf1 {BOTH} ip4:{V4} -all"),
    "spf.too-wide": lambda: outcome(f"v=spf1 {BOTH} ip4:10.0.0.0/8 -all"),
    "spf.long-record": lambda: outcome(f"v=spf1 {BOTH} {LONG} -all"),
    "spf.address-not-authorised": lambda: outcome("v=spf1 ip4:198.51.100.1 -all"),
    "spf.ipv6-not-covered": lambda: outcome(f"v=spf1 ip4:{V4} -all"),
    "spf.family-divergence": lambda: outcome(f"v=spf1 ip6:{V6} -all"),
    "spf.verifier-disagreement": lambda: outcome(f"v=spf1 {OLD} {BOTH} -all"),
    "spf.type-99": lambda: outcome(None, {DOMAIN: {"TXT": [GOOD], "SPF": [GOOD]}}),
    "helo.not-authorised": lambda: outcome(GOOD, {HELO: {**BASE[HELO], "TXT": ["v=spf1 -all"]}}),
    "ptr.missing": lambda: outcome(GOOD, {V6.reverse_pointer: {}}),
    "ptr.mismatch": lambda: outcome(GOOD, {V6.reverse_pointer: {"PTR": ["elsewhere.example"]}}),
    "ptr.temperror": lambda: outcome(GOOD, errors={(V6.reverse_pointer, "PTR"): "servfail"}),
    "dns.temperror": lambda: outcome(GOOD, errors={(DOMAIN, "TXT"): "servfail"}),
    "dmarc.author-reject": lambda: outcome(
        GOOD, {"_dmarc.a.example": {"TXT": ["v=DMARC1; p=reject"]}}, author_domains=("a.example",)
    ),
    "dmarc.author-quarantine": lambda: outcome(
        GOOD, {"_dmarc.a.example": {"TXT": ["v=DMARC1; p=quarantine"]}}, author_domains=("a.example",)
    ),
    "outbound.undeclared": lambda: outcome(GOOD, observed=(V4, V6, ip_address("2001:db8:99::1"))),
    "outbound.unused": lambda: outcome(GOOD, observed=(V4,)),
    "spf.changed": lambda: changed(GOOD, f"v=spf1 {BOTH} ~all"),
}


def changed(before, after):
    old, new = outcome(before, at=NOW - timedelta(hours=1)), outcome(after)
    return replace(new, findings=(*new.findings, *change_findings(old, new)))


@pytest.mark.parametrize("code", CASES)
def test_a_whole_check_finds_it_once_and_says_what_to_do(code):
    found = CASES[code]()
    assert [finding.code for finding in found.findings].count(code) == 1
    (finding,) = (each for each in found.findings if each.code == code)
    assert finding.reference.startswith("RFC ")
    assert finding.message.endswith((".", ").", "!"))
    assert not any(word in finding.message for word in ("None", "SpfResult", "[]", "{", "  "))
    if finding.fix is not None and finding.fix.type == "TXT" and finding.fix.action is not FixAction.REMOVE:
        assert finding.fix.value.startswith("v=spf1 "), "a TXT value is one that can be published as it is"
    if finding.severity is Severity.CRITICAL:
        assert finding.fix is not None, "who is told that mail is refused is told what to do"


@pytest.mark.parametrize(
    ("code", "value"),
    [
        ("spf.after-all", GOOD),
        ("spf.duplicate-term", GOOD),
        ("spf.no-all", GOOD),
        ("spf.pass-all", GOOD),
        ("spf.neutral-all", GOOD),
        ("spf.ptr", GOOD),
        ("spf.loop", GOOD),
        ("spf.include-without-record", GOOD),
        ("spf.verifier-disagreement", f"v=spf1 ip4:192.0.2.1 ip4:192.0.2.2 ip4:192.0.2.3 {BOTH} -all"),
        ("spf.multiple", GOOD),
    ],
)
def test_the_exact_change(code, value):
    (finding,) = (each for each in CASES[code]().findings if each.code == code)
    assert finding.fix.value == value


def test_too_many_lookups_are_not_taken_for_fruitless_ones():
    """Both limits make strict and lenient differ; the finding and the disagreement name the one, and the term."""
    found = {finding.code: finding for finding in CASES["spf.lookup-limit"]().findings}
    assert "spf.void-limit" not in found
    assert "include:i11.example is one too many" in found["spf.verifier-disagreement"].message
    assert "fruitless" not in found["spf.verifier-disagreement"].message
    void = {finding.code: finding for finding in CASES["spf.void-over-ipv6-only"]().findings}
    assert "fruitless" in void["spf.verifier-disagreement"].message
    assert "a:old3.example" in void["spf.verifier-disagreement"].message


def test_every_promised_code_of_a_check_has_its_case():
    """Those of name servers have theirs in test_dns_authority_over_nsd.py, changes in test_operations_dns_facts.py."""
    rooms = ("spf.", "helo.", "ptr.", "dmarc.", "outbound.")
    promised = {code for code in PROMISED if code.startswith(rooms)} - {"ptr.changed", "dmarc.changed"}
    seen = {"dmarc.post-reject", "dmarc.post-quarantine"}  # in posts that arrived, by no check
    assert promised - seen - set(CASES) == set()


@pytest.mark.parametrize("code", [code for code in CASES if code.startswith("spf.")])
def test_what_is_suggested_passes_strictly_over_both_families(code):
    """And ends the finding, where it is one about mail that is refused."""
    found = CASES[code]()
    if found.suggested_record is None:
        assert {each.result for each in found.results if each.identity == "mailfrom"} == {SpfResult.PASS}
        return
    again = outcome(found.suggested_record)
    assert {each.result for each in again.results if each.identity == "mailfrom"} == {SpfResult.PASS}
    assert not [finding.code for finding in again.findings if finding.severity is Severity.CRITICAL]
    assert all(
        finding.fix.value == found.suggested_record
        for finding in found.findings
        if finding.fix and finding.fix.action is FixAction.PUBLISH and finding.fix.type == "TXT"
    )
