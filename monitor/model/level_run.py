"""A time in which assessment after assessment said the same: the history of a list, in few values."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import chain, islice, repeat
from typing import Final

from monitor.model.risk import Assessment, RiskLevel

GAP_INTERVALS: Final = 3  # nothing heard for so many check intervals is a gap in what we know


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelRun:
    """Equal assessments, none long after the one before it."""

    since: datetime  # the first of them
    assessed_at: datetime  # the last
    times: int = 1
    level: RiskLevel
    reason: str
    act_by: datetime | None = None  # its day


def run_of(assessment: Assessment) -> LevelRun:
    """One assessment."""
    return LevelRun(
        since=assessment.assessed_at,
        assessed_at=assessment.assessed_at,
        level=assessment.level,
        reason=assessment.reason,
        act_by=assessment.act_by,
    )


def levels_of(runs: Iterable[LevelRun], limit: int) -> tuple[RiskLevel, ...]:
    """One level an assessment, in the order of the runs."""
    return tuple(islice(chain.from_iterable(repeat(run.level, run.times) for run in runs), limit))
