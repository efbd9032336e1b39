"""A child that dies is started again where that is wanted, and an end that is asked for is the end of all."""

import os
import signal
import subprocess
import sys
import time

import pytest

from tests.harness import TOP, ended, wait_for

pytestmark = [pytest.mark.integration, pytest.mark.timeout(60)]

PARENT = """
import signal, sys, time, pathlib
from monitor.processes.forked import run_forked
folder = pathlib.Path(sys.argv[1])

def work(number):
    import os
    (folder / f"{number}-{os.getpid()}").touch()
    time.sleep(600)

orphans = {"orphans": signal.SIGQUIT} if sys.argv[2] == "again" else {}
sys.exit(run_forked(2, work, again=sys.argv[2] == "again", **orphans))
"""


def started(folder, how):
    environ = {**os.environ, "PYTHONPATH": str(TOP)}
    return subprocess.Popen([sys.executable, "-c", PARENT, folder, how], env=environ)


def pids(folder, number):
    return sorted(int(path.name.partition("-")[2]) for path in folder.glob(f"{number}-*"))


def gone(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGQUIT])
def test_one_that_is_killed_comes_again_and_the_other_works_on(tmp_path, number):
    parent = started(tmp_path, "again")
    wait_for(lambda: pids(tmp_path, 0) and pids(tmp_path, 1), "both children")
    (first,), (other,) = pids(tmp_path, 0), pids(tmp_path, 1)
    os.kill(first, signal.SIGKILL)
    wait_for(lambda: len(pids(tmp_path, 0)) == 2, "the child anew")
    assert pids(tmp_path, 1) == [other]
    assert not gone(other)
    parent.send_signal(number)
    ended(parent)
    assert all(gone(pid) for pid in (*pids(tmp_path, 0), other))


def test_an_end_that_is_asked_for_while_a_child_is_waited_for_is_not_put_off(tmp_path):
    parent = started(tmp_path, "again")
    for times in range(1, 5):  # after the fourth death the next start is eight seconds away
        wait_for(lambda times=times: len(pids(tmp_path, 0)) == times, "the child anew")
        pid = next(each for each in pids(tmp_path, 0) if not gone(each))
        os.kill(pid, signal.SIGKILL)
    wait_for(lambda: gone(pid), "its end")
    began = time.monotonic()
    parent.terminate()
    ended(parent)
    assert time.monotonic() - began < 5
    assert len(pids(tmp_path, 0)) == 4


def test_half_a_receiver_is_not_taken_for_a_whole_one(tmp_path):
    parent = started(tmp_path, "once")
    wait_for(lambda: pids(tmp_path, 0) and pids(tmp_path, 1), "both children")
    os.kill(pids(tmp_path, 0)[0], signal.SIGKILL)
    assert ended(parent) == 1
    assert gone(pids(tmp_path, 1)[0])


def test_one_that_is_put_off_makes_no_other_wait(tmp_path):
    """Each has a pause of its own: one after the other, the second began its pause at the end of the first one's."""
    parent = started(tmp_path, "again")
    for times in range(1, 6):  # after the fifth death the next start is 16 seconds away
        wait_for(lambda times=times: len(pids(tmp_path, 0)) == times, "the child anew")
        pid = next(each for each in pids(tmp_path, 0) if not gone(each))
        os.kill(pid, signal.SIGKILL)
    wait_for(lambda: gone(pid), "its end")
    (other,) = pids(tmp_path, 1)
    os.kill(other, signal.SIGKILL)
    wait_for(lambda: len(pids(tmp_path, 1)) == 2, "the other anew", within_s=10)
    assert len(pids(tmp_path, 0)) == 5
    parent.terminate()
    ended(parent)
    assert all(gone(pid) for number in (0, 1) for pid in pids(tmp_path, number))
