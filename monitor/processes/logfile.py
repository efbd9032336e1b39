"""A log file that cannot fill the disk: when it is full it becomes `.1`, and the former `.1` goes."""

import os
from pathlib import Path
from typing import IO

FILE_BYTES = 2_000_000  # so that one part's logs never take more than twice this


class BoundedLog:
    """Appends bytes to a file of bounded size, readable by its owner only.

    A full disk loses log lines, nothing else.
    """

    def __init__(self, path: Path, *, limit: int = FILE_BYTES) -> None:
        self.path = path
        self._limit = limit
        self._file: IO[bytes] | None = None
        self._size = 0

    def write(self, line: bytes) -> None:
        """Append and flush."""
        try:
            if self._file is None:
                self._open()
            elif self._size + len(line) > self._limit:
                self._turn_over()
            if self._file is not None:
                self._size += self._file.write(line)
        except OSError:
            self.close()

    def close(self) -> None:
        """Close the file; a later write opens it again."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def _open(self) -> None:
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        self._file = os.fdopen(descriptor, "ab", buffering=0)
        self._size = os.fstat(descriptor).st_size

    def _turn_over(self) -> None:
        self.close()
        self.path.replace(self.path.with_name(self.path.name + ".1"))
        self._open()
