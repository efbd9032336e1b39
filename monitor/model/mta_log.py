"""A log of an MTA that is followed: where it is, and what of it was there before counts."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final

STANDARD_INPUT: Final = Path("-")
FOLLOW: Final = "follow"  # the part of ours that follows a log
PAST: Final = timedelta(days=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class MtaLog:
    """One log: a file (or standard input), or the journal of some units."""

    kind: str  # of the MTA
    id: str
    path: Path | None = None
    journal: tuple[str, ...] = ()  # systemd units; where there is no path
    past: timedelta = PAST  # at the first start, what changed so long ago is read too
    timezone: str | None = None  # of its stamps that name none; None: the machine's own

    @property
    def part(self) -> str:
        """Who follows it, among our parts: "follow:postfix"."""
        return f"{FOLLOW}:{self.id}"

    @property
    def source(self) -> str:
        """Where it is, for people."""
        if self.path == STANDARD_INPUT:
            return "standard input"
        return f"the journal of {', '.join(self.journal)}" if self.path is None else str(self.path)


def log_named(logs: Iterable[MtaLog], log_id: str) -> MtaLog | None:
    """The one with that id; None where there is none (any more)."""
    return next((each for each in logs if each.id == log_id), None)


def parts_of(logs: Sequence[MtaLog]) -> tuple[str, ...]:
    """The parts that follow them; what comes on standard input comes when somebody sends it."""
    return tuple(each.part for each in logs if each.path != STANDARD_INPUT)
