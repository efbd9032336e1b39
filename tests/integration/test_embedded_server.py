"""The embedded server: what it acknowledged survives kill -9, nobody else gets in, nobody runs twice."""

import os
import signal
import stat
import subprocess
import sys
import time

import pytest
import redis
from kombu import Connection

from monitor.errors import StoreUnavailable
from monitor.store import open_store
from monitor.store.embedded import DataDirInUse, EmbeddedServer, claimed, embedded_url, socket_path
from tasks.app import broker_url
from tests.harness import nothing_raised

pytestmark = pytest.mark.integration


@pytest.fixture
def server(tmp_path):
    server = EmbeddedServer(tmp_path / "data")
    server.start()
    yield server
    server.stop()


def client(server):
    return redis.Redis.from_url(server.url, decode_responses=True)


def ended(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


def test_what_was_acknowledged_survives_kill_9(server):
    """A thousand writes, then SIGKILL in the same instant: all of them are there after the restart."""
    writer = client(server)
    for n in range(1000):
        writer.xadd("outcomes", {"n": n})
    os.kill(server.pid, signal.SIGKILL)
    while server.pid is not None:
        time.sleep(0.01)
    assert server.ensure() is True
    assert client(server).xlen("outcomes") == 1000
    assert server.ensure() is False


def test_it_can_be_stopped_and_started_again(server):
    client(server).set("key", "value")
    server.stop()
    server.stop()
    assert not server.socket.exists()
    server.start()
    assert client(server).get("key") == "value"


def test_it_is_set_up_so_that_nothing_is_lost_in_silence(server):
    config = client(server).config_get("*")
    assert config["appendonly"] == "yes"
    assert config["appendfsync"] == "always"
    assert config["maxmemory-policy"] == "noeviction"
    assert config["port"] == "0"
    assert config["save"] == ""


def test_no_other_user_can_reach_it(server, tmp_path):
    for path in (server.socket.parent, tmp_path / "data" / "log", server.socket):
        assert stat.S_IMODE(path.stat().st_mode) == 0o700


def test_a_deep_data_dir_gets_a_short_private_socket(tmp_path):
    deep = tmp_path / ("x" * 120) / "data"
    server = EmbeddedServer(deep)
    assert len(str(server.socket)) <= 100
    server.start()
    try:
        assert client(server).ping()
        assert stat.S_IMODE(server.socket.parent.stat().st_mode) == 0o700
    finally:
        server.stop()
        server.socket.parent.rmdir()


def test_a_server_that_outlived_its_master_is_ended_not_joined(server, tmp_path):
    """After `kill -9` of `staysub run` the server is still there; the next one takes its place with all data."""
    client(server).set("key", "value")
    orphan = server.pid
    successor = EmbeddedServer(tmp_path / "data")
    successor.start()
    try:
        server._process.wait(10)
        assert ended(orphan)
        assert client(successor).get("key") == "value"
    finally:
        successor.stop()


def test_a_stale_socket_and_pid_file_are_no_hindrance(tmp_path):
    server = EmbeddedServer(tmp_path / "data")
    server.directory.mkdir(parents=True)
    server.socket.touch()
    (server.directory / "server.pid").write_text("1")
    server.start()
    assert client(server).ping()
    server.stop()


def test_a_data_dir_is_claimed_once(tmp_path):
    data_dir = tmp_path / "data"
    code = "import sys, pathlib\nfrom monitor.store.embedded import claimed\nwith claimed(pathlib.Path(sys.argv[1])):\n    pass"
    with claimed(data_dir):
        second = subprocess.run([sys.executable, "-c", code, data_dir], capture_output=True, text=True, check=False)
    assert f"already running on {data_dir} (process {os.getpid()})" in second.stderr
    third = subprocess.run([sys.executable, "-c", code, data_dir], capture_output=True, text=True, check=False)
    assert third.returncode == 0
    assert issubclass(DataDirInUse, Exception)


def test_a_damaged_file_is_a_sentence_that_names_the_log(server):
    client(server).set("key", "value")
    server.stop()
    manifest = next(server.directory.glob("appendonlydir/*.manifest"))
    manifest.write_text("nonsense\n")
    with pytest.raises(StoreUnavailable, match=r"did not start: .* Its log is .*redis\.log"):
        server.start()


def test_a_directory_that_cannot_be_made_is_a_sentence(tmp_path):
    (tmp_path / "data").write_text("a file")
    with pytest.raises(StoreUnavailable, match="cannot be used"):
        EmbeddedServer(tmp_path / "data").start()


@pytest.mark.parametrize("name", ["my lists", "50%41", "a#b?c=d", 'say "hi"', "Jürgen"])
def test_a_data_dir_may_have_any_name(tmp_path, name):
    """Store and broker find the server where its configuration put it."""
    server = EmbeddedServer(tmp_path / name)
    server.start()
    try:
        with nothing_raised(), Connection(broker_url(server.url)) as connection:
            open_store(server.url).ping()
            connection.ensure_connection(max_retries=1, interval_start=0)
    finally:
        server.stop()


def test_the_url_names_the_socket(tmp_path):
    assert embedded_url(tmp_path) == f"unix://{socket_path(tmp_path)}"
