"""Where no file may be opened any more, that is our own trouble: nothing is thought of an endpoint, server or list."""

import errno
import gc
import json
import multiprocessing
import os
import resource
import socket
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address, ip_network
from pathlib import Path

import pytest

from monitor.admission.rules import load_rules
from monitor.config.settings import Settings
from monitor.dns.exchange import exchange
from monitor.dns.resolution import Attempt
from monitor.dns.resolver import SystemResolver
from monitor.dns.servers import Server
from monitor.dns.wire import question
from monitor.http.endpoint import call
from monitor.managers.mailman3 import client as mailman
from monitor.model.incidents import NoticeState
from monitor.operations import deliver as notices
from monitor.operations.direct_probe import is_here
from monitor.operations.services import Services
from monitor.smtp.submission import submit
from tests.harness import TOP
from tests.integration.slow_peers import is_silent, slow_peer
from tests.sample_notices import SECRET, mailing_list, notice
from tests.seed import claim_notices

pytestmark = [pytest.mark.integration, pytest.mark.timeout(60)]

NOW = datetime(2026, 11, 27, tzinfo=UTC)
LOCAL = (ip_network("127.0.0.0/8"),)
WITHIN = timedelta(seconds=2)


@contextmanager
def files_left(number):
    """So many files may still be opened by this process; what earlier tests left behind closes none meanwhile."""
    gc.collect()
    gc.disable()
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    held, spare = [], [os.open(os.devnull, os.O_RDONLY) for _ in range(number)]
    highest = max(int(each.name) for each in Path("/proc/self/fd").iterdir()) + 1
    resource.setrlimit(resource.RLIMIT_NOFILE, (highest, hard))
    try:
        while True:
            try:
                held.append(os.open(os.devnull, os.O_RDONLY))
            except OSError:
                break
        for each in spare:
            os.close(each)
        yield
    finally:
        for each in held:
            os.close(each)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        gc.enable()


def hand_over(host, port):
    return submit(
        f"smtp://{host}:{port}",
        reverse_path="a@lists.example.org",
        forward_path="b@v6.probe.example.org",
        message=b"x",
        timeout=WITHIN,
        helo="staysub.example.org",
    )


def ask(port, *, tcp):
    asked = question((b"lists", b"example", b"org"), "TXT")
    return exchange(Attempt(Server("127.0.0.1", port), tcp=tcp, edns=True, asked=asked, timeout_s=1.0))


TRIES = {
    "endpoint": lambda port: call("GET", f"http://127.0.0.1:{port}/", allow_networks=LOCAL, timeout=WITHIN, now=NOW),
    "endpoint by name": lambda port: call(
        "GET", f"http://localhost:{port}/", allow_networks=LOCAL, timeout=WITHIN, now=NOW
    ),
    "list manager": lambda port: mailman.Client(f"http://127.0.0.1:{port}", "u", "p").roster(
        "x", "x@example.org", now=NOW
    ),
    "MTA": lambda port: hand_over("127.0.0.1", port),
    "MTA by name": lambda port: hand_over("localhost", port),
    "DNS": lambda port: ask(port, tcp=False),
    "DNS over TCP": lambda port: ask(port, tcp=True),
    "resolver": lambda port: SystemResolver([Server("127.0.0.1", port)], timeout_s=1.0).lookup("a.example.org", "TXT"),
    "an address of our own": lambda _: is_here(ip_address("::1")),
}
APART = "import sys; from tests.integration.test_out_of_files import tell; tell(int(sys.argv[1]))"


def tried(left, name, port):
    """What comes of one where so many files may be opened."""
    with files_left(left):
        try:
            return str(TRIES[name](port))
        except Exception as error:  # noqa: BLE001 - whatever it is, it is told
            return f"{type(error).__name__}: {error}"


def tell(port):
    """What comes of each, as JSON: each in a process of its own, in which no other closes a file meanwhile."""
    with multiprocessing.get_context("fork").Pool(1, maxtasksperchild=1) as alone:
        told = {f"{left} {name}": alone.apply(tried, (left, name, port)) for left in (0, 1) for name in TRIES}
    sys.stdout.write(json.dumps(told))


@pytest.fixture(scope="module")
def told():
    environ = {**os.environ, "PYTHONPATH": str(TOP)}
    with slow_peer(is_silent) as port:
        words = [sys.executable, "-c", APART, str(port)]
        run = subprocess.run(words, cwd=TOP, env=environ, check=True, capture_output=True, timeout=50)
    return json.loads(run.stdout)


@pytest.mark.parametrize("name", TRIES)
@pytest.mark.parametrize("left", [0, 1])
def test_what_cannot_be_opened_is_our_own_trouble(told, name, left):
    """With one file left there is a socket, and nothing beside it that cuts it off; or a selector, and no socket."""
    if (left, name) == (1, "an address of our own"):
        assert told["1 an address of our own"] == "True"
        return
    assert told[f"{left} {name}"].startswith("OutOfFiles: ")
    assert "may open no more files" in told[f"{left} {name}"]


def house(store, url, number):
    """That many notices which are due at one endpoint; the services that deliver them, and their ids."""
    listed = mailing_list(webhook=[{"url": url, "secret": SECRET}])
    settings = Settings.model_validate(
        {"list": [listed], "notices": {"allow_networks": ["127.0.0.0/8"]}}, by_alias=True
    )
    made = notice("webhook", webhook=[{"url": url, "secret": SECRET}])
    store.notices.add(
        [replace(made, id=f"msg_{each:026}", created_at=NOW, next_attempt_at=NOW) for each in range(number)]
    )
    unasked = {"resolver": None, "authorities": None}
    services = Services(settings=lambda: settings, store=store, rules=load_rules(), now=lambda: NOW, **unasked)
    return services, claim_notices(store, NOW, limit=number)


def test_a_notice_that_could_not_be_tried_is_not_a_try(store, monkeypatch):
    """Nothing is written of an endpoint that was not called; the lease brings the notice again."""

    def none_left(*_, **__):
        raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))

    services, ids = house(store, "http://127.0.0.1:9/", 1)
    with monkeypatch.context() as patched:
        patched.setattr(socket, "create_connection", none_left)
        notices.deliver(services, ids)
    kept = store.notices.get(ids[0])
    assert (kept.state, kept.attempts) == (NoticeState.PENDING, ())
    assert claim_notices(store, NOW + timedelta(minutes=4)) == ids


def test_all_tasks_together_make_no_more_tries_than_there_are_files_for(store, monkeypatch):
    """Eight tasks of 200 notices to endpoints that are silent: each try holds two open files."""
    at_it, most, lock = 0, 0, threading.Lock()

    def silent(one, *_, **__):
        nonlocal at_it, most
        with lock:
            at_it += 1
            most = max(most, at_it)
        time.sleep(0.2)
        with lock:
            at_it -= 1
        return one

    monkeypatch.setattr(notices, "deliver_notice", silent)
    services, ids = house(store, "http://127.0.0.1:9/", 600)
    with ThreadPoolExecutor(3) as tasks:
        for start in range(0, 600, 200):
            tasks.submit(notices.deliver, services, ids[start : start + 200], hands=notices.CALLERS)
    assert 100 < most <= 150
