"""A Redis that is stopped, full or read-only: commands end, and the receiver's memory can still be made."""

import os
import signal
import time

import pytest
import redis

from monitor.errors import StoreUnavailable
from monitor.store import client, open_store
from tests.harness import wait_for
from tests.integration.redis_server import redis_server

pytestmark = pytest.mark.integration


def test_a_mute_server_is_asked_once(monkeypatch):
    """Not four times to connect in each of four tries: sixteen times its patience."""
    monkeypatch.setattr(client, "ANSWER_TIMEOUT_S", 1.0)
    monkeypatch.setattr(client, "CONNECT_TIMEOUT_S", 1.0)
    with redis_server() as url:
        pid = redis.Redis.from_url(url).info("server")["process_id"]
        os.kill(pid, signal.SIGSTOP)
        began = time.monotonic()
        with pytest.raises(StoreUnavailable) as error:
            open_store(url).ping()
        took = time.monotonic() - began
        os.kill(pid, signal.SIGCONT)
    assert error.value.reason == "timeout"
    assert took < 4.0


def test_a_server_that_restarts_is_waited_for():
    """Connections that are refused or broken are made anew."""
    with redis_server() as url:
        store = open_store(url)
        store.ping()
        server = redis.Redis.from_url(url)
        assert server.client_kill_filter(_type="normal", skipme=True)
        store.ping()


@pytest.mark.parametrize("trouble", ["full", "read-only"])
def test_keys_are_read_where_nothing_can_be_written(trouble):
    """A receiver that starts meanwhile takes its place and says 451."""
    with redis_server() as url:
        known = open_store(url).signing_keys.all()
        server = redis.Redis.from_url(url)
        if trouble == "full":
            server.config_set("maxmemory", "1")
        else:
            server.replicaof("127.0.0.1", "1")
            wait_for(lambda: server.info("replication")["role"] == "slave", "replica")
        assert open_store(url).signing_keys.all() == known
