"""Any text gives a record; any zone gives a tree, findings and a check: never an exception."""

from datetime import UTC, datetime
from ipaddress import ip_address

from hypothesis import example, given
from hypothesis import strategies as st

from monitor.model.dns import Identity, SpfResult
from monitor.spf.advice import advice
from monitor.spf.check import Subject, check
from monitor.spf.faults import syntax_findings
from monitor.spf.record import parse
from monitor.spf.tree import build_tree
from tests.fakes import ZoneResolver

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
V4, V6 = ip_address("192.0.2.25"), ip_address("2001:db8:25::25")
NAMES = ["example.org", "a.example", "b.example", "none.example"]
TERMS = st.one_of(
    st.sampled_from(
        ["a", "mx", "-all", "~all", "+all", "ptr", "exists:%{i}.a.example", "ip4:10.0.0.0/8", "2001:db8::/64"]
    ),
    st.builds("{}:{}".format, st.sampled_from(["include", "a", "mx", "exists"]), st.sampled_from(NAMES)),
    st.builds("redirect={}".format, st.sampled_from(NAMES)),
    st.text(max_size=20),
)
VERSIONS = st.sampled_from(["v=spf1"] * 4 + [" v=spf1", "v=spf1;", '"v=spf1', "spf1", "v=spf1\u00a0", "\ufeffv=spf1"])
RECORDS = st.builds(lambda version, terms: " ".join([version, *terms]), VERSIONS, st.lists(TERMS, max_size=8))


@given(st.text())
@example("v=spf1 " + "(" * 1000)
@example("v=spf1 ip4:" + "1" * 5000)
def test_any_text_is_a_record(text):
    record = parse(text)
    assert all(text[term.position :].startswith(term.text) for term in record.terms)


@given(st.lists(RECORDS.map(lambda text: text.encode("utf-8", "ignore")), min_size=3, max_size=3))
def test_any_zone_gives_a_tree_and_a_check(texts):
    zones = {name: {"TXT": [text]} for name, text in zip(NAMES, texts, strict=False)}
    resolver = ZoneResolver(zones)
    tree = build_tree(resolver, "example.org")
    for finding in (*advice(tree), *syntax_findings(tree)):
        assert finding.reference
    subject = Subject(
        list_id=None, domain="example.org", reverse_path="x@example.org", helo="example.org", outbound=(V4, V6)
    )
    outcome = check(subject, resolver, now=NOW)
    if outcome.suggested_record is not None:
        zones["example.org"] = {"TXT": [outcome.suggested_record]}
        again = check(subject, ZoneResolver(zones), now=NOW)
        assert {each.result for each in again.results if each.identity is Identity.MAILFROM} == {SpfResult.PASS}
