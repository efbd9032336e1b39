"""The overview's rows: each list with what we think of it, the most urgent first, found and turned page by page.

Pure.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from monitor.model.lists import SETTINGS_UNREADABLE, MailingList
from monitor.model.order import LEVELS_URGENT_FIRST
from monitor.model.risk import Assessment, DayDistribution, ReceiverForecast, RiskLevel
from monitor.wording.receiver import concerned

IN_DANGER: Final = frozenset({RiskLevel.CRITICAL, RiskLevel.AT_RISK})
NOT_CHECKED: Final = "Not checked yet: the first answer comes within a minute."

NOT_READABLE: Final = "What was kept of this list cannot be read; its next check writes it anew. The log names the key."

_RANK = {level: rank for rank, level in enumerate(LEVELS_URGENT_FIRST)}
_FAR = date.max


@dataclass(frozen=True, slots=True, kw_only=True)
class Odds:
    """What threatens at one receiver, as numbers."""

    receiver: str
    failure_ratio: float | None
    disabled_within: Mapping[str, float]
    removed_within: Mapping[str, float]
    begin: datetime | None = None  # day 1 of the two distributions
    disabled: DayDistribution | None = None
    removed: DayDistribution | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """As much of an assessment as the overview and the metrics show."""

    level: RiskLevel
    reason: str
    act_by: datetime | None = None  # when the first subscribers are expected to be disabled
    removed_on: datetime | None = None  # the earliest median date of removal
    subscribers: int | None = None  # hit at receivers that are in danger; None where nobody counted them
    assessed_at: datetime | None = None  # None: never yet
    blind: tuple[str, ...] = ()
    odds: tuple[Odds, ...] = ()  # of lists above ok only: what is well needs no number


UNREADABLE: Final = Summary(level=RiskLevel.UNKNOWN, reason=NOT_READABLE)
NOT_SET_UP: Final = Summary(level=RiskLevel.UNKNOWN, reason=SETTINGS_UNREADABLE)
NOT_ASSESSED: Final = Summary(level=RiskLevel.UNKNOWN, reason=NOT_CHECKED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One list in the overview."""

    id: str
    address: str
    summary: Summary
    haystack: str  # what a search looks through

    @property
    def level(self) -> RiskLevel:
        """Its risk level now."""
        return self.summary.level


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


def page_of_rows(
    lists: Sequence[MailingList], summaries: Mapping[str, Summary], unread: Sequence[str] = ()
) -> tuple[Row, ...]:
    """Every watched list, the most urgent first: by level, day to act by, subscribers in danger, name.

    `unread` are ids of lists whose settings cannot be read.
    """
    known = [row(each, summaries.get(each.id, NOT_ASSESSED)) for each in lists]
    lost = [Row(id=each, address="", summary=NOT_SET_UP, haystack=each.casefold()) for each in unread]
    return tuple(sorted((*known, *lost), key=_urgency))


def row(listed: MailingList, summary: Summary) -> Row:
    """A list with what we think of it."""
    haystack = f"{listed.id} {listed.address} {summary.reason}".casefold()
    return Row(id=listed.id, address=listed.address, summary=summary, haystack=haystack)


def summary_of(assessment: Assessment | None) -> Summary:
    """What the overview needs of an assessment; None before the first check."""
    if assessment is None:
        return NOT_ASSESSED
    threatened = [one for one in assessment.forecasts if one.level in IN_DANGER]
    known = [hit for one in threatened if (hit := concerned(one)) is not None]
    left = [one.seen.removed_on for one in assessment.forecasts if one.seen is not None and one.seen.over_since]
    judged = all(one.level is not RiskLevel.UNKNOWN for one in assessment.forecasts) and assessment.forecasts
    return Summary(
        level=assessment.level,
        reason=assessment.reason,
        act_by=assessment.act_by,
        removed_on=min((on for on in (*(one.removed_on for one in threatened), *left) if on is not None), default=None),
        subscribers=sum(known) if known or (judged and not threatened) else None,
        assessed_at=assessment.assessed_at,
        blind=assessment.blind,
        odds=()
        if assessment.level is RiskLevel.OK
        else tuple(_odds(one, assessment.assessed_at) for one in assessment.forecasts),
    )


def find(rows: Sequence[Row], *, words: str = "", levels: frozenset[RiskLevel] = frozenset()) -> tuple[Row, ...]:
    """The rows that hold every word (in id, address or reason, any case) and have one of the levels (none: any)."""
    wanted = words.casefold().split()
    return tuple(
        each for each in rows if (not levels or each.level in levels) and all(word in each.haystack for word in wanted)
    )


def page(rows: Sequence[Row], *, offset: int, limit: int) -> Page:
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


def _urgency(each: Row) -> tuple[int, date, int, str]:
    summary = each.summary
    return _RANK[summary.level], summary.act_by.date() if summary.act_by else _FAR, -(summary.subscribers or 0), each.id


def _odds(forecast: ReceiverForecast, at: datetime) -> Odds:
    return Odds(
        receiver=forecast.receiver or "",
        failure_ratio=forecast.failure_rate.mean if forecast.failure_rate else None,
        disabled_within=forecast.disabled.within if forecast.disabled else {},
        removed_within=forecast.removed.within if forecast.removed else {},
        begin=forecast.failing_since or at,
        disabled=forecast.disabled if forecast.level in IN_DANGER else None,
        removed=forecast.removed if forecast.level in IN_DANGER else None,
    )
