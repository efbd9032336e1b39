"""A list's ledger: what is entered counts once, in any order; it stays small, and survives what it cannot read."""

import random
from datetime import UTC, datetime, timedelta

import pytest

from monitor.evidence.bounces.source import BOUNCES
from monitor.evidence.entry import Entry, Spells, Trouble, digest_of_post
from monitor.evidence.fold import changes, day_field, fields_of, folded
from monitor.evidence.ledger import (
    CELLS_MOST,
    CELLS_MOST_OF_ALL,
    DAYS_KEPT,
    DAYS_WEIGHED,
    DOMAINS_KEPT,
    FACTS_MOST,
    RUNS_KEPT,
    SKETCHED_FOR,
)
from monitor.evidence.ledger_letters import read_look
from monitor.evidence.ledger_text import OLD, RUNS, read_ledger
from monitor.evidence.sketch import digest
from monitor.model.dns import PtrResult, SpfResult
from monitor.model.evidence import AdmissionAction, BounceReport
from tests.builders import NOW, a_ledger, a_look, a_refusal, entered, looks

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
PASS, FAIL = SpfResult.PASS, SpfResult.FAIL


def octets(fields):
    """What the store holds of it, names and texts."""
    return sum(len(name.encode()) + len(text.encode()) for name, text in fields.items())


def only_cell(ledger):
    ((day,), cells) = ledger.days, ledger.days[0].replies
    ((key, cell),) = cells.items()
    return day, key, cell


def test_bounces_of_one_post_are_one_post_with_as_many_recipients():
    """VERP: each recipient's bounce by itself; and all of them in one."""
    apart = a_ledger(*(a_refusal(f"m{n}", at=NOW, post="p") for n in range(20)))
    together = a_ledger(a_refusal(*(f"m{n}" for n in range(20)), at=NOW, post="p"))
    assert apart == together
    _, key, cell = only_cell(apart)
    assert (key.receiver, key.family, key.source, key.rule) == ("gmail", 6, "bounce", "")
    assert (cell.posts.number, cell.members.number, cell.recipients.number) == (1, 20, 20)


def test_recipients_of_each_post_count_anew_and_members_once():
    """Three posts of a day, refused for the same five."""
    day, _, cell = only_cell(a_ledger(*(a_refusal(f"m{n}", at=NOW + h * HOUR) for h in range(3) for n in range(5))))
    assert (cell.posts.number, cell.members.number, cell.recipients.number) == (3, 5, 15)
    assert (cell.first, cell.last) == (NOW, NOW + 2 * HOUR)
    assert day.posts.number == 0, "nobody saw posts go out"


def test_what_differs_in_receiver_family_action_rule_or_source_is_counted_apart():
    usual = a_refusal("m", at=NOW)
    others = [
        a_refusal("m", at=NOW, receiver="yahoo"),
        a_refusal("m", at=NOW, family=4),
        a_refusal("m", at=NOW, family=None),
        a_refusal("m", at=NOW, action=AdmissionAction.DEFER),
        a_refusal("m", at=NOW, rule="a.rule"),
        a_refusal("m", at=NOW, source="log"),
    ]
    (day,) = a_ledger(usual, *others).days
    assert len(day.replies) == 7
    assert {key.family for key in day.replies} == {0, 4, 6}
    assert sum(cell.posts.number for cell in day.replies.values()) == len(day.replies)


def test_replies_are_counted_on_the_day_of_the_post():
    """A bounce that comes five days later tells of the day that it was sent on."""
    late = a_refusal("m", at=NOW - 5 * DAY)
    (day,) = a_ledger(late).days
    assert day.date == (NOW - 5 * DAY).date()


def test_days_are_those_of_utc():
    evening = datetime(2026, 11, 23, 23, 30, tzinfo=UTC)
    days = a_ledger(a_refusal(at=evening), a_refusal(at=evening + HOUR)).days
    assert [each.date.day for each in days] == [24, 23]


def test_the_newest_reply_of_each_kind_is_kept_with_domains_of_all():
    replies = [
        a_refusal(at=NOW - HOUR, text="older", domains=("b.example",)),
        a_refusal(at=NOW, text="newer", domains=("a.example",)),
        a_refusal(at=NOW, text="other rule", rule="a.rule"),
        a_refusal(at=NOW, text="untold", family=None),
    ]
    for order in (replies, replies[::-1]):
        said = a_ledger(*order).said
        assert said["gmail", 6, ""].text == "newer"
        assert said["gmail", 6, ""].domains == ("a.example", "b.example")
        assert (said["gmail", 6, "a.rule"].text, said["gmail", 0, ""].text) == ("other rule", "untold")


