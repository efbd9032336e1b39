"""What the picture of a list's past shows: its levels as stretches of time, and what is counted by bars. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from monitor.model.evidence import Arrival, BounceReport, CheckMark, Probe
from monitor.model.incidents import Incident
from monitor.model.risk import Assessment, RiskLevel
from monitor.model.tally import Tally

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
WINDOWS: Final = {"1h": HOUR, "24h": DAY, "7d": 7 * DAY, "90d": 90 * DAY}
BARS: Final = {"1h": timedelta(minutes=5), "24h": HOUR, "7d": 6 * HOUR, "90d": DAY}
ONE_BY_ONE: Final = frozenset({"1h", "24h"})  # windows in which checks and arrivals are told one by one
YOUNG: Final = HOUR  # whose history is shorter is shown by its last hour, unless another window is asked for
GAP_INTERVALS: Final = 3  # nothing heard for so many check intervals is a gap in what we know
WORST_FIRST: Final = (RiskLevel.CRITICAL, RiskLevel.AT_RISK, RiskLevel.WATCH, RiskLevel.OK, RiskLevel.UNKNOWN)


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """What is drawn; tallies oldest first, all else newest first."""

    assessments: Sequence[Assessment] = ()
    checks: Sequence[CheckMark] = ()
    probes: Sequence[Probe] = ()
    arrivals: Sequence[Arrival] = ()
    bounces: Sequence[BounceReport] = ()
    incidents: Sequence[Incident] = ()
    tallies: Sequence[Tally] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A time in which the level was the same."""

    level: RiskLevel
    begin: datetime
    end: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """The time that is drawn, and where a moment of it stands."""

    window: str
    since: datetime
    now: datetime

    def place(self, at: datetime) -> float:
        """In per cent of the width."""
        return max(0.0, min(100.0, 100 * ((at - self.since) / (self.now - self.since))))

    @property
    def one_by_one(self) -> bool:
        """Whether checks and arrivals are told one by one."""
        return self.window in ONE_BY_ONE


def levels(history: History, frame: Frame, *, gap: timedelta) -> tuple[Run, ...]:
    """The levels as stretches of time, oldest first: from the history, and before it begins from the worst of each bar."""
    exact = runs(history.assessments, now=frame.now, since=frame.since, gap=gap)
    begin = min((one.assessed_at for one in history.assessments), default=frame.now)
    before = [
        Run(level=level, begin=max(one.begin, frame.since), end=min(one.begin + BARS[frame.window], begin))
        for one in gathered(history.tallies, frame)
        if one.begin < begin and (level := _worst(one)) is not None
    ]
    return (*_joined([one for one in before if one.end > one.begin]), *exact)


def runs(assessments: Sequence[Assessment], *, now: datetime, since: datetime, gap: timedelta) -> tuple[Run, ...]:
    """The levels of a history as stretches, cut at `since`. Where nothing was heard for `gap`, there is none."""
    made: list[Run] = []
    oldest_first = list(reversed(assessments))
    for number, assessment in enumerate(oldest_first):
        following = oldest_first[number + 1].assessed_at if number + 1 < len(oldest_first) else now
        end = min(following, assessment.assessed_at + gap)
        begin = max(assessment.assessed_at, since)
        if end > begin:
            made.append(Run(level=assessment.level, begin=begin, end=end))
    return _joined(made)


def _joined(made: Sequence[Run]) -> tuple[Run, ...]:
    joined: list[Run] = []
    for run in made:
        if joined and joined[-1].level is run.level and joined[-1].end >= run.begin:
            joined[-1] = Run(level=run.level, begin=joined[-1].begin, end=run.end)
        else:
            joined.append(run)
    return tuple(joined)


def gathered(tallies: Sequence[Tally], frame: Frame) -> tuple[Tally, ...]:
    """The tallies of the time drawn, put together to its bars."""
    width = BARS[frame.window].total_seconds()
    found: dict[float, Tally] = {}
    for one in tallies:
        if one.begin + BARS[frame.window] <= frame.since:
            continue
        key = one.begin.timestamp() // width * width
        counts = found[key].counts if key in found else (0,) * len(one.counts)
        added = tuple(a + b for a, b in zip(counts, one.counts, strict=True))
        found[key] = Tally(begin=datetime.fromtimestamp(key, tz=UTC), counts=added)
    return tuple(found[key] for key in sorted(found))


def _worst(one: Tally) -> RiskLevel | None:
    return next((level for level in WORST_FIRST if one.levels[level]), None)
