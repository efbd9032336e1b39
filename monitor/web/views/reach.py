"""Whom mail can reach over which address family, as the page of a list shows it. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from monitor.model.reach import Reach, ReachDay, Ways
from monitor.risk.reach import title_of
from monitor.wording.reach import beside, reached, turning_points

DAYS_SHOWN: Final = 14  # on which something changed


@dataclass(frozen=True, slots=True, kw_only=True)
class ReachShown:
    """Sentences, the receivers with the most subscribers first, and the days on which something changed."""

    reached: str
    beside: str
    rows: tuple[tuple[str, Ways], ...]  # by the receiver's name
    days: tuple[ReachDay, ...]


def reach_shown(there: Reach, days: Sequence[ReachDay]) -> ReachShown:
    """As it was last counted."""
    rows = sorted(there.ways.items(), key=lambda row: (-row[1].all, row[0]))
    return ReachShown(
        reached=reached(there),
        beside=beside(there),
        rows=tuple((title_of(receiver), ways) for receiver, ways in rows),
        days=turning_points(days, DAYS_SHOWN),
    )