def test_of_two_replies_at_one_time_the_order_does_not_choose():
    one, other = a_refusal("m1", at=NOW, text="550 one"), a_refusal("m2", at=NOW, text="550 two")
    assert a_ledger(one, other).said == a_ledger(other, one).said


def test_looks_are_counted_by_source_and_by_what_they_saw():
    ledger = a_ledger(
        *reversed(looks([PASS, FAIL, PASS, PASS])),
        a_look(PASS, at=NOW, source="arrival", tls=True),
        a_look(PASS, at=NOW, source="arrival", tls=True, family=4),
    )
    (day,) = ledger.days
    counted = sorted((*read_look(text), n) for text, n in day.facts.items())
    counted = [(source, facts.family, facts.spf, n) for source, facts, n in counted]
    assert counted == [("arrival", 4, PASS, 1), ("arrival", 6, PASS, 1), ("check", 6, FAIL, 1), ("check", 6, PASS, 3)]
    assert day.turns == {("check", 6): 2}


def test_runs_are_unbroken_and_newest_first():
    results = [PASS] * 2 + [FAIL] * 3 + [PASS] * 4
    every = timedelta(minutes=15)
    newest, broken, first = a_ledger(*reversed(looks(results, every=every))).runs["check", 6]
    assert [each.looks for each in (newest, broken, first)] == [2, 3, 4]
    assert (broken.since, broken.last) == (NOW - 4 * every, NOW - 2 * every)
    assert (newest.since, newest.last) == (NOW - every, NOW)
    assert {each.spf for each in broken.facts} == {FAIL}


def test_a_run_goes_on_over_midnight_and_for_months():
    (only,) = a_ledger(*reversed(looks([PASS] * 400, every=6 * HOUR))).runs["check", 6]
    assert (only.looks, only.since) == (400, NOW - 399 * 6 * HOUR)


def test_of_many_runs_the_newest_are_kept():
    flapping = looks([PASS, FAIL] * 20)
    runs = a_ledger(*reversed(flapping)).runs["check", 6]
    assert len(runs) == RUNS_KEPT
    assert runs[0].since == NOW


def test_each_source_and_family_has_runs_of_its_own():
    one = Entry(source="check", at=NOW, facts=(*a_look(PASS, at=NOW).facts, *a_look(FAIL, at=NOW, family=4).facts))
    runs = a_ledger(one, a_look(PASS, at=NOW, source="arrival")).runs
    assert set(runs) == {("check", 4), ("check", 6), ("arrival", 6)}


def test_several_addresses_of_one_family_are_one_look_at_all_of_them():
    """One of two IPv6 addresses fails: that state of things is one run, in whatever order they are told."""
    good, bad = a_look(PASS, at=NOW).facts, a_look(FAIL, at=NOW).facts
    both = [
        Entry(source="check", at=NOW - HOUR, facts=(*good, *bad)),
        Entry(source="check", at=NOW, facts=(*bad, *good)),
    ]
    ledger = a_ledger(*both)
    (run,) = ledger.runs["check", 6]
    assert run.looks == 2
    assert sorted(each.spf for each in run.facts) == [FAIL, PASS]
    assert ledger.days[0].turns == {}


def test_a_look_that_comes_late_counts_and_changes_no_run():
    known = a_ledger(a_look(PASS, at=NOW))
    after = a_ledger(a_look(PASS, at=NOW), a_look(FAIL, at=NOW - HOUR))
    assert after.runs == known.runs
    assert sum(after.days[0].facts.values()) == 2
    assert after.days[0].turns == {}


def test_spells_add_up_and_may_be_taken_back():
    def spelled(**counts):
        return Entry(source="check", at=NOW, spells=Spells(**counts))

    ledger = a_ledger(
        spelled(seen=1), spelled(seen=1, failed=1, spells=1), spelled(seen=1, failed=1), spelled(seen=-2, failed=-2, spells=-1)
    )  # fmt: skip
    assert ledger.days[0].spells == Spells(seen=1)


def test_the_last_trouble_is_kept():
    troubles = [Trouble(at=NOW - n * HOUR, name=f"{n}.example", problem="SERVFAIL") for n in range(3)]
    for order in (troubles, troubles[::-1]):
        entries = [Entry(source="check", at=each.at, trouble=each) for each in order]
        assert a_ledger(*entries).trouble == troubles[0]


def test_posts_of_a_day_are_those_that_came_to_our_own_subscription():
    seen = Entry(source="canary", at=NOW, posts=((NOW, digest("p")),))
    (day,) = a_ledger(seen, seen, a_refusal(at=NOW, post="p"), a_refusal(at=NOW, post="q")).days
    assert day.posts.number == 1


