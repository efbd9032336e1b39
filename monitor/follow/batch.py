"""What was read of a log at one go, and the seam of where it comes from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Lines of one file or journal in their order, and the place behind them."""

    lines: Sequence[bytes] = ()  # without their ends; of one that is too long the beginning
    octets: Mapping[str, int] = field(default_factory=dict)  # as in LogPlace, of what changed
    cursor: str | None = None  # of a journal; None: as it was
    changed_at: float | None = None  # when the file was written last, in seconds since 1970; None: now
    at_end: bool = True  # nothing more is there now
    ended: bool = False  # nothing more will ever come
    problem: str = ""  # one sentence: why nothing can be read now


class LogSource(Protocol):
    """Where lines come from. It goes on behind what it gave; who has kept nothing of that opens another one."""

    def read(self, most: int, within_s: float) -> Batch:
        """At most so many lines; after so long with what there is. Never raises for a log that cannot be read."""

    def close(self) -> None:
        """Let go of files and processes; may be called twice."""
