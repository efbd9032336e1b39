"""A follower goes on whatever happens around it: Redis away, lists and configuration that change, a list that fails."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from monitor.admission.rules import load_rules
from monitor.config.settings import Settings
from monitor.errors import StoreUnavailable
from monitor.follow import files
from monitor.model.mta_log import MtaLog
from monitor.operations import follow_log
from monitor.operations.follow_log import Follower
from monitor.operations.log_reading import RELAYS_KNOWN, weighed
from monitor.operations.services import Services
from tests.builders import a_list
from tests.integration.counting_follower import CountingReader, count_at, memory_of

pytestmark = pytest.mark.integration

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
AT = f"{NOW.timestamp():.3f}"


class World:
    """Settings and time that a test changes."""

    def __init__(self, path):
        self.logs = (MtaLog(id="postfix", kind="postfix", path=path),)
        self.lists = (a_list(id="ops"), a_list(id="dev"))
        self.now = NOW

    def settings(self):
        return Settings(file_lists=self.lists, mta_logs=self.logs)


@pytest.fixture
def world(tmp_path):
    return World(tmp_path / "mail.log")


@pytest.fixture
def assessed(monkeypatch):
    """The lists that were assessed, in order."""
    found = []
    monkeypatch.setattr(follow_log, "weigh_anew", lambda _services, lists, **_: found.extend(lists))
    return found


@pytest.fixture
def follower(world, store, monkeypatch, assessed):
    monkeypatch.setattr(files, "LOOK_S", 0.0)
    monkeypatch.setattr(follow_log, "WITHIN_S", 0.05)
    monkeypatch.setattr(follow_log, "mta_named", count_at)
    services = Services(settings=world.settings, store=store, rules=load_rules(), now=lambda: world.now)
    made = Follower(services, "postfix", memory_of)
    yield made
    made.close()


def write(world, *lines):
    with world.logs[0].path.open("a") as file:
        file.writelines(f"{AT} {line}\n" for line in lines)


def recipients(store, list_id="ops"):
    return sum(row.recipients for _, row in store.replies.of_list(list_id))


def test_what_is_written_is_kept_with_the_place_and_the_list_assessed(world, store, follower, assessed):
    """With a sign of life, and when what came last."""
    write(world, "A from=ops", "A to=3 deferred", "noise")
    assert follower.step()
    place = store.followed.place("postfix")
    assert (place.lines, place.attempts, place.unread) == (3, 1, 1)
    assert (place.read_at, place.last_line_at, place.list_mail_at) == (NOW, NOW, NOW)
    assert recipients(store) == 3
    assert assessed == ["ops"]
    assert store.followed.to_assess() == {}
    assert store.heartbeats.last_seen("follow:postfix") == NOW
    follower.step()
    assert store.followed.place("postfix").turn == place.turn, "nothing new is nothing to keep"


def test_a_flood_is_assessed_at_once_and_then_now_and_then(world, store, follower, assessed, monkeypatch):
    """A list that is only accepted needs no haste."""
    write(world, "A from=ops", "B from=dev", "A to=1 deferred", "B to=1 sent")
    follower.step()
    for _ in range(3):
        write(world, "A to=1 deferred")
        follower.step()
    assert assessed == ["ops"]
    monkeypatch.setattr(follow_log, "ASSESSED_EVERY_S", 0.0)
    follower.step()
    assert assessed == ["ops", "ops"]
    follower.step()
    assert assessed == ["ops", "ops"]


def test_a_list_that_cannot_be_assessed_stops_nothing(world, store, follower, monkeypatch):
    """It stays to be assessed; a kill behind the commit loses nothing either."""

    def fail(_services, lists, **_):
        if lists == ["dev"]:
            raise ZeroDivisionError

    monkeypatch.setattr(follow_log, "weigh_anew", fail)
    write(world, "A from=ops", "B from=dev", "A to=1 deferred", "B to=1 deferred")
    follower.step()
    assert set(store.followed.to_assess()) == {"dev"}


def test_while_redis_is_away_nothing_is_lost(world, store, follower, monkeypatch):
    """What was read waits, and no more is read."""
    write(world, "A from=ops", "A to=3 deferred")
    keep = type(store.followed).commit

    def away(*_, **__):
        raise StoreUnavailable("Redis could not be reached.", reason="connection")

    monkeypatch.setattr(type(store.followed), "commit", away)
    for _ in range(3):
        with pytest.raises(StoreUnavailable):
            follower.step()
    write(world, "A to=4 bounced")
    monkeypatch.setattr(type(store.followed), "commit", keep)
    follower.step()
    assert recipients(store) == 3
    follower.step()
    assert recipients(store) == 7


def test_an_answer_that_was_lost_doubles_nothing(world, store, follower, monkeypatch):
    """It was kept, and nobody heard so: who asks again hears that the place has moved, and begins from there."""
    write(world, "A from=ops", "A to=3 deferred")
    keep = type(store.followed).commit

    def mute(*args, **named):
        keep(*args, **named)
        raise StoreUnavailable("Redis did not answer.", reason="timeout")

    monkeypatch.setattr(type(store.followed), "commit", mute)
    with pytest.raises(StoreUnavailable):
        follower.step()
    monkeypatch.setattr(type(store.followed), "commit", keep)
    write(world, "A to=4 bounced")
    for _ in range(3):
        follower.step()
    assert recipients(store) == 7


def test_lists_and_logs_that_change_are_known_at_the_next_go(world, store, follower, tmp_path):
    """What is known of the queue is taken along."""
    write(world, "A from=ops")
    follower.step()
    world.lists = (*world.lists, a_list(id="new"))
    write(world, "A to=2 deferred")
    follower.step()
    assert recipients(store) == 2
    world.logs = ()
    follower.step()
    world.logs = (MtaLog(id="postfix", kind="postfix", path=tmp_path / "other.log"),)
    write(world, "A to=5 deferred")
    follower.step()
    assert recipients(store) == 7


def test_a_line_at_which_we_fail_is_counted_and_the_next_is_read(world, store, follower, monkeypatch):
    """It would be met again after each start."""
    read = CountingReader.read

    def fail(self, line):
        if b"bad" in line:
            raise ZeroDivisionError
        return read(self, line)

    monkeypatch.setattr(CountingReader, "read", fail)
    write(world, "A from=ops", "bad", "A to=2 deferred")
    follower.step()
    assert recipients(store) == 2
    assert store.followed.place("postfix").unread == 1


def test_a_quiet_log_is_looked_at_and_a_missing_one_is_not_said_to_be(world, store, follower):
    """So that it is known since when a log is silent, and that one is missing."""
    follower.step()
    assert store.followed.place("postfix").read_at is None
    Path(world.logs[0].path).touch()
    follower.step()
    assert store.followed.place("postfix").read_at == NOW
    world.now = NOW + timedelta(minutes=5)
    follower.step()
    assert store.followed.place("postfix").read_at == world.now


def test_what_keeps_a_follower_from_its_log_is_kept_while_it_lasts(world, store, follower, monkeypatch):
    """For the doctor, who may be another user on another machine. A log that is being turned is no trouble yet."""
    missing = f"There is no {world.logs[0].path}."
    follower.step()
    assert store.followed.place("postfix").problem == ""
    monkeypatch.setattr(follow_log, "PROBLEM_AFTER_S", 0.0)
    follower.step()
    turn = store.followed.place("postfix").turn
    follower.step()
    assert (store.followed.place("postfix").problem, store.followed.place("postfix").turn) == (missing, turn), (
        "kept once"
    )
    monkeypatch.setattr(follow_log, "PROBLEM_AFTER_S", 5.0)
    follower.close()
    follower.step()
    assert store.followed.place("postfix").problem == missing, "a start anew does not know better yet"
    write(world, "A from=ops")
    follower.step()
    assert (store.followed.place("postfix").problem, store.followed.place("postfix").lines) == ("", 1)


def test_relays_of_late_are_kept():
    """Of long ago they count half, and only the greatest are known."""
    many = {f"host-{n}": n for n in range(100)}
    assert weighed({"a": 1}, {}) == {"a": 1}
    assert weighed({"a": 10, "b": 1}, {"a": 2000}) == {"a": 1005}
    assert len(weighed(many, {"host-0": 1})) == RELAYS_KNOWN
