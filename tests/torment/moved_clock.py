"""The parts' clock, which is moved while they run (libfaketime); ours stays."""

from datetime import timedelta
from pathlib import Path
from typing import Final

from tests.integration.shifted_clock import SHARED, ShiftedClock

MEMORY: Final = Path("/dev/shm")  # noqa: S108 - where shm_open(3) has it


class MovedClock(ShiftedClock):
    """A clock whose processes share nothing but its file: one that is killed leaves no lock behind for the others."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        super().__init__(folder)

    @property
    def ahead(self) -> timedelta:
        """By how much it is later there than here."""
        return self._ahead


def forget(pid: int) -> None:
    """Take away the shared memory that libfaketime leaves behind of a process that was killed."""
    for name in SHARED:
        (MEMORY / f"{name}{pid}").unlink(missing_ok=True)
