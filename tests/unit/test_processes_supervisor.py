"""How long a failing part rests, and how large its log may grow."""

import pytest

from monitor.processes.logfile import BoundedLog
from monitor.processes.supervisor import pause_before_restart
from tests.harness import nothing_raised


@pytest.mark.parametrize(("failures", "pause"), [(1, 1), (2, 2), (3, 4), (5, 16), (6, 30), (2000, 30)])
def test_the_pause_doubles_up_to_half_a_minute(failures, pause):
    assert pause_before_restart(failures) == pause


def test_a_log_keeps_its_last_lines_within_twice_its_limit(tmp_path):
    log = BoundedLog(tmp_path / "log" / "part.log", limit=100)
    for n in range(100):
        log.write(b"line %03d\n" % n)
    log.close()
    files = sorted((tmp_path / "log").iterdir())
    assert [file.name for file in files] == ["part.log", "part.log.1"]
    assert all(file.stat().st_size <= 100 for file in files)
    assert files[0].read_bytes().endswith(b"line 099\n")
    assert files[0].stat().st_mode & 0o777 == 0o600


def test_a_log_that_cannot_be_written_is_no_failure(tmp_path):
    (tmp_path / "part.log").mkdir()
    with nothing_raised():
        BoundedLog(tmp_path / "part.log").write(b"line\n")
