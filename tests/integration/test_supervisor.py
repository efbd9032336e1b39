"""The supervisor with real processes: restarts, words, a clean end, and an end by force."""

import os
import signal
import sys
import textwrap
import threading
import time
from pathlib import Path

import pytest

from monitor.processes.part import Part
from monitor.processes.supervisor import Supervisor
from tests.harness import wait_for

pytestmark = pytest.mark.integration


def python(code):
    return [sys.executable, "-c", textwrap.dedent(code)]


@pytest.fixture
def said():
    return []


@pytest.fixture
def supervisor(tmp_path, said):
    supervisor = Supervisor(log_dir=tmp_path / "log", say=said.append)
    with supervisor.signals_caught():
        yield supervisor
        supervisor.end()


def test_a_part_that_dies_is_started_again_and_its_last_words_are_told(supervisor, said, tmp_path):
    flag = tmp_path / "flag"
    supervisor.add(
        Part(
            name="web",
            argv=python(f"""
                import pathlib, time
                flag = pathlib.Path({str(flag)!r})
                if not flag.exists():
                    flag.touch()
                    raise SystemExit("staysub: 127.0.0.1:8025 is taken.")
                flag.write_text("second")
                time.sleep(60)
            """),
        )
    )
    assert supervisor.watch(lambda: flag.exists() and flag.read_text() == "second", limit_s=20)
    assert said == [f"web stopped: 127.0.0.1:8025 is taken. (Trying again in 1 s; {tmp_path}/log/web.log)"]
    assert "is taken" in (tmp_path / "log" / "web.log").read_text()


def test_errors_reach_the_terminal_and_the_rest_only_the_log(supervisor, said, tmp_path):
    lines = "2026-01-01 INFO all is well\\n2026-01-01 ERROR disk \\x1b[31m full\\nTraceback (most recent call last):\\n"
    supervisor.add(Part(name="worker", argv=python(f"import time; print('{lines}', flush=True); time.sleep(60)")))
    assert supervisor.watch(lambda: bool(said), limit_s=20)
    assert said == ["worker: 2026-01-01 ERROR disk ?[31m full"]
    assert "all is well" in (tmp_path / "log" / "worker.log").read_text()


def test_a_signal_ends_all_parts(supervisor, tmp_path):
    supervisor.add(Part(name="sleeper", argv=python("import time; time.sleep(60)")))
    pid = supervisor._parts[0]._process.pid
    threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGTERM)).start()
    assert supervisor.watch(limit_s=20) is False
    assert supervisor.ending
    supervisor.end()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_a_second_signal_ends_by_force(supervisor, tmp_path):
    deaf = """
        import pathlib, signal, sys, time
        for number in (signal.SIGTERM, signal.SIGQUIT):
            signal.signal(number, signal.SIG_IGN)
        pathlib.Path(sys.argv[1]).touch()
        time.sleep(60)
    """
    flag = tmp_path / "deaf"
    supervisor.add(Part(name="deaf", argv=[*python(deaf), str(flag)]))
    assert supervisor.watch(flag.exists, limit_s=20)
    threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGINT)).start()
    began = time.monotonic()
    supervisor.end()
    assert time.monotonic() - began < 5


def test_a_part_ends_with_a_supervisor_that_is_killed_outright(tmp_path):
    """Nobody is left to tell it: the system does."""
    flag = tmp_path / "pid"
    code = f"""
        import sys
        from pathlib import Path
        from monitor.processes.part import Part
        from monitor.processes.supervisor import Supervisor
        part = "from monitor.processes.supervised import end_with_supervisor as e; e(); import os, pathlib, time; " \\
               "pathlib.Path({str(flag)!r}).write_text(str(os.getpid())); time.sleep(60)"
        supervisor = Supervisor(log_dir=Path({str(tmp_path)!r}), say=print)
        supervisor.add(Part(name="part", argv=[sys.executable, "-c", part]))
        supervisor.watch(limit_s=60)
    """
    import subprocess

    master = subprocess.Popen(python(code))
    pid = int(wait_for(lambda: flag.exists() and flag.read_text(), "start of the part"))
    master.kill()
    master.wait()
    wait_for(lambda: not Path(f"/proc/{pid}").exists(), "end of the part")
