"""The time that parts share, on clocks that jump."""

from datetime import UTC, datetime, timedelta

import pytest

from monitor.errors import StoreUnavailable
from monitor.store.agreed_clock import LOOK_EVERY_S, AgreedClock
from monitor.store.clocks import Looked

START = datetime(2026, 3, 1, 12, tzinfo=UTC)
DAY_S = 86400.0


class Machine:
    """A machine's two clocks, and the store's beside it."""

    def __init__(self):
        self.wall = self.store = START.timestamp()
        self.steady = 500.0
        self.away = False

    def passes(self, seconds):
        self.wall += seconds
        self.store += seconds
        self.steady += seconds

    def look(self, *_names, wall_s, steady_s):
        assert (wall_s, steady_s) == (self.wall, self.steady)
        if self.away:
            raise StoreUnavailable("Redis is away.", reason="connection")
        return Looked(at=datetime.fromtimestamp(self.store, UTC))


@pytest.fixture
def machine():
    return Machine()


@pytest.fixture
def clock(machine):
    made = AgreedClock(machine, wall=lambda: machine.wall, steady=lambda: machine.steady)
    made._begin = lambda: None  # what its thread does is done here by hand
    made.look()
    return made


@pytest.mark.parametrize("by", [DAY_S, -DAY_S, 365 * DAY_S, 70.0])
def test_a_machine_whose_clock_jumps_goes_by_the_stores(machine, clock, by):
    assert not clock.is_due()
    machine.wall += by
    assert clock.now() == START, "at once, not only after the next look"
    assert clock.is_due()
    clock.look()
    machine.passes(10)
    assert clock.now() == START + timedelta(seconds=10)
    assert not clock.is_due()


@pytest.mark.parametrize("by", [DAY_S, -DAY_S])
def test_where_the_store_jumps_too_all_jump_together(machine, clock, by):
    machine.wall += by
    machine.store += by
    clock.look()
    assert clock.now() == START + timedelta(seconds=by)


def test_a_clock_that_is_set_wrong_all_the_time_is_corrected(machine, clock):
    machine.store -= 3600
    machine.passes(LOOK_EVERY_S)
    assert clock.is_due()
    clock.look()
    assert clock.now() == datetime.fromtimestamp(machine.store, UTC)


def test_while_the_store_is_away_time_goes_on_and_a_jump_changes_nothing(machine, clock):
    machine.away = True
    machine.wall += DAY_S
    clock.look()
    machine.passes(40)
    assert clock.now() == START + timedelta(seconds=40)
