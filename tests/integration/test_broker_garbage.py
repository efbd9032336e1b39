"""A worker outlives what lies in its queues, keys of the wrong type, and the death of Redis under it."""

import json
import os
import signal
import subprocess
import sys
from contextlib import contextmanager, suppress

import pytest
import redis
from kombu import Connection
from redis.exceptions import ConnectionError as RedisConnectionError

from monitor import clock
from monitor.store import open_store
from tasks.app import broker_url
from tasks.in_hand import DatedQoS
from tests.harness import TOP, started, wait_for
from tests.integration.redis_server import BINARY, answers, redis_server
from tests.integration.test_celery_in_ordinary_use import CONFIG
from tests.unit.test_tasks_transport import with_

pytestmark = [pytest.mark.integration, pytest.mark.timeout(180)]

PATIENCE_S = 60.0
GARBAGE = [
    b"garbage",
    b"\xff\xfe\x00",
    b"",
    b"null",
    b"[]",
    b"{}",
    b'{"body": "x"}',
    b"[" * 100_000,
    *(
        json.dumps(made).encode()
        for made in (
            with_("properties/body_encoding", "klingon"),
            with_("properties", {}),
            with_("headers", []),
            with_("headers", {}),
            with_("headers/task", "no.such"),
            with_("headers/expires", "never"),
            with_("headers/eta", "x"),
            with_("headers/timelimit", "x"),
            with_("headers/retries", []),
            with_("body", "!!!"),
            with_("body", "bnVsbA=="),
            with_("content-type", "application/x-python-serialize"),
            with_("content-encoding", "klingon"),
            with_("properties/priority", "x"),
            with_("headers/compression", "klingon"),
        )
    ),
]
PICKLED = with_("body", "gASVBwAAAAAAAABLAS4=") | {"content-type": "application/x-python-serialize"}


@contextmanager
def worker(path):
    """A worker with its own beat, and its log."""
    log = path.with_name("worker.log")
    command = [sys.executable, "-m", "celery", "-A", "tasks", "worker", "-c", "1", "-B"]
    environ = {**os.environ, "STAYSUB_CONFIG": str(path), "PYTHONPATH": str(TOP)}
    options = {"cwd": path.parent, "env": environ, "start_new_session": True}
    with started(command, log=log, stop=lambda process: os.killpg(process.pid, signal.SIGKILL), **options) as process:
        yield process, log


def configured(tmp_path, url):
    path = tmp_path / "staysub.toml"
    path.write_text(CONFIG.format(url=url))
    return path


def ticks_again(store, process, log):
    """A tick that was run after now: beat, broker, worker and store work together."""

    def beat():
        with suppress(Exception):  # Redis is starting
            return store.heartbeats.last_seen("beat")

    before = beat()
    wait_for(
        lambda: process.poll() is not None or beat() not in (None, before),
        "next tick",
        within_s=PATIENCE_S,
        said=log.read_text,
    )
    assert process.poll() is None, log.read_text()


def test_what_no_consumer_can_read_is_dropped_and_the_next_task_is_run(tmp_path):
    with redis_server() as url:
        path, store, client = configured(tmp_path, url), open_store(url), redis.Redis.from_url(url)
        with worker(path) as (process, log):
            ticks_again(store, process, log)
            for queue in ("upkeep", "dns"):
                client.rpush(queue, *GARBAGE, json.dumps(PICKLED))
            wait_for(
                lambda: process.poll() is not None or client.llen("upkeep") + client.llen("dns") < 3,
                "end of the garbage",
                within_s=PATIENCE_S,
                said=log.read_text,
            )
            ticks_again(store, process, log)
            assert "Unrecoverable error" not in log.read_text()
            assert "queue_entry_dropped queue=upkeep" in log.read_text()


def test_what_is_published_to_all_workers_ends_none_either(tmp_path):
    with redis_server() as url:
        path, store, client = configured(tmp_path, url), open_store(url), redis.Redis.from_url(url)
        with worker(path) as (process, log):
            ticks_again(store, process, log)
            channels = [each.decode() for each in client.pubsub_channels()]
            channels += ["/0.celeryev/worker.heartbeat", "/0.celeryev/task.x", "/0.celeryev/"]
            for channel in channels:
                for entry in (*GARBAGE, json.dumps(with_("headers", {"hostname": []}))):
                    client.publish(channel, entry)
            ticks_again(store, process, log)
            ticks_again(store, process, log)
            assert "Unrecoverable error" not in log.read_text()


def test_keys_of_the_wrong_type_are_put_aside(tmp_path):
    wrong = ("dns", "upkeep", "unacked", "unacked_index", "_kombu.binding.dns", "_kombu.binding.celery.pidbox")
    with redis_server() as url:
        path, store, client = configured(tmp_path, url), open_store(url), redis.Redis.from_url(url)
        for key in wrong:
            client.set(key, "somebody else's")
        with worker(path) as (process, log):
            ticks_again(store, process, log)
            client.delete("unacked")
            client.set("unacked", "somebody else's")
            client.lpush("dns", "garbage")
            ticks_again(store, process, log)
            ticks_again(store, process, log)
            for key in wrong:
                assert client.get(f"{key}.put-aside") == b"somebody else's"
                assert f"broker_key_put_aside key={key} " in log.read_text()


def test_garbage_among_the_messages_in_hand_is_forgotten(monkeypatch):
    """They are read when a worker gives back what one that is gone had in hand."""
    monkeypatch.setattr(DatedQoS, "now", staticmethod(clock.now))  # without a configuration there is no store to ask
    with redis_server() as url:
        client = redis.Redis.from_url(url)
        entries = {"a": b"garbage", "b": b"[1, 2]", "c": b'["x", "y", "z"]', "d": b"\xff", "e": b"{}"}
        client.hset("unacked", mapping=entries)
        client.zadd("unacked_index", dict.fromkeys((*entries, "gone"), 1))
        with Connection(broker_url(url)) as connection:
            channel = connection.channel()
            for _ in range(10):
                channel.qos.restore_visible(interval=1)
            channel.close()
        assert client.hlen("unacked") == client.zcard("unacked_index") == 0


def test_an_acknowledgement_that_comes_after_the_connection_was_given_up_is_an_outage():
    """A task ends while its worker reconnects: what kombu raised then was no error of a connection, and ended it."""
    with redis_server() as url:
        connection = Connection(broker_url(url))
        channel = connection.channel()
        connection.collect()
        with pytest.raises(RedisConnectionError, match="given up"):
            channel.qos.ack("tag")
        assert RedisConnectionError in connection.connection_errors


def test_the_death_of_redis_is_outlived_again_and_again(tmp_path):
    socket = tmp_path / "s"
    url = f"unix://{socket}?db=0"
    command = ["--port", "0", "--unixsocket", str(socket), "--dir", str(tmp_path), "--appendonly", "yes", "--save", ""]
    path, store = configured(tmp_path, url), open_store(url)

    def server():
        return started([BINARY, *command], ready=lambda: answers(url), stop=subprocess.Popen.kill)

    with server() as first, worker(path) as (process, log):
        ticks_again(store, process, log)
        first.kill()
        first.wait()
        for _ in range(3):
            with server() as again:
                ticks_again(store, process, log)
                again.kill()
                again.wait()
        assert process.poll() is None, log.read_text()
        assert "Unrecoverable error" not in log.read_text()
