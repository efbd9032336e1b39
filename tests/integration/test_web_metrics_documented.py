"""Every metric is documented, and dashboard and alerts ask for none that there is not."""

import re
from pathlib import Path

import pytest
import yaml
from fastapi.testclient import TestClient

from monitor.web import create_app
from tests import seed

ROOT = Path(__file__).parents[2]
NAME = re.compile(r"staysub_[a-z_]+")


@pytest.fixture
def told(store):
    seed.fill(store)
    client = TestClient(create_app(seed.settings, store, lambda: seed.NOW), base_url="http://127.0.0.1")
    return {line.split()[2] for line in client.get("/metrics").text.splitlines() if line.startswith("# TYPE ")}


def test_the_document_names_every_metric_and_no_other(told):
    rows = [line for line in (ROOT / "docs/metrics.md").read_text().splitlines() if line.startswith("| `staysub_")]
    assert {NAME.search(row)[0] for row in rows} == told


@pytest.mark.parametrize("name", ["alerts.yml", "grafana.json"])
def test_what_is_deployed_asks_for_metrics_that_there_are(told, name):
    asked = set(NAME.findall((ROOT / "deploy" / name).read_text()))
    assert asked
    assert asked <= told


def test_each_alert_says_what_it_means():
    (group,) = yaml.safe_load((ROOT / "deploy/alerts.yml").read_text())["groups"]
    for rule in group["rules"]:
        assert rule["annotations"]["summary"], rule
        assert rule["labels"]["severity"] in {"warning", "critical"}
