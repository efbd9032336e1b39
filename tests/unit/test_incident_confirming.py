"""How soon a danger that is not yet told is looked at again: at once enough, and never in a burst."""

from dataclasses import replace
from datetime import timedelta

import pytest

from monitor.config.settings import Settings
from monitor.incident.confirming import LOOKED_AT, PAUSES, awaits_a_look, pause_to_confirm
from monitor.incident.lifecycle import LifePolicy, step
from monitor.model.incidents import IncidentState
from monitor.model.risk import RiskLevel
from monitor.operations.timing import JITTER
from monitor.store.schedule import FIRST_WITHIN
from tests.sample_notices import NOW, assessment, raised

OK, WATCH, RISK, CRIT, UNKNOWN = (
    RiskLevel.OK,
    RiskLevel.WATCH,
    RiskLevel.AT_RISK,
    RiskLevel.CRITICAL,
    RiskLevel.UNKNOWN,
)
TWO_OF_THREE = LifePolicy()
MINUTE = timedelta(minutes=1)
EVERY = timedelta(minutes=15)  # the default of schedule.check_every
FIRST_NOTICE_WITHIN = timedelta(minutes=5)


def incident(state, level=RISK):
    return replace(raised()[0], state=IncidentState(state), level=level)


@pytest.mark.parametrize(
    ("current", "levels", "awaits"),
    [
        pytest.param(None, [], False, id="nothing yet"),
        pytest.param(None, [OK], False, id="all is well"),
        pytest.param(incident("pending"), [RISK], True, id="a danger is pending"),
        pytest.param(incident("pending"), [OK, RISK], True, id="seen once, and not the second time"),
        pytest.param(incident("pending"), [UNKNOWN, RISK], True, id="the look that would confirm it saw nothing"),
        pytest.param(incident("open"), [RISK, RISK], False, id="as it was told"),
        pytest.param(incident("open"), [CRIT, RISK, RISK], True, id="worse, once"),
        pytest.param(incident("open"), [UNKNOWN, CRIT, RISK, RISK], True, id="worse once, then nothing could be seen"),
        pytest.param(incident("open"), [WATCH, RISK, RISK], False, id="better waits"),
        pytest.param(incident("resolving"), [OK, RISK, RISK], False, id="its end waits"),
        pytest.param(None, [UNKNOWN], True, id="a first look that saw nothing"),
        pytest.param(None, [UNKNOWN] * 2, True, id="nor did the second"),
        pytest.param(None, [UNKNOWN] * 3, False, id="it will not be seen soon"),
        pytest.param(None, [UNKNOWN, OK], False, id="it was well when it was seen last"),
    ],
)
def test_a_look_is_awaited_where_it_would_tell_something(current, levels, awaits):
    assert awaits_a_look(current, levels) is awaits


@pytest.mark.parametrize(
    ("ago", "every", "pause"),
    [
        pytest.param([0], EVERY, PAUSES[0], id="the first that saw it"),
        pytest.param([0, 15], EVERY, PAUSES[0], id="the usual check before it does not count"),
        pytest.param([0, 15 * (1 - JITTER)], EVERY, PAUSES[0], id="nor where it came as early as it may"),
        pytest.param([0, 1], EVERY, PAUSES[1], id="the second"),
        pytest.param([0, 2, 3], EVERY, None, id="then as usual"),
        pytest.param([4], EVERY, PAUSES[0], id="seen by a probe, some minutes after a check"),
        pytest.param([], EVERY, PAUSES[0], id="by a probe, before any check"),
        pytest.param([0, -5], EVERY, PAUSES[0], id="one of a time to come is none"),
        pytest.param([0], MINUTE, None, id="the usual one is as soon"),
        pytest.param([0, 1], 2 * MINUTE, None, id="the second usual one is"),
        pytest.param([0], timedelta(days=1), PAUSES[0], id="however rarely it is due"),
    ],
)
def test_the_pauses_are_one_minute_and_two_and_then_the_usual_one(ago, every, pause):
    looked_at = [NOW - each * MINUTE for each in ago]
    assert pause_to_confirm(incident("pending"), [RISK], looked_at, now=NOW, every=every) == pause


class Watched:
    """A list that is checked as the schedule has it: which levels it is seen at, what becomes of its incident."""

    def __init__(self, *, every=EVERY, policy=TWO_OF_THREE, first=FIRST_WITHIN):
        self.every, self.policy = every, policy
        self.now = self.began = NOW
        self.due = NOW + first
        self.incident, self.levels, self.checks = None, [], []

    def check(self, level):
        self.now = self.due
        self.levels.insert(0, level)
        self.checks.insert(0, self.now)
        found = assessment(level, at=self.now)
        self.incident, change = step(self.incident, self.levels, found, self.policy, now=self.now)
        if self.incident is not None and self.incident.state is IncidentState.RESOLVED:
            self.incident = None
        pause = pause_to_confirm(self.incident, self.levels, self.checks, now=self.now, every=self.every)
        self.due = self.now + (self.every * (1 - JITTER) if pause is None else pause)
        return change


@pytest.mark.parametrize(
    "seen",
    [
        pytest.param([CRIT, CRIT], id="at once"),
        pytest.param([CRIT, OK, CRIT], id="once not"),
        pytest.param([CRIT, UNKNOWN, CRIT], id="once nothing could be seen"),
        pytest.param([UNKNOWN, CRIT, CRIT], id="the first time nothing could be seen"),
    ],
)
def test_with_the_defaults_a_new_list_is_told_within_five_minutes(seen):
    settings = Settings()
    (raise_n, raise_m), every = settings.incidents.raise_after, settings.schedule.check_every
    watched = Watched(every=every, policy=LifePolicy(raise_n=raise_n, raise_m=raise_m))
    changes = [watched.check(level) for level in seen]
    assert [change is not None for change in changes] == [*[False] * (len(seen) - 1), True]
    assert watched.now - watched.began < FIRST_NOTICE_WITHIN


@pytest.mark.parametrize(
    "pattern",
    [
        pytest.param([CRIT, OK], id="every other time"),
        pytest.param([CRIT, OK, OK], id="every third time"),
        pytest.param([CRIT, OK, OK, OK], id="every fourth time"),
        pytest.param([CRIT, UNKNOWN], id="as often as we see"),
        pytest.param([UNKNOWN], id="never seen"),
        pytest.param([WATCH, CRIT, OK], id="of several levels"),
        pytest.param([CRIT], id="always"),
    ],
)
@pytest.mark.parametrize("policy", [TWO_OF_THREE, LifePolicy(raise_n=5, raise_m=9), LifePolicy(raise_n=1, raise_m=1)])
def test_however_a_list_comes_and_goes_it_is_checked_three_times_an_interval_at_most(pattern, policy):
    """Within any time as long as one usual interval, by its jitter."""
    watched = Watched(policy=policy)
    for n in range(300):
        watched.check(pattern[n % len(pattern)])
    times = sorted(watched.checks)
    shortest = EVERY * 0.9
    for n, at in enumerate(times):
        assert sum(at <= other < at + shortest for other in times[n:]) <= LOOKED_AT


def test_good_news_comes_by_the_usual_checks():
    watched = Watched()
    for level in (CRIT, CRIT):
        watched.check(level)
    began = watched.now
    while watched.check(OK) is None:
        pass
    assert watched.now - began >= 2 * EVERY * (1 - JITTER)
