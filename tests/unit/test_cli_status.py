"""`staysub status`: the worst decides, urgency orders, unknown is none of the levels."""

from datetime import timedelta

import pytest

from monitor.cli.status import in_order, plugin_line
from monitor.model.order import STATUS_OF_LEVEL, worst_status
from monitor.model.risk import RiskLevel
from tests.builders import NOW, an_assessment

OK, WATCH, AT_RISK, CRITICAL, UNKNOWN = (
    RiskLevel.OK,
    RiskLevel.WATCH,
    RiskLevel.AT_RISK,
    RiskLevel.CRITICAL,
    RiskLevel.UNKNOWN,
)


def row(name, level, days=None):
    act_by = None if days is None else NOW + timedelta(days=days)
    return an_assessment(level, list_id=name, act_by=act_by)


@pytest.mark.parametrize(
    ("levels", "status"),
    [
        pytest.param([], "ok", id="nothing watched"),
        pytest.param([OK, OK], "ok", id="all ok"),
        pytest.param([OK, UNKNOWN], "unknown", id="unknown is not ok"),
        pytest.param([UNKNOWN, WATCH], "warning", id="what is known comes before what is not"),
        pytest.param([WATCH, AT_RISK, UNKNOWN], "critical", id="danger first"),
    ],
)
def test_the_worst_decides(levels, status):
    assert worst_status(STATUS_OF_LEVEL[level] for level in levels) == status


def test_the_most_urgent_comes_first():
    rows = [row("ok", OK), row("later", CRITICAL, 9), row("blind", UNKNOWN), row("sooner", CRITICAL, 2)]
    assert [each.list_id for each in in_order(rows)] == ["sooner", "later", "blind", "ok"]


def test_the_plugin_line_names_the_lists_and_counts_the_levels():
    line = plugin_line([row("ops", CRITICAL), row("dev", OK)], "critical")
    assert line == ("STAYSUB CRITICAL - 1 critical, 1 ok (ops) | critical=1 at_risk=0 watch=0 unknown=0 ok=1")
