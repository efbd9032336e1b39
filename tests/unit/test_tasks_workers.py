"""What `staysub worker` starts: every queue has one worker, and what must always move waits for no stranger."""

from collections import Counter

import pytest

from monitor.operations.queues import KINDS, QUEUES
from tasks.options import ROUTES
from tasks.workers import arguments

BY_NAME = {kind.name: kind for kind in KINDS}


def told(name, **given):
    return arguments(BY_NAME[name], **({"loglevel": "info", "concurrency": None, "probes": None} | given))


def test_every_queue_is_served_by_exactly_one_kind_of_worker():
    assert Counter(queue for kind in KINDS for queue in kind.queues) == Counter(QUEUES)


@pytest.mark.parametrize("task", ["staysub.tick", "staysub.watch", "staysub.pulse"])
def test_what_must_always_move_shares_its_worker_with_nobody_who_waits(task):
    (kind,) = (kind for kind in KINDS if ROUTES[task]["queue"] in kind.queues)
    tasks = {name for name, route in ROUTES.items() if route["queue"] in kind.queues}
    assert tasks == {"staysub.tick", "staysub.watch", "staysub.pulse"}


@pytest.mark.parametrize(
    ("task", "others"),
    [
        pytest.param("staysub.check", {"staysub.check", "staysub.routes"}, id="checks"),
        pytest.param("staysub.probe", {"staysub.probe"}, id="probes"),
        pytest.param("staysub.deliver", {"staysub.deliver"}, id="mails"),
        pytest.param("staysub.call", {"staysub.call"}, id="calls"),
    ],
)
def test_kinds_of_strangers_are_waited_for_apart(task, others):
    (kind,) = (kind for kind in KINDS if ROUTES[task]["queue"] in kind.queues)
    assert {name for name, route in ROUTES.items() if route["queue"] in kind.queues} == others


def test_checks_compute_in_processes_and_the_rest_waits_in_threads():
    assert [kind.name for kind in KINDS if kind.threads is None] == ["checks"]
    assert "--pool" not in told("checks")
    assert told("checks", concurrency=3)[-2:] == ["--concurrency", "3"]
    assert told("probes")[-4:] == ["--pool", "threads", "--concurrency", "16"]
    assert told("probes", concurrency=3, probes=40)[-2:] == ["--concurrency", "40"]
    assert told("upkeep", concurrency=1, probes=1)[-2:] == ["--concurrency", "4"]


def test_no_two_have_the_same_name():
    assert len({tuple(told(name)[told(name).index("--hostname") :][:2]) for name in BY_NAME}) == len(KINDS)
