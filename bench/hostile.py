"""Hostile input: processor time of each reader of octets from outside, for every shape that is aimed at it.

Each shape is read at a quarter of the reader's limit and at the limit, several times in turn, and the medians are told.
Time that grows with the square of the size shows as a ratio of sixteen; linear time is four. It fails where a ratio is
over five, or where an input at the limit holds the reader for more than a second: while Python works on one message
nothing else in its process moves, and no time limit helps. `python -m bench hostile WORD…` takes the readers or shapes
that are named so.

The garbage collector rests meanwhile: how long it takes depends on what else the process holds.
"""

import contextlib
import gc
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from statistics import median
from typing import Final

from tests.hostile.readers import READERS, Reader
from tests.hostile.shape import Maker

ROUNDS: Final = 3
RATIO_MAX: Final = 5.0
WITHIN_S: Final = 1.0
TOO_SHORT_S: Final = 0.02  # at the limit: of so little time a ratio says nothing
WARM: Final = b"Received: from a by b; 2 Nov 2026 10:00:00 +0000\r\nFrom: MAILER-DAEMON@b.example\r\n\r\n<a@b.example>: 550 no\r\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One shape and reader."""

    shape: str
    reader: str
    octets: int
    quarter_s: float
    whole_s: float

    @property
    def ratio(self) -> float:
        """How many times as long four times as many octets take."""
        return self.whole_s / max(self.quarter_s, 1e-6)

    @property
    def fails(self) -> bool:
        """Whether it takes too long, or grows too fast."""
        return self.whole_s > WITHIN_S or (self.ratio > RATIO_MAX and self.whole_s > TOO_SHORT_S)


def main(arguments: list[str]) -> None:
    """Print the table, the slowest first; exit with 1 where something is too slow."""
    rows = sorted(_rows(arguments), key=lambda row: row.whole_s, reverse=True)
    print(f"{'shape':42} {'reader':16} {'octets':>9} {'at 1/4, ms':>10} {'at 1, ms':>10} {'ratio':>6}")
    for row in rows:
        print(
            f"{row.shape:42} {row.reader:16} {row.octets:9} {1e3 * row.quarter_s:10.1f} {1e3 * row.whole_s:10.1f} "
            f"{row.ratio:6.1f}{'  FAILS' if row.fails else ''}"
        )
    failing = sum(row.fails for row in rows)
    shapes = len({row.shape for row in rows})
    print(
        f"\n{shapes} shapes, {len(rows)} measurements, {failing} too slow (over {WITHIN_S:g} s, or a ratio over {RATIO_MAX:g})"
    )
    if failing:
        sys.exit(1)


def _rows(wanted: list[str]) -> Iterator[Row]:
    for name, reader in READERS.items():
        for shape, make in reader.shapes.items():
            if not wanted or {name, shape} & set(wanted):
                yield _row(name, reader, shape, make)


def _row(name: str, reader: Reader, shape: str, make: Maker) -> Row:
    taken_s(reader, WARM)
    quarter, whole = (make(size)[:size] for size in (reader.octets_max // 4, reader.octets_max))
    gc.disable()
    try:
        times = [(taken_s(reader, quarter), taken_s(reader, whole)) for _ in range(ROUNDS)]
    finally:
        gc.enable()
    quarter_s, whole_s = (median(each) for each in zip(*times, strict=True))
    return Row(shape=shape, reader=name, octets=len(whole), quarter_s=quarter_s, whole_s=whole_s)


def taken_s(reader: Reader, octets: bytes) -> float:
    """Processor time of one reading, whatever comes of it but what it must not raise."""
    began = time.process_time()
    with contextlib.suppress(reader.raises):
        reader.read(octets)
    return time.process_time() - began
