"""`celery -A tasks …` as every Celery user types it: with any pool and switches lists are checked and parts seen."""

import os
import signal
import subprocess
import sys
from contextlib import ExitStack, contextmanager

import pytest

from monitor.evidence.checks.source import CHECKS
from monitor.store import open_store
from tests.harness import TOP, started, wait_for
from tests.integration.redis_server import redis_server

pytestmark = [pytest.mark.integration, pytest.mark.timeout(180)]

PATIENCE_S = 60.0
CONFIG = """
data_dir = "data"
[redis]
url = "{url}"
[dns]
nameservers = ["127.0.0.1:9"]
timeout = "1s"
[schedule]
check_every = "5s"
[[list]]
id = "ops"
address = "ops@lists.example.org"
reverse_path = "ops-bounces@lists.example.org"
helo = "mail.lists.example.org"
outbound = ["2001:db8:25::25"]
"""


@pytest.fixture
def ground(tmp_path):
    """A configuration over a Redis of its own, and that Redis."""
    with redis_server() as url:
        path = tmp_path / "staysub.toml"
        path.write_text(CONFIG.format(url=url))
        yield path, open_store(url)


def environ(path):
    return {**os.environ, "STAYSUB_CONFIG": str(path), "PYTHONPATH": str(TOP)}


@contextmanager
def celery(path, *arguments, calmly=True):
    """A process of Celery's, told to end afterwards as an init system would tell it; `calmly` without any traceback."""
    log = path.with_name(f"{'-'.join(arguments).replace('/', '')}.log")
    command = [sys.executable, "-m", "celery", "-A", "tasks", *arguments]
    options = {"cwd": path.parent, "env": environ(path), "start_new_session": True}
    with started(command, log=log, stop=lambda process: os.killpg(process.pid, signal.SIGKILL), **options) as process:
        yield process
        process.terminate()
        assert process.wait(PATIENCE_S) == 0, log.read_text()
        assert not (calmly and "Traceback" in log.read_text())


@pytest.mark.parametrize(
    ("worker", "beat"),
    [
        pytest.param(["-c", "1", "-B"], None, id="one process with its own beat"),
        pytest.param(["--without-heartbeat", "--without-gossip", "--without-mingle"], [], id="as quiet as can be"),
        pytest.param(["-P", "threads", "-c", "2"], [], id="threads"),
    ],
)
def test_lists_are_checked_and_the_parts_are_seen(ground, worker, beat):
    path, store = ground
    with ExitStack() as stack:
        stack.enter_context(celery(path, "worker", *worker))
        if beat is not None:
            stack.enter_context(celery(path, "beat", *beat))
        wait_for(lambda: len(store.evidence.read(CHECKS, "ops", 5)) > 1, "second check", within_s=PATIENCE_S)
        assert {"worker", "beat"} <= store.heartbeats.all().keys()
    assert not list(path.parent.glob("celerybeat*")), "beat has nothing to remember"


BEAT_ALONE = """
import tasks.bounded
from celery.beat import Scheduler
from tasks import app
tasks.bounded.QUEUE_LIMIT = 7
app.loader.import_default_modules()
scheduler = Scheduler(app)
for _ in range(20):
    scheduler.apply_entry(scheduler.schedule["tick"])
app.tasks["staysub.check"].delay([["ops", 1]])
"""


def test_while_no_worker_runs_beat_fills_no_queue_without_end(ground):
    """Expired messages leave a queue only when a worker sees them: over a weekend they would be a hundred thousand."""
    path, store = ground
    ended = subprocess.run(
        [sys.executable, "-c", BEAT_ALONE],
        cwd=path.parent,
        env=environ(path),
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ended.returncode, "Traceback" in ended.stderr) == (0, False), ended.stderr
    assert store.waiting("upkeep") == 7
    assert store.waiting("dns") == 1


def test_a_wrong_configuration_ends_it_with_its_sentences(ground):
    path, _ = ground
    path.write_text("surprise = 1\n")
    ended = subprocess.run(
        [sys.executable, "-m", "celery", "-A", "tasks", "worker"],
        cwd=path.parent,
        env=environ(path),
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE_S,
    )
    assert ended.returncode != 0
    assert f"staysub: {path}: line 1, surprise: is not a key here" in ended.stderr
    assert "Traceback" not in ended.stderr
