"""The overview's rows: each list with what we think of it, the most urgent first, found and turned page by page. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from monitor.config.settings import MailingList
from monitor.model import Assessment, RiskLevel

URGENCY: Final = (RiskLevel.CRITICAL, RiskLevel.AT_RISK, RiskLevel.WATCH, RiskLevel.UNKNOWN, RiskLevel.OK)
IN_DANGER: Final = frozenset({RiskLevel.CRITICAL, RiskLevel.AT_RISK})
NOT_CHECKED: Final = "Not checked yet: the first answer comes within a minute."

_FAR = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One list in the overview."""

    id: str
    address: str
    level: RiskLevel
    reason: str
    act_by: datetime | None = None  # when the first subscribers are expected to be disabled
    removed_on: datetime | None = None  # the earliest median date of removal
    subscribers: int | None = None  # behind receivers that are in danger; None where nobody counted them
    assessed_at: datetime | None = None  # None: never yet
    blind: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A part of the rows that match, with what is needed to turn to the others."""

    rows: tuple[Row, ...]
    total: int  # rows that match
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


def board(lists: Sequence[MailingList], assessments: Mapping[str, Assessment]) -> tuple[Row, ...]:
    """Every watched list, the most urgent first: by level, then by the date by which to act, then by name."""
    return tuple(sorted((row(each, assessments.get(each.id)) for each in lists), key=_urgency))


def row(listed: MailingList, thought: Assessment | None) -> Row:
    """A list with what we think of it; a list without an assessment is unknown."""
    if thought is None:
        return Row(id=listed.id, address=listed.address, level=RiskLevel.UNKNOWN, reason=NOT_CHECKED)
    threatened = [one for one in thought.forecasts if one.level in IN_DANGER]
    counts = [one.subscribers for one in threatened if one.subscribers is not None]
    return Row(
        id=listed.id,
        address=listed.address,
        level=thought.level,
        reason=thought.reason,
        act_by=thought.act_by,
        removed_on=min((one.removed_on for one in threatened if one.removed_on is not None), default=None),
        subscribers=sum(counts) if counts else None,
        assessed_at=thought.assessed_at,
        blind=thought.blind,
    )


def find(rows: Sequence[Row], *, words: str = "", levels: frozenset[RiskLevel] = frozenset()) -> tuple[Row, ...]:
    """The rows that hold every word (in id, address or reason, whatever the case) and have one of the levels (none given: any)."""
    wanted = words.casefold().split()
    return tuple(
        each
        for each in rows
        if (not levels or each.level in levels)
        and all(word in f"{each.id} {each.address} {each.reason}".casefold() for word in wanted)
    )


def page(rows: Sequence[Row], *, offset: int, limit: int) -> Page:
    """The rows from `offset` on, at most `limit`; an offset behind the end gives the last page."""
    last = max(0, (len(rows) - 1) // limit * limit)
    start = min(max(0, offset), last)
    return Page(rows=tuple(rows[start : start + limit]), total=len(rows), offset=start, limit=limit)


def counts(rows: Sequence[Row]) -> dict[RiskLevel, int]:
    """How many lists have each level, every level named."""
    found = dict.fromkeys(URGENCY, 0)
    for each in rows:
        found[each.level] += 1
    return found


def _urgency(each: Row) -> tuple[int, datetime, str]:
    return URGENCY.index(each.level), each.act_by or _FAR, each.id
