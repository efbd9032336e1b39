"""The Celery tasks: options set and spelt right, limits nested, thin, importable without configuration; and in time."""

import ast
import inspect
import sys
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from celery import Task

import tasks.signals
import tasks.timely
import tasks.work
from monitor.errors import OutOfFiles, StoreUnavailable
from monitor.operations.queues import QUEUES
from monitor.operations.timing import LEASE
from tasks.app import app, broker_url
from tasks.options import ROUTES, VISIBILITY_TIMEOUT_S
from tasks.timely import TimelyRequest, TimelyScheduler

START = datetime(2026, 3, 1, 12, tzinfo=UTC)

MODULES = (tasks.work,)
OURS = (
    "staysub.call",
    "staysub.check",
    "staysub.deliver",
    "staysub.probe",
    "staysub.pulse",
    "staysub.routes",
    "staysub.tick",
    "staysub.watch",
)
# What a task may be given: the attributes of celery's Task, and what apply_async takes.
KNOWN = set(dir(Task)) | {"name", "expires"}


@pytest.fixture(scope="module", autouse=True)
def no_configuration():
    """The app asks where its broker is when it is first used; here it is nowhere."""
    module = sys.modules["tasks.app"]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "services", lambda: SimpleNamespace(settings=lambda: None))
        patch.setattr(module, "redis_url", lambda _: "redis://localhost:1/0")
        yield


def test_each_queue_has_an_exchange_and_a_key_of_its_own():
    """Queues that share both would each get a copy of every message."""
    made = app.conf.task_queues
    assert [queue.name for queue in made] == list(QUEUES)
    assert [(queue.exchange.name, queue.routing_key) for queue in made] == [(name, name) for name in QUEUES]


def test_every_operation_has_its_task():
    assert tuple(sorted(name for name in app.tasks if name.startswith("staysub."))) == OURS


@pytest.mark.parametrize("name", OURS)
def test_options_are_set_as_every_task_needs_them(name):
    task = app.tasks[name]
    assert task.acks_late is True
    assert task.reject_on_worker_lost is True
    assert task.ignore_result is True
    assert task.throws == (StoreUnavailable, OutOfFiles)
    assert ROUTES[name]["queue"] in QUEUES
    assert 0 < task.soft_time_limit < task.time_limit < LEASE.total_seconds() < VISIBILITY_TIMEOUT_S
    assert 0 < task.expires <= LEASE.total_seconds()
    assert task.max_retries == 3  # celery's default: nothing of ours retries through the broker


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__)
def test_options_are_spelt_as_celery_spells_them(module):
    """Celery takes any keyword in silence; each of ours must be one that it knows."""
    given = {
        keyword
        for name, options in vars(inspect.getmodule(module)).items()
        if name.isupper() and isinstance(options, dict) and name != "BY_KIND"
        for keyword in options
    }
    assert given
    assert given <= KNOWN


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__)
def test_tasks_are_thin(module):
    """A task calls one operation: ids in, at most loops that hand claims on."""
    tree = ast.parse(inspect.getsource(module))
    for function in (node for node in tree.body if isinstance(node, ast.FunctionDef)):
        statements = [node for node in ast.walk(function) if isinstance(node, ast.stmt)]
        assert len(statements) <= 10


@pytest.mark.parametrize(
    ("url", "broker"),
    [
        pytest.param("redis://:s@host:6379/2", "redis://:s@host:6379/2", id="tcp"),
        pytest.param("redis://host", "redis://host/0", id="first database"),
        pytest.param("redis://host?db=2&protocol=3", "redis://host/2", id="database and options in the query"),
        pytest.param("rediss://host/0", "rediss://host/0?ssl_cert_reqs=required", id="tls is verified"),
        pytest.param(
            "rediss://host/0?ssl_ca_certs=/etc/ca.pem",
            "rediss://host/0?ssl_cert_reqs=required&ssl_ca_certs=%2Fetc%2Fca.pem",
            id="tls with a CA of one's own",
        ),
        pytest.param("rediss://host?ssl_cert_reqs=none", "rediss://host/0?ssl_cert_reqs=none", id="tls unverified"),
        pytest.param("unix://:s@/run/s?db=3", "redis+socket://:s@/run/s?virtual_host=3", id="socket with password"),
        pytest.param("unix:///run/s?db=3", "redis+socket:///run/s?virtual_host=3", id="socket"),
        pytest.param("unix:///run/s", "redis+socket:///run/s?virtual_host=0", id="socket without number"),
    ],
)
def test_the_broker_is_the_store_in_its_own_spelling(url, broker):
    assert broker_url(url) == broker


@pytest.fixture
def shared(monkeypatch):
    """The shared time, by which Celery goes here, and the steady clock."""
    times = SimpleNamespace(now=START, steady=0.0)
    monkeypatch.setattr(tasks.timely, "services", lambda: SimpleNamespace(now=lambda: times.now))
    monkeypatch.setattr(tasks.timely.time, "monotonic", lambda: times.steady)
    return times


@pytest.mark.parametrize("days", [1, 365, 0.001])
def test_beat_sends_on_after_a_jump_forward_and_back(shared, monkeypatch, days):
    """By Celery's own scheduler nothing is sent until the clock has come to where it was."""
    scheduler, sent = TimelyScheduler(app, lazy=True), []
    scheduler.setup_schedule()
    monkeypatch.setattr(scheduler, "apply_entry", lambda entry, **_: sent.append(entry.name))
    monkeypatch.setattr(type(scheduler), "producer", None)

    def sent_within(seconds):
        sent.clear()
        for _ in range(seconds * 2):
            shared.now += timedelta(seconds=0.5)
            shared.steady += 0.5
            while scheduler.tick() == 0:
                pass
        return {name: sent.count(name) for name in ("tick", "watch", "pulse")}

    usual = sent_within(60)
    assert usual["tick"] >= 25
    for by in (timedelta(days=days), -timedelta(days=days)):
        shared.now += by
        after = sent_within(60)
        assert all(usual[name] - 1 <= after[name] <= usual[name] + 2 for name in usual), (usual, after)


@pytest.mark.parametrize(
    ("left", "expired"), [pytest.param(1, False, id="in time"), pytest.param(-1, True, id="too late")]
)
def test_a_message_expires_by_the_shared_time_whatever_the_workers_clock_says(shared, left, expired):
    request = TimelyRequest.__new__(TimelyRequest)
    request._app, request._request_dict, request.id = app, {}, "one"
    request._expires = shared.now + timedelta(seconds=left)
    assert request.maybe_expire() is expired
    assert all(app.tasks[name].Request == "tasks.timely:TimelyRequest" for name in OURS)
