"""Mail that fails now and then is told as that; a fault that all mail met until it was mended is not."""

import pytest

from monitor.evidence.arrivals.source import ARRIVALS
from monitor.evidence.arrivals.sporadic import sporadic_arrivals
from monitor.model.dns import SpfResult
from tests.builders import NOW, a_ledger, looks

P, F, T = SpfResult.PASS, SpfResult.FAIL, SpfResult.TEMPERROR


@pytest.mark.parametrize(
    ("oldest_first", "found"),
    [
        pytest.param([P] * 5, None, id="all pass"),
        pytest.param([P, P, F, P, F, P, P], (2, 7), id="now and then"),
        pytest.param([P, P, F, P, P], None, id="a slip"),
        pytest.param([P, P, F, F, F, F, P, P], None, id="a fault that all met, mended"),
        pytest.param([P, P, F, F, T, F, P, P], None, id="the same, and one look that could not tell"),
        pytest.param([P, T, F, F, F, T, P, P], None, id="the same, at its ends"),
        pytest.param([P, F, P, F, P, T, T, P, F, P], (3, 8), id="now and then, and two looks that could not tell"),
        pytest.param([P, F, P, F, P, F, P, T, F, P], (4, 9), id="now and then, and one look that could not tell"),
    ],
)
def test_what_comes_and_goes_is_told_and_what_was_mended_is_not(oldest_first, found):
    ledger = a_ledger(*reversed(looks(reversed(oldest_first), source=ARRIVALS.name)))
    told = [
        (each.evidence["failed"], each.evidence["seen"])
        for each in sporadic_arrivals([], ledger, source=ARRIVALS.name, now=NOW)
    ]
    assert told == ([] if found is None else [found])
