"""The numbers for Prometheus, read from the store when it asks: nothing is kept here, so nothing can be stale."""

from collections.abc import Collection, Iterator, Mapping
from datetime import timedelta
from itertools import accumulate
from typing import Final

from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from monitor import __version__
from monitor.errors import StoreUnavailable
from monitor.metrics import COUNTERS, HISTOGRAMS
from monitor.model.incidents import NoticeState
from monitor.model.risk import RiskLevel
from monitor.operations.queues import QUEUES
from monitor.web.overview_cache import OverviewCache
from monitor.web.page_services import PageServices
from monitor.web.views.overview_rows import Row

# What says that it lives; "check" is a check that has come to its end, whatever it found.
PARTS: Final = ("worker", "beat", "resolver", "web", "check")  # and each receiver
KINDS: Final = ("check", "probe")
SUCCESSES: Final = {
    "check": "When a list was last checked with an answer from DNS.",
    "probe": "When a probe of a list last arrived.",
}
CHANNELS: Final = ("mail", "webhook")
NOTICES_COUNTED: Final = 500
INCIDENTS_COUNTED: Final = 500


def registry(services: PageServices, overview_cache: OverviewCache) -> CollectorRegistry:
    """A registry that holds our collector and nothing else: each application has its own."""
    made = CollectorRegistry()
    made.register(StoreCollector(services, overview_cache))
    return made


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
        yield _gauge("staysub_build_info", "The version that runs; the value is always 1.", {"version": __version__}, 1)
        try:
            families = list(self._from_store())
        except StoreUnavailable:
            yield _gauge("staysub_store_up", "Whether Redis answered this scrape.", {}, 0)
            return
        yield _gauge("staysub_store_up", "Whether Redis answered this scrape.", {}, 1)
        yield from families

    def _leases(self) -> Iterator[Metric]:
        schedule, now = self._services.store.schedule, self._services.now()
        given = schedule.leases(now)
        leases = GaugeMetricFamily("staysub_leases", "Pieces of work that workers have taken on.", labels=["kind"])
        ages = GaugeMetricFamily(
            "staysub_lease_oldest_age_seconds",
            "How long ago the oldest piece of work that is taken on was due.",
            labels=["kind"],
        )
        for kind in KINDS:
            count, oldest = given.get(kind, (0, timedelta(0)))
            leases.add_metric([kind], count)
            ages.add_metric([kind], max(0.0, oldest.total_seconds()))
        yield from (leases, ages)
        yield _gauge(
            "staysub_schedule_overdue", "Pieces of work that are due and taken on by nobody.", {}, schedule.overdue(now)
        )

    def _successes(self, watched: Collection[str]) -> Iterator[Metric]:
        families = {
            kind: GaugeMetricFamily(f"staysub_list_{kind}_last_success_timestamp_seconds", help_text, labels=["list"])
            for kind, help_text in SUCCESSES.items()
        }
        for (kind, list_id), at in self._services.store.metric_totals.successes().items():
            if list_id in watched and kind in families:
                families[kind].add_metric([list_id], at.timestamp())
        yield from families.values()

    def _from_store(self) -> Iterator[Metric]:
        store, snapshot = self._services.store, self._overview_cache.now()
        lists = GaugeMetricFamily("staysub_lists", "Watched lists by risk level.", labels=["level"])
        for level, count in snapshot.counts.items():
            lists.add_metric([level], count)
        yield lists
        yield from _of_lists(snapshot.rows)
        yield from _of_forecasts(snapshot.rows)
        yield from self._successes({row.id for row in snapshot.rows})
        yield from _of_counts(store.metric_totals.all())
        yield from self._leases()
        seen = GaugeMetricFamily(
            "staysub_part_last_seen_timestamp_seconds",
            "When each part of ours last said that it lives.",
            labels=["part"],
        )
        # A receiver that was taken out of the configuration is not silent: it is no part any more.
        parts = {*PARTS, *(each.part for each in self._services.settings().receivers)}
        for part, at in store.heartbeats.all().items():
            if part in parts:
                seen.add_metric([part], at.timestamp())
        yield seen
        waiting = GaugeMetricFamily("staysub_notices_waiting", "Notices that are not delivered yet.")
        waiting.add_metric([], store.notices.waiting())
        yield waiting
        queues = GaugeMetricFamily("staysub_queue_messages", "Tasks that wait for a worker.", labels=["queue"])
        for queue in QUEUES:
            queues.add_metric([queue], store.waiting(queue))
        yield queues
        yield self._notices()
        yield self._incidents()

    def _notices(self) -> Metric:
        family = GaugeMetricFamily(
            "staysub_notices_recent",
            f"The last {NOTICES_COUNTED} notices by channel and state.",
            labels=["channel", "state"],
        )
        found = self._services.store.notices.recent(NOTICES_COUNTED)
        for channel in CHANNELS:
            for state in NoticeState:
                family.add_metric([channel, state], sum(n.channel == channel and n.state is state for n in found))
        return family

    def _incidents(self) -> Metric:
        family = GaugeMetricFamily(
            "staysub_incidents_open",
            f"Incidents among the last {INCIDENTS_COUNTED} that are not resolved, by level.",
            labels=["level"],
        )
        found = [one for one in self._services.store.incidents.recent(INCIDENTS_COUNTED) if one.resolved_at is None]
        for level in RiskLevel:
            family.add_metric([level], sum(one.level is level for one in found))
        return family


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


