"""One log file, or what comes on standard input, read once from where it was left to its end."""

import time
from collections.abc import Mapping
from io import BufferedReader
from typing import IO, Final

from monitor.follow.batch import Batch
from monitor.follow.lines import part
from monitor.follow.opened import HEAD_OCTETS, Head
from monitor.follow.packed import BROKEN, MAGIC_OCTETS, is_packed, unpacked

BLOCK_OCTETS: Final = 1 << 18
BLANK: Final = b"\0\r\n"


class OneFile:
    """Lines of a stream, packed or not, that may be a pipe. It stays its owner's.

    It is known by its first line, as `files` knows one, so that what was read of it is not read again.
    """

    def __init__(self, stream: BufferedReader, octets: Mapping[str, int], *, changed_at: float | None) -> None:
        """`octets` as in LogPlace. Raises CannotUnpack."""
        magic = stream.peek(MAGIC_OCTETS)[:MAGIC_OCTETS]
        self._stream: IO[bytes] = unpacked(stream, magic) if is_packed(magic) else stream
        self._octets = octets
        self._changed_at = changed_at
        self._digest = ""
        self._at = 0  # octets given, or passed over
        self._rest = b""
        self._inside = False
        self.ended = False
        self.known = False  # whether something of it had been read before
        self.problem = ""

    def close(self) -> None:
        """Nothing is ours to let go of."""

    def read(self, most: int, within_s: float) -> Batch:
        """As LogSource.read; a last line needs no end of its own. What is broken ends there, with its problem."""
        deadline, lines = time.monotonic() + within_s, list[bytes]()
        while not self.ended and len(lines) < most and time.monotonic() < deadline:
            block = self._read(BLOCK_OCTETS) if self._digest else self._after_known()
            self.ended = not block
            together = self._rest + block
            parted = part(together + b"\n" * (self.ended and bool(together)), inside=self._inside)
            self._rest, self._inside = together[parted.octets :], parted.inside
            self._at += min(parted.octets, len(together))
            lines += parted.lines
        return Batch(
            lines=lines,
            octets={self._digest: self._at} if self._digest else {},
            changed_at=self._changed_at,
            at_end=self.ended,
            ended=self.ended,
            problem=self.problem,
        )

    def _read(self, most: int) -> bytes:
        try:
            return self._stream.read(most)
        except BROKEN as error:
            self.problem = str(error) or type(error).__name__
            return b""

    def _after_known(self) -> bytes:
        """The first octets that are new: what was read of it before is passed over."""
        block = b""
        while not self._digest:
            more = self._read(BLOCK_OCTETS)
            block += more
            begun = block.lstrip(BLANK)
            line, end, _ = begun[:HEAD_OCTETS].partition(b"\n")
            if line and (end or len(line) == HEAD_OCTETS or not more):
                self._digest = Head(len(block) - len(begun), line).digest
            elif not more:
                return b""
            elif not begun:  # nothing but NULs so far
                self._at += len(block)
                block = b""
        known = self._octets.get(self._digest, 0)
        self.known = known > 0
        while self._at < known:
            passed = min(known - self._at, len(block))
            self._at += passed
            block = block[passed:] or self._read(BLOCK_OCTETS)
            if not block:
                break
        return block
