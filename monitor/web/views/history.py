"""What the picture of a list's past shows: its levels as stretches of time, and what is counted by bars. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from operator import add
from typing import Final

from monitor.model.evidence import Arrival, BounceReport, CheckMark, Probe
from monitor.model.incidents import Incident
from monitor.model.level_run import LevelRun
from monitor.model.risk import RiskLevel
from monitor.model.tally import Tally
from monitor.phrase.phrase import say
from monitor.tongue.voice import Voice

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
WINDOWS: Final = {"1h": HOUR, "24h": DAY, "7d": 7 * DAY, "90d": 90 * DAY}
BARS: Final = {"1h": timedelta(minutes=5), "24h": HOUR, "7d": 6 * HOUR, "90d": DAY}
THE_LAST: Final = {
    "1h": say("the last hour"),
    "24h": say("the last 24 hours"),
    "7d": say("the last 7 days"),
    "90d": say("the last 90 days"),
}
ONE_BY_ONE: Final = frozenset({"1h", "24h"})  # windows in which checks and arrivals are told one by one
YOUNG: Final = HOUR  # whose history is shorter is shown by its last hour, unless another window is asked for
WORST_FIRST: Final = (RiskLevel.CRITICAL, RiskLevel.AT_RISK, RiskLevel.WATCH, RiskLevel.OK, RiskLevel.UNKNOWN)


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """What is drawn; tallies oldest first, all else newest first."""

    levels: Sequence[LevelRun] = ()
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
    """The time that is drawn, where a moment of it stands, and how who looks at it is spoken to."""

    window: str
    since: datetime
    now: datetime
    voice: Voice

    def place(self, at: datetime) -> float:
        """In per cent of the width."""
        return max(0.0, min(100.0, 100 * ((at - self.since) / (self.now - self.since))))

    @property
    def one_by_one(self) -> bool:
        """Whether checks and arrivals are told one by one."""
        return self.window in ONE_BY_ONE


def levels(history: History, frame: Frame, *, gap: timedelta) -> tuple[Run, ...]:
    """The levels as stretches of time, oldest first: of the history, and before it of the worst of each bar."""
    exact = runs(history.levels, now=frame.now, since=frame.since, gap=gap)
    begin = min((one.since for one in history.levels), default=frame.now)
    before = [
        Run(level=level, begin=max(one.begin, frame.since), end=min(one.begin + BARS[frame.window], begin))
        for one in gathered(history.tallies, frame)
        if one.begin < begin and (level := _worst(one)) is not None
    ]
    return (*_joined([one for one in before if one.end > one.begin]), *exact)


def runs(said: Sequence[LevelRun], *, now: datetime, since: datetime, gap: timedelta) -> tuple[Run, ...]:
    """The levels of a history as stretches, cut at `since`. Where nothing was heard for `gap`, there is none."""
    made: list[Run] = []
    following = now
    for one in said:
        begin, end = max(one.since, since), min(following, one.assessed_at + gap)
        if end > begin:
            made.append(Run(level=one.level, begin=begin, end=end))
        following = one.since
    return _joined(made[::-1])


def _joined(made: Sequence[Run]) -> tuple[Run, ...]:
    joined: list[Run] = []
    for run in made:
        if joined and joined[-1].level is run.level and joined[-1].end >= run.begin:
            joined[-1] = Run(level=run.level, begin=joined[-1].begin, end=run.end)
        else:
            joined.append(run)
    return tuple(joined)


def bar_begin(at: datetime, width: timedelta) -> datetime:
    """The last round time, of those `width` apart in UTC, that is not after a moment."""
    size_s = width.total_seconds()
    return datetime.fromtimestamp(at.timestamp() // size_s * size_s, tz=UTC)


def gathered(tallies: Sequence[Tally], frame: Frame) -> tuple[Tally, ...]:
    """The tallies of the time drawn, put together to its bars."""
    width = BARS[frame.window]
    found: dict[datetime, Tally] = {}
    for one in tallies:
        if one.begin + width > frame.since:
            begin = bar_begin(one.begin, width)
            counts = found[begin].counts if begin in found else (0,) * len(one.counts)
            found[begin] = Tally(begin=begin, counts=tuple(map(add, counts, one.counts)))
    return tuple(found[begin] for begin in sorted(found))


def _worst(one: Tally) -> RiskLevel | None:
    return next((level for level in WORST_FIRST if one.levels[level]), None)
