"""Where an outcome is counted, and how a bucket is read."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from monitor.model import tally
from monitor.model.findings import CheckStatus
from monitor.model.risk import RiskLevel
from tests import seed
from tests.builders import an_assessment

AT = datetime(2026, 11, 24, 11, 59, tzinfo=UTC)
BUCKET = int(AT.timestamp() // (6 * 3600))


@pytest.mark.parametrize(
    ("outcome", "counted"),
    [
        (replace(seed.check(AT), status=CheckStatus.CRITICAL), (BUCKET, 2, 1)),
        (seed.check(AT + timedelta(minutes=1)), (BUCKET + 1, 0, 1)),
        (seed.bounce("a", AT), (BUCKET, tally.BOUNCED_AT, 7)),
        (an_assessment(RiskLevel.UNKNOWN, assessed_at=AT), (BUCKET, tally.PLACES - 1, 1)),
    ],
)
def test_where_an_outcome_is_counted(outcome, counted):
    assert tally.counted(outcome) == counted


@pytest.mark.parametrize("document", ["", "1", "1,2,3,4,5,6,7,8,9,10,11,12,13,14", "nonsense,-4,7"])
def test_whatever_stands_in_a_bucket_can_be_read(document):
    read = tally.read(BUCKET, document)
    assert len(read.counts) == tally.PLACES
    assert read.begin == datetime(2026, 11, 24, 6, tzinfo=UTC)
