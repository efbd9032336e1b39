"""Stories with a known truth (`tests/histories/`): false alarms, how soon a danger and its end are told, and the dates.

Each story is lived several times, with posts and whatever else comes by chance at other hours each time.
"""

import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

from tests.histories.account import account
from tests.histories.catalogue import STORIES
from tests.histories.measured import Measured, measured
from tests.histories.story import Story

LIVES: Final = 3
HEAD: Final = (
    "| story | truth | false alarms | danger told after | its end after | dates told less the true day |",
    "| --- | --- | --- | --- | --- | --- |",
)


@dataclass(frozen=True, slots=True)
class Row:
    """What came of several lives of one story."""

    story: Story
    lives: tuple[Measured, ...]

    def __str__(self) -> str:
        """As a row of the table."""
        alarmed = sum(bool(each.false) for each in self.lives)
        cells = (
            self.story.name,
            self.story.truth,
            f"{alarmed} of {len(self.lives)}" if alarmed else "none",
            _delays([each.told for each in self.lives if each.begins is not None]),
            _delays([each.over for each in self.lives if each.ended]),
            self._dates(),
        )
        return f"| {' | '.join(cells)} |"

    def _dates(self) -> str:
        if self.story.dates is None:
            return "–"  # by chance: there is no one day
        found = [each.dates for each in self.lives if each.dates is not None]
        if not found:
            return "–"
        low, high = min(each[0] for each in found), max(each[1] for each in found)
        return f"{low:+d}" if low == high else f"{low:+d} to {high:+d}"


def rows(stories: Iterable[Story], lives: int) -> Iterator[Row]:
    """Each story's row, as soon as it was lived."""
    for story in stories:
        yield Row(story, tuple(measured(account(replace(story, life=life))) for life in range(lives)))


def _delays(found: Sequence[timedelta | None]) -> str:
    """The median (of an even number the lower of the two), and the longest where that is another."""
    if not found:
        return "–"
    known = sorted(each for each in found if each is not None)
    if len(known) < len(found):
        return f"never in {len(found) - len(known)} of {len(found)}"
    middle, longest = _long(known[(len(known) - 1) // 2]), _long(known[-1])
    return middle if middle == longest else f"{middle}, at most {longest}"


def _long(one: timedelta) -> str:
    if one < timedelta(minutes=1):
        return "at once"
    if one < timedelta(minutes=90):
        return f"{one / timedelta(minutes=1):.0f} min"
    return f"{one / timedelta(hours=1):.0f} h" if one < timedelta(days=3) else f"{one / timedelta(days=1):.0f} d"


def main(arguments: list[str]) -> None:
    """Print the table of all stories, or of those whose names begin so; a number says how many lives."""
    lives = next((int(each) for each in arguments if each.isdecimal()), LIVES)
    names = tuple(each for each in arguments if not each.isdecimal())
    chosen = [each for each in STORIES if not names or each.name.startswith(names)]
    for line in HEAD:
        sys.stdout.write(f"{line}\n")
    wrong: list[str] = []
    for row in rows(chosen, lives):
        sys.stdout.write(f"{row}\n")
        sys.stdout.flush()
        wrong += [f"{row.story.name}: {each}" for life in row.lives for each in life.wrong]
    for each in wrong:
        sys.stderr.write(f"otherwise than the story says: {each}\n")
