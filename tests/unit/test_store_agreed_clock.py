"""The time that parts share, on clocks that jump."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
import redis

from monitor.errors import StoreUnavailable
from monitor.store import agreed_clock
from monitor.store.agreed_clock import LOOK_EVERY_S, AgreedClock
from monitor.store.client import translated
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

    def now(self):
        if self.away:
            raise StoreUnavailable("Redis is away.", reason="connection")
        return datetime.fromtimestamp(self.store, UTC)

    def look(self, *_names, wall_s, steady_s, asked_at):
        assert (wall_s, steady_s, asked_at) == (self.wall, self.steady, self.now())
        return Looked(at=self.now())


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


class Threads:
    """Threads that are begun and do nothing, or cannot be."""

    def __init__(self, monkeypatch, machine):
        self.begun, self.machine, self.fails = [], machine, False
        monkeypatch.setattr(agreed_clock.threading, "Thread", self._made)

    def _made(self, *, target, name, daemon):
        assert callable(target)
        assert daemon
        return SimpleNamespace(start=lambda: self._start(name))

    def _start(self, name):
        assert not self.machine.asked, "the thread is there before Redis is asked for the first time"
        if self.fails:
            raise RuntimeError("can't start new thread")
        self.begun.append(name)


class Asked(Machine):
    """A machine whose store is asked, and answers what nobody can read."""

    def __init__(self):
        super().__init__()
        self.asked = 0

    def now(self):
        self.asked += 1
        raise redis.exceptions.InvalidResponse("Protocol Error")


def test_the_clock_begins_whatever_the_first_look_finds_and_ends_at_no_fault(monkeypatch, caplog):
    machine = Asked()
    threads = Threads(monkeypatch, machine)
    clock = AgreedClock(machine, wall=lambda: machine.wall, steady=lambda: machine.steady)
    for _ in range(3):
        assert clock.now() == START
        machine.passes(LOOK_EVERY_S)
        clock._look_if_due()
        machine.wall = START.timestamp()
        machine.steady = 500.0
    assert threads.begun == ["clock"]
    assert machine.asked >= 2
    assert [each.message for each in caplog.records] == ["look_failed"], "told once"


def test_a_thread_that_could_not_begin_is_begun_later(monkeypatch):
    machine = Machine()
    machine.asked = 0
    threads = Threads(monkeypatch, machine)
    threads.fails = True
    clock = AgreedClock(machine, wall=lambda: machine.wall, steady=lambda: machine.steady)
    assert clock.now() == START
    threads.fails = False
    assert clock.now() == START
    assert threads.begun == ["clock"]


@pytest.mark.parametrize("error", [redis.exceptions.InvalidResponse("Protocol Error"), redis.RedisError("?")])
def test_whatever_the_client_raises_is_told_as_the_stores_trouble(error):
    with pytest.raises(StoreUnavailable), translated("looked at the clocks"):
        raise error
