"""The plan of a torment: the same seed makes the same, all kinds come, each part is killed, nothing outlasts it."""

from itertools import pairwise

import pytest

from tests.torment.__main__ import main
from tests.torment.lists import BY_ID, LISTS, TURNING, Lot, zones
from tests.torment.plan import KILL, LASTS, TRACKS, TURN, TURNS_A_LIST, make_plan

PARTS = ("web", "worker")


def plan(seed=7, length_s=600.0, **options):
    return make_plan(seed, length_s=length_s, parts=PARTS, turning=TURNING, **options)


def test_the_same_seed_makes_the_same_plan_and_another_one_another():
    assert plan(7) == plan(7)
    assert plan(7) != plan(8)


def test_every_kind_comes_in_the_time_that_a_run_of_ten_minutes_has_for_it_and_every_part_is_killed():
    steps = plan(length_s=320)
    assert {step.kind for step in steps} == {*LASTS, KILL, TURN}
    assert {step.target for step in steps if step.kind == KILL} == set(PARTS)


@pytest.mark.parametrize("seed", range(20))
def test_nothing_goes_on_after_the_end_and_no_two_torments_of_a_track_at_once(seed):
    steps = plan(seed, length_s=300)
    assert all(step.at_s + step.for_s <= 300 for step in steps)
    for track in TRACKS:
        torments = [step for step in steps if step.kind in LASTS and step.kind.startswith(track)]
        assert torments
        assert all(first.at_s + first.for_s < second.at_s for first, second in pairwise(torments))


def test_a_torment_that_there_is_not_is_refused_with_those_that_there_are(capsys):
    with pytest.raises(SystemExit):
        main(["--only", "redis-melted"])
    assert "There is no torment redis-melted; there are clock-apart, " in capsys.readouterr().err


def test_kinds_are_left_out_where_that_is_asked():
    assert {step.kind for step in plan(without={*LASTS, KILL})} == {TURN}
    assert "redis-killed" not in {step.kind for step in plan(without={"redis-killed"})}


def test_a_list_is_broken_and_mended_by_turns_and_not_too_often():
    steps = plan(length_s=100_000)
    for each in TURNING:
        turns = [step.broken for step in steps if step.kind == TURN and step.target == each]
        assert turns == [True, False] * (TURNS_A_LIST // 2)


def test_a_broken_list_is_not_covered_over_ipv6_and_the_others_are():
    broken = TURNING[0]
    texts = zones({broken}, serial=1, dkim_key="k")
    uncovered = [one.id for one in LISTS if f"ip6:{one.ipv6}" not in texts[f"{one.domain}."]]
    assert uncovered == [broken]
    assert {BY_ID[one].lot for one in TURNING} == {Lot.TURNING}
