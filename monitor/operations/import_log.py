"""Import one log of an MTA: read it to its end, and keep what it told as following it would have."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Final

from monitor.errors import StaysubError
from monitor.evidence.replies.counted import Row, RowKey, Told
from monitor.evidence.replies.queue import NOBODYS
from monitor.evidence.replies.rows_of_day import sum_of
from monitor.follow.one_file import OneFile
from monitor.model.mta_log import MtaLog
from monitor.operations.list_bounces import weigh_anew
from monitor.operations.log_reading import LogReading, beside
from monitor.operations.services import Services
from monitor.store.followed import Followed, Stretch

LINES_MOST: Final = 20_000  # at one go, as by who follows
WITHIN_S: Final = 5.0
TRIES_MOST: Final = 100  # a follower keeps what it read every second at most


@dataclass(slots=True, kw_only=True)
class Imported:
    """What was read in all."""

    lines: int = 0
    attempts: int = 0
    local: int = 0
    unread: int = 0
    sample: str = ""  # of what is of no known form
    problem: str = ""  # why the end could not be read
    rows: dict[tuple[str, RowKey], Row] = field(default_factory=dict)  # by list, "" for none

    @property
    def nothing(self) -> bool:
        """Whether no line could be read, as of a file that is no log of this mail server."""
        return self.lines == self.unread

    def add(self, stretch: Stretch) -> None:
        """Count what was told between two places."""
        before, after = stretch.before, stretch.after
        self.lines += after.lines - before.lines
        self.attempts += after.attempts - before.attempts
        self.local += after.local - before.local
        self.unread += after.unread - before.unread
        self.sample = self.sample or after.sample
        for list_id, told in stretch.told.lists.items():
            for key, row in told.rows.items():
                known = self.rows.get((list_id, key))
                self.rows[list_id, key] = row if known is None else sum_of(known, row)


def log_of(logs: Iterable[MtaLog], kind: str, path: Path) -> str:
    """Under which id the place in the file is kept: that of the log that is followed, if it is one.

    What was imported is not read again by who follows it, and the other way round.
    """
    of_kind = [each for each in logs if each.kind == kind]
    same = [each for each in of_kind if each.path == path]
    chosen = same or of_kind
    return chosen[0].id if chosen else kind


def read_through(
    reading: LogReading, source: OneFile, kept: Followed | None, *, now: Callable[[], datetime]
) -> Iterator[tuple[int, Stretch]]:
    """(lines, what they told), stretch after stretch to the end; kept in one step with the place, unless None.

    A follower may read another file of the log meanwhile. Raises StaysubError where another one reads the same file:
    what is kept by then is kept once, and a second import goes on there. Raises StoreUnavailable.
    """
    while not source.ended:
        at = now()
        batch, stretch = reading.read(LINES_MOST, WITHIN_S, at)
        if kept is not None:
            stretch = _kept(kept, stretch, at)
        reading.place = stretch.after
        yield len(batch.lines), stretch


def assess(services: Services, log_id: str) -> tuple[str, ...]:
    """Assess the lists anew of which something was told; their ids. Raises StoreUnavailable."""
    concerned = services.store.followed.to_assess()
    for list_id, number in concerned.items():
        weigh_anew(services, [list_id], cause=f"log:{log_id}:{list_id}:{number}")
        services.store.followed.assessed(list_id, number)
    return tuple(sorted(concerned))


def _kept(kept: Followed, stretch: Stretch, at: datetime) -> Stretch:
    """The stretch as it was kept, behind what others keep meanwhile of other files."""
    tries = 0
    moved: Stretch | None = stretch
    while moved is not None and tries < TRIES_MOST:
        if kept.commit(_of_lists(moved), now=at):
            return moved
        moved = beside(moved, kept.place(moved.after.log))
        tries += 1
    raise StaysubError("Somebody else reads this log at the same time; import it again, nothing counts twice.")


def _of_lists(stretch: Stretch) -> Stretch:
    """Without mail of no list, which is kept nowhere."""
    lists = {list_id: each for list_id, each in stretch.told.lists.items() if list_id != NOBODYS}
    told: Told = replace(stretch.told, lists=lists)
    return replace(stretch, told=told)
