"""One file of a log, open: what it is known by, and its octets from any place, packed or not."""

import os
import stat
from contextlib import suppress
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import IO, Final, Self

from monitor.follow.packed import MAGIC_OCTETS, is_packed, unpacked

HEAD_OCTETS: Final = 1024  # of a first line, by which a file is known
_BLANK: Final = b"\0\r\n"
_DIGEST_OCTETS: Final = 10


@dataclass(frozen=True, slots=True)
class Head:
    """A file's first line, and where it begins: a writer whose file was cut off leaves NULs before it."""

    at: int
    octets: bytes

    @property
    def digest(self) -> str:
        """What the file is known by."""
        return blake2b(self.octets, digest_size=_DIGEST_OCTETS).hexdigest()


class OpenedFile:
    """A regular file. Raises OSError where it cannot be opened; reading a packed one raises BROKEN."""

    def __init__(self, path: Path) -> None:
        number = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOCTTY)  # a FIFO would wait
        if not stat.S_ISREG(os.fstat(number).st_mode):
            os.close(number)
            raise OSError(0, "it is no regular file")
        self._file = os.fdopen(number, "rb", buffering=0)
        self._stream: IO[bytes] | None = None
        self._block_at, self._block = 0, b""  # of a packed one: what was read last, as going back costs all of it
        self._head: Head | None = None  # likewise
        try:
            magic = os.pread(number, MAGIC_OCTETS, 0)
            self._stream = unpacked(self._file, magic) if is_packed(magic) else None
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Self:
        """Itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close it."""
        self.close()

    def close(self) -> None:
        """May be called twice."""
        if self._stream is not None:
            with suppress(OSError):
                self._stream.close()
        self._file.close()

    @property
    def packed(self) -> bool:
        """Whether what is read of it is unpacked on the way: such a file does not grow."""
        return self._stream is not None

    def stat(self) -> os.stat_result:
        """As it is now."""
        return os.fstat(self._file.fileno())

    def mark(self) -> str:
        """What tells a packed file from another without unpacking it."""
        raw = os.pread(self._file.fileno(), HEAD_OCTETS, 0)
        return blake2b(raw + self.stat().st_size.to_bytes(8, "big"), digest_size=_DIGEST_OCTETS).hexdigest()

    def read(self, at: int, most: int) -> bytes:
        """At most so many octets from there on; none at its end."""
        if self._stream is None:
            return os.pread(self._file.fileno(), most, at)
        kept = self._block[at - self._block_at :] if self._block_at <= at <= self._block_at + len(self._block) else None
        if kept is None:
            self._stream.seek(at)
            kept = b""
        if len(kept) < most:
            kept += self._stream.read(most - len(kept))
            self._block_at, self._block = at, kept
        return kept[:most]

    def head(self, known_at: int = 0) -> Head | None:
        """Its first line, or the first KiB of it; None where it is not written to its end yet.

        `known_at` is where it began when this was asked before.
        """
        if self._head is None or not self.packed:
            self._head = self._first_line(known_at)
        return self._head

    def _first_line(self, known_at: int) -> Head | None:
        at = known_at if known_at and not (self.read(0, 1) + self.read(known_at - 1, 1)).strip(_BLANK) else 0
        while True:
            if not self.packed:
                with suppress(OSError):  # there are no data behind, or the file system does not tell
                    at = os.lseek(self._file.fileno(), at, os.SEEK_DATA)
            block = self.read(at, HEAD_OCTETS)
            if not block:
                return None
            written = block.lstrip(_BLANK)
            at += len(block) - len(written)
            if written:
                break
        line, end, _ = self.read(at, HEAD_OCTETS).partition(b"\n")
        return Head(at, line) if end or len(line) == HEAD_OCTETS else None
