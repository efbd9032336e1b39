"""What became of a list over a quarter of a year, in few bytes: counts by quarters of a day. Pure; the script adds."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from monitor.model.dns import Identity, SpfResult
from monitor.model.evidence import Arrival, BounceReport, CheckOutcome, Probe
from monitor.model.findings import CheckStatus
from monitor.model.risk import Assessment, RiskLevel

BUCKET: Final = timedelta(hours=6)
BUCKETS_A_DAY: Final = 4
# The places of the counts of a bucket. They keep their places for ever; new ones come behind.
CHECKS: Final = (CheckStatus.OK, CheckStatus.WARNING, CheckStatus.CRITICAL, CheckStatus.UNKNOWN)
LEVELS: Final = (RiskLevel.OK, RiskLevel.WATCH, RiskLevel.AT_RISK, RiskLevel.CRITICAL, RiskLevel.UNKNOWN)
ARRIVED_AT: Final = len(CHECKS)
ARRIVED_BADLY_AT: Final = ARRIVED_AT + 1
BOUNCED_AT: Final = ARRIVED_BADLY_AT + 1
LEVELS_AT: Final = BOUNCED_AT + 1
LOST_AT: Final = LEVELS_AT + len(LEVELS)
PLACES: Final = LOST_AT + 1
PLACES_MOST: Final = 32  # of a bucket; four of them fit into the seven bits of a record's first octet


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """Six hours of a list."""

    begin: datetime
    counts: tuple[int, ...]  # PLACES of them

    @property
    def checks(self) -> dict[CheckStatus, int]:
        """Checks by what they found."""
        return dict(zip(CHECKS, self.counts, strict=False))

    @property
    def levels(self) -> dict[RiskLevel, int]:
        """Assessments by level."""
        return dict(zip(LEVELS, self.counts[LEVELS_AT:], strict=False))

    @property
    def arrived(self) -> int:
        """Arrivals whose reverse-path passed SPF."""
        return self.counts[ARRIVED_AT]

    @property
    def arrived_badly(self) -> int:
        """Arrivals whose reverse-path did not."""
        return self.counts[ARRIVED_BADLY_AT]

    @property
    def bounced(self) -> int:
        """Recipients at whose receivers posts were refused."""
        return self.counts[BOUNCED_AT]

    @property
    def lost(self) -> int:
        """Probes that were refused, came back or were lost, by when they began."""
        return self.counts[LOST_AT]


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """Where something is counted."""

    day: int  # since 1970, in UTC
    place: int  # within it: of the bucket, times PLACES_MOST, and of the count
    amount: int


def counted(outcome: object) -> Counted | None:
    """Where an outcome is counted; None for what has no place."""
    match outcome:
        case CheckOutcome():
            return _counted(outcome.evaluated_at, CHECKS.index(outcome.status), 1)
        case Arrival():
            return _counted(outcome.received_at, ARRIVED_AT if arrived_well(outcome) else ARRIVED_BADLY_AT, 1)
        case BounceReport():
            return _counted(outcome.at, BOUNCED_AT, outcome.recipients)
        case Assessment():
            return _counted(outcome.assessed_at, LEVELS_AT + LEVELS.index(outcome.level), 1)
    return None


def counted_lost(probe: Probe, amount: int) -> Counted:
    """Where a probe is counted that ended badly: one, or minus one where it arrived after all."""
    return _counted(probe.scheduled_at, LOST_AT, amount)


def arrived_well(arrival: Arrival) -> bool:
    """Whether SPF passes for its reverse-path, or was not asked."""
    return all(one.result is SpfResult.PASS for one in arrival.spf if one.identity is Identity.MAILFROM)


def read_day(day: int, octets: bytes) -> tuple[Tally, ...]:
    """A day as the script writes it, oldest first: records of a place and its count, in any order."""
    buckets: dict[int, list[int]] = defaultdict(lambda: [0] * PLACES)
    for at, count in _records(octets):
        bucket, place = divmod(at, PLACES_MOST)
        if bucket < BUCKETS_A_DAY and place < PLACES:
            buckets[bucket][place] += count
    return tuple(_tally(day * BUCKETS_A_DAY + bucket, buckets[bucket]) for bucket in sorted(buckets))


def read(bucket: int, document: str) -> Tally:
    """A bucket as versions before wrote it, numbers with commas between them; what it does not count is nought."""
    counts = [int(number) for number in document.split(",") if number.isdecimal()][:PLACES]
    return _tally(bucket, counts + [0] * (PLACES - len(counts)))


def _records(octets: bytes) -> Iterator[tuple[int, int]]:
    """(place, count): an octet, and groups of seven bits, the lowest first, all but the last with the high bit set."""
    rest = iter(octets)
    for place in rest:
        count, shift = 0, 0
        for octet in rest:
            count, shift = count | (octet & 127) << shift, shift + 7
            if octet < 128:
                break
        yield place, count


def _tally(bucket: int, counts: list[int]) -> Tally:
    begin = datetime.fromtimestamp(bucket * BUCKET.total_seconds(), tz=UTC)
    return Tally(begin=begin, counts=tuple(counts))


def _counted(at: datetime, place: int, amount: int) -> Counted:
    day, bucket = divmod(int(at.timestamp() // BUCKET.total_seconds()), BUCKETS_A_DAY)
    return Counted(day=day, place=bucket * PLACES_MOST + place, amount=amount)
