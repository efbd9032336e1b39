"""What holds for every list manager's machine, whatever happens to the member."""

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.errors import ConfigError, UsageError
from monitor.managers.calendar import DAY_S
from monitor.managers.cases import EVENT_KINDS, answer
from monitor.managers.catalogue import MANAGERS, all_kinds, policy_for
from monitor.managers.machine import Bounce, Effect
from monitor.managers.replay import Event, EventKind, Replay
from tests.harness import nothing_raised

UNTIL = 120 * DAY_S
MONOTONE = ("mailman2", "mailman3", "listmonk", "listserv", "custom", "none")

times = st.integers(min_value=0, max_value=60 * DAY_S)
kinds = st.sampled_from([kind for kind in EventKind if kind is not EventKind.SET_POLICY])
events = st.lists(
    st.builds(
        Event,
        at=times,
        kind=kinds,
        bounce=st.builds(Bounce, hard=st.booleans(), status_code=st.sampled_from([None, "4.4.7", "5.7.26"])),
    ),
    max_size=60,
)


def life(manager, given_events, stops=(UNTIL,), after=60):
    replay = Replay(policy_for(manager), after)
    replay.add(given_events)
    for stop in sorted(stops):
        replay.run(stop)
    return replay


@pytest.mark.parametrize("manager", MANAGERS)
@given(given_events=events, stops=st.lists(st.integers(0, UNTIL), max_size=5))
@settings(max_examples=25, deadline=None)
def test_in_pieces_is_the_same_as_at_once(manager, given_events, stops):
    """Where a replay stops in between changes nothing."""
    once, pieces = life(manager, given_events), life(manager, given_events, (*stops, UNTIL))
    assert (once.state, once.effects) == (pieces.state, pieces.effects)


@pytest.mark.parametrize("manager", MANAGERS)
@given(given_events=events)
@settings(max_examples=25, deadline=None)
def test_removal_is_last_and_follows_disabling(manager, given_events):
    """Nothing happens after removal; who disables at all disables before removing."""
    replay = life(manager, given_events)
    removed = replay.effects[Effect.REMOVED]
    assert len(removed) <= 1
    if removed:
        assert all(t <= removed[0] for times_of in replay.effects.values() for t in times_of)
        if manager in {"mailman2", "mailman3", "custom"}:
            assert replay.effects[Effect.DISABLED]


@pytest.mark.parametrize("manager", MONOTONE)
@given(days=st.sets(st.integers(0, 40)), more=st.sets(st.integers(0, 40)))
@settings(max_examples=60, deadline=None)
def test_more_failures_never_drop_later(manager, days, more):
    """A bounce more a date at noon never puts off the day on which delivery ends."""

    def end(chosen):
        replay = life(manager, [Event(at=d * DAY_S + DAY_S // 2, kind=EventKind.BOUNCE) for d in chosen])
        ends = replay.effects[Effect.DISABLED][:1] + replay.effects[Effect.REMOVED][:1]
        return min(ends, default=float("inf"))

    assert end(days | more) <= end(days)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
POLICY_KEYS = sorted({key for kind in all_kinds() for key in kind.machine.keys} | {"Auto-Delete"})
numbers = (
    st.integers() | st.floats() | st.sampled_from([10**400, -1, 0, 1, 0.5, "0s", "7d", "9999999999d", "yes", "no"])
)
policies = st.dictionaries(st.sampled_from(POLICY_KEYS), numbers | json_values, max_size=4)
cases = st.fixed_dictionaries(
    {"manager": st.sampled_from([*MANAGERS, "?"]) | json_values},
    optional={
        "version": st.sampled_from(["3.3.8", "lite", "0.4"]) | json_values,
        "policy": policies | json_values,
        "start": json_values,
        "timezone": st.sampled_from(["UTC", "Europe/Berlin", "../etc"]) | json_values,
        "events": st.lists(
            st.fixed_dictionaries(
                {"t": st.integers(-5, 10**7) | json_values, "kind": st.sampled_from(EVENT_KINDS) | json_values},
                optional={"class": json_values, "status_code": json_values, "policy": json_values},
            ),
            max_size=4,
        )
        | json_values,
        "posts": json_values,
        "until": st.integers(0, 10**7) | json_values,
        "bounce": json_values,
        "traffic": json_values,
    },
)


@pytest.mark.parametrize("manager", MANAGERS)
@given(policy=policies, given_events=events)
@settings(max_examples=20, deadline=None)
def test_any_policy_is_taken_or_named(manager, policy, given_events):
    """Whatever a configuration says of a manager's settings: a machine that runs, or an error that names them."""
    try:
        machine = policy_for(manager, policy)
    except ConfigError as error:
        faults = error.faults
        machine = None
    if machine is None:
        assert all(place for place, _ in faults)
        return
    replay = Replay(machine, 60)
    with nothing_raised():
        replay.add(given_events)
        replay.run(20 * DAY_S)


@given(case=cases | json_values)
@settings(max_examples=200, deadline=None)
def test_any_case_is_answered_or_named(case):
    """A replay file holds a stranger's JSON: there is an answer that is JSON, or one sentence."""
    with nothing_raised(but=UsageError):
        json.dumps(answer(case), allow_nan=False)


def test_start_of_the_calendar_is_a_midnight():
    """The chain moves states by whole days and needs that."""
    assert policy_for("mailman3").calendar.start == datetime(2026, 1, 5, tzinfo=UTC)
