"""What became of a list over a quarter of a year, in few bytes: counts by quarters of a day. Pure; the script adds."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from monitor.model.dns import Identity, SpfResult
from monitor.model.evidence import Arrival, BounceReport, CheckOutcome
from monitor.model.findings import CheckStatus
from monitor.model.risk import Assessment, RiskLevel

BUCKET: Final = timedelta(hours=6)
# The places of the counts in a bucket's document. They keep their places for ever; new ones come behind.
CHECKS: Final = (CheckStatus.OK, CheckStatus.WARNING, CheckStatus.CRITICAL, CheckStatus.UNKNOWN)
LEVELS: Final = (RiskLevel.OK, RiskLevel.WATCH, RiskLevel.AT_RISK, RiskLevel.CRITICAL, RiskLevel.UNKNOWN)
ARRIVED_AT: Final = len(CHECKS)
ARRIVED_BADLY_AT: Final = ARRIVED_AT + 1
BOUNCED_AT: Final = ARRIVED_BADLY_AT + 1
LEVELS_AT: Final = BOUNCED_AT + 1
PLACES: Final = LEVELS_AT + len(LEVELS)


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


def counted(outcome: object) -> tuple[int, int, int] | None:
    """(number of the bucket, place of the count, how much is added); None for what has no place."""
    match outcome:
        case CheckOutcome():
            return _bucket(outcome.evaluated_at), CHECKS.index(outcome.status), 1
        case Arrival():
            return _bucket(outcome.received_at), ARRIVED_AT if arrived_well(outcome) else ARRIVED_BADLY_AT, 1
        case BounceReport():
            return _bucket(outcome.at), BOUNCED_AT, outcome.recipients
        case Assessment():
            return _bucket(outcome.assessed_at), LEVELS_AT + LEVELS.index(outcome.level), 1
    return None


def arrived_well(arrival: Arrival) -> bool:
    """Whether SPF passes for its reverse-path, or was not asked."""
    return all(one.result is SpfResult.PASS for one in arrival.spf if one.identity is Identity.MAILFROM)


def read(bucket: int, document: str) -> Tally:
    """A bucket as it was written; what it does not count yet is nought."""
    counts = [int(number) for number in document.split(",") if number.isdecimal()][:PLACES]
    begin = datetime.fromtimestamp(bucket * BUCKET.total_seconds(), tz=UTC)
    return Tally(begin=begin, counts=tuple(counts + [0] * (PLACES - len(counts))))


def _bucket(at: datetime) -> int:
    return int(at.timestamp() // BUCKET.total_seconds())
