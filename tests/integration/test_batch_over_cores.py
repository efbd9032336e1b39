"""A long batch over several processes: the same answers in the same order, and no wait for one that was killed."""

import json
import multiprocessing
import os
import signal
import subprocess
from datetime import UTC, datetime

import pytest

from bench.mix import build
from monitor.cli.check.batch import numbered
from monitor.cli.check.batch_over_cores import CHUNK, over_cores
from monitor.dns.resolver import system_resolver
from monitor.errors import Unavailable
from tests.harness import STAYSUB, wait_for
from tests.servers import Gate, needs_nsd, nsd, zone_text

pytestmark = [pytest.mark.integration, needs_nsd]

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
LINES = 2 * CHUNK + 200


@pytest.fixture(scope="module")
def questions(tmp_path_factory):
    """The port of a name server, and lines of which every hundredth is no question."""
    zones, domains = build(LINES)
    lines = [
        json.dumps({"mail_from": f"b@{one.name}", "helo": "x.example", "client_ip": [str(ip) for ip in one.clients]})
        for one in domains
    ]
    lines[::100] = ["no question"] * len(lines[::100])
    with nsd(tmp_path_factory.mktemp("nsd"), {"": zone_text(zones)}) as port:
        yield port, [line.encode() for line in lines]


def answered(port, lines, cores):
    with over_cores(numbered(lines), system_resolver([f"127.0.0.1:{port}"]), now=NOW, cores=cores) as found:
        return list(found)


def test_several_processes_give_what_one_gives(questions):
    port, lines = questions
    one, several = answered(port, lines, 1), answered(port, lines, 2)
    assert "".join(some.text for some in several) == "".join(some.text for some in one)
    assert [some.lines for some in several] == [CHUNK, CHUNK, 200]
    assert sum(some.wrong for some in several) == sum(some.wrong for some in one) == len(lines[::100])
    last = [json.loads(line) for some in several for line in some.text.splitlines()][1200]
    assert last["line"] == 1201, "lines are counted in the whole batch"
    assert {some.trouble for some in (*one, *several)} == {None}


def test_trouble_of_our_own_is_told_by_whoever_meets_it(questions):
    _, lines = questions
    first, _ = answered(1, lines[: CHUNK + 1], 2)
    assert "Our own resolver or network does not answer" in first.trouble


def test_a_process_that_is_killed_is_one_sentence(questions):
    port, lines = questions
    with (
        Gate(port, lambda *_: "drop") as gate,
        over_cores(numbered(lines), system_resolver([f"127.0.0.1:{gate.port}"]), now=NOW, cores=2) as found,
    ):
        os.kill(multiprocessing.active_children()[0].pid, signal.SIGKILL)
        with pytest.raises(Unavailable, match="A process of the batch was killed"):
            next(found)


def test_none_is_left_behind_by_a_command_that_is_killed(questions, tmp_path):
    port, lines = questions
    (tmp_path / "batch").write_bytes(b"\n".join(lines))
    with Gate(port, lambda *_: "drop") as gate:
        command = [*STAYSUB, "check", "--batch", tmp_path / "batch"]
        command += ["--nameserver", f"127.0.0.1:{gate.port}"]
        with subprocess.Popen(command, stdout=subprocess.DEVNULL) as running:
            wait_for(lambda: gate.asked, "question")
            children = children_of(running.pid)
            running.kill()
    assert children or os.cpu_count() == 1
    wait_for(lambda: not any(is_running(pid) for pid in children), "end of each process")


def children_of(pid):
    told = subprocess.run(["ps", "-o", "pid=", "--ppid", str(pid)], capture_output=True, text=True, check=False)
    return [int(each) for each in told.stdout.split()]


def is_running(pid):
    told = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return bool(told.stdout.strip()) and not told.stdout.startswith("Z")