@pytest.mark.parametrize(
    ("named", "same"),
    [
        pytest.param(("<a@b.example>", "a@b.example"), True, id="with and without brackets"),
        pytest.param(("<a@b.example>", "<c@b.example>"), False, id="two Message-IDs"),
        pytest.param((None, None), True, id="neither: one hour"),
        pytest.param((None, "<a@b.example>"), False, id="one of them"),
    ],
)
def test_posts_are_told_apart_by_their_message_id(named, same):
    one, other = (digest_of_post(each, at=NOW) for each in named)
    assert (one == other) is same


def test_without_message_id_posts_are_told_apart_by_date_then_by_hour():
    minutes = [NOW + timedelta(minutes=n) for n in (0, 5)]
    assert len({digest_of_post(None, dated=each, at=NOW) for each in minutes}) == 2
    assert len({digest_of_post(None, at=each) for each in minutes}) == 1
    assert digest_of_post(None, at=NOW) != digest_of_post(None, at=NOW + HOUR)


def test_an_entry_changes_only_the_fields_that_it_names():
    """The store asks for these alone, before it folds."""
    entry = Entry(
        source="check",
        at=NOW + HOUR,
        facts=a_look(PASS, at=NOW).facts,
        replies=a_refusal(at=NOW - 3 * DAY + HOUR).replies,
        trouble=Trouble(at=NOW, name="x.example", problem=""),
        posts=((NOW + HOUR, 1),),
        spells=Spells(seen=1),
    )
    known = entered([*reversed(looks([PASS, FAIL] * 10)), a_refusal(at=NOW - 3 * DAY)])
    wanted = fields_of(entry)
    part = {name: known.get(name) for name in wanted}
    assert folded(entry, part) == folded(entry, known)
    assert set(folded(entry, known)) == set(wanted)


def test_entering_the_same_replies_again_changes_nothing():
    """A bounce that is delivered twice, also long after."""
    known = entered([a_refusal(f"m{n % 7}", at=NOW - n * HOUR) for n in range(60)])
    for n in range(60):
        assert folded(a_refusal(f"m{n % 7}", at=NOW - n * HOUR), known) == {}


def test_a_new_day_drops_those_that_are_too_old_and_makes_old_ones_thin():
    ages = [0, SKETCHED_FOR - 2, SKETCHED_FOR - 1, DAYS_KEPT - 2, DAYS_KEPT - 1]
    known = entered(a_refusal("m", at=NOW - age * DAY) for age in reversed(ages))
    after = changes(a_look(PASS, at=NOW + DAY), known)
    assert after[day_field(NOW - (SKETCHED_FOR - 1) * DAY)] is None
    assert set(after) == {RUNS, OLD, day_field(NOW + DAY), day_field(NOW - (SKETCHED_FOR - 1) * DAY)}
    ledger = a_ledger(*(a_refusal("m", at=NOW - age * DAY) for age in reversed(ages)), a_look(PASS, at=NOW + DAY))
    kept = {(NOW.date() - day.date).days: [c.members.number for c in day.replies.values()] for day in ledger.days}
    assert kept == {-1: [], 0: [1], SKETCHED_FOR - 2: [1], SKETCHED_FOR - 1: [0], DAYS_KEPT - 2: [0]}
    assert all(c.recipients.number == 1 for day in ledger.days for c in day.replies.values()), "counts stay"


def test_within_a_day_nothing_is_thinned_again():
    known = entered([*(a_refusal("m", at=NOW - age * DAY) for age in range(80, -1, -1)), a_look(PASS, at=NOW)])
    assert set(changes(a_look(PASS, at=NOW + HOUR), known)) == {RUNS, day_field(NOW)}


