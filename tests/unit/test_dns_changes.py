"""Changes of DNS facts from one check to the next: named, dated, and not told again and again."""

from dataclasses import replace
from datetime import timedelta

import pytest

from monitor.dns.changes import compared
from monitor.dns.facts import Watched, facts, ptr_facts
from monitor.model.dns import About, DnsFact, PtrResult
from tests.builders import NOW, V6, a_ptr
from tests.dkim_keys import ED25519, IN_ORDER, REVOKED, RSA_1024
from tests.fakes import ZoneResolver

STEP = timedelta(minutes=15)
MX = Watched(About.MX, "example.org", "MX")
AAAA = Watched(About.ADDRESS, "mail.example.org", "AAAA")
KEY = Watched(About.DKIM, "s1._domainkey.example.org", "TXT")


def seen(watched, *records, trouble=None):
    errors = {watched.name: trouble} if trouble else None
    return tuple(facts(ZoneResolver({"example.org": {}, watched.name: {watched.rrtype: records}}, errors), [watched]))


def checks(watched, *answers):
    """The findings of checks in a row, each with these records, None for DNS trouble; and what the last one kept."""
    kept, told = (), []
    for n, records in enumerate(answers):
        now = seen(watched, trouble="timeout") if records is None else seen(watched, *records)
        at = NOW + n * STEP
        kept, found = compared(kept, now, [(watched.name, watched.rrtype)], since=at - STEP, at=at)
        told.append([each.message for each in found])
    return told, kept


def test_the_first_check_tells_nothing():
    assert checks(MX, [(10, "mx.example.org")])[0] == [[]]


@pytest.mark.parametrize(
    ("watched", "old", "new", "says"),
    [
        (MX, [(10, "mx1.example.org")], [(10, "mx2.example.org")], "The mail hosts (MX) of example.org were changed between 23 November 2026, 12:00 UTC and 23 November 2026, 12:15 UTC: 10 mx1.example.org went, 10 mx2.example.org came."),
        (AAAA, ["2001:db8::1"], [], "The AAAA records of mail.example.org have gone between 23 November 2026, 12:00 UTC and 23 November 2026, 12:15 UTC: 2001:db8::1 went."),
        (KEY, [], [IN_ORDER], "The DKIM key at s1._domainkey.example.org was published between 23 November 2026, 12:00 UTC and 23 November 2026, 12:15 UTC."),
        (KEY, [IN_ORDER], [], "The DKIM key at s1._domainkey.example.org has gone between"),
        (KEY, [IN_ORDER], [REVOKED], "The DKIM key at s1._domainkey.example.org was revoked between"),
        (KEY, [IN_ORDER], [f"k=rsa; p={RSA_1024}"], "was replaced between"),
        (KEY, [f"k=ed25519; p={ED25519}"], [f"k=ed25519; t=y; p={ED25519}"], "was put into testing mode (t=y) between"),
        (KEY, [f"k=ed25519; t=y; p={ED25519}"], [f"k=ed25519; p={ED25519}"], "left testing mode (t=y) between"),
    ],
)  # fmt: skip
def test_a_change_is_told_with_old_and_new(watched, old, new, says):
    (_, told), _ = checks(watched, old, new)
    assert len(told) == 1
    assert says in told[0]


@pytest.mark.parametrize(
    ("watched", "old", "new"),
    [
        pytest.param(AAAA, ["2001:db8::1", "2001:db8::2"], ["2001:db8::2", "2001:db8::1"], id="another order"),
        pytest.param(MX, [(10, "MX.example.org.")], [(10, "mx.example.org")], id="another way to write it"),
    ],
)
def test_what_is_the_same_is_no_change(watched, old, new):
    assert checks(watched, old, new)[0] == [[], []]


def test_trouble_is_no_change_and_what_changed_meanwhile_is_told_since_the_last_answer():
    told, _ = checks(AAAA, ["2001:db8::1"], None, None, ["2001:db8::2"])
    assert told[:3] == [[], [], []]
    assert "between 23 November 2026, 12:00 UTC and 23 November 2026, 12:45 UTC" in told[3][0]
    assert checks(AAAA, ["2001:db8::1"], None, ["2001:db8::1"])[0] == [[], [], []]


def test_what_goes_to_and_fro_is_told_once_with_its_way_back():
    a, b = ["2001:db8::1"], ["2001:db8::2"]
    told, kept = checks(AAAA, a, b, a, b, a, b, a)
    assert [len(each) for each in told] == [0, 1, 1, 0, 0, 0, 0]
    calm = NOW + timedelta(days=2)
    _, found = compared(kept, seen(AAAA, *b), [(AAAA.name, "AAAA")], since=calm - STEP, at=calm)
    assert len(found) == 1  # it had settled


def test_what_nobody_asks_for_any_more_is_forgotten():
    kept, found = compared(seen(AAAA, "2001:db8::1"), (), [], since=NOW, at=NOW)
    assert (kept, found) == ((), ())


def test_reverse_names_are_facts_unless_dns_kept_them_from_us():
    named, missing = a_ptr(), a_ptr(result=PtrResult.MISSING)
    silent = replace(a_ptr(result=PtrResult.TEMPERROR), problem="timeout")
    (fact,) = ptr_facts([named])
    assert (fact.name, fact.answers) == (str(V6), named.names)
    assert [each.answers for each in ptr_facts([missing])] == [()]
    assert not list(ptr_facts([silent]))


def test_of_a_name_with_very_many_answers_a_bounded_part_is_kept():
    (fact,) = seen(AAAA, *(f"2001:db8::{n:x}" for n in range(1, 500)))
    assert len(fact.answers) == 20
    (fact,) = seen(KEY, "p=" + "A" * 60_000)
    assert len(fact.answers[0]) < 5000


def test_a_fact_is_the_same_document_each_time():
    assert seen(AAAA, "2001:db8::2", "2001:db8::1") == (
        DnsFact(about=About.ADDRESS, name="mail.example.org", rrtype="AAAA", answers=("2001:db8::1", "2001:db8::2")),
    )


def test_what_a_clock_that_ran_ahead_noted_keeps_no_change_from_being_told():
    ahead = (NOW + timedelta(days=300), NOW + timedelta(days=299))
    before = [replace(each, changed_at=ahead) for each in seen(MX, (10, "mx1.example.org"))]
    _, found = compared(before, seen(MX, (10, "mx2.example.org")), [(MX.name, MX.rrtype)], since=NOW, at=NOW + STEP)
    assert [each.code for each in found] == ["dns.mx-changed"]
