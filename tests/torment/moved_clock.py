"""The parts' clock, which is moved while they run (libfaketime); ours stays."""

import os
from datetime import timedelta
from pathlib import Path
from typing import Final

from tests.integration.shifted_clock import SHARED, SLEEP, library


class MovedClock:
    """What time it is for processes that are started with `environ`: ours, and so much more or less."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "faketime"
        site = folder / "site"
        site.mkdir()
        (site / "sitecustomize.py").write_text(SLEEP)
        self.ahead = timedelta()
        self.move(timedelta())
        # Intervals are measured as ever; only the time of day moves. Times of files are those on disc.
        self.environ = {
            "LD_PRELOAD": str(library()),
            "FAKETIME_TIMESTAMP_FILE": str(self._file),
            "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "FAKETIME_FORCE_MONOTONIC_FIX": "0",
            "NO_FAKE_STAT": "1",
            "PYTHONPATH": os.pathsep.join((str(site), *filter(None, [os.environ.get("PYTHONPATH")]))),
            "TZ": "UTC",
        }

    def move(self, ahead: timedelta) -> None:
        """From now on it is so much later there than here."""
        self.ahead = ahead
        new = self._file.with_suffix(".new")
        new.write_text(f"{ahead.total_seconds():+.3f}\n")
        new.replace(self._file)


MEMORY: Final = Path("/dev/shm")  # noqa: S108 - where shm_open(3) has it


def forget(pid: int) -> None:
    """Take away the shared memory that libfaketime leaves behind of a process that was killed."""
    for name in SHARED:
        (MEMORY / f"{name}{pid}").unlink(missing_ok=True)