def _of_lists(rows: tuple[Row, ...]) -> Iterator[Metric]:
    levels = GaugeMetricFamily(
        "staysub_list_risk_level",
        "1 for the level that a list has now; other levels have no sample.",
        labels=["list", "level"],
    )
    assessed = GaugeMetricFamily(
        "staysub_list_assessed_timestamp_seconds", "When a list was last assessed.", labels=["list"]
    )
    act_by = GaugeMetricFamily(
        "staysub_list_act_by_timestamp_seconds",
        "When the first subscribers of a list are expected to be disabled; no sample where none are.",
        labels=["list"],
    )
    subscribers = GaugeMetricFamily(
        "staysub_list_subscribers_at_risk",
        "Subscribers behind receivers that are in danger, where counted.",
        labels=["list"],
    )
    for row in rows:
        levels.add_metric([row.id, row.level], 1)
        if row.summary.assessed_at is not None:
            assessed.add_metric([row.id], row.summary.assessed_at.timestamp())
        if row.summary.act_by is not None:
            act_by.add_metric([row.id], row.summary.act_by.timestamp())
        if row.summary.subscribers is not None:
            subscribers.add_metric([row.id], row.summary.subscribers)
    yield from (levels, assessed, act_by, subscribers)


def _of_forecasts(rows: tuple[Row, ...]) -> Iterator[Metric]:
    """Only for lists above ok: what is well needs no number, and ten thousand healthy lists make no series."""
    failing = GaugeMetricFamily(
        "staysub_forecast_failure_ratio", "Share of posts that a receiver refuses, mean.", labels=["list", "receiver"]
    )
    disabled = GaugeMetricFamily(
        "staysub_forecast_disabled_probability_ratio",
        "Probability that subscribers behind a receiver are disabled within a time.",
        labels=["list", "receiver", "within"],
    )
    removed = GaugeMetricFamily(
        "staysub_forecast_removed_probability_ratio",
        "Probability that subscribers behind a receiver are removed within a time.",
        labels=["list", "receiver", "within"],
    )
    for row in rows:
        for one in row.summary.odds:
            if one.failure_ratio is not None:
                failing.add_metric([row.id, one.receiver], one.failure_ratio)
            for family, odds in ((disabled, one.disabled_within), (removed, one.removed_within)):
                for within, probability in odds.items():
                    family.add_metric([row.id, one.receiver, within], probability)
    yield from (failing, disabled, removed)


def _gauge(name: str, help_text: str, labels: dict[str, str], value: float) -> Metric:
    family = GaugeMetricFamily(name, help_text, labels=list(labels))
    family.add_metric(list(labels.values()), value)
    return family
