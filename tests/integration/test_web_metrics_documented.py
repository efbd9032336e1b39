"""Every metric is documented, and dashboard and alerts ask for none that there is not."""

import re
from pathlib import Path

import pytest
import yaml
from fastapi.testclient import TestClient

from monitor.metrics import COUNTERS, HISTOGRAMS
from monitor.model.mta_log import MtaLog
from monitor.model.vantage import Vantage
from tests import seed
from tests.pages import pages_of

ROOT = Path(__file__).parents[2]
NAME = re.compile(r"staysub_[a-z_]+")


@pytest.fixture
def told(store):
    seed.fill(store)
    settings = seed.settings(
        receiver=Vantage(domain="v6.probe.example.net", hostname="mx.probe.example.net"),
        mta_log=[MtaLog(kind="postfix", id="postfix", path=Path("/var/log/mail.log"))],
    )
    client = TestClient(pages_of(lambda: settings, store, lambda: seed.NOW), base_url="http://127.0.0.1")
    return client.get("/metrics").text


@pytest.fixture
def names(told):
    return {line.split()[2] for line in told.splitlines() if line.startswith("# TYPE ")}


def test_the_document_names_every_metric_and_no_other(names):
    rows = [line for line in (ROOT / "docs/metrics.md").read_text().splitlines() if line.startswith("| `staysub_")]
    assert {NAME.search(row)[0] for row in rows} == names


@pytest.mark.parametrize("name", ["alerts.yml", "grafana.json"])
def test_what_is_deployed_asks_for_metrics_that_there_are(names, name):
    asked = {each.removesuffix("_bucket") for each in NAME.findall((ROOT / "deploy" / name).read_text())}
    assert asked
    assert asked <= names


@pytest.mark.parametrize("name", ["alerts.yml", "grafana.json"])
def test_what_is_deployed_asks_for_labels_that_there_are(told, name):
    """A misspelt label value selects nothing, in silence."""
    text = (ROOT / "deploy" / name).read_text().replace('\\"', '"')
    asked = re.findall(r'(staysub_[a-z_]+)\{(\w+)(?:=~?|!=)"([^"]*)"\}', text)
    assert asked
    for metric, label, values in asked:
        for value in values.split("|"):
            assert re.search(rf'^{metric}\{{[^}}]*{label}="{value}"', told, re.MULTILINE), (metric, label, value)


def test_the_labels_in_the_document_are_those_of_the_metric(told):
    rows = [
        line.split("|")
        for line in (ROOT / "docs/metrics.md").read_text().splitlines()
        if line.startswith("| `staysub_")
    ]
    for _, name, labels, *_ in rows:
        metric = name.strip(" `")
        shown = re.search(rf"^{metric}(?:_bucket)?\{{(.*)\}} ", told, re.MULTILINE)
        found = set(re.findall(r'(\w+)="', shown[1])) if shown else set()
        if shown or re.search(rf"^{metric} ", told, re.MULTILINE):
            assert set(re.findall(r"`(\w+)`", labels)) == found, metric


def test_every_series_of_a_count_is_there_before_anything_happens(store):
    """`increase()` misses the first event of a series that begins with it."""
    client = TestClient(pages_of(seed.settings, store, lambda: seed.NOW), base_url="http://127.0.0.1")
    text = client.get("/metrics").text
    for counter in COUNTERS:
        for values in counter.series:
            labels = ",".join(f'{name}="{value}"' for (name, _), value in zip(counter.labels, values, strict=True))
            assert f"{counter.name}_total{'{' + labels + '}' if labels else ''} 0.0\n" in text
    for histogram in HISTOGRAMS:
        assert f'{histogram.name}_bucket{{le="+Inf"}} 0.0\n' in text


def test_names_are_as_prometheus_wants_them(told):
    """Base units, and `_total` on what only grows (Prometheus: metric and label naming; OpenMetrics)."""
    for line in told.splitlines():
        if line.startswith("# TYPE "):
            _, _, name, kind = line.split()
            assert name.startswith("staysub_")
            assert name.endswith("_total") == (kind == "counter"), name
            assert not re.search(r"(minutes|hours|days|_ms|milli|percent|kilo)", name), name
            assert kind != "histogram" or name.endswith("_seconds"), name


def test_each_alert_says_what_it_means():
    (group,) = yaml.safe_load((ROOT / "deploy/alerts.yml").read_text())["groups"]
    for rule in group["rules"]:
        assert rule["annotations"]["summary"], rule
        assert rule["labels"]["severity"] in {"warning", "critical"}


def test_a_receiver_that_is_configured_no_longer_is_not_told_to_be_silent(store):
    seed.fill(store)
    client = TestClient(pages_of(seed.settings, store, lambda: seed.NOW), base_url="http://127.0.0.1")
    text = client.get("/metrics").text
    assert 'last_seen_timestamp_seconds{part="worker"}' in text
    assert 'part="receiver"' not in text
