"""A log file that is turned now and then, with its predecessors, read on from where it was left.

A file is known by its first line, so it does not matter that it is renamed (`mail.log` to `mail.log.1`), copied and cut
off (`copytruncate`), packed (`.2.gz`) or all of these between two looks: what of it was read is known, and no octet is
given twice. The file system is looked at each half second; nothing needs to be told by anybody.
"""

import logging
import os
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Final

from monitor.follow.batch import Batch
from monitor.follow.lines import part
from monitor.follow.names import predecessors
from monitor.follow.opened import Head, OpenedFile
from monitor.follow.packed import BROKEN, CannotUnpack
from monitor.follow.permission import why_unreadable

log = logging.getLogger(__name__)

LOOK_S: Final = 0.5
BLOCK_OCTETS: Final = 1 << 18  # longer than a line may be, so that each block ends one
SHORTER_S: Final = 5.0  # how long a file must be shorter than what was read of it: a copy of it grows faster
PACKED_DONE: Final = "z"  # before a packed file's mark, in the octets of a place: all of it was read
SEEN_MOST: Final = 10_000

_Number = tuple[int, int]  # device, inode
_Look = tuple[int, int]  # size in octets, time of change in nanoseconds


class LogFiles:
    """The log at that path."""

    def __init__(self, path: Path, octets: Mapping[str, int], *, since: float) -> None:
        """`octets` as in LogPlace; files that are not known by them and changed before `since` are left out."""
        self._path = path
        self._octets = dict(octets)
        self._since = since
        self._seen: dict[_Number, _Look] = {}  # files of which nothing is left, as they were then
        self._began: dict[_Number, int] = {}  # where their first lines begin
        self._shorter: dict[str, tuple[int, float]] = {}  # digest → its size, and since when
        self._packed: tuple[_Number, _Look, OpenedFile] | None = None
        self._look_at = 0.0

    def close(self) -> None:
        """Let go of what is open."""
        if self._packed is not None:
            self._packed[2].close()
            self._packed = None

    def read(self, most: int, within_s: float) -> Batch:
        """As LogSource.read; lines of one file each time, the oldest first."""
        deadline = time.monotonic() + within_s
        time.sleep(max(0.0, min(self._look_at, deadline) - time.monotonic()))
        if time.monotonic() < self._look_at:
            return Batch()
        found = self._look(most, deadline)
        self._octets.update(found.octets)
        self._look_at = time.monotonic() + LOOK_S if found.at_end else 0.0
        return found

    def _look(self, most: int, deadline: float) -> Batch:
        """What is left of the first file of which something is.

        The log is opened before its predecessors are looked for: so all that was written before it is there by then.
        """
        try:
            itself = OpenedFile(self._path)
        except OSError as error:
            return self._first(self._names(), most, deadline) or Batch(problem=why_unreadable(self._path, error))
        with itself:
            if itself.packed:
                return self._first([*self._names(), self._path.name], most, deadline) or Batch()
            number, look = _of(itself.stat())
            head = itself.head(self._began.get(number, 0))
            before = self._first(self._names(), most, deadline)
            if before is not None or head is None or self._seen.get(number) == look:
                return before or Batch()
            batch = self._left_of(itself, head, most, deadline, grows=True)
            if batch is None and head.digest not in self._shorter:
                self._note_seen(number, look)
            return batch or Batch()

    def _names(self) -> list[str]:
        """Its predecessors, oldest first; those that are known to the last octet too."""
        stem = self._path.name.rpartition(".")[0] or self._path.name
        changed: dict[str, float] = {}
        with suppress(OSError), os.scandir(self._path.parent) as entries:  # not all that may be entered may be listed
            for entry in entries:
                if entry.name.startswith(stem):
                    with suppress(OSError):
                        changed[entry.name] = entry.stat().st_mtime
        return predecessors(self._path.name, changed)

    def _first(self, names: Sequence[str], most: int, deadline: float) -> Batch | None:
        """What is left of the first of these files of which something is; None where nothing is."""
        for name in names:
            path = self._path.with_name(name)
            with suppress(OSError):  # it was renamed meanwhile, or is nobody's to read
                number, look = _of(path.stat())
                if self._seen.get(number) == look:
                    continue
                try:
                    batch = self._of_predecessor(path, most, deadline)
                except CannotUnpack as error:
                    self._tell_broken(path, number, look, error)
                    continue
                if batch is not None:
                    return batch
        return None

    def _of_predecessor(self, path: Path, most: int, deadline: float) -> Batch | None:
        """What is left of it, whatever has that name now. Raises OSError."""
        opened = self._open(path)
        number, look = _of(opened.stat())
        batch = None
        try:
            done = PACKED_DONE + opened.mark() if opened.packed else ""
            head = None if done in self._octets else opened.head(self._began.get(number, 0))
            if head is not None:
                batch = self._left_of(opened, head, most, deadline, done=done)
            if batch is None:
                self._note_seen(number, look)
        except BROKEN as error:
            batch = None
            self._tell_broken(path, number, look, error)
        finally:
            if batch is None or batch.at_end or not opened.packed:
                self.close()
                opened.close()
        return batch

    def _open(self, path: Path) -> OpenedFile:
        """The file; a packed one stays open, as it would have to be unpacked from its beginning each time."""
        if self._packed is not None:
            if self._packed[:2] == _of(path.stat()):
                return self._packed[2]
            self.close()
        opened = OpenedFile(path)
        if opened.packed:
            self._packed = (*_of(opened.stat()), opened)
        return opened

    def _left_of(
        self, opened: OpenedFile, head: Head, most: int, deadline: float, *, grows: bool = False, done: str = ""
    ) -> Batch | None:
        """What is left of an open file, as much as is asked for; None where nothing is. Raises BROKEN.

        `done`: under what it is noted that nothing is left of a packed one.
        """
        found = opened.stat()
        self._began[_of(found)[0]] = head.at
        place = self._octets.get(head.digest)
        if place is None and found.st_mtime < self._since:
            return None
        if place is not None and grows:
            shorter = self._cut_off_at(opened, head, abs(place))
            place = place if shorter is None else shorter
        batch = self._read(opened, head, place or 0, most, deadline)
        octets = dict(batch.octets)
        if done and batch.at_end and not batch.problem:
            octets[done] = abs(octets[head.digest])
        if batch.problem and not batch.lines:
            raise EOFError(batch.problem)
        changed = {name: each for name, each in octets.items() if self._octets.get(name) != each}
        return replace(batch, octets=changed, changed_at=found.st_mtime, problem="") if changed else None

    def _cut_off_at(self, opened: OpenedFile, head: Head, place: int) -> int | None:
        """Where to go on if the log, being what it was, has been shorter for a while than what was read of it."""
        size = opened.stat().st_size
        if size >= place or opened.head(head.at) != head:
            self._shorter.pop(head.digest, None)
            return None
        first, since = self._shorter.setdefault(head.digest, (size, time.monotonic()))
        if time.monotonic() - since < SHORTER_S:
            return None
        log.warning("log_shorter", extra={"path": str(self._path), "octets": first, "read": place})
        return first

    def _read(self, opened: OpenedFile, head: Head, place: int, most: int, deadline: float) -> Batch:
        """Lines from that place on; a problem is one of a packed file, behind the lines that could be read."""
        lines: list[bytes] = []
        at, inside, problem, at_end = abs(place), place < 0, "", False
        while not at_end and len(lines) < most and (time.monotonic() < deadline or not lines):
            try:
                block = opened.read(at, BLOCK_OCTETS)
            except BROKEN as error:
                at_end, problem = True, str(error) or type(error).__name__
                break
            # What it is behind a block, it was when the block was read: what is cut off begins with another line then.
            if not opened.packed and opened.head(head.at) != head:
                at_end = True
                break
            parted = part(block, inside=inside)
            at, inside = at + parted.octets, parted.inside
            lines += parted.lines
            at_end = len(block) < BLOCK_OCTETS
        return Batch(lines=lines, octets={head.digest: -at if inside else at}, at_end=at_end, problem=problem)

    def _note_seen(self, number: _Number, look: _Look) -> None:
        if len(self._seen) >= SEEN_MOST:
            self._seen.clear()
            self._began.clear()
        self._seen[number] = look

    def _tell_broken(self, path: Path, number: _Number, look: _Look, error: BaseException) -> None:
        """Once for each look of the file: it may be just being packed."""
        self._note_seen(number, look)
        log.info("log_broken", extra={"path": str(path), "reason": str(error) or type(error).__name__})


def _of(found: os.stat_result) -> tuple[_Number, _Look]:
    return (found.st_dev, found.st_ino), (found.st_size, found.st_mtime_ns)
