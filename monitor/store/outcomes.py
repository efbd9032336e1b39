"""What was found: checks, arrivals and assessments, as bounded streams per list."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from hashlib import sha256
from typing import TypeVar

from monitor.errors import Unparsable
from monitor.metrics import CHECK_DURATION, CHECKS, PROBE_DELAY, SPF_RESULTS, Counts
from monitor.model.dns import Identity
from monitor.model.evidence import Arrival, BounceReport, CheckOutcome
from monitor.model.findings import CheckStatus
from monitor.model.risk import Assessment, RiskLevel
from monitor.store import keys, scripts, tally
from monitor.store.client import Redis, text, translated
from monitor.store.codec import pack, unpack

T = TypeVar("T")


class Outcomes:
    """Streams of outcomes; each outcome is recorded once however often its task is delivered."""

    def __init__(self, client: Redis) -> None:
        self._redis = client
        self._append = client.register_script(scripts.APPEND_ONCE)

    def record_check(self, outcome: CheckOutcome, *, took: timedelta | None = None) -> bool:
        """Keep a list's check, and count it.

        False where (list, slot) was recorded before; checks by hand (slot 0) are all kept.
        """
        if outcome.list_id is None:
            raise ValueError("a check of a bare domain belongs to no list")
        ident = f"{outcome.list_id}:{outcome.slot or outcome.evaluated_at.timestamp()}"
        known = outcome.status is not CheckStatus.UNKNOWN
        success = (f"check:{outcome.list_id}", outcome.evaluated_at) if known else None
        counts = counts_of(outcome, took)
        stream = keys.checks(outcome.list_id)
        return self._record("check", ident, stream, outcome, keys.CHECKS_KEPT, counts=counts, success=success)

    def record_arrival(self, arrival: Arrival) -> bool:
        """Keep an arrival. False where it was recorded before: the same probe, or the same message to the canary."""
        if arrival.canary is None:
            ident = arrival.probe_id or f"{arrival.list_id}:{arrival.message_id}"
            counts = PROBE_DELAY.one(arrival.delay.total_seconds()) if arrival.delay is not None else {}
            success = (f"probe:{arrival.list_id}", arrival.received_at)
            stream = keys.arrivals(arrival.list_id)
            return self._record("arrival", ident, stream, arrival, keys.ARRIVALS_KEPT, counts=counts, success=success)
        # Strangers write a Message-ID as they like: its digest is as good a name, and short.
        named = arrival.message_id or f"{arrival.received_at.timestamp()} {arrival.reverse_path}"
        ident = f"{arrival.list_id}:{sha256(named.encode('utf-8', 'replace')).hexdigest()}"
        return self._record("canary", ident, keys.canary(arrival.list_id), arrival, keys.CANARY_KEPT)

    def record_bounce(self, report: BounceReport) -> bool:
        """Keep the report of a refusal. False where the same bounce was recorded within the last week."""
        ident = f"{report.list_id}:{report.id}"
        return self._record("bounce", ident, keys.bounces(report.list_id), report, keys.BOUNCES_KEPT)

    def record_assessment(self, assessment: Assessment, *, cause: str) -> bool:
        """Keep the newest assessment, and its level in the list's history once per cause (such as `check:17`)."""
        slim = replace(assessment, findings=(), admission=(), forecasts=(), record=None, suggested_record=None)
        new = self._record(
            "assessment",
            f"{assessment.list_id}:{cause}",
            keys.assessments(assessment.list_id),
            slim,
            keys.ASSESSMENTS_KEPT,
        )
        with translated("kept an assessment"):
            self._redis.hset(keys.ASSESSMENT, assessment.list_id, pack(assessment))
        return new

    def checks(self, list_id: str, limit: int = 50) -> tuple[CheckOutcome, ...]:
        """The list's checks, newest first."""
        return self._read(CheckOutcome, keys.checks(list_id), limit)

    def arrivals(self, list_id: str, limit: int = 50) -> tuple[Arrival, ...]:
        """What came of the list, probes and posts to its canary alike, newest first."""
        return together(self._read(Arrival, keys.arrivals(list_id), limit), self.canary(list_id, limit), limit)

    def canary(self, list_id: str, limit: int = 50) -> tuple[Arrival, ...]:
        """What came to the list's canary address, newest first."""
        return self._read(Arrival, keys.canary(list_id), limit)

    def bounces(self, list_id: str, limit: int = 50) -> tuple[BounceReport, ...]:
        """The list's refusals as bounces told them, the last recorded first."""
        return self._read(BounceReport, keys.bounces(list_id), limit)

    def history(self, list_id: str, limit: int = 50, since: datetime | None = None) -> tuple[Assessment, ...]:
        """The list's assessments with level, time and reason only, newest first."""
        found = self._read(Assessment, keys.assessments(list_id), limit)
        return tuple(a for a in found if since is None or a.assessed_at >= since)

    def tallies(self, list_id: str) -> tuple[tally.Tally, ...]:
        """The list's counts of the last quarter of a year, oldest first; empty quarters of a day are left out."""
        with translated("read the counts of a list"):
            return read_tallies(self._redis.hgetall(keys.tallies(list_id)))

    def levels(self, list_id: str, limit: int) -> tuple[RiskLevel, ...]:
        """The list's last levels, newest first."""
        return tuple(a.level for a in self.history(list_id, limit))

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
        """Drop what is thought of a list that is watched no longer; its streams expire by themselves."""
        with translated("forgot a list"):
            self._redis.hdel(keys.ASSESSMENT, list_id)

    def _record(
        self,
        what: str,
        ident: str,
        stream: str,
        value: tally.Outcome,
        kept: int,
        *,
        counts: Counts | None = None,
        success: tuple[str, datetime] | None = None,
    ) -> bool:
        bucket, place, amount = tally.counted(value)
        whose, at = ("", 0.0) if success is None else (success[0], success[1].timestamp())
        counted = [each for pair in (counts or {}).items() for each in pair]
        with translated(f"recorded {what} of a list"):
            new = self._append(
                keys=[
                    keys.once(what, ident),
                    stream,
                    keys.tallies(str(value.list_id)),
                    keys.COUNTS,
                    keys.SUCCESSES,
                ],
                args=[
                    _seconds(keys.ONCE_TTL),
                    pack(value),
                    kept,
                    _seconds(keys.OUTCOME_TTL),
                    bucket,
                    place,
                    amount,
                    keys.TALLIES_KEPT,
                    whose,
                    at,
                    *counted,
                ],
            )
        return bool(new)

    def _read(self, kind: type[T], stream: str, limit: int) -> tuple[T, ...]:
        with translated("read the outcomes of a list"):
            return read_stream(kind, self._redis.xrevrange(stream, count=limit))


