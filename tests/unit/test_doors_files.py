"""The limit of open files, in a process of the test's own."""

import resource
import subprocess
import sys

import pytest

from monitor.doors.files import allow_files

CHILD = """
import resource, sys
from monitor.doors.files import allow_files
resource.setrlimit(resource.RLIMIT_NOFILE, (100, int(sys.argv[1])))
print(allow_files(200), resource.getrlimit(resource.RLIMIT_NOFILE)[0])
"""


@pytest.mark.parametrize(("hard", "allowed"), [(300, 200), (150, 150)])
def test_the_limit_is_raised_as_far_as_it_goes(hard: int, allowed: int) -> None:
    child = subprocess.run([sys.executable, "-c", CHILD, str(hard)], capture_output=True, text=True, check=True)
    assert child.stdout.split() == [str(allowed)] * 2


def test_where_the_system_forbids_it_what_there_is_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """A systemd unit can forbid the call; the server starts all the same, with fewer connections."""

    def forbidden(*_: object) -> None:
        raise PermissionError

    monkeypatch.setattr(resource, "setrlimit", forbidden)
    monkeypatch.setattr(resource, "getrlimit", lambda _: (100, 300))
    assert allow_files(200) == 100
