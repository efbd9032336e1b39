"""The numbers for Prometheus, read from the store when it asks: nothing is kept here, so nothing can be stale."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from itertools import accumulate, product
from typing import Final

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from monitor import __version__
from monitor.errors import StoreUnavailable
from monitor.metrics import COUNTERS, HISTOGRAMS, UNREADABLE
from monitor.model.incidents import NoticeState
from monitor.model.risk import RiskLevel
from monitor.operations.queues import QUEUES
from monitor.operations.silent_parts import receivers, workers
from monitor.operations.store_watch import look_at_store
from monitor.overview.rows import Row
from monitor.store.unreadable import MET
from monitor.web.overview_cache import OverviewCache
from monitor.web.page_services import PageServices

# What says that it lives; "check" is a check that has come to its end, whatever it found.
PARTS: Final = ("worker", "beat", "resolver", "web", "check")  # each receiver, and the workers by what they take on
KINDS: Final = ("check", "probe")
SUCCESSES: Final = {
    "check": "When a list was last checked with an answer from DNS.",
    "probe": "When a probe of a list last arrived.",
}
Samples = Iterable[tuple[tuple[str, ...], float]]  # the values of the labels, and that of the gauge
CHANNELS: Final = ("mail", "webhook")
NOTICES_COUNTED: Final = 500
INCIDENTS_COUNTED: Final = 500


class StoreCollector(Collector):
    """All metrics; where Redis is away only `staysub_build_info` and `staysub_store_up 0` remain."""

    def __init__(self, services: PageServices, overview_cache: OverviewCache) -> None:
        self._services = services
        self._overview_cache = overview_cache

    def describe(self) -> Iterator[Metric]:
        """Nothing: registering must not read the store."""
        return iter(())

    def collect(self) -> Iterator[Metric]:
        """Every family, read now."""
        yield _gauge(
            "staysub_build_info", "The version that runs; the value is always 1.", [((__version__,), 1)], "version"
        )
        try:
            families = list(self._from_store())
        except StoreUnavailable:
            families = []
        yield _gauge("staysub_store_up", "Whether Redis answered this scrape.", [((), bool(families))])
        yield from families

    def _from_store(self) -> Iterator[Metric]:
        store, snapshot = self._services.store, self._overview_cache.now()
        levels = [((level,), count) for level, count in snapshot.counts.items()]
        yield _gauge("staysub_lists", "Watched lists by risk level.", levels, "level")
        yield from _of_lists(snapshot.rows)
        yield from _of_forecasts(snapshot.rows)
        yield from self._successes({row.id for row in snapshot.rows})
        counts = store.metric_totals.all()
        unread = UNREADABLE.field()
        yield from _of_counts({**counts, unread: counts.get(unread, 0) + MET.count})  # ours are added by nobody
        yield from self._leases()
        # A receiver that was taken out of the configuration is not silent: it is no part any more.
        settings = self._services.settings()
        parts = {*PARTS, *receivers(settings), *workers(settings), *(each.part for each in settings.mta_logs)}
        yield _gauge(
            "staysub_part_last_seen_timestamp_seconds",
            "When each part of ours last said that it lives.",
            [((part,), at.timestamp()) for part, at in store.heartbeats.all().items() if part in parts],
            "part",
        )
        machines, _ = store.clocks.known()
        yield _gauge(
            "staysub_clock_ahead_seconds",
            "By how much the clock of each of our machines is ahead of Redis'.",
            {(one.host,): one.ahead / timedelta(seconds=1) for one in machines}.items(),
            "host",
        )
        yield from self._of_store()
        waiting = [((), store.notices.waiting())]
        yield _gauge("staysub_notices_waiting", "Notices that are not delivered yet.", waiting)
        queued = [((queue,), store.waiting(queue)) for queue in QUEUES]
        yield _gauge("staysub_queue_messages", "Tasks that wait for a worker.", queued, "queue")
        notices = Counter((each.channel, each.state) for each in store.notices.recent(NOTICES_COUNTED))
        yield _gauge(
            "staysub_notices_recent",
            f"The last {NOTICES_COUNTED} notices by channel and state.",
            [(key, notices[key]) for key in product(CHANNELS, NoticeState)],
            "channel state",
        )
        incidents = Counter(
            each.level for each in store.incidents.recent(INCIDENTS_COUNTED) if each.resolved_at is None
        )
        yield _gauge(
            "staysub_incidents_open",
            f"Incidents among the last {INCIDENTS_COUNTED} that are not resolved, by level.",
            [((level,), incidents[level]) for level in RiskLevel],
            "level",
        )

    def _of_store(self) -> Iterator[Metric]:
        seen = look_at_store(self._services, count=False)
        born = () if seen is None else [((), seen.born_at.timestamp())]
        yield _gauge("staysub_store_born_timestamp_seconds", "When the store that is there now began.", born)
        noticed = () if seen is None or seen.upheaval is None else (seen.upheaval,)
        yield _gauge(
            "staysub_store_upheaval_timestamp_seconds",
            "When it was noticed that the store had been emptied, replaced or set back.",
            [((each.change,), each.noticed_at.timestamp()) for each in noticed],
            "change",
        )

    def _leases(self) -> Iterator[Metric]:
        schedule, now = self._services.store.schedule, self._services.now()
        given = schedule.leases(now)
        leases = {kind: given.get(kind, (0, timedelta(0))) for kind in KINDS}
        yield _gauge(
            "staysub_leases",
            "Pieces of work that workers have taken on.",
            [((kind,), count) for kind, (count, _) in leases.items()],
            "kind",
        )
        yield _gauge(
            "staysub_lease_oldest_age_seconds",
            "How long ago the oldest piece of work that is taken on was due.",
            [((kind,), max(0.0, oldest.total_seconds())) for kind, (_, oldest) in leases.items()],
            "kind",
        )
        overdue = [((), schedule.overdue(now))]
        yield _gauge("staysub_schedule_overdue", "Pieces of work that are due and taken on by nobody.", overdue)

    def _successes(self, watched: Collection[str]) -> Iterator[Metric]:
        found = self._services.store.metric_totals.successes()
        for kind, help_text in SUCCESSES.items():
            times = [((of,), at.timestamp()) for (what, of), at in found.items() if what == kind and of in watched]
            yield _gauge(f"staysub_list_{kind}_last_success_timestamp_seconds", help_text, times, "list")


def _of_counts(counts: Mapping[str, float]) -> Iterator[Metric]:
    """Everything that is counted; a series that nothing was added to yet is 0."""
    for counter in COUNTERS:
        family = CounterMetricFamily(counter.name, counter.help_text, labels=[label for label, _ in counter.labels])
        for values in counter.series:
            family.add_metric(values, counts.get(counter.field(*values), 0))
        yield family
    for histogram in HISTOGRAMS:
        within = accumulate(counts.get(field, 0) for field in histogram.fields)
        bounds = (*(f"{bound:g}" for bound in histogram.bounds), "+Inf")
        times = HistogramMetricFamily(histogram.name, histogram.help_text)
        times.add_metric([], list(zip(bounds, within, strict=True)), counts.get(histogram.sum_field, 0))
        yield times


def _of_lists(rows: Sequence[Row]) -> Iterator[Metric]:
    yield _gauge(
        "staysub_list_risk_level",
        "1 for the level that a list has now; other levels have no sample.",
        [((row.id, row.level), 1) for row in rows],
        "list level",
    )
    yield _gauge(
        "staysub_list_assessed_timestamp_seconds",
        "When a list was last assessed.",
        [((row.id,), at.timestamp()) for row in rows if (at := row.summary.assessed_at) is not None],
        "list",
    )
    yield _gauge(
        "staysub_list_act_by_timestamp_seconds",
        "When the first subscribers of a list are expected to be disabled; no sample where none are.",
        [((row.id,), at.timestamp()) for row in rows if (at := row.summary.act_by) is not None],
        "list",
    )
    yield _gauge(
        "staysub_list_subscribers_at_risk",
        "Subscribers behind receivers that are in danger, where counted.",
        [((row.id,), count) for row in rows if (count := row.summary.subscribers) is not None],
        "list",
    )


def _of_forecasts(rows: Sequence[Row]) -> Iterator[Metric]:
    """Only for lists above ok: what is well needs no number, and ten thousand healthy lists make no series."""
    odds = [(row.id, one) for row in rows for one in row.summary.odds]
    yield _gauge(
        "staysub_forecast_failure_ratio",
        "Share of posts that a receiver refuses, mean.",
        [((of, one.receiver), one.failure_ratio) for of, one in odds if one.failure_ratio is not None],
        "list receiver",
    )
    for word in ("disabled", "removed"):
        yield _gauge(
            f"staysub_forecast_{word}_probability_ratio",
            f"Probability that subscribers behind a receiver are {word} within a time.",
            [
                ((of, one.receiver, within), probability)
                for of, one in odds
                for within, probability in getattr(one, f"{word}_within").items()
            ],
            "list receiver within",
        )


def _gauge(name: str, help_text: str, samples: Samples, labels: str = "") -> Metric:
    """A family with these samples; `labels` are their names, with spaces between."""
    family = GaugeMetricFamily(name, help_text, labels=labels.split())
    for values, value in samples:
        family.add_metric(values, value)
    return family
