"""`staysub run` killed outright, its configuration changed, its terminal closed: nothing is lost or left."""

import json
import os
import signal
import subprocess
import urllib.request
from contextlib import suppress
from pathlib import Path

import pytest

from tests.harness import STAYSUB, TOP, free_port, wait_for

pytestmark = [pytest.mark.integration, pytest.mark.timeout(180)]

LIST = """
[[list]]
id = "{name}"
address = "{name}@a.example"
reverse_path = "b@a.example"
helo = "m.a.example"
outbound = ["2001:db8::1"]
"""


def until(holds, within_s, what):
    def found():
        with suppress(OSError, ValueError):
            return holds()
        return None

    return wait_for(found, what, within_s=within_s, every_s=0.2)


class Ground:
    """A directory with a configuration whose name servers are nobody, and the runs made on it."""

    def __init__(self, directory):
        self.directory = directory
        self.web, dns = free_port(), free_port()
        self.head = (
            f'data_dir = "data"\n[web]\nlisten = "127.0.0.1:{self.web}"\n[schedule]\ncheck_every = "5s"\n'
            f'[dns]\nnameservers = ["127.0.0.1:{dns}"]\ntimeout = "1s"\n'
        )
        self.runs = []

    def write(self, text):
        (self.directory / "staysub.toml").write_text(self.head + text)

    def run(self):
        environ = {**{k: v for k, v in os.environ.items() if k != "STAYSUB_CONFIG"}, "PYTHONPATH": str(TOP)}
        with (self.directory / f"out{len(self.runs)}").open("wb") as out:
            one = subprocess.Popen(
                [*STAYSUB, "run"],
                cwd=self.directory,
                env=environ,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                start_new_session=True,
            )
        self.runs.append(one)
        return one

    def said(self, n):
        return (self.directory / f"out{n}").read_text()

    def get(self, path):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.web}{path}", timeout=5) as answer:
            return answer.read().decode()

    def lists(self):
        return {one["id"]: one for one in json.loads(self.get("/api/v1/lists"))["lists"]}


@pytest.fixture
def ground(tmp_path):
    ground = Ground(tmp_path)
    yield ground
    for one in ground.runs:
        if one.poll() is None:
            one.terminate()
            one.wait(30)


def alive(pids):
    return [pid for pid in pids if Path(f"/proc/{pid}").exists()]


def children(pid):
    found = subprocess.run(["ps", "-eo", "pid=,ppid="], capture_output=True, text=True, check=True).stdout
    return [int(child) for child, parent in map(str.split, found.splitlines()) if int(parent) == pid]


def test_killed_outright_it_takes_its_parts_along_and_the_next_run_goes_on(ground):
    """The store alone outlives its master, and is taken over by the next one with all that it knows."""
    ground.write(LIST.format(name="a"))
    first = ground.run()
    before = until(lambda: ground.lists()["a"]["assessed_at"], 60, "a first assessment")
    parts = children(first.pid)
    first.kill()
    first.wait()
    until(lambda: len(alive(parts)) <= 1, 30, "the parts end by themselves")
    second = ground.run()
    until(lambda: ground.lists()["a"]["assessed_at"] >= before, 60, "what was known is known")
    until(lambda: not alive(parts), 5, "the old store is gone")
    assert second.poll() is None


def test_a_changed_file_is_taken_up_and_a_wrong_one_is_told_on_the_pages(ground):
    ground.write(LIST.format(name="a"))
    ground.run()
    until(lambda: "a" in ground.lists(), 60, "the pages")
    ground.write(LIST.format(name="a") + LIST.format(name="later"))
    until(lambda: ground.lists()["later"]["assessed_at"], 60, "a list that was added is checked")
    ground.write("surprise = 1\n")
    until(lambda: "surprise" in ground.get("/"), 10, "the fault on the page")
    assert set(ground.lists()) == {"a", "later"}
    assert ground.lists()["a"]["level"] == "unknown"


def test_a_closed_terminal_ends_it_cleanly(ground):
    ground.write("")
    one = ground.run()
    until(lambda: ground.get("/healthz"), 60, "the pages")
    parts = children(one.pid)
    os.killpg(one.pid, signal.SIGHUP)  # as the system does with a terminal's foreground group
    assert one.wait(30) == 0
    assert not alive(parts)
    assert "Traceback" not in ground.said(0)


def test_a_log_of_the_configuration_is_followed(ground):
    """A part of its own; what it reads is the list's at once."""
    (ground.directory / "mail.log").write_text(
        "2026-11-28T19:50:00+00:00 mx postfix/qmgr[2]: 4F00000001: from=<b@a.example>, size=900, nrcpt=1 (queue active)\n"
    )
    ground.write('[[mta_log]]\nkind = "postfix"\npath = "mail.log"\n' + LIST.format(name="one"))
    ground.run()
    log = ground.directory / "data" / "log" / "follow-postfix.log"
    until(lambda: "log_read" in log.read_text(), 60, "line of the log")
    parts = until(lambda: json.loads(ground.get("/api/v1/parts")), 30, "answer")
    assert "follow:postfix" in str(parts)
