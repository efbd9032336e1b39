"""A log that somebody sends on standard input. It cannot be read again: where it was left is up to the sender."""

import os
import select
import time
from typing import Final

from monitor.follow.batch import Batch
from monitor.follow.lines import part

BLOCK_OCTETS: Final = 1 << 16


class StandardInput:
    """Lines from a descriptor, which stays its owner's."""

    def __init__(self, number: int = 0) -> None:
        self._number = number
        self._rest = b""
        self._inside = False
        self._ended = False

    def close(self) -> None:
        """Nothing is ours to let go of."""

    def read(self, most: int, within_s: float) -> Batch:
        """As LogSource.read; at the end of the input a last line needs no end of its own."""
        lines: list[bytes] = []
        deadline = time.monotonic() + within_s
        while not self._ended and len(lines) < most:
            left = max(0.0, deadline - time.monotonic()) if not lines else 0.0
            if not select.select([self._number], [], [], left)[0]:
                break
            block = os.read(self._number, BLOCK_OCTETS)
            self._ended = not block
            parted = part(self._rest + (block or b"\n" * bool(self._rest)), inside=self._inside)
            self._rest = (self._rest + block)[parted.octets :]
            self._inside = parted.inside
            lines += parted.lines
        return Batch(lines=lines, at_end=len(lines) < most, ended=self._ended)
