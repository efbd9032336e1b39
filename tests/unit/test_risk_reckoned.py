"""What rules say to what was seen day by day: stretches, what is mended, what comes and goes, and how it fades."""

from datetime import timedelta

import pytest

from monitor.evidence.entry import Entry, Facts
from monitor.model.dns import PtrResult, SpfResult
from monitor.model.evidence import AdmissionAction, AuthResult
from monitor.risk.reckoned import HALF_LIFE_DAYS, STALE
from tests.builders import NOW, a_look, looks, reckoned_of

PASS, FAIL, TROUBLE = SpfResult.PASS, SpfResult.FAIL, SpfResult.TEMPERROR
EVERY, HOUR, DAY = timedelta(minutes=15), timedelta(hours=1), timedelta(days=1)
CHECK = 0.5  # weight of one


def gmail(*entries, now=NOW, family=6):
    return reckoned_of(entries, "gmail", now=now).get(("gmail", family))


def failing(result, fails):
    """Newest first."""
    return looks([result if each else PASS for each in fails])


@pytest.mark.parametrize(
    ("results", "number", "first"),
    [
        pytest.param([FAIL], 1, True, id="the only look"),
        pytest.param([FAIL] * 3 + [PASS] * 9, 3, False, id="since the third"),
        pytest.param([FAIL] * 300, 300, True, id="always"),
        pytest.param([FAIL, SpfResult.SOFTFAIL, SpfResult.NONE, PASS], 3, False, id="refused for one thing or another"),
        pytest.param([FAIL, TROUBLE, TROUBLE, PASS], 3, False, id="first DNS failed, then the record was gone"),
    ],
)
def test_a_stretch_is_the_refusals_up_to_now(results, number, first):
    found = gmail(*looks(results)).stretch
    assert (found.looks, found.first, found.certain) == (number, first, True)
    assert found.since == NOW - (number - 1) * EVERY


def test_a_stretch_begins_with_the_first_refusal_however_long_ago():
    """Sketches and counts of its first days are gone; the run is known still."""
    found = gmail(*looks([FAIL] * 150 + [PASS] * 10, every=DAY))
    assert found.stretch.since == NOW - 149 * DAY


def test_dns_trouble_is_a_stretch_that_is_not_certain_and_puts_off():
    found = gmail(*looks([TROUBLE] * 5 + [PASS] * 5))
    assert (found.stretch.looks, found.stretch.certain) == (5, False)
    assert found.refusal is AdmissionAction.DEFER


def test_dns_trouble_that_signatures_outweigh_is_none():
    """Gmail takes what either SPF or DKIM passes."""
    signed = gmail(*looks([TROUBLE] * 5 + [PASS] * 5, dkim=AuthResult.PASS))
    assert (signed.failed, signed.stretch) == (0.0, None)
    assert gmail(*looks([TROUBLE], ptr=PtrResult.MISSING)).refusal is AdmissionAction.REJECT


def test_what_ended_is_known_with_its_begin_and_its_end():
    found = gmail(*looks([PASS] * 3 + [FAIL] * 8 + [PASS] * 2))
    assert found.stretch is None
    assert (found.broken_at, found.mended_at) == (NOW - 10 * EVERY, NOW - 2 * EVERY)
    assert gmail(*looks([PASS] * 3 + [FAIL] * 8)).broken_at is None, "it may have begun before"
    assert gmail(*looks([PASS] * 3)).mended_at is None
    assert gmail(*looks([FAIL] * 3 + [PASS] * 3 + [FAIL])).mended_at is None, "it goes on"


@pytest.mark.parametrize("result", [FAIL, SpfResult.NONE, SpfResult.PERMERROR])
@pytest.mark.parametrize("lasted", [1, 5, 30, 40])
def test_a_fault_that_every_message_met_is_nothing_sporadic_afterwards(result, lasted):
    found = gmail(*looks([PASS] * 4 + [result] * lasted + [PASS] * 4))
    assert (found.failed, found.stretch) == (0.0, None)
    assert found.passed == 8 * CHECK


def test_a_mended_fault_stays_mended_on_all_days_after():
    """A day and a half of it; then each morning for two weeks."""
    broken = looks([FAIL] * 144 + [PASS] * 96, until=NOW - DAY)
    for days in range(15):
        now = NOW + days * DAY
        after = looks([PASS] * (96 * (days + 1)), until=now)
        found = gmail(*after, *broken, now=now)
        assert (found.failed, found.stretch) == (0.0, None)


def test_one_break_and_its_mending_twice_a_week_is_no_flapping():
    twice = [PASS] * 20 + [FAIL] * 10 + [PASS] * 20 + [FAIL] * 10 + [PASS] * 20
    assert gmail(*looks(twice)).failed == 0.0


def test_a_record_that_flaps_is_sporadic():
    """One of three name servers serves an old one."""
    found = gmail(*failing(FAIL, [i % 3 == 1 for i in range(45)]))
    assert (found.failed, found.passed) == (15 * CHECK, 30 * CHECK)


