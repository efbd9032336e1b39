"""Traffic is learned from posts."""

from datetime import UTC, datetime, timedelta

import pytest

from monitor.evidence.entry import Entry
from monitor.evidence.sketch import digest
from monitor.risk.facts import traffic_of
from tests.builders import a_ledger, a_list, an_arrival, ledger_of
from tests.unit.test_risk_judge import LIST

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


def posts(every, number=100):
    """The ledger of posts that came to the canary, the newest one just now."""
    times = [NOW - n * every for n in range(number)]
    return a_ledger(*(Entry(source="canary", at=at, posts=((at, digest(f"post {at}")),)) for at in reversed(times)))


@pytest.mark.parametrize(
    ("every", "number", "rate"),
    [
        pytest.param(timedelta(hours=4), 100, 6.0, id="six a day"),
        pytest.param(timedelta(hours=1), 200, 24.0, id="one an hour"),
        pytest.param(timedelta(minutes=10), 2000, 144.0, id="more a day than are known one by one"),
        pytest.param(timedelta(days=4), 7, 7 / 25, id="one each four days"),
        pytest.param(timedelta(days=7), 9, 4 / 22, id="one a week, those of four weeks"),
        pytest.param(timedelta(hours=1), 2, None, id="too few"),
    ],
)
def test_traffic_is_learned_from_posts(every, number, rate):
    """Configured traffic stands; else posts count. The first and the last day are cut short by no more than a day."""
    ledger = posts(every, number)
    assert traffic_of(LIST, ledger, now=NOW) == 12.0
    learned = traffic_of(a_list(), ledger, now=NOW)
    assert learned is None if rate is None else learned == pytest.approx(rate, rel=0.12)


def test_traffic_is_not_learned_from_probes():
    probes = [an_arrival(received_at=NOW - timedelta(hours=4 * n)) for n in range(100)]
    assert traffic_of(a_list(), ledger_of({"arrival": probes}), now=NOW) is None
