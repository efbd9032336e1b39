"""The assessments of a list: the newest one, and the levels that it had."""

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from monitor.model.level_run import LevelRun, levels_of, run_of
from monitor.model.risk import Assessment, RiskLevel
from monitor.model.tally import counted
from monitor.store import keys, scripts
from monitor.store.client import Part, Redis, text, translated
from monitor.store.codec import pack, unpack
from monitor.store.short import EPOCH
from monitor.store.streams import place_of, read_stream, short_mark
from monitor.store.unreadable import each_readable, replies, unpacked

USUAL_SILENCE: Final = timedelta(minutes=45)  # three usual intervals of checks
MILLISECOND: Final = timedelta(milliseconds=1)


class Outcomes(Part):
    """One document a list, and a list of those before it as runs of equal ones."""

    def __init__(self, client: Redis) -> None:
        super().__init__(client)
        self._keep = client.register_script(scripts.KEEP_ASSESSMENT)

    def record_assessment(self, assessment: Assessment, *, cause: str, silence: timedelta = USUAL_SILENCE) -> bool:
        """Keep the newest assessment, and its level in the list's history once per cause (such as `check:17`).

        One that comes later than `silence` after the last begins a new run: nothing was known in between.
        """
        list_id = assessment.list_id
        mark = "assessment", f"{list_id}:{cause}"
        with translated("kept an assessment"):
            new = self._keep(
                keys=[keys.marks(list_id), keys.once(*mark), keys.days(list_id), keys.levels(list_id), keys.ASSESSMENT],
                args=[
                    short_mark(*mark),
                    int(keys.WORK_MARK.total_seconds()),
                    int(keys.OUTCOME_TTL.total_seconds()),
                    keys.LEVELS_KEPT,
                    *place_of(counted(assessment)),
                    list_id,
                    pack(assessment),
                    pack(_level_of(assessment)),
                    (assessment.assessed_at - EPOCH) // MILLISECOND,
                    silence // MILLISECOND,
                ],
            )
        return bool(new)

    def levels(self, list_id: str, limit: int) -> tuple[RiskLevel, ...]:
        """The list's last levels, one an assessment, newest first."""
        with translated("read the levels of a list"):
            pipe = self._redis.pipeline(transaction=False)
            ask_runs(pipe, list_id, limit)
            runs = read_runs(replies(pipe))
        return levels_of(runs, limit)

    def level_at(self, list_id: str, at: datetime) -> RiskLevel | None:
        """The list's last known level at that time; None where none from before it is kept."""
        with translated("read the level of a list"):
            pipe = self._redis.pipeline(transaction=False)
            pipe.lrange(keys.levels(list_id), 0, -1)
            pipe.xrevrange(keys.assessments(list_id), max=int(at.timestamp() * 1000), count=20)
            runs = read_runs(replies(pipe))
        return next((run.level for run in runs if run.since <= at and run.level is not RiskLevel.UNKNOWN), None)

    def first_assessed(self, list_ids: Collection[str]) -> dict[str, datetime | None]:
        """When the oldest assessment of each list was whose level is kept; None where none is."""
        with translated("read the levels of lists"):
            pipe = self._redis.pipeline(transaction=False)
            for list_id in list_ids:
                pipe.lrange(keys.levels(list_id), -1, -1)
            oldest = replies(pipe)
        runs = (next(iter(each_readable("levels", _run, each)), None) for each in oldest)
        return {list_id: None if run is None else run.since for list_id, run in zip(list_ids, runs, strict=True)}

    def assessment(self, list_id: str) -> Assessment | None:
        """What we think of the list now; None before the first check."""
        with translated("read an assessment"):
            document = self._redis.hget(keys.ASSESSMENT, list_id)
        return unpacked(Assessment, _place(list_id), document)

    def assessments(self, list_ids: Sequence[str] | None = None) -> dict[str, Assessment]:
        """What we think of these lists (or of all) now; a list without an assessment is left out."""
        with translated("read the assessments"):
            if list_ids is None:
                found = {text(k): v for k, v in self._redis.hgetall(keys.ASSESSMENT).items()}
            elif not list_ids:
                found = {}
            else:
                found = dict(zip(list_ids, self._redis.hmget(keys.ASSESSMENT, list(list_ids)), strict=True))
        read = {key: unpacked(Assessment, _place(key), value) for key, value in found.items()}
        return {key: value for key, value in read.items() if value is not None}

    def kept(self, list_ids: Sequence[str]) -> frozenset[str]:
        """Of which of these lists there is an assessment, whether it can be read or not."""
        if not list_ids:
            return frozenset()
        with translated("read the assessments"):
            found = self._redis.hmget(keys.ASSESSMENT, list(list_ids))
        return frozenset(name for name, document in zip(list_ids, found, strict=True) if document is not None)

    def forget(self, list_id: str) -> None:
        """Drop the assessment of a list that is watched no longer; its streams expire by themselves."""
        with translated("forgot a list"):
            self._redis.hdel(keys.ASSESSMENT, list_id)


def ask_runs(pipe: Redis, list_id: str, limit: int) -> int:
    """Queue the questions for the newest runs; how many they are."""
    pipe.lrange(keys.levels(list_id), 0, limit - 1)
    pipe.xrevrange(keys.assessments(list_id), count=limit)
    return 2


def read_runs(replies: Sequence[Sequence[Any]]) -> Iterator[LevelRun]:
    """The runs of the replies to those, newest first; before them what versions before kept, one an assessment."""
    runs, before = replies
    yield from each_readable("levels", _run, runs)
    yield from map(run_of, read_stream(Assessment, before))


def _run(run: bytes) -> LevelRun:
    first, last, times, document = run.split(b" ", 3)
    said = unpack(Assessment, document)
    return LevelRun(
        since=EPOCH + int(first) * MILLISECOND,
        assessed_at=EPOCH + int(last) * MILLISECOND,
        times=int(times),
        level=said.level,
        reason=said.reason,
        act_by=said.act_by,
    )


def _place(list_id: str) -> str:
    """Where its assessment is kept, as the log names it."""
    return f"{keys.ASSESSMENT} {list_id}"


def _level_of(assessment: Assessment) -> Assessment:
    """As much of an assessment as its history keeps, the same for all that say the same; of `act_by` the day."""
    act_by = assessment.act_by and assessment.act_by.replace(hour=0, minute=0, second=0, microsecond=0)
    return Assessment(list_id="", assessed_at=EPOCH, level=assessment.level, reason=assessment.reason, act_by=act_by)
