"""`staysub receiver --processes`: one port, several processes, one end."""

import os
import signal
import socket
import subprocess
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from monitor.receiver.sockets import bind
from monitor.store import open_store
from tests.harness import PATIENCE_S, STAYSUB, greeted, started, wait_for

pytestmark = pytest.mark.integration

CONFIGURATION = """
data_dir = "{folder}"
[redis]
url = "{redis}"
[receiver]
domain = "v6.probe.example.org"
hostname = "mx.v6.probe.example.org"
listen = "[::1]:{port}"
[[list]]
id = "ipv6-ops"
address = "ipv6-ops@lists.example.org"
reverse_path = "ipv6-ops-bounces@lists.example.org"
helo = "mail.lists.example.org"
outbound = ["2001:db8:25::25"]
"""
SESSIONS = 40  # all on one of two processes: 2 in 2^40


def children(pid):
    return [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def sockets(pid):
    found = 0
    for each in Path(f"/proc/{pid}/fd").iterdir():
        with suppress(OSError):
            found += str(each.readlink()).startswith("socket:")
    return found


@contextmanager
def receiver(folder, redis_url):
    """The command with two processes, once both listen: the command's process and the port."""
    with bind(("::1", 0)) as free:
        port = free.getsockname()[1]
    config = folder / "staysub.toml"
    config.write_text(CONFIGURATION.format(folder=folder, redis=redis_url, port=port))
    command = [*STAYSUB, "--config", config, "receiver", "--processes", "2"]
    log = folder / "log"
    with started(
        command, log=log, ready=lambda: log.read_text().count("receiver_listens") == 2, stop=subprocess.Popen.kill
    ) as running:
        wait_for(lambda: greeted("::1", port))
        yield running, port


@pytest.fixture
def running(tmp_path, redis_url):
    with receiver(tmp_path, redis_url) as both:
        yield both


def test_both_serve_on_one_port_and_end_together(running, redis_url):
    command, port = running
    pids = children(command.pid)
    before = {pid: sockets(pid) for pid in pids}
    assert len(before) == 2
    sessions = [socket.create_connection(("::1", port), timeout=10) for _ in range(SESSIONS)]
    try:
        assert all(each.recv(200).startswith(b"220 ") for each in sessions)
        assert all(sockets(pid) > before[pid] for pid in pids), "one has got them all"
        wait_for(lambda: open_store(redis_url).heartbeats.last_seen("receiver") is not None)
        command.send_signal(signal.SIGTERM)
        assert command.wait(PATIENCE_S) == 0
        assert all(each.recv(200).startswith(b"421 4.3.2 ") for each in sessions), "each client is told"
    finally:
        for each in sessions:
            each.close()
    assert not any(Path(f"/proc/{pid}").exists() for pid in pids)
    assert not greeted("::1", port)


def test_where_one_ends_unasked_all_end_and_the_command_fails(running):
    command, port = running
    first, second = children(command.pid)
    os.kill(first, signal.SIGKILL)
    assert command.wait(PATIENCE_S) == 1
    assert not Path(f"/proc/{second}").exists()
    assert not greeted("::1", port)


def test_where_the_command_is_killed_outright_its_processes_end_too(running):
    command, _ = running
    pids = children(command.pid)
    command.kill()
    command.wait()
    wait_for(lambda: not any(Path(f"/proc/{pid}").exists() for pid in pids))
