"""Six of twenty lists have MTAs that drip octets without end: checks, the other probes and mails go on all the same."""

import os
import signal
import threading
import time
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from monitor.evidence.checks.source import CHECKS
from monitor.model.evidence import ProbeState
from monitor.model.incidents import NoticeState
from monitor.store import open_store
from tests.harness import STAYSUB, TOP, started, wait_for
from tests.integration.redis_server import redis_server
from tests.integration.slow_peers import drips, slow_peer
from tests.sample_notices import notice as a_mail

pytestmark = [pytest.mark.integration, pytest.mark.timeout(300)]

LISTS, DRIPPING = 20, 6
WITHIN_S = 75.0  # checks are due every 5 s; a submission that drips ends after 45 s, and before only at 120 s
HEAD = """
data_dir = "data"
[redis]
url = "{url}"
[dns]
nameservers = ["127.0.0.1:9"]
timeout = "1s"
[schedule]
check_every = "5s"
probe_every = "10s"
[receiver]
domain = "v6.probe.example.org"
hostname = "receiver.example.org"
[notices]
from = "staysub@example.org"
relay = "smtp://127.0.0.1:{relay}"
"""
LIST = """
[[list]]
id = "list-{number}"
address = "list-{number}@lists.example.org"
reverse_path = "list-{number}-bounces@lists.example.org"
helo = "mail.lists.example.org"
outbound = ["2001:db8:25::25"]
submission = "smtp://127.0.0.1:{port}"
owners = ["owner@example.org"]
"""


def takes(peer, _):
    """An SMTP server that takes everything."""
    said = peer.makefile("rwb", buffering=0)
    said.write(b"220 mx.example.org\r\n")
    in_data = False
    for line in said:
        if in_data:
            in_data = line != b".\r\n"
            if in_data:
                continue
        elif line.upper().startswith(b"DATA"):
            in_data = True
            said.write(b"354 go on\r\n")
            continue
        said.write(b"250 Ok\r\n")


@contextmanager
def part(name, path):
    log = path.with_name(f"{name}.log")
    options = {
        "cwd": path.parent,
        "env": {**os.environ, "STAYSUB_CONFIG": str(path), "PYTHONPATH": str(TOP)},
        "start_new_session": True,
    }
    arguments = ["--concurrency", "2"] if name == "worker" else []
    with started(
        [*STAYSUB, name, *arguments],
        log=log,
        stop=lambda process: os.killpg(process.pid, signal.SIGKILL),
        **options,
    ) as process:
        yield process


@contextmanager
def living_receiver(store):
    """The receiver's sign of life, without the receiver: what is probed need not arrive here."""
    stop = threading.Event()

    def live():
        while not stop.wait(5):
            with suppress(Exception):
                store.heartbeats.beat("receiver", datetime.now(UTC))

    store.heartbeats.beat("receiver", datetime.now(UTC))
    thread = threading.Thread(target=live, daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


@pytest.fixture
def ground(tmp_path):
    """Twenty lists, the last six of which have MTAs that drip."""
    with ExitStack() as stack:
        url = stack.enter_context(redis_server())
        good = stack.enter_context(slow_peer(takes))
        dripping = [stack.enter_context(slow_peer(drips(b"220-mx.example.org\r\n"))) for _ in range(DRIPPING)]
        ports = [good] * (LISTS - DRIPPING) + dripping
        path = tmp_path / "staysub.toml"
        lists = (LIST.format(number=number, port=port) for number, port in enumerate(ports))
        path.write_text(HEAD.format(url=url, relay=good) + "".join(lists))
        store = open_store(url)
        stack.enter_context(living_receiver(store))
        yield path, store


def checked_since(store, at):
    """The lists that had a check which began after that moment."""
    newest = {number: store.evidence.read(CHECKS, f"list-{number}", 1) for number in range(LISTS)}
    return {number for number, found in newest.items() if found and found[0].evaluated_at > at}


def tried(store, number):
    """Whether somebody is at the probe of that list, or was."""
    probes = store.probes.of_list(f"list-{number}", 1)
    return bool(probes)


def test_checks_probes_and_mails_go_on_whatever_some_mtas_do(ground):
    path, store = ground
    slow = range(LISTS - DRIPPING, LISTS)
    with part("worker", path), part("beat", path):
        # Two processes, as there were for everything: enough to hold both.
        wait_for(lambda: sum(tried(store, number) for number in slow) >= 2, "probes to two who drip", within_s=WITHIN_S)
        held_at = datetime.now(UTC)
        notice = replace(
            a_mail(), list_id="list-0", target="owner@example.org", created_at=held_at, next_attempt_at=held_at
        )
        store.notices.add([notice])
        began = time.monotonic()
        wait_for(lambda: len(checked_since(store, held_at)) == LISTS, "check of every list", within_s=WITHIN_S)
        wait_for(
            lambda: all(
                any(probe.state is ProbeState.SUBMITTED for probe in store.probes.of_list(f"list-{number}", 5))
                for number in range(LISTS - DRIPPING)
            ),
            "probe to every MTA that answers",
            within_s=WITHIN_S,
        )
        wait_for(
            lambda: store.notices.get(notice.id).state is NoticeState.DELIVERED,
            "mail",
            within_s=WITHIN_S,
            said=lambda: store.notices.get(notice.id),
        )
        assert time.monotonic() - began < WITHIN_S
        for number in slow:
            (probe, *_) = store.probes.of_list(f"list-{number}", 1)
            assert probe.state in {ProbeState.SCHEDULED, ProbeState.LOST}, (
                "our impatience is no answer of the list's MTA"
            )
        assert store.heartbeats.all()["beat"].timestamp() > time.time() - 15, "the clock stands still"
