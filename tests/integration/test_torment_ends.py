"""A torment that is interrupted ends, and leaves no process, no shared memory and no server's folder behind."""

import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from monitor.config.load import load
from tests.harness import TOP, ended, wait_for
from tests.integration.shifted_clock import SHARED, library
from tests.torment.moved_clock import MEMORY

pytestmark = [
    pytest.mark.integration,
    pytest.mark.skipif(library() is None, reason="libfaketime is not installed"),
]


def of(folder):
    """The processes that belong to that torment."""
    found = []
    for path in Path("/proc").glob("[0-9]*/environ"):
        with suppress(OSError):
            if str(folder).encode() in path.read_bytes():
                found.append(int(path.parent.name))
    return found


def left_in_memory(pids):
    return [path for path in MEMORY.iterdir() if path.name in {f"{name}{pid}" for name in SHARED for pid in pids}]


def test_a_torment_that_is_interrupted_leaves_nothing_behind(tmp_path):
    said = tmp_path / "said"
    environ = {**os.environ, "TMPDIR": str(tmp_path), "PYTHONPATH": str(TOP)}
    with said.open("wb") as out:
        background = ["sh", "-c", 'trap "" INT; exec "$@"', "sh"]  # as a shell starts what it does not wait for
        command = [*background, sys.executable, "-m", "tests.torment", "--minutes", "1", "--seed", "1"]
        torment = subprocess.Popen(command, env=environ, stdout=out, stderr=out, cwd=TOP)
    try:
        wait_for(lambda: b"Everything is started" in said.read_bytes(), within_s=60, said=said.read_text)
        pids = of(tmp_path)
        assert len(pids) >= 6, "the parts and Redis"
        (configured,) = tmp_path.glob("*/staysub.toml")
        socket = Path(load(configured).redis.url.reveal().removeprefix("unix://").partition("?")[0])
        assert socket.exists()
        torment.send_signal(signal.SIGINT)
        assert ended(torment) == 130, said.read_text()
    finally:
        torment.kill()
        torment.wait()
    assert of(tmp_path) == []
    assert left_in_memory(pids) == []
    assert not socket.parent.exists()