@pytest.mark.parametrize(
    "garbage",
    [
        "", "{", "[]", "null", '{"p":"AAA="}', "[" * 100_000, "7", '"x"', '{"f":7}', '{"f":{"check":1}}', '{"f":{"check 6zzzz":1}}',
        '{"r":{"gmail 6":[1,2]}}', '{"r":{"gmail 6 bounce r ":[1,2,3,"x","x","x"]}}', '{"p":7}',
        '{"f":[1]}', '{"t":{"check six":1}}', '{"r":{"gmail 6 bounce z ":[1,2,3,"","",""]}}',
        '{"r":{"gmail 6 bounce r ":[1e99,2,3,"","",""]}}', '{"r":{"gmail 6 bounce r ":[1556263851565753344,2,3,"","",""]}}',
        '{"f":{"check 6pp--":"many"}}', '{"f":{"check 6pp--":[1,2]}}', '{"s":["many"]}', '{"t":{"check 6":null}}',
        '{"check 6":[["6pp--",0,1e99,1]]}', '{"check 6":[["6pp--",0,1,"many"]]}', '{"check 6":[["",0,1,1]]}',
        '{"gmail 6 ":[1e99,"x",[]]}', '{"gmail 6 ":[1,7,7]}', '[1e99,"x","y"]', '[NaN,"x","y"]',
    ],
)  # fmt: skip
def test_a_day_of_a_future_version_or_garbage_counts_as_empty_and_is_survived(garbage):
    """Also where the name of the field is of no day that there can be."""
    fields = {
        day_field(NOW): garbage,
        "9" * 20: garbage,
        "runs": garbage,
        "said": garbage,
        "dns": garbage,
        "of a future version": garbage,
    }
    ledger = read_ledger(fields, days=DAYS_KEPT)
    (day,) = ledger.days
    assert [read_look(each) for each in day.facts if read_look(each)] == []
    assert (dict(day.turns), dict(day.replies), day.posts.kept, day.spells) == ({}, {}, (), Spells())
    assert (dict(ledger.runs), dict(ledger.said), ledger.trouble) == ({}, {}, None)
    entry = Entry(source="check", at=NOW, facts=a_look(PASS, at=NOW).facts, replies=a_refusal(at=NOW).replies)
    after = read_ledger({**fields, **folded(entry, fields)}, days=DAYS_KEPT)
    assert [n for each, n in after.days[0].facts.items() if read_look(each)] == [1]
    assert len(after.days[0].replies) == len(after.runs) == len(after.said) == 1


def test_fields_that_a_future_version_adds_are_left_alone():
    known = {**entered([a_look(PASS, at=NOW)]), "quotas": "what this version knows nothing of"}
    after = changes(a_look(PASS, at=NOW + DAY), known)
    assert "quotas" not in after


def flood(*, members, days, posts_a_day=1, receivers=("gmail",)):
    for day in range(days):
        for post in range(posts_a_day):
            at = NOW - (days - 1 - day) * DAY + post * timedelta(minutes=5)
            for receiver in receivers:
                text = "550 5.7.1 " + "x" * 190
                yield a_refusal(*(f"m{n}" for n in range(members)), at=at, post=f"{at}", receiver=receiver, text=text)


@pytest.mark.parametrize(
    ("replies", "most"),
    [
        pytest.param({"members": 10_000, "days": 3}, 4_500, id="10,000 at one receiver, three days"),
        pytest.param({"members": 10_000, "days": 30}, 40_000, id="10,000 at one receiver, thirty days"),
        pytest.param({"members": 600, "days": 100}, 64_000, id="600 for ever"),
        pytest.param({"members": 22, "days": 30, "posts_a_day": 100}, 28_000, id="22, a hundred posts a day"),
        pytest.param(
            {"members": 500, "days": 5, "receivers": tuple(f"receiver-{n}" for n in range(20))},
            120_000,
            id="500 at each of twenty receivers, five days",
        ),
    ],
)
def test_a_flood_stays_small(replies, most):
    assert octets(entered(flood(**replies))) < most


def test_kinds_of_replies_of_one_day_are_bounded():
    """A receiver whose replies each follow another rule: what comes beyond is counted without its rule."""
    many = [a_refusal(f"m{n}", at=NOW, rule=f"rule-{n}") for n in range(300)]
    (day,) = a_ledger(*many).days
    assert len(day.replies) <= CELLS_MOST + 1
    assert sum(cell.members.number for cell in day.replies.values()) == pytest.approx(300, rel=0.2)
    assert len(a_ledger(*many).said) <= 24


def test_kinds_of_replies_are_bounded_however_many_receivers_there_are():
    many = [a_refusal(f"m{n}", at=NOW, receiver=f"receiver-{n}", rule=f"rule-{n}") for n in range(300)]
    (day,) = a_ledger(*many).days
    assert len(day.replies) <= CELLS_MOST_OF_ALL + 1
    assert sum(cell.members.number for cell in day.replies.values()) == pytest.approx(300, rel=0.2)


