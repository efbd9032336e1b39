"""Stories with a known truth: what owners are told of each, when, and with which dates.

`python -m bench histories` lives each story several times and prints the table of docs/forecast.md.
"""

from functools import cache

import pytest

from monitor.model.order import RANK
from monitor.model.risk import RiskLevel
from tests.histories.account import Account, account
from tests.histories.catalogue import NAMED, STORIES
from tests.histories.evidence import bounces
from tests.histories.measured import measured
from tests.histories.story import Bounces, Refusal, Story
from tests.histories.world import played

# What is not told as it is, and why; one that is mended fails here until it is taken out.
WRONG = {
    "bounces three days late": "what was refused in the last three days is not told yet: dates are up to three days late",
}


@cache
def told(name: str) -> Account:
    return account(NAMED[name])


def marked(name: str) -> object:
    return pytest.param(name, marks=[pytest.mark.xfail(reason=WRONG[name])] if name in WRONG else [])


@pytest.mark.parametrize("name", [marked(each.name) for each in STORIES])
def test_a_story_is_told_as_it_is(name):
    """Levels at named moments, no false alarm, the danger and its end in time, dates as they come true."""
    assert measured(told(name)).wrong == ()


@pytest.mark.parametrize("name", NAMED)
def test_what_has_happened_stays(name):
    """Once it is told on which day subscribers were disabled, that day stays, and it is not ahead."""
    found = told(name)
    if found.story.by_chance:
        return  # one falls after the other, so that the day of the middle one moves
    days: dict[tuple[str, object], set[object]] = {}
    for each in found.judged:
        for forecast in each.forecasts:
            seen = forecast.seen
            if seen is not None and seen.disabled_at is not None:
                assert seen.disabled_at <= each.assessed_at
                days.setdefault((forecast.receiver, seen.first), set()).add(seen.disabled_at.date())
    assert all(len(each) == 1 for each in days.values()), days


def test_each_story_has_a_name_of_its_own():
    assert len(NAMED) == len(STORIES) >= 40


def test_reports_are_what_reading_gives():
    """Most stories leave the reading of DSNs out; what they take instead is the same."""
    for refusal in (Refusal(), Refusal(family=4), Refusal(family=None)):
        short = Story(name="both", truth="", refusals=(refusal,), days=3.0)
        read = Story(name="both", truth="", refusals=(refusal,), days=3.0, bounces=Bounces(real=True))
        made, found = (bounces(each, played(each, until=3.0)) for each in (short, read))
        assert len(made) == len(found) > 0
        for one, other in zip(made, found, strict=True):
            for a, b in zip(one.reports, other.reports, strict=True):
                for field in ("at", "kind", "receiver", "action", "family", "recipients", "domains", "post", "members"):
                    assert getattr(a, field) == getattr(b, field), field


def test_a_story_that_is_wrong_is_found_out():
    """A story that says otherwise than the world: that all is well while everybody is refused."""
    lie = NAMED["all 22 refused, four days"]
    found = measured(account(Story(name=lie.name, truth="nothing", refusals=lie.refusals, days=4.0, disabled=4)))
    assert found.false
    assert RANK[found.worst] == RANK[RiskLevel.CRITICAL]