def read_stream(kind: type[T], entries: Sequence[tuple[bytes, Mapping[bytes, bytes]]]) -> tuple[T, ...]:
    """The outcomes of a stream's entries."""
    values = []
    for _, fields in entries:
        try:
            values.append(unpack(kind, fields[b"d"]))
        except Unparsable:  # written by a version that said it differently: older evidence, not an error
            continue
    return tuple(values)


def read_tallies(found: Mapping[bytes, bytes]) -> tuple[tally.Tally, ...]:
    """The counts of a list's hash, oldest first."""
    return tuple(sorted((tally.read(int(k), text(v)) for k, v in found.items()), key=lambda each: each.begin))


def together(arrivals: Sequence[Arrival], canary: Sequence[Arrival], limit: int) -> tuple[Arrival, ...]:
    """At most so many of both, newest first."""
    return tuple(sorted((*arrivals, *canary), key=lambda each: each.received_at, reverse=True)[:limit])


def counts_of(outcome: CheckOutcome, took: timedelta | None) -> dict[str, float]:
    """What a check adds to the counts."""
    counts: dict[str, float] = {CHECKS.field(outcome.status): 1}
    for each in outcome.results:
        if each.identity is Identity.MAILFROM:
            field = SPF_RESULTS.field(str(each.family), each.result)
            counts[field] = counts.get(field, 0) + 1
    return counts if took is None else counts | CHECK_DURATION.one(took.total_seconds())


def _seconds(span: timedelta) -> int:
    return int(span.total_seconds())
