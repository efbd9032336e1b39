"""A forecast from a standing is the rest of a forecast from the beginning, and goes on as the machine itself does."""

from datetime import UTC, datetime, timedelta
from itertools import product

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from monitor.managers.calendar import DAY_S
from monitor.managers.catalogue import MANAGERS, policy_for
from monitor.managers.machine import Bounce, Effect
from monitor.managers.replay import Event, EventKind, Replay
from monitor.risk.chain import LATER_S, REPLY_S
from monitor.risk.curve import mixture
from monitor.risk.forecast import forecast
from monitor.risk.standing import standing

FIRST = datetime(2026, 11, 23, tzinfo=UTC)  # a Monday
DAYS = (1, 2, 3, 5, 8, 13, 30, 60)
WALKED = [name for name in MANAGERS if name != "sympa"]  # which reckons with counts, and the same way from a standing
EXTRA = [("mailman3", {"verp_probes": True}), ("custom", {"threshold": 2, "stale_after": "2d", "points_per_day": 0})]


def moment(day, second):
    return FIRST + timedelta(days=day, seconds=second)


def times(machine):
    """The times of the day at which the machine's chain lets a bounce come in."""
    length = DAY_S / machine.times_of_day
    later = (0, LATER_S) if machine.compares_times else (0,)
    return [length * (n + 0.5) + by for n, by in product(range(machine.times_of_day), later)]


def stands(machine, history):
    """Where a member stands after days each with a post, which came back at that second of it (None: it did not)."""
    noon = times(machine)[0]
    bounces = [(moment(day, at), Bounce()) for day, at in enumerate(history) if at is not None]
    posts = [moment(day, (noon if at is None else at) - REPLY_S) for day, at in enumerate(history)]
    end = moment(len(history), 0)
    return standing(machine, bounces, now=end, posts=posts, refused_until=end + timedelta(days=99))


@pytest.mark.parametrize(("manager", "policy"), [*((name, {}) for name in WALKED), *EXTRA])
@given(data=st.data(), rate=st.sampled_from([0.05, 0.5, 0.9]))
@settings(max_examples=12, deadline=None)
def test_a_day_is_the_mixture_of_what_it_may_bring(manager, policy, data, rate):
    """By day d from here = by day d - 1 from each of tomorrow's standings, weighed."""
    machine = policy_for(manager, policy)
    hours = times(machine)
    middles = [at for at in hours if at != machine.about(at) + LATER_S]
    history = data.draw(st.lists(st.none() | st.sampled_from(middles), max_size=9))

    def told(past):
        return forecast(
            machine, post_bounces=rate, messages_per_day=1.0, probe_bounces=1.0, start=stands(machine, past)
        )

    assume(stands(machine, [*history, None]).begins == moment(len(history) + 1, 0).date())  # no timer at that moment
    here = told(history)
    tomorrow = [((1 - rate) / len(hours), told([*history, None])) for _ in hours]
    tomorrow += [(rate / len(hours), told([*history, at])) for at in hours]
    for day in DAYS:
        for which in ("disabled", "removed"):
            if getattr(here, which).by(0) == 1.0:
                continue  # it has happened already
            parts = sum(weight * getattr(one, which).by(day - 1) for weight, one in tomorrow)
            assert getattr(here, which).by(day) == pytest.approx(parts, abs=1e-9), (day, which)


COUNTED, HOURS = (0, 1, 2, 3, 4, 6, 10, 17), (3.0, 12.5, 15.0, 21.0)
# Their dates hang on the hour, which is told as one of a few.
BY_HOUR = {"mlmmj", "ezmlm"}
CERTAIN = [
    (manager, counted, hour)
    for manager, counted, hour in product(MANAGERS, COUNTED, HOURS)
    if manager not in BY_HOUR or (hour in {12.5, 15.0} and counted)
]


@pytest.mark.parametrize(("manager", "counted", "hour"), CERTAIN)
def test_certain_bounces_go_on_as_the_replay_of_the_whole(manager, counted, hour):
    """Refused daily, some days of which are counted already: the dates are those of the machine run over all days."""
    machine = policy_for(manager)
    whole = Replay(machine, REPLY_S)
    for day in range(120):
        at = day * DAY_S + hour * 3600
        whole.add([Event(at=at - REPLY_S, kind=EventKind.POST), Event(at=at, kind=EventKind.BOUNCE)])
    whole.run(120 * DAY_S)
    ends = {
        "disabled": [*whole.effects[Effect.DISABLED], *whole.effects[Effect.REMOVED]][:1],
        "removed": whole.effects[Effect.REMOVED],
    }
    bounces = [(moment(day, hour * 3600), Bounce()) for day in range(counted)]
    now = moment(max(counted - 1, 0), 20 * 3600 if counted else 0)
    start = standing(machine, bounces, now=now, refused_until=now + timedelta(days=1))
    found = forecast(machine, post_bounces=1.0, messages_per_day=1.0, start=start)
    slack = 3 if manager == "ezmlm" else 0  # each of its three steps may find its post earlier in the day
    for which, at in ends.items():
        curve = getattr(found, which)
        if not at:
            assert mixture([(1.0, curve)], 100).median_days is None
            continue
        expected = int(at[0] // DAY_S) - (start.begins - FIRST.date()).days + 1
        if expected <= 0:
            assert curve.by(0) == 1.0
            continue
        assert curve.by(expected) == pytest.approx(1.0, abs=1e-9)
        assert curve.by(expected - 1 - slack) == pytest.approx(0.0, abs=1e-9)
