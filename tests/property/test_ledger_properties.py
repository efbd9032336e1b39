"""What holds for every ledger: order and repetition of replies do not matter, sums are sums, garbage is survived."""

import json
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.admission.rules import load_rules
from monitor.evidence.entry import Entry, Facts, Spells
from monitor.evidence.fold import changes, fields_of, folded
from monitor.evidence.ledger import DAYS_KEPT, SKETCHED_FOR
from monitor.evidence.ledger_days import is_day, read_day, write_day
from monitor.evidence.ledger_text import read_ledger
from monitor.evidence.sketch import Sketch, digest
from monitor.evidence.source import ListEvidence
from monitor.model.dns import PtrResult, SpfResult
from monitor.model.evidence import AdmissionAction, AuthResult
from monitor.risk.judge import judge
from tests.builders import NOW, a_list, a_look, a_refusal, entered

RULES = load_rules()

minutes = st.integers(0, 30 * 24 * 60).map(lambda n: NOW - timedelta(minutes=n))
members = st.lists(st.integers(0, 40).map(lambda n: f"m{n}"), min_size=1, max_size=6)
refusals = st.builds(
    lambda at, members, post, **more: a_refusal(*members, at=at, post=f"post {post}", **more),
    at=minutes,
    members=members,
    post=st.integers(0, 20),
    receiver=st.sampled_from(["gmail", "yahoo"]),
    family=st.sampled_from([4, 6, None]),
    action=st.sampled_from([AdmissionAction.REJECT, AdmissionAction.DEFER]),
    rule=st.sampled_from([None, "gmail.v6.auth"]),
    text=st.text(max_size=20),
    domains=st.lists(st.sampled_from(["a.example", "b.example"]), max_size=2).map(
        lambda found: tuple(sorted(set(found)))
    ),
)
facts = st.builds(
    Facts,
    family=st.sampled_from([4, 6]),
    spf=st.sampled_from([None, *SpfResult]),
    ptr=st.sampled_from([None, *PtrResult]),
    dkim=st.sampled_from([None, *AuthResult]),
    tls=st.sampled_from([None, True, False]),
)
checks = st.builds(
    Entry,
    source=st.sampled_from(["check", "arrival", "canary"]),
    at=minutes,
    facts=st.lists(facts, max_size=3).map(tuple),
    posts=st.lists(st.tuples(minutes, st.integers(0, 2**32 - 1)), max_size=3).map(tuple),
    spells=st.builds(Spells, seen=st.integers(0, 2), failed=st.integers(0, 1), spells=st.integers(0, 1)),
)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)
keys = st.sampled_from(
    ["check 6", "check 6pp--", "gmail 6 ", "gmail 6 bounce r ", "gmail 0 bounce d x", "", " ", "a b"]
)
near_misses = st.dictionaries(
    st.sampled_from(["f", "t", "r", "p", "s", "check 6", "gmail 6 ", "new"]),
    json_values | st.dictionaries(keys, json_values | st.lists(json_values, min_size=3, max_size=6), max_size=3),
    max_size=4,
)
names = st.sampled_from(["20780", "20779", "20720", "runs", "said", "dns", "-1", "0"]) | st.text(max_size=9)
garbage = st.dictionaries(names, st.text(max_size=20) | (json_values | near_misses).map(json.dumps), max_size=8)


def ledger_in(fields):
    return read_ledger(fields, days=DAYS_KEPT)


@given(st.lists(refusals, max_size=12), st.randoms())
@settings(deadline=None)
def test_the_order_of_replies_does_not_matter(entries, draw):
    shuffled = list(entries)
    draw.shuffle(shuffled)
    assert entered(entries) == entered(shuffled)


@given(st.lists(refusals, max_size=12), st.data())
@settings(deadline=None)
def test_replies_that_come_again_change_nothing(entries, data):
    fields = entered(entries)
    for again in data.draw(st.lists(st.sampled_from(entries), max_size=4)) if entries else ():
        assert changes(again, fields) == {}


@given(refusals)
@settings(deadline=None)
def test_recipients_apart_are_recipients_together(entry):
    (reply,) = entry.replies
    apart = [replace(entry, replies=(replace(reply, members=(each,)),)) for each in reply.members]
    assert entered(apart) == entered([entry])


@given(st.lists(refusals, max_size=12))
@settings(deadline=None)
def test_numbers_are_those_of_sets(entries):
    """Below what is kept of each they are exact."""
    posts, people = {}, {}
    for entry in entries:
        for reply in entry.replies:
            on = (reply.at.date(), reply.receiver, reply.family or 0, reply.action, reply.rule or "")
            posts.setdefault(on, set()).add(reply.post)
            people.setdefault(on, set()).update(reply.members)
    seen = {
        (day.date, key.receiver, key.family, key.action, key.rule): cell
        for day in ledger_in(entered(entries)).days
        for key, cell in day.replies.items()
    }
    assert {key: cell.posts.number for key, cell in seen.items()} == {key: len(each) for key, each in posts.items()}
    assert {key: cell.members.number for key, cell in seen.items()} == {key: len(each) for key, each in people.items()}


