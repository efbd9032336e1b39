"""The rows of an overview: each list with what we think of it, the most urgent first, found and turned page by page.

Pure.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date
from functools import lru_cache
from typing import Final, Generic, TypeVar

from monitor.model.lists import MailingList
from monitor.model.order import LEVELS_URGENT_FIRST
from monitor.model.risk import RiskLevel
from monitor.overview.standing import SETTINGS, alone
from monitor.overview.summary import NOT_ASSESSED, Summary
from monitor.tongue.languages import ENGLISH
from monitor.tongue.voice import Voice
from monitor.wording.idn import u_labels

T = TypeVar("T")

_RANK: Final = {level: rank for rank, level in enumerate(LEVELS_URGENT_FIRST)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One list in the overview."""

    id: str
    address: str
    summary: Summary
    haystack: str  # what a search looks through
    domain: str = ""  # of its address; "" of a list whose settings cannot be read, as the next two
    host: str = ""  # what its mail server says in EHLO
    manager: str = ""  # the id of its list manager

    @property
    def level(self) -> RiskLevel:
        """Its risk level now."""
        return self.summary.level


@dataclass(frozen=True, slots=True, kw_only=True)
class Page(Generic[T]):
    """A part of the rows, or groups, that match, with what is needed to turn to the others."""

    rows: tuple[T, ...]
    total: int  # that match
    offset: int
    limit: int

    @property
    def previous_offset(self) -> int | None:
        """Where the page before begins, or None."""
        return None if self.offset == 0 else max(0, self.offset - self.limit)

    @property
    def next_offset(self) -> int | None:
        """Where the page after begins, or None."""
        after = self.offset + self.limit
        return after if after < self.total else None


def rows_of(
    lists: Sequence[MailingList], summaries: Mapping[str, Summary], unread: Mapping[str, str] | None = None
) -> tuple[Row, ...]:
    """Every watched list, the most urgent first: by level, day to act by, subscribers in danger, name.

    `unread` are the ids of lists whose settings cannot be used, with what is told of each.
    """
    known = [row(each, summaries.get(each.id, NOT_ASSESSED)) for each in lists]
    lost = [_lost(each, why) for each, why in (unread or {}).items()]
    return tuple(sorted((*known, *lost), key=lambda one: urgency(one.summary, one.id)))


def _lost(list_id: str, why: str) -> Row:
    """A list of which nothing but its id is known."""
    summary = Summary(level=RiskLevel.UNKNOWN, reason=why, under=alone(SETTINGS))
    return Row(id=list_id, address="", summary=summary, haystack=f"{list_id} {why}".casefold())


def row(listed: MailingList, summary: Summary) -> Row:
    """A list with what we think of it."""
    domain = listed.address.rpartition("@")[2].lower()
    words = (listed.id, listed.address, u_labels(domain), listed.helo, summary.reason)
    return Row(
        id=listed.id,
        address=listed.address,
        summary=summary,
        haystack=" ".join(words).casefold(),
        domain=domain,
        host=listed.helo.lower(),
        manager=listed.manager,
    )


def find(
    rows: Sequence[Row], *, words: str = "", levels: frozenset[RiskLevel] = frozenset(), language: str = ENGLISH
) -> tuple[Row, ...]:
    """The rows that hold every word (in id, address, host, reason; any case) and have one of the levels (none: any).

    The reason has its words in English, and as readers of that language have it before them.
    """
    wanted = words.casefold().split()
    return tuple(
        each
        for each in rows
        if (not levels or each.level in levels)
        and all(
            word in each.haystack or (language != ENGLISH and word in _reason(language, each.summary.reason))
            for word in wanted
        )
    )


@lru_cache(maxsize=5_000, typed=True)  # a phrase is equal to its English text, as older versions wrote it
def _reason(language: str, reason: str) -> str:
    """A reason as it is looked through in that language."""
    return Voice(language)(reason).casefold()


def page(rows: Sequence[T], *, offset: int, limit: int) -> Page[T]:
    """The rows from `offset` on, at most `limit`; an offset behind the end gives the last page."""
    last = max(0, (len(rows) - 1) // limit * limit)
    start = min(max(0, offset), last)
    return Page(rows=tuple(rows[start : start + limit]), total=len(rows), offset=start, limit=limit)


def counts(rows: Sequence[Row]) -> dict[RiskLevel, int]:
    """How many lists have each level, every level named."""
    found = dict.fromkeys(LEVELS_URGENT_FIRST, 0)
    for each in rows:
        found[each.level] += 1
    return found


def calm_ones(rows: Sequence[Row]) -> int:
    """Of how many lists it is known that nobody is expected to be dropped."""
    return sum(each.summary.calm for each in rows)


def urgency(summary: Summary, list_id: str) -> tuple[int, date, int, str]:
    """What lists are sorted by wherever they stand together, in page, command and API.

    Level, day (UTC) by which to act, subscribers in danger, id. A day and not a moment: of two lists whose subscribers
    go on the same day the larger one comes first.
    """
    day = date.max if summary.act_by is None else summary.act_by.astimezone(UTC).date()
    return _RANK[summary.level], day, -(summary.subscribers or 0), list_id
