"""Parts and commands on machines whose clock is away from Redis' go by Redis', and nobody takes a stall for a jump."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from fastapi.testclient import TestClient
from kombu import Connection

from monitor.admission.rules import load_rules
from monitor.cli.main import main
from monitor.config.reload import SettingsSource
from monitor.config.settings import Settings
from monitor.incident.blindness import WATCH
from monitor.metrics import CLOCK_JUMPS
from monitor.operations import receiver_memory
from monitor.operations.installation import watch
from monitor.operations.services import Services
from monitor.operations.timing import LEASE
from monitor.store import keys, open_store
from monitor.store.agreed_clock import AgreedClock
from monitor.wiring import assemble, receiver_backend
from tasks.app import broker_url
from tests.builders import a_list, a_vantage
from tests.configured import LIST, STORE
from tests.harness import STAYSUB, TOP, free_port, started, wait_for
from tests.integration.redis_server import redis_server
from tests.integration.shifted_clock import library, shifted_clock
from tests.pages import pages_of

pytestmark = [
    pytest.mark.integration,
    pytest.mark.timeout(120),
    pytest.mark.skipif(library() is None, reason="libfaketime is not installed (apt install faketime)"),
]

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
SECOND = timedelta(seconds=1)
CONFIG = f"""
{STORE}
[web]
listen = "127.0.0.1:{{port}}"
{LIST}
"""


@pytest.fixture
def clock(tmp_path):
    with shifted_clock(tmp_path) as clock:
        yield clock


@pytest.fixture
def shifted_url(clock):
    """A store whose clock is that one."""
    with redis_server(environ=clock.environ) as url:
        yield url


def services_of(store, now):
    settings = Settings(list=[a_list()])
    return Services(settings=lambda: settings, store=store, rules=load_rules(), now=now)


def in_hand(store, now):
    """Work and a notice that somebody has in hand, and a call that waits for its retry; when each is due."""
    store.identity.look()
    store.schedule.sync({("check", "ops"): HOUR, ("probe", "ops"): HOUR}, now)
    store.client.zadd(keys.SCHEDULE, {f"{each}:ops": now.timestamp() - 1 for each in ("check", "probe")})
    assert len(store.schedule.claim(now, limit=10, lease=LEASE)) == 2
    store.client.zadd(keys.NOTICES_DUE, {"ntc": (now + LEASE).timestamp()})
    store.client.zadd(keys.CALLS_DUE, {"call": (now + 5 * HOUR).timestamp()})
    return due(store)


def due(store):
    indexes = (keys.SCHEDULE, keys.NOTICES_DUE, keys.CALLS_DUE)
    return [store.client.zrange(each, 0, -1, withscores=True) for each in indexes]


AWAY = pytest.mark.parametrize("away", [-10 * MINUTE, 10 * MINUTE, DAY, -DAY], ids=str)


@AWAY
def test_the_web_part_on_a_machine_whose_clock_is_wrong_takes_nothing_out_of_anybodys_hands(
    configure, store, clock, away
):
    """It keeps the watch over the installation like any worker, every quarter of a minute."""
    path = configure(CONFIG, port=free_port())
    before = in_hand(store, store.clocks.now())
    clock.jump(away)
    environ = {**os.environ, **clock.environ}
    with started([*STAYSUB, "--config", str(path), "web"], env=environ, log=path.parent / "web.log"):
        wait_for(lambda: WATCH in store.heartbeats.all(), "watch", said=(path.parent / "web.log").read_text)
        beats = store.heartbeats.all()
    assert due(store) == before
    assert all(abs(beats[part] - datetime.now(UTC)) < MINUTE for part in ("web", WATCH))
    assert not store.incidents.recent()


@AWAY
def test_two_that_watch_agree(store, away):
    def away_now():
        return time.time() + away.total_seconds()

    clocks = [AgreedClock(store.clocks, wall=wall) for wall in (time.time, away_now)]
    for each in clocks:
        each._looking_in = os.getpid()  # without a thread, which would outlast the test
        each.look()
    agreed = [each.now for each in clocks]
    before = in_hand(store, agreed[0]())
    for _ in range(3):
        for now in agreed:
            watch(services_of(store, now))
    assert due(store) == before
    assert not store.incidents.recent()


@AWAY
def test_commands_that_write_go_by_the_stores_time(tmp_path, clock, shifted_url, capsys, away):
    clock.jump(away)
    path = tmp_path / "staysub.toml"
    path.write_text(CONFIG.format(folder=tmp_path, redis=shifted_url, port=1))

    def said(*arguments):
        with pytest.raises(SystemExit):
            main(["--config", str(path), *arguments, "--json"])
        return json.loads(capsys.readouterr().out)

    there = datetime.now(UTC) + away
    made = said("tokens", "create", "ci", "--for", "1h")
    assert abs(datetime.fromisoformat(made["created_at"]) - there) < MINUTE
    silence = said("incidents", "silence", "--receiver", "microsoft-365", "--for", "1h")["silence"]
    assert abs(datetime.fromisoformat(silence["until"]) - there - HOUR) < MINUTE
    assert [one["id"] for one in said("incidents")["silences"]] == [silence["id"]]
    assert abs(assemble(SettingsSource(path)).now() - there) < MINUTE, "probes by hand"


BROKER = """
import os, sys
from kombu import Connection
from tasks.app import app
with app.connection() as connection:
    queue = connection.SimpleQueue("notify")
    if sys.argv[1] == "restore":
        queue.consumer.channel.qos.restore_visible(interval=1)
    try:
        print(queue.get(timeout=1).payload, flush=True)
    except queue.Empty:
        print("nothing", flush=True)
    os._exit(0)  # as one that is killed: it gives nothing back
