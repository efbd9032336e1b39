"""Redis emptied, read-only, full, stalled under running parts: each goes on by itself, and none ends."""

import time
from contextlib import ExitStack
from datetime import UTC, datetime

import pytest

from monitor.config.reload import SettingsSource
from monitor.evidence.checks.source import CHECKS
from monitor.operations.installation import watch
from monitor.wiring import assemble
from tasks.app import TICK_EVERY_S
from tests.harness import wait_for
from tests.integration.test_celery_in_ordinary_use import celery, ground

__all__ = ["ground"]
pytestmark = [pytest.mark.integration, pytest.mark.timeout(240)]

WITHIN_S = 60.0  # each part goes on by itself within a minute
TROUBLE_S = 6.0  # three ticks of the clock


def emptied(client):
    client.flushall()
    client.script_flush()


def read_only(client):
    client.replicaof("127.0.0.1", 9)  # a primary that is not there
    time.sleep(TROUBLE_S)
    client.replicaof("NO", "ONE")


def full(client):
    client.config_set("maxmemory", 1)
    time.sleep(TROUBLE_S)
    client.config_set("maxmemory", 0)


def stalled(client):
    client.client_pause(int(TROUBLE_S * 1000))
    time.sleep(TROUBLE_S)


def connections_cut(client):
    client.client_kill_filter(_type="normal", skipme=True)


@pytest.mark.parametrize("trouble", [emptied, read_only, full, stalled, connections_cut])
def test_all_parts_go_on_by_themselves(ground, trouble):
    """The clock's ticks are carried out again, the parts are heard, and of the list nothing is told."""
    path, store = ground
    with ExitStack() as stack:
        parts = [
            stack.enter_context(celery(path, *arguments, calmly=False))
            for arguments in (("worker", "-c", "1"), ("beat",))
        ]

        def said():
            return "\n".join(f"== {each.name}\n{each.read_text()[-3000:]}" for each in path.parent.glob("*.log"))

        wait_for(lambda: store.evidence.read(CHECKS, "ops", 1), "check", within_s=WITHIN_S, said=said)
        trouble(store.client)
        over = datetime.now(UTC)

        def heard():
            beats = store.heartbeats.all()
            return all(part in beats and beats[part] > over for part in ("worker", "beat"))

        wait_for(heard, "signs of life", within_s=WITHIN_S, said=said)
        assert [each.poll() for each in parts] == [None, None], said()
        assert store.incidents.of_list("ops") == ()


@pytest.mark.parametrize("writes_alone", [True, False], ids=["sending", "asking"])
def test_beat_ends_while_redis_owes_it_an_answer(ground, writes_alone):
    """SIGTERM in the middle of a question: what else fails on the way out does not keep beat going."""
    path, store = ground
    with celery(path, "beat", calmly=False):
        wait_for(lambda: store.waiting("upkeep"), "first tick", within_s=WITHIN_S)
        store.client.client_pause(int(TROUBLE_S * 1000), all=not writes_alone)
        time.sleep(2 * TICK_EVERY_S)


def test_what_became_of_the_store_is_written_down_by_whoever_remembers(ground):
    """FLUSHALL under running parts: the next tick notes it, puts the key back, and the watch tells of it."""
    path, store = ground
    with ExitStack() as stack:
        stack.enter_context(celery(path, "worker", "-c", "1", calmly=False))
        stack.enter_context(celery(path, "beat", calmly=False))
        wait_for(lambda: store.client.exists("staysub:store"), "name of the store", within_s=WITHIN_S)
        key = wait_for(lambda: store.client.get("staysub:key"), "key", within_s=WITHIN_S)
        store.client.flushall()
        now = wait_for(lambda: store.client.get("staysub:key"), "key", within_s=WITHIN_S)
        assert now == key
        noted = wait_for(lambda: store.client.hget("staysub:store", "upheaval"), "note of it", within_s=WITHIN_S)
        assert b"emptied" in noted
    watch(assemble(SettingsSource(path)))
    (incident,) = [each for each in store.incidents.recent(5) if each.subject.is_installation]
    assert incident.subject.name == "store:emptied"
