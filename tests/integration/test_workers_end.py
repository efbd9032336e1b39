"""Workers end at once where that is asked for, or who started them was killed, whatever they are waiting for."""

import os
import signal
import threading
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from monitor.store import open_store
from tests.harness import STAYSUB, TOP, started, wait_for
from tests.integration.redis_server import redis_server
from tests.integration.slow_peers import slow_peer
from tests.integration.test_slow_mtas import part
from tests.sample_notices import notice as a_mail

pytestmark = [pytest.mark.integration, pytest.mark.timeout(120)]

AT_ONCE_S = 10.0  # the relay that is waited for is silent for 30 s and more
CONFIG = """
data_dir = "data"
[redis]
url = "{url}"
[dns]
nameservers = ["127.0.0.1:9"]
timeout = "1s"
[notices]
from = "staysub@example.org"
relay = "smtp://127.0.0.1:{relay}"
[[list]]
id = "ipv6-ops"
address = "ipv6-ops@lists.example.org"
reverse_path = "ipv6-ops-bounces@lists.example.org"
helo = "mail.lists.example.org"
outbound = ["2001:db8:25::25"]
owners = ["owner@example.org"]
"""


def living(group):
    """Processes of a group that have not ended."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            state, _, its_group = stat.read_text().rpartition(")")[2].split()[:3]
            if int(its_group) == group and state != "Z":
                found.append(int(stat.parent.name))
    return found


@pytest.fixture
def at_work(tmp_path):
    """A worker that waits for a silent relay, and its log."""
    reached = threading.Event()

    def is_silent(_, stop):
        reached.set()
        stop.wait()

    with redis_server() as url, slow_peer(is_silent) as relay:
        path, log = tmp_path / "staysub.toml", tmp_path / "log"
        path.write_text(CONFIG.format(url=url, relay=relay))
        store, now = open_store(url), datetime.now(UTC)
        store.notices.add([replace(a_mail(), created_at=now, next_attempt_at=now)])
        options = {
            "cwd": tmp_path,
            "env": {**os.environ, "STAYSUB_CONFIG": str(path), "PYTHONPATH": str(TOP)},
            "start_new_session": True,
        }

        def kill(process):
            os.killpg(process.pid, signal.SIGKILL)

        with part("beat", path), started([*STAYSUB, "worker"], log=log, stop=kill, **options) as worker:
            wait_for(reached.is_set, "a try to deliver")
            yield worker, log


@pytest.mark.parametrize("number", [signal.SIGQUIT, signal.SIGKILL])
def test_a_task_under_way_keeps_no_worker(at_work, number):
    worker, log = at_work
    before = len(log.read_text())
    worker.send_signal(number)
    wait_for(lambda: not living(worker.pid), "end of all workers", within_s=AT_ONCE_S)
    worker.wait(AT_ONCE_S)
    said = log.read_text()[before:]
    assert ("ERROR" in said, "Traceback" in said) == (False, False), said