"""


@pytest.mark.parametrize(("holder", "other"), [(timedelta(), DAY), (-DAY, timedelta())], ids=["ahead", "behind"])
def test_what_a_worker_has_in_hand_is_not_given_to_one_on_a_machine_with_another_clock(
    configure, redis_url, clock, holder, other
):
    path, client = configure(CONFIG, port=1), open_store(redis_url).client
    client.flushdb()

    def takes(does, away):
        clock.jump(away)
        environ = {
            **os.environ,
            **clock.environ,
            "STAYSUB_CONFIG": str(path),
            "PYTHONPATH": f"{path.parent}/site:{TOP}",
        }
        done = subprocess.run([sys.executable, "-c", BROKER, does], env=environ, capture_output=True, check=True)
        clock.jump(-away)
        return done.stdout.decode().strip()

    with Connection(broker_url(redis_url)) as made:
        made.SimpleQueue("notify").put({"n": 1})
    assert takes("get", holder) == "{'n': 1}"
    assert takes("restore", other) == "nothing"
    (only,) = [score for _, score in client.zrange("unacked_index", 0, -1, withscores=True)]
    assert abs(only - time.time()) < 60
    client.zadd("unacked_index", {client.zrange("unacked_index", 0, 0)[0]: time.time() - 86400})
    assert takes("restore", other) == "{'n': 1}", "what somebody has had for too long"


def test_a_stall_of_redis_is_no_jump(tmp_path):
    """Whoever asked has given up long ago; what it asked is done when Redis goes on."""
    with redis_server() as url:
        store = open_store(url)
        clock = AgreedClock(open_store(url, hurried=True).clocks)
        clock.look()
        pid = store.client.info("server")["process_id"]
        asking = threading.Thread(target=clock.look)
        real = clock._clocks._look

        def stalling(*args, **kwargs):
            os.kill(pid, signal.SIGSTOP)
            return real(*args, **kwargs)

        clock._clocks._look = stalling
        asking.start()
        asking.join()
        time.sleep(12)  # more than the least jump
        os.kill(pid, signal.SIGCONT)
        clock._clocks._look = real
        clock.look()
        assert store.clocks.known()[1] is None
        assert store.metric_totals.all().get(CLOCK_JUMPS.field("back"), 0) == 0
        assert abs(clock.now() - datetime.now(UTC)) < SECOND


class Machine:
    """A machine of ours; one with a `clock` has that of the store."""

    def __init__(self, store, name, host=None, *, clock=None):
        self.store, self.name, self.host, self.clock = store, name, host or name, clock

    def look(self):
        asked_at = self.store.clocks.now()
        wall = time.time() if self.clock is None else self.clock.now().timestamp()
        steady = time.monotonic()
        return self.store.clocks.look(self.name, self.host, wall_s=wall, steady_s=steady, asked_at=asked_at)


@pytest.mark.parametrize("own_first", [True, False], ids=["the store's machine notes it first", "another does"])
def test_a_jump_of_the_stores_clock_is_noted_by_one_of_all_machines(clock, shifted_url, own_first):
    store = open_store(shifted_url)
    machines = [Machine(store, f"other{number}") for number in range(3)]
    machines.insert(0 if own_first else 2, Machine(store, "own", clock=clock))

    def jumps_told():
        return sum(bool(one.by) + bool(one.store_by) for one in (each.look() for each in machines))

    def counted():
        totals = store.metric_totals.all()
        return tuple(totals.get(CLOCK_JUMPS.field(to), 0) for to in ("forward", "back"))

    assert jumps_told() == 0
    for by, jumps in ((DAY, (1, 0)), (-DAY, (1, 1)), (-DAY, (1, 2)), (2 * DAY, (2, 2))):
        clock.jump(by)
        wait_for(lambda: abs(store.clocks.now() - clock.now()) < SECOND, "jump")
        first = machines[0].look()
        assert abs((first.by or first.store_by) - by) < SECOND
        store.clocks.note_put_right(store.clocks.known()[1])
        assert jumps_told() == 0
        assert counted() == jumps
        assert store.clocks.known()[1].put_right, "nobody is told to put right again what was put right"
        time.sleep(0.1)


def test_containers_on_one_machine_are_one_by_name(store):
    """They share its clocks, and each has a host name of its own."""
    names = ["web1", "worker1", "receiver1"]
    for _ in range(2):
        for name in names:
            Machine(store, "boot-id", name).look()
            assert [one.host for one in store.clocks.known()[0]] == ["web1"]


def test_readyz_names_no_machine_of_ours_to_everybody(store):
    store.client.hset(
        keys.CLOCKS,
        mapping={
            name: json.dumps({"host": name, "at": time.time(), "ahead": -7200, "drift": 0, "since": time.time()})
            for name in ("secret-host-1", "secret-host-2")
        },
    )
    jump = {"at": time.time(), "by": 86400, "host": "secret-host-1", "shared": False}
    store.client.hset(keys.CLOCKS, "jumped", json.dumps(jump))
    settings = Settings(list=[a_list()], web={"token": "t" * 20})
    client = TestClient(pages_of(lambda: settings, store, store.clocks.now))
    told = client.get("/readyz").json()["clock"]
    assert len(told) == 2, "of two machines the same is said"
    assert told[0].startswith("The clock of a machine of ours is 2 h behind")
    assert told[1].startswith("The clock of a machine of ours went forward by 1 d")
    known = client.get("/api/v1/parts", headers={"authorization": f"Bearer {'t' * 20}"}).json()["clock"]
    assert sum("secret-host" in each for each in known) == 3


def test_the_receiver_knows_before_it_is_asked_and_one_thread_looks_as_long_as_it_serves(store, monkeypatch):
    """Many that ask at once for the first time began a thread each, or failed."""
    monkeypatch.setattr(receiver_memory, "LOOKED_AT_EVERY_S", 0.05)
    settings = Settings(list=[a_list()], receiver=a_vantage())
    made = Services(settings=lambda: settings, store=store, rules=load_rules(), now=store.clocks.now)

    def looking():
        return {each for each in threading.enumerate() if each.name == "receiver-memory"}

    before = looking()
    backend = receiver_backend(made)
    (thread,) = looking() - before
    with ThreadPoolExecutor(16) as pool:
        asked = set(pool.map(lambda _: tuple(backend.addresses.keys()), range(64)))
    assert asked == {store.signing_keys.all()}
    assert looking() - before == {thread}
    backend = None
    thread.join(10)
    assert not thread.is_alive()
