"""How often one client may ask, counted on a clock of the test's own."""

import pytest

from monitor.web.access import rate_limit
from monitor.web.access.rate_limit import RATES, Counter, Kind, kind_of


def test_a_burst_is_allowed_and_then_one_more_for_each_interval():
    now = 100.0
    counter = Counter(lambda: now)
    rate = RATES[Kind.LOGIN]
    assert [counter.wait(Kind.LOGIN, "a") for _ in range(rate.burst)] == [0.0] * rate.burst
    assert counter.wait(Kind.LOGIN, "a") == pytest.approx(rate.every_s)
    assert counter.wait(Kind.LOGIN, "b") == 0.0
    assert counter.wait(Kind.LOOK, "a") == 0.0
    now += rate.every_s
    assert counter.wait(Kind.LOGIN, "a", take=False) == 0.0
    assert counter.wait(Kind.LOGIN, "a") == 0.0
    assert counter.wait(Kind.LOGIN, "a") > 0


def test_memory_is_bounded(monkeypatch):
    monkeypatch.setattr(rate_limit, "CLIENTS_KEPT", 3)
    counter = Counter(lambda: 0.0)
    for number in range(10):
        counter.wait(Kind.LOOK, str(number))
    assert len(counter._free_at) == 3


@pytest.mark.parametrize(
    ("method", "path", "kind"),
    [
        ("GET", "/login", Kind.LOOK),
        ("POST", "/login", Kind.LOGIN),
        ("POST", "/explain", Kind.EXPLAIN),
        ("POST", "/api/v1/explain", Kind.EXPLAIN),
        ("POST", "/incidents/x/acknowledge", Kind.CHANGE),
        ("PUT", "/api/v1/lists/x", Kind.CHANGE),
        ("HEAD", "/", Kind.LOOK),
    ],
)
def test_what_a_request_costs(method, path, kind):
    assert kind_of(method, path) is kind
