"""The root of the command line: help, near misses, exit codes."""

import subprocess
import sys

import pytest


def staysub(*args: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "monitor", *args], capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    ("args", "code", "says"),
    [
        pytest.param(["--help"], 0, "Mailing-list subscription health monitor", id="help"),
        pytest.param(["--version"], 0, "staysub", id="version"),
        pytest.param(["no-such-thing"], 64, "There is no command 'no-such-thing'.", id="unknown command"),
        pytest.param(["--no-such-option"], 64, "No such option", id="unknown option"),
    ],
)
def test_the_root_command_answers_in_one_sentence(args, code, says):
    ended = staysub(*args)
    assert ended.returncode == code
    assert says in ended.stdout + ended.stderr
    assert "Traceback" not in ended.stderr
