"""What each check asks about a list beside SPF, and what it finds changed: over the whole of a check."""

from dataclasses import replace
from datetime import timedelta

import pytest

from monitor.admission.rules import load_rules
from monitor.model.dns import About
from monitor.model.findings import Severity
from monitor.model.signing import DkimKey, KeyState, KnownBy, SignedAs
from monitor.operations.examine import Known, examine
from monitor.operations.known import subject_of
from monitor.store.codec import decode, encode
from tests.builders import DOMAIN, HELO, NOW, V4, V6, a_list
from tests.dkim_keys import IN_ORDER, REVOKED
from tests.fakes import ZoneResolver

RULES = load_rules()
KEY = DkimKey(domain=DOMAIN, selector="s1")
STATED = SignedAs(known_by=KnownBy.STATED, seen_at=None, key=KEY)
LIST = a_list(
    author_domains=["bank.example"],
    submission="smtp://out.example.org:587",
    dkim={"domain": DOMAIN, "selector": "s1"},
    address="ops@posts.example.org",
)
ZONES = {
    DOMAIN: {"TXT": ["v=spf1 ip4:192.0.2.25 ip6:2001:db8:25::25 -all"], "MX": [(10, HELO)]},
    "posts.example.org": {"MX": [(10, HELO)]},
    HELO: {"A": [str(V4)], "AAAA": [str(V6)]},
    "out.example.org": {"AAAA": ["2001:db8:25::26"]},
    KEY.name: {"TXT": [IN_ORDER]},
    "_dmarc.example.org": {"TXT": ["v=DMARC1; p=none"]},
    "_dmarc.bank.example": {"TXT": ["v=DMARC1; p=none"]},
    V4.reverse_pointer: {"PTR": [HELO]},
    V6.reverse_pointer: {"PTR": [HELO]},
}
CHANGES = {
    "ptr.changed": {V6.reverse_pointer: {"PTR": ["host-25.provider.example"]}},
    "dkim.key-changed": {KEY.name: {"TXT": [REVOKED]}},
    "dmarc.changed": {"_dmarc.bank.example": {"TXT": ["v=DMARC1; p=reject"]}},
    "dns.mx-changed": {"posts.example.org": {"MX": [(10, "mx.provider.example")]}},
    "dns.address-changed": {"out.example.org": {"AAAA": ["2001:db8:25::27"]}},
}


def checked(changed=None, *, previous=None, minutes=0, errors=None, listed=LIST):
    known = Known(previous=previous, signed=(STATED,), stated=STATED, keys=(KEY,))
    resolver = ZoneResolver({**ZONES, **(changed or {})}, errors)
    at = NOW + timedelta(minutes=minutes)
    outcome, _ = examine(subject_of(listed, known, ()), known, resolver, None, RULES, now=at, slot=minutes + 1)
    return outcome


def codes(outcome):
    return {each.code for each in outcome.findings if each.code.endswith("changed")}


@pytest.mark.parametrize("code", CHANGES)
def test_a_change_between_two_checks_is_found_and_told_once(code):
    first = checked()
    assert codes(first) == set()
    second = checked(CHANGES[code], previous=first, minutes=15)
    assert codes(second) == {code}
    (found,) = (each for each in second.findings if each.code == code)
    assert found.severity is Severity.INFO
    assert (found.evidence["since"], found.evidence["until"]) == (
        first.evaluated_at.isoformat(),
        second.evaluated_at.isoformat(),
    )
    assert found.evidence["old"] != found.evidence["new"]
    assert codes(checked(CHANGES[code], previous=second, minutes=30)) == set()


@pytest.mark.parametrize("code", CHANGES)
def test_trouble_at_either_check_is_no_change(code):
    name = next(iter(CHANGES[code]))
    first = checked(errors={name: "timeout"})
    assert codes(checked(previous=first, minutes=15)) == set()
    trouble = checked(previous=checked(), minutes=15, errors={name: "timeout"})
    assert codes(trouble) == set()
    assert codes(checked(previous=trouble, minutes=30)) == set()
    assert codes(checked(CHANGES[code], previous=trouble, minutes=30)) == {code}  # told since the last answer


def test_the_organisations_dmarc_record_holds_for_the_list():
    changed = {"_dmarc.example.org": {"TXT": ["v=DMARC1; p=reject"]}}
    found = checked(changed, previous=checked(), minutes=15).findings
    assert {each.evidence["name"] for each in found if each.code == "dmarc.changed"} == {DOMAIN, "posts.example.org"}


def test_a_check_that_a_version_before_kept_is_read_and_nothing_has_changed_since():
    before = encode(checked())
    for name in (b"facts", b"signed", b"keys"):
        before = before.replace(b'"%s":' % name, b'"x%s":' % name)
    stored = decode(type(checked()), before)
    assert (stored.facts, stored.signed, stored.keys) == ((), (), ())
    assert codes(checked(previous=stored, minutes=15)) == set()


def test_what_a_check_saw_is_kept_as_it_is():
    outcome = checked()
    assert decode(type(outcome), encode(outcome)) == outcome
    assert {each.about for each in outcome.facts} == set(About)
    assert [(each.key, each.state) for each in outcome.keys] == [(KEY, KeyState.IN_ORDER)]


def test_where_we_are_blind_ourselves_nobody_is_asked_and_what_was_seen_is_kept(monkeypatch):
    first = checked()
    monkeypatch.setattr("monitor.operations.examine.fault_of_ours", lambda *_, **__: "We cannot see.")
    blind = checked(CHANGES["dkim.key-changed"], previous=first, minutes=15)
    assert codes(blind) == set()
    assert {each.code for each in blind.findings if each.code.startswith("dkim.")} == set()
    assert [each.answers for each in blind.facts] == [each.answers for each in first.facts]


def test_of_a_bare_domain_nothing_is_asked_beside_spf():
    subject = subject_of(LIST, Known(), ())
    resolver = ZoneResolver(ZONES)
    outcome, _ = examine(replace(subject, list_id=None), Known(), resolver, None, RULES, now=NOW)
    assert (outcome.facts, outcome.keys) == ((), ())
    assert not [name for name, _ in resolver.asked if "_domainkey" in name]