@given(st.lists(checks, max_size=15), st.randoms())
@settings(deadline=None)
def test_looks_are_summed_in_any_order(entries, draw):
    """Each is entered once, by its mark; runs follow the newest, and what comes late leaves them."""
    shuffled = list(entries)
    draw.shuffle(shuffled)
    one, other = ledger_in(entered(entries)), ledger_in(entered(shuffled))
    assert [(day.date, day.facts, day.posts, day.spells) for day in one.days] == [
        (day.date, day.facts, day.posts, day.spells) for day in other.days
    ]
    told = sum(n for day in one.days for n in day.facts.values())
    assert told == sum(len(each.facts) for each in entries)
    assert sum((day.spells for day in one.days), Spells()) == sum((each.spells for each in entries), Spells())
    for ledger in (one, other):
        for (source, family), runs in ledger.runs.items():
            times = [e.at for e in entries if e.source == source and any(f.family == family for f in e.facts)]
            assert runs[0].last in times, "which the newest is, hangs on the order where a clock went ahead"
            assert all(newer.since > older.last for newer, older in pairwise(runs))
            assert all(each.since <= each.last for each in runs)


@given(st.lists(checks | refusals, max_size=12))
@settings(deadline=None)
def test_an_entry_changes_the_fields_that_it_names_by_what_they_are(entries):
    """So it is enough to read and to compare these; and what is unchanged is not written."""
    fields = entered(entries[1:])
    for entry in entries[:1]:
        part = {name: fields.get(name) for name in fields_of(entry)}
        after = folded(entry, fields)
        assert folded(entry, part) == after
        assert set(after) <= set(part)
        assert all(text != fields.get(name) for name, text in after.items())


@given(st.lists(checks | refusals, max_size=12))
@settings(deadline=None)
def test_what_is_written_is_read_again(entries):
    for name, text in entered(entries).items():
        if is_day(name):
            assert write_day(read_day(int(name), text)) == text


@given(garbage)
@settings(max_examples=300, deadline=None)
def test_whatever_a_ledger_has_is_judged_and_survived(fields):
    """A newer version's fields, or a broken disk's."""
    ledger = ledger_in(fields)
    judge(ListEvidence(listed=a_list(), rules=RULES, now=NOW, reports={}, ledger=ledger))
    for entry in (a_refusal(at=NOW), Entry(source="check", at=NOW, facts=(Facts(family=6, spf=None, ptr=None),))):
        after = {**fields, **{name: text for name, text in changes(entry, fields).items() if text is not None}}
        (today, *_) = [day for day in ledger_in(after).days if day.date == NOW.date()]
        assert today.replies or today.facts


@given(st.lists(st.integers(0, 200), max_size=8), st.integers(1, 30))
@settings(deadline=None)
def test_no_ledger_has_more_days_than_are_kept(gaps, number):
    """However long a list rests between: a new day drops what is too old, and thins what is old."""
    fields, at = {}, NOW - timedelta(days=2000)
    for gap in gaps:
        at += timedelta(days=gap)
        fields = entered([a_refusal(*(f"m{n}" for n in range(number)), at=at)], fields)
        at += timedelta(days=1)  # after a rest the day after the first one thins
        fields = entered([a_look(at=at)], fields)
        ages = {(at.date() - day.date).days: day for day in ledger_in(fields).days}
        assert all(age < DAYS_KEPT for age in ages)
        for age, day in ages.items():
            if not day.replies:
                continue
            (cell,) = day.replies.values()
            assert bool(cell.members.kept) is (age < SKETCHED_FOR)
            assert cell.recipients.number == number


digests = st.lists(st.integers(0, 3000).map(lambda n: digest(str(n))), max_size=300)


@given(digests, digests, digests, st.sampled_from([4, 32, 64]))
def test_sketches_are_sets(one, other, third, k):
    """Union commutes, is associative and idempotent; of one k it is the sketch of all."""
    a, b, c = (Sketch(k).add(each) for each in (one, other, third))
    assert a.union(b) == b.union(a) == Sketch(k).add([*one, *other])
    assert a.union(b).union(c) == a.union(b.union(c))
    assert a.union(a) == a
    assert Sketch.read(k, a.written()) == a
    assert a.number >= len(a.kept)


@given(digests, digests, st.sampled_from([4, 32]), st.sampled_from([64, 256]))
def test_a_union_with_a_coarser_sketch_is_of_the_digests_that_both_would_have_kept(one, other, coarse, fine):
    a, b = Sketch(coarse).add(one), Sketch(fine).add(other)
    found = a.union(b)
    assert found == b.union(a)
    limit = max(found.kept, default=0)
    assert set(found.kept) == {each for each in {*one, *other} if each <= limit}
    assert found.is_full is (a.is_full or b.is_full or len({*one, *other}) >= fine)
