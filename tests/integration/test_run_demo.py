"""`staysub run` without a configuration, as a new user meets it: danger told, mended by one key, ended by Ctrl-C."""

import fcntl
import json
import os
import pty
import re
import signal
import socket
import subprocess
import sys
import termios
import time
import urllib.request
from contextlib import suppress
from pathlib import Path

import pytest

from monitor.processes.ports import has_ipv6
from tests.harness import TOP

pytestmark = [pytest.mark.integration, pytest.mark.timeout(300)]

ENVIRON = {**{k: v for k, v in os.environ.items() if k != "STAYSUB_CONFIG"}, "PYTHONPATH": str(TOP)}


def take_terminal():
    """Make the terminal on standard input the controlling one, so that Ctrl-C and the foreground mean something."""
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


class Run:
    """A `staysub run` in a terminal of its own."""

    def __init__(self, directory, *args):
        self.master, terminal = pty.openpty()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "monitor", *args, "run"],
            cwd=directory,
            env=ENVIRON,
            stdin=terminal,
            stdout=terminal,
            stderr=terminal,
            start_new_session=True,
            preexec_fn=take_terminal,  # noqa: PLW1509 - no threads here
        )
        os.close(terminal)
        os.set_blocking(self.master, False)
        self.said = ""

    def until(self, holds, within_s, what):
        """Wait until it holds, taking in what the terminal shows."""
        deadline = time.monotonic() + within_s
        while True:
            with suppress(BlockingIOError, OSError):
                self.said += os.read(self.master, 65536).decode(errors="replace").replace("\r\n", "\n")
            with suppress(OSError, ValueError):
                if found := holds():
                    return found
            if time.monotonic() > deadline:
                pytest.fail(f"not within {within_s} s: {what}\n{self.said}")
            time.sleep(0.2)

    def said_like(self, pattern, within_s):
        return self.until(lambda: re.search(pattern, self.said), within_s, pattern)

    def type(self, keys):
        os.write(self.master, keys)

    def children(self):
        found = subprocess.run(["ps", "-eo", "pid=,ppid="], capture_output=True, text=True, check=True).stdout
        return [int(pid) for pid, ppid in map(str.split, found.splitlines()) if int(ppid) == self.process.pid]


@pytest.fixture
def run(tmp_path):
    made = []

    def start(*args):
        made.append(Run(tmp_path, *args))
        return made[-1]

    yield start
    for one in made:
        if one.process.poll() is None:
            one.process.send_signal(signal.SIGTERM)
            one.process.wait(30)
        os.close(one.master)


def levels(pages):
    with urllib.request.urlopen(f"{pages}api/v1/lists", timeout=5) as answer:
        return {one["id"]: (one["level"], one["reason"]) for one in json.load(answer)["lists"]}


def reached(pages, name):
    """Whom mail can reach, once all domains are looked up and counted with a check."""
    with urllib.request.urlopen(f"{pages}api/v1/lists/{name}/reach", timeout=5) as answer:
        found = json.load(answer)
    return found if found["looked_up"] == found["to_look_up"] > 0 else None


@pytest.mark.skipif(not has_ipv6(), reason="this machine has no IPv6 loopback")
def test_the_demonstration_shows_who_is_in_danger_and_one_key_mends_it(run, tmp_path):
    """Within a minute the pages tell each story; `f` ends the one of Office 365; its owner is told; Ctrl-C ends all."""
    first = run()
    pages = first.said_like(r"Pages\s+(http://\S+)", 60)[1]
    first.until(lambda: levels(pages)["ipv6-ops"][0] == "critical", 120, "ipv6-ops in danger")
    first.until(lambda: all(levels(pages)[bad][0] in {"critical", "at-risk"} for bad in BAD), 120, "the others too")
    first.until(lambda: levels(pages)["chess-club"][0] == "watch", 90, "a name server that falters")
    first.until(lambda: "2001:db8:2::25" in levels(pages)["ipv6-ops"][1], 60, "its reason")
    there = first.until(lambda: reached(pages, "ipv6-ops"), 90, "its subscribers' domains looked up")
    assert there["about"] == "504 of 599 subscribers can be reached over IPv6 today. 95 over IPv4 alone."
    shown = levels(pages)
    assert "no SPF record" in shown["village-news"][1]
    assert "PTR" in shown["radio-hams"][1]
    assert shown["garden-club"][0] == "ok"
    first.said_like(r"mail to owner@ipv6-ops.example: .*ipv6-ops", 60)
    first.said_like(r"webhook to ipv6-ops: list.risk.raised \(signature right\)", 60)

    second = subprocess.run(
        [sys.executable, "-m", "monitor", "run"], cwd=tmp_path, env=ENVIRON, capture_output=True, text=True, check=False
    )
    assert second.returncode == 69
    assert f"already running on {tmp_path}/staysub-data/demo (process {first.process.pid})" in second.stderr

    first.type(b"f")
    first.said_like(r"ipv6-ops.example now says: .*ip6:2001:db8:2::25", 10)
    first.until(lambda: levels(pages)["ipv6-ops"][0] == "ok", 90, "ipv6-ops is well again")
    first.said_like(r"webhook to ipv6-ops: list.risk.resolved \(signature right\)", 60)

    parts = first.children()
    assert len(parts) >= 5
    first.type(b"\x03")
    first.until(lambda: first.process.poll() is not None, 20, "the end")
    assert first.process.returncode == 0
    assert "Stopped. Nothing is lost" in first.said
    assert not [pid for pid in parts if Path(f"/proc/{pid}").exists()]
    assert "Traceback" not in first.said


BAD = ("ipv6-ops", "village-news", "choir", "radio-hams")


def test_a_part_that_is_killed_comes_back_and_the_store_loses_nothing(run, tmp_path):
    """SIGKILL to every child at once: store, worker, beat, receiver, pages, world. The same run goes on."""
    one = run()
    pages = one.said_like(r"Pages\s+(http://\S+)", 60)[1]
    one.until(lambda: levels(pages), 30, "the pages answer")
    before = set(one.children())
    for pid in before:
        os.kill(pid, signal.SIGKILL)
    one.said_like(r"The embedded server had stopped; it runs again", 20)
    one.said_like(r"worker stopped: .*Trying again in 1 s", 20)
    one.until(lambda: len(set(one.children()) - before) >= len(before), 30, "all are back")
    assert one.until(lambda: levels(pages), 60, "the pages answer again")


def test_a_configuration_without_receiver_runs_and_says_so(run, tmp_path):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    (tmp_path / "staysub.toml").write_text(f'data_dir = "data"\n[web]\nlisten = "127.0.0.1:{port}"\n')
    one = run()
    one.said_like(r"Staysub watches 0 lists of .*staysub.toml. Its pages: http://127.0.0.1:\d+/", 60)
    assert "lists are checked, but not probed" in one.said
    assert "receiver stopped" not in one.said


def test_a_wrong_configuration_is_told_and_nothing_is_started(run, tmp_path):
    (tmp_path / "staysub.toml").write_text("[web]\nlisten = 8025\n")
    one = run()
    one.until(lambda: one.process.poll() is not None, 30, "the end")
    one.said_like(r"web.listen: must be an address and port", 5)
    assert one.process.returncode == 78
    assert not (tmp_path / "staysub-data").exists()
