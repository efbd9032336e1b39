"""The assessments of a list: the newest one, and the levels that it had."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from monitor.model.risk import Assessment, RiskLevel
from monitor.store import keys
from monitor.store.client import Redis, text, translated
from monitor.store.codec import pack, unpack
from monitor.store.streams import Streams


class Outcomes:
    """One document a list, a stream of those before it, and its counts."""

    def __init__(self, client: Redis, streams: Streams) -> None:
        self._redis = client
        self._streams = streams

    def record_assessment(self, assessment: Assessment, *, cause: str) -> bool:
        """Keep the newest assessment, and its level in the list's history once per cause (such as `check:17`)."""
        list_id = assessment.list_id
        new = self._streams.append(
            keys.once("assessment", f"{list_id}:{cause}"),
            keys.assessments(list_id),
            replace(assessment, findings=(), admission=(), forecasts=(), record=None, suggested_record=None),
            list_id=list_id,
            kept=keys.ASSESSMENTS_KEPT,
            counts={},
        )
        with translated("kept an assessment"):
            self._redis.hset(keys.ASSESSMENT, list_id, pack(assessment))
        return new

    def levels(self, list_id: str, limit: int) -> tuple[RiskLevel, ...]:
        """The list's last levels, newest first."""
        return tuple(a.level for a in self._streams.read(Assessment, keys.assessments(list_id), limit))

    def level_at(self, list_id: str, at: datetime) -> RiskLevel | None:
        """The list's last known level at that time; None where none from before it is kept."""
        with translated("read the level of a list"):
            entries = self._redis.xrevrange(keys.assessments(list_id), max=int(at.timestamp() * 1000), count=20)
        levels = [unpack(Assessment, fields[b"d"]).level for _, fields in entries]
        return next((level for level in levels if level is not RiskLevel.UNKNOWN), None)

    def assessment(self, list_id: str) -> Assessment | None:
        """What we think of the list now; None before the first check."""
        with translated("read an assessment"):
            document = self._redis.hget(keys.ASSESSMENT, list_id)
        return None if document is None else unpack(Assessment, document)

    def assessments(self, list_ids: Sequence[str] | None = None) -> dict[str, Assessment]:
        """What we think of these lists (or of all) now; a list without an assessment is left out."""
        with translated("read the assessments"):
            if list_ids is None:
                found = {text(k): v for k, v in self._redis.hgetall(keys.ASSESSMENT).items()}
            elif not list_ids:
                found = {}
            else:
                found = dict(zip(list_ids, self._redis.hmget(keys.ASSESSMENT, list(list_ids)), strict=True))
        return {key: unpack(Assessment, value) for key, value in found.items() if value is not None}

    def forget(self, list_id: str) -> None:
        """Drop the assessment of a list that is watched no longer; its streams expire by themselves."""
        with translated("forgot a list"):
            self._redis.hdel(keys.ASSESSMENT, list_id)