@pytest.mark.parametrize("broken", ["[1,2]", '[1,2,3,"AAA="]', "7", '[1e999,2,3,""]'])
def test_what_cannot_be_read_of_a_day_costs_nothing_else(broken):
    known = entered([a_look(PASS, at=NOW), a_refusal("m", at=NOW, receiver="yahoo", post="q")])
    other = '"gmail 6 bounce r "'
    text = known[day_field(NOW)].replace('"r":{', f'"r":{{{other}:{broken},')
    assert other in text
    assert read_ledger({**known, day_field(NOW): text}) == read_ledger(known)
    after = folded(a_refusal("n", at=NOW, receiver="gmail"), {**known, day_field(NOW): text})
    assert {key.receiver for key in read_ledger({**known, **after}).days[0].replies} == {"gmail", "yahoo"}


def reported(**differs):
    usual = {
        "list_id": "ops", "id": "b", "at": NOW, "kind": "policy", "receiver": None, "rule": None, "about": None,
        "family": 6, "recipients": 3, "action": AdmissionAction.REJECT,
    }  # fmt: skip
    return BOUNCES.entry(BounceReport(**{**usual, **differs}))


def test_characters_that_are_none_are_kept_as_question_marks():
    """A bounce may hold half a surrogate pair, which no octets stand for."""
    entry = reported(text="550 \ud800 no", domains=("\udfff.example",))
    fields = entered([entry])
    (said,) = read_ledger(fields).said.values()
    assert (said.text, said.domains) == ("550 ? no", ("?.example",))
    assert changes(entry, fields) == {}
    trouble = Trouble(at=NOW, name="\ud800.example", problem="SERVFAIL")
    assert read_ledger(entered([Entry(source="check", at=NOW, trouble=trouble)])).trouble.name == "?.example"


def test_digests_of_a_report_are_brought_into_their_range():
    _, key, cell = only_cell(a_ledger(reported(post=-1, members=(-1, 1 << 32, 7))))
    assert key.receiver == "generic"
    assert (cell.posts.kept, cell.members.kept) == (((1 << 32) - 1,), (0, 7, (1 << 32) - 1))


def test_kinds_of_facts_of_one_day_are_bounded():
    """A resolver gone mad shows every result of SPF with every one of PTR, each anew."""
    draw = random.Random(1)
    many = [
        a_look(draw.choice(list(SpfResult)), at=NOW + n * timedelta(seconds=1), ptr=draw.choice(list(PtrResult)), tls=draw.choice([True, False, None]))
        for n in range(2000)
    ]  # fmt: skip
    fields = entered(many)
    assert len(read_ledger(fields, days=DAYS_KEPT).days[0].facts) == FACTS_MOST
    assert octets(fields) < 1_500


def test_domains_of_one_kind_are_bounded():
    said = a_ledger(*(a_refusal(at=NOW, domains=(f"d{n}.example",)) for n in range(100))).said
    assert len(said["gmail", 6, ""].domains) == DOMAINS_KEPT


def test_a_quiet_list_takes_little():
    """A check and an arrival each hour: of days without refusals only those are kept that are weighed."""
    fields = {}
    for n in range(DAYS_KEPT * 24):
        at = NOW + n * HOUR
        fields = entered([a_look(PASS, at=at), a_look(PASS, at=at, source="arrival", tls=True)], fields)
    assert len(read_ledger(fields, days=DAYS_KEPT).days) == DAYS_WEIGHED
    assert octets(fields) < 3_000


def test_a_clock_that_went_ahead_for_one_look_hides_nothing_that_follows():
    """Its look is undone: what is seen afterwards is no late look, and no day is thinned for it."""
    ahead = a_look(SpfResult.FAIL, at=NOW + 40 * DAY)
    fields = entered(
        [*(a_refusal("m", at=NOW - n * DAY) for n in range(5, -1, -1)), *looks([PASS] * 3, until=NOW), ahead]
    )
    fields = entered([a_look(SpfResult.FAIL, at=NOW + n * HOUR) for n in range(1, 4)], fields)
    ledger = read_ledger(fields)
    (run, *_) = ledger.runs["check", 6]
    assert (run.facts[0].spf, run.looks, run.last) == (SpfResult.FAIL, 3, NOW + 3 * HOUR)
    assert sum(bool(day.replies) for day in ledger.days) == 6


def test_what_an_outage_takes_back_it_takes_from_the_day_on_which_it_began():
    began = NOW.replace(hour=23)
    counted = [
        Entry(source="check", at=began + n * HOUR / 2, spells=Spells(seen=1, failed=1, spells=int(n == 0)))
        for n in range(3)
    ]
    proof = Entry(source="check", at=began + 2 * HOUR, spells=Spells(seen=-3, failed=-3, spells=-1), spells_at=began)
    after, before = a_ledger(*counted, proof).days
    assert after.spells.spells == 0 <= after.spells.failed
    assert before.spells + after.spells == Spells()
