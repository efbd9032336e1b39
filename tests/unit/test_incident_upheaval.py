"""What became of the store, between two looks of one process."""

from dataclasses import replace
from datetime import timedelta

import pytest

from monitor.incident.upheaval import IN_DOUBT_FOR, TOLD_FOR, Change, StoreSeen, Upheaval, upheaval
from monitor.operations.timing import PROBE_DEADLINE_MOST
from tests.builders import NOW

MINUTE = timedelta(minutes=1)
BEFORE = StoreSeen(id="one", born_at=NOW - 9 * IN_DOUBT_FOR, looks=50, at=NOW, served_since=NOW - 9 * IN_DOUBT_FOR)
AGAIN = replace(BEFORE, looks=51, at=NOW + MINUTE)


@pytest.mark.parametrize(
    ("found", "change"),
    [
        pytest.param(AGAIN, None, id="the same"),
        pytest.param(replace(AGAIN, looks=50), None, id="read only"),
        pytest.param(replace(AGAIN, id="two", born_at=NOW + MINUTE, looks=1), Change.EMPTIED, id="begun since"),
        pytest.param(replace(AGAIN, id="two", born_at=NOW - MINUTE, looks=900), Change.REPLACED, id="older, another's"),
        pytest.param(replace(AGAIN, looks=49), Change.SET_BACK, id="fewer looks"),
        pytest.param(replace(AGAIN, counted=True), None, id="one more"),
        pytest.param(replace(AGAIN, looks=50, counted=True), Change.SET_BACK, id="as many, this one among them"),
        pytest.param(replace(AGAIN, served_since=NOW + MINUTE), None, id="the server was started anew"),
    ],
)
def test_name_birth_and_looks_tell_what_became_of_it(found, change):
    noticed = upheaval(BEFORE, found)
    assert (None if noticed is None else noticed.change) == change
    if noticed is not None:
        assert (noticed.seen_at, noticed.noticed_at) == (NOW, NOW + MINUTE)
        assert upheaval(None, found) is None, "who remembers nothing can tell nothing"
        assert upheaval(BEFORE, replace(found, upheaval=noticed)) is None, "somebody else has noticed it"
        old = replace(noticed, noticed_at=NOW - MINUTE)
        assert upheaval(BEFORE, replace(found, upheaval=old)) == noticed, "what was noticed before is another one"


def test_lists_that_were_added_and_are_gone_are_named():
    found = replace(AGAIN, id="two", born_at=NOW + MINUTE, looks=1, lists=frozenset({"kept"}))
    noticed = upheaval(replace(BEFORE, lists=frozenset({"kept", "b", "a"})), found)
    assert noticed.lists == ("a", "b")
    assert "that are gone: a, b. Add them again." in noticed.sentence
    many = replace(noticed, lists=tuple(map(str, range(50))))
    assert "18, 19 and 30 more." in many.sentence


def test_what_is_noticed_while_another_upheaval_is_told_tells_of_both():
    earlier = Upheaval(change=Change.EMPTIED, noticed_at=NOW - MINUTE, seen_at=NOW - 2 * MINUTE, lists=("a", "b"))
    before = replace(BEFORE, upheaval=earlier, lists=frozenset({"c"}))
    found = replace(AGAIN, id="two", born_at=NOW + MINUTE, looks=1, lists=frozenset({"b"}))
    noticed = upheaval(before, found)
    assert (noticed.lists, noticed.seen_at) == (("a", "c"), earlier.seen_at)
    back = upheaval(before, replace(AGAIN, looks=49, upheaval=earlier))
    assert (back.lists, back.seen_at) == (("a", "b", "c"), NOW), "it is there still, and says itself since when"
    long_ago = replace(before, upheaval=replace(earlier, noticed_at=NOW - TOLD_FOR))
    assert upheaval(long_ago, found).lists == ("c",)


@pytest.mark.parametrize("change", Change)
def test_it_is_told_in_sentences_for_a_while(change):
    noticed = Upheaval(change=change, noticed_at=NOW, seen_at=NOW - MINUTE)
    assert "23 November 2026, 11:59 UTC" in noticed.sentence
    assert "count against nobody" in noticed.sentence
    seen = replace(AGAIN, upheaval=noticed)
    assert seen.upheaval_told(NOW + TOLD_FOR - MINUTE) == noticed
    assert seen.upheaval_told(NOW + TOLD_FOR) is None
    assert BEFORE.upheaval_told(NOW) is None


@pytest.mark.parametrize(
    ("changes", "steady_since", "in_doubt"),
    [
        pytest.param({}, BEFORE.born_at, False, id="long since the same"),
        pytest.param({"born_at": NOW}, NOW, True, id="new"),
        pytest.param({"served_since": NOW}, NOW, False, id="its server was started anew"),
        pytest.param(
            {"upheaval": Upheaval(change=Change.SET_BACK, noticed_at=NOW, seen_at=NOW)}, NOW, True, id="set back"
        ),
    ],
)
def test_since_when_nothing_can_have_been_lost_and_how_long_tokens_are_in_doubt(changes, steady_since, in_doubt):
    seen = replace(BEFORE, **changes)
    assert seen.steady_since == steady_since
    assert seen.in_doubt(NOW + IN_DOUBT_FOR - MINUTE) is in_doubt
    assert seen.in_doubt(NOW + IN_DOUBT_FOR) is False


def test_the_doubt_lasts_as_long_as_a_probe_may_be_under_way():
    """A token holds for twice its probe's deadline."""
    assert IN_DOUBT_FOR == 2 * PROBE_DEADLINE_MOST
