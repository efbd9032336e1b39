"""A list's past in little room: counts by day, what is unbroken up to now, and one sample of each reply.

Judging reads this and the newest check, never the documents of the past. `fold` enters what is recorded, and
`ledger_text` is how the store keeps it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Final

from monitor.evidence.entry import Facts, Spells, Trouble
from monitor.evidence.sketch import Sketch
from monitor.model.ahead import AWAY
from monitor.model.evidence import AdmissionAction

DAYS_KEPT: Final = 90
DAYS_WEIGHED: Final = 36  # the newest ones, which judging reads: longer than any evidence speaks
SKETCHED_FOR: Final = DAYS_WEIGHED  # older days only tell pictures how many recipients were refused
FACTS_MOST: Final = 24  # different ones of one day; more than any set-up that works shows
CELLS_MOST: Final = 80  # of one day; what comes beyond is counted without its rule
CELLS_MOST_OF_ALL: Final = 120  # and beyond these without its receiver and family
RUNS_KEPT: Final = 6  # of one source and family
SAMPLES_KEPT: Final = 24
DOMAINS_KEPT: Final = 5
POSTS, MEMBERS, RECIPIENTS = 32, 128, 64  # how many digests a day are kept of each

NO_POSTS: Final = Sketch(POSTS)
NO_MEMBERS: Final = Sketch(MEMBERS)
NO_RECIPIENTS: Final = Sketch(RECIPIENTS)
NO_SPELLS: Final = Spells()


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class CellKey:
    """Whose replies of one day a cell counts."""

    receiver: str
    family: int  # 0 where nothing tells
    source: str
    action: AdmissionAction
    rule: str  # "" where the reply follows none


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """The replies of one kind on one day."""

    first: datetime  # of the posts that they were to
    last: datetime
    told_at: datetime  # when the first of them reached us
    posts: Sketch = NO_POSTS
    members: Sketch = NO_MEMBERS  # different recipients
    recipients: Sketch = NO_RECIPIENTS  # of each post anew


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """One day (UTC) of a list."""

    date: date
    facts: Mapping[str, int] = field(default_factory=dict)  # source and what it saw, as text → how often
    turns: Mapping[tuple[str, int], int] = field(
        default_factory=dict
    )  # (source, family) → how often it saw other facts
    replies: Mapping[CellKey, Cell] = field(default_factory=dict)
    posts: Sketch = NO_POSTS  # of the list that came to our own subscription
    spells: Spells = NO_SPELLS  # in which its DNS failed


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A stretch of time in which one source saw the same facts of one family each time."""

    facts: tuple[Facts, ...]  # of all addresses of the family
    since: datetime
    last: datetime
    looks: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """The newest reply of one kind in the receiver's own words."""

    at: datetime
    text: str
    domains: tuple[str, ...] = ()  # of recipients that it was for


@dataclass(frozen=True, slots=True, kw_only=True)
class Ledger:
    """All of it; days and runs newest first."""

    days: tuple[Day, ...] = ()
    runs: Mapping[tuple[str, int], tuple[Run, ...]] = field(default_factory=dict)  # by source and family
    said: Mapping[tuple[str, int, str], Said] = field(default_factory=dict)  # by receiver, family and rule
    trouble: Trouble | None = None  # of its DNS, the last
    longest_pause: timedelta = timedelta()  # between two days on which posts came to our own subscription

    def days_since(self, at: datetime) -> tuple[Day, ...]:
        """The day (UTC) of that time, and those after it."""
        return tuple(each for each in self.days if each.date >= at.astimezone(UTC).date())

    def up_to(self, now: datetime) -> "Ledger":
        """Without what is dated at a time to come, by a clock that ran ahead: it is not the newest that is known."""
        today, far = now.astimezone(UTC).date(), now + AWAY
        runs = {
            key: tuple(replace(each, last=min(each.last, far)) for each in several if each.since <= far)
            for key, several in self.runs.items()
        }
        return replace(
            self,
            days=tuple(each for each in self.days if each.date <= today),
            runs={key: several for key, several in runs.items() if several},
            said={key: each for key, each in self.said.items() if each.at <= far},
            trouble=None if self.trouble is not None and self.trouble.at > far else self.trouble,
        )


EMPTY: Final = Ledger()


def recipient_digest(post: int, member: int) -> int:
    """A digest of both, as evenly spread: Fibonacci hashing (D. Knuth, TAOCP 6.4) of their exclusive or."""
    return ((post * 0x9E3779B1) ^ member) * 0x85EBCA6B % (1 << 32)