@pytest.mark.parametrize(
    ("fails", "failed"),
    [
        pytest.param([i % 5 == 2 for i in range(40)], 8, id="one in five"),
        pytest.param([i % 10 in {3, 4} for i in range(40)], 8, id="half an hour now and then"),
        pytest.param([False] * 10 + [True] + [False] * 10, 1, id="once"),
        pytest.param([False] * 10 + [True] * 4 + [False] * 10, 4, id="an hour"),
        pytest.param([False] * 10 + [True] * 5 + [False] * 10, 1, id="more than an hour is an outage"),
        pytest.param([False] * 10 + [True] * 20 + [False] * 10, 1, id="an outage of five hours counts as one"),
    ],
)
def test_dns_trouble_counts_as_sporadic_by_how_often_it_came(fails, failed):
    found = gmail(*failing(TROUBLE, fails))
    assert found.failed == pytest.approx(failed * CHECK)
    assert found.passed == pytest.approx(fails.count(False) * CHECK)


def test_weights_halve_in_a_week_and_end_after_four():
    old = [gmail(*looks([PASS] * 3, until=NOW - n * DAY), a_look(PASS, at=NOW)).passed - CHECK for n in range(1, 35)]
    assert old[6] == pytest.approx(3 * CHECK / 2)
    assert old[13] == pytest.approx(3 * CHECK / 4)
    assert HALF_LIFE_DAYS == 7
    assert old[26] > 0
    assert set(old[27:]) == {0.0}


def test_mail_that_travelled_weighs_more_than_a_check():
    check, arrival = (gmail(a_look(PASS, at=NOW, source=source)).passed for source in ("check", "arrival"))
    assert (check, arrival) == (CHECK, 1.0)


def test_families_are_reckoned_apart():
    both = [*looks([FAIL] * 3), *looks([PASS] * 3, family=4)]
    assert gmail(*both).stretch.looks == 3
    assert gmail(*both, family=4).stretch is None
    assert gmail(*both, family=4).passed == 3 * CHECK


def test_what_was_not_looked_at_lately_is_left_out():
    assert gmail(*looks([PASS] * 9, until=NOW - STALE)) is not None
    assert gmail(*looks([PASS] * 9, until=NOW - STALE - HOUR)) is None


def test_receivers_are_told_apart():
    """Microsoft puts off what Gmail rejects; without a PTR both refuse."""
    found = reckoned_of(looks([FAIL] * 3), "gmail", "microsoft-365", "nobody")
    assert {key: each.refusal for key, each in found.items()} == {
        ("gmail", 6): AdmissionAction.REJECT,
        ("microsoft-365", 6): AdmissionAction.DEFER,
    }


def test_several_addresses_are_refused_where_one_is():
    """Mail leaves from any of them."""
    good, bad = (a_look(result, at=NOW).facts[0] for result in (PASS, FAIL))
    entry = Entry(source="check", at=NOW, facts=(good, bad))
    assert gmail(entry).stretch.looks == 1


@pytest.mark.parametrize(
    ("checks", "arrivals", "stands"),
    [
        pytest.param([PASS] + [FAIL] * 9, [FAIL] * 3, False, id="both met it, the newer check passes"),
        pytest.param([PASS] * 9, [FAIL] * 3, True, id="checks never met it: mail leaves from elsewhere"),
        pytest.param([PASS] * 9, [FAIL] + [PASS] * 3, False, id="one arrival among checks that pass"),
        pytest.param([FAIL] * 9, [PASS] * 3, True, id="checks fail, and are newer"),
        pytest.param([TROUBLE] * 9, [FAIL] * 3, True, id="DNS fails now: that mends nothing"),
        pytest.param([None] * 9, [FAIL] * 3, True, id="the check could not tell"),
    ],
)
def test_what_one_source_sees_mended_is_mended_for_others_that_met_the_same(checks, arrivals, stands):
    """Arrivals each hour, the last one ten minutes before the newest check."""
    seen = [*looks(checks), *looks(arrivals, every=HOUR, until=NOW - timedelta(minutes=10), source="arrival")]
    assert (gmail(*seen).stretch is not None) is stands


def test_a_refusal_that_is_newer_than_the_look_that_passed_is_none_that_it_ended():
    """The checks saw it mended an hour ago; the newest arrival was refused again."""
    checks = looks([PASS] + [FAIL] * 9, until=NOW - HOUR)
    assert gmail(*checks, *looks([FAIL] * 5, source="arrival")).stretch.looks == 5


def test_of_two_stretches_the_certain_one_is_told():
    seen = [*looks([TROUBLE] * 20), *looks([FAIL] * 2, every=HOUR, source="arrival")]
    found = gmail(*seen).stretch
    assert (found.certain, found.looks) == (True, 2)


def test_sentences_count_the_looks_of_a_week_by_source():
    seen = [*looks([FAIL] * 2 + [PASS] * 6, every=DAY), a_look(FAIL, at=NOW - HOUR, source="arrival")]
    assert gmail(*seen).told == ("1 of 1 arrivals, 100.0 %", "2 of 7 checks, 28.6 %")


def test_a_kind_that_is_not_in_the_catalogue_is_not_weighed():
    assert gmail(a_look(PASS, at=NOW), a_look(PASS, at=NOW, source="log")).passed == CHECK


def test_where_nothing_could_be_told_there_is_nothing():
    assert gmail(Entry(source="check", at=NOW, facts=(Facts(family=6, spf=None, ptr=None),))) is None
    assert gmail(Entry(source="check", at=NOW)) is None
