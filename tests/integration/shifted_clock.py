"""A clock of their own for programs: days pass in an instant, in all of them at once (libfaketime).

    with shifted_clock(folder) as clock:
        subprocess.Popen(…, env={**os.environ, **clock.environ})
        clock.go_to(datetime(…))       # from now on it is then, and goes on from there
        clock.jump(timedelta(days=1))  # as a clock that was set wrong jumps
        clock.jump(-timedelta(days=1))  # as one that is put right does

Intervals are those of the machine all the time, as for a program whose clock is set. A story goes forward only and is
never behind the machine's own clock: what programs write to disc would else be of the future. Jumps may go anywhere.
"""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from tests.harness import TOP, started, wait_for

PLACES: Final = ("usr/lib/*/faketime/libfaketimeMT.so.1", "usr/lib/faketime/libfaketimeMT.so.1")
# libfaketime 0.9.10 takes clock_nanosleep() to a moment of the monotonic clock, which is how Python sleeps, for one of
# the shifted clock.
SLEEP: Final = "import select, time\ntime.sleep = lambda seconds: select.select([], [], [], seconds)\n"
SHARED: Final = ("faketime_shm_", "sem.faketime_sem_")  # in /dev/shm, behind each the id of the first process


def library() -> Path | None:
    """Where libfaketime is; None where it is not."""
    return next((path for place in PLACES for path in Path("/").glob(place)), None)


class ShiftedClock:
    """What time it is for programs that are started with its environment, and here by `now`."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "faketime"
        self._ahead = timedelta()
        self._write()
        (folder / "site").mkdir()
        (folder / "site" / "sitecustomize.py").write_text(SLEEP)
        # Intervals are measured as ever. Times of files stay as they are on disc, so that a program finds what it set.
        self.environ = {
            "LD_PRELOAD": str(library()),
            "FAKETIME_TIMESTAMP_FILE": str(self._file),
            "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "FAKETIME_FORCE_MONOTONIC_FIX": "0",  # it takes Python's threads seconds to wait for each other
            "NO_FAKE_STAT": "1",
            "PYTHONPATH": f"{folder / 'site'}{os.pathsep}{TOP}",
            "TZ": "UTC",
        }

    def now(self) -> datetime:
        """This moment there."""
        return datetime.now(UTC) + self._ahead

    def go_to(self, moment: datetime) -> None:
        """Let it be that moment."""
        ahead = moment - datetime.now(UTC)
        assert ahead >= self._ahead, f"{moment} is past"
        self._ahead = ahead
        self._write()

    def jump(self, by: timedelta) -> None:
        """Let it be so much later, or earlier, than it is."""
        self._ahead += by
        self._write()

    def _write(self) -> None:
        new = self._file.with_suffix(".new")
        new.write_text(f"{self._ahead.total_seconds():+.3f}\n")
        new.chmod(0o644)  # each program reads it under its own user
        new.replace(self._file)


@contextmanager
def shifted_clock(folder: Path) -> Iterator[ShiftedClock]:
    """A clock whose file is in `folder`.

    A program that is killed would leave shared memory of its own behind; here all use that of one, which goes at last.
    """
    clock = ShiftedClock(folder)
    with started(["sleep", "infinity"], env={**os.environ, **clock.environ}, stop=subprocess.Popen.kill) as first:
        shared = [Path("/dev/shm") / f"{name}{first.pid}" for name in SHARED]  # noqa: S108 - shm_open(3) has them there
        try:
            wait_for(lambda: all(each.exists() for each in shared), "shared memory of libfaketime")
            named = f"/faketime_sem_{first.pid} /faketime_shm_{first.pid}"
            clock.environ["FAKETIME_SHARED"] = named
            yield clock
        finally:
            for each in shared:
                each.unlink(missing_ok=True)
