"""Our evaluator is held to unmodified pyspf: the truth from outside, over the same generated zones."""

from datetime import UTC, datetime
from ipaddress import ip_address
from math import inf
from random import Random

import pytest
import spf
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.model.dns import Identity
from monitor.spf.check_host import check_host
from monitor.spf.differences import known_difference
from monitor.spf.record import parse
from monitor.spf.second_opinion import ask_pyspf, second_opinion
from tests.fakes import ZoneResolver
from tests.spf_records import (
    ADDRESSES,
    HELO,
    SENDERS,
    Everywhere,
    any_trouble,
    any_zones,
    network_terms,
    silent,
    zones,
)

NOW = datetime(2026, 1, 5, tzinfo=UTC)
ZONES_OF_A_SEED = 20
LIMITS = ("include has trivial recursion", "Too many DNS lookups")


@pytest.fixture(scope="module", autouse=True)
def without_time_limit():
    """A whole garbage collection in a test run's heap falls into one evaluation's own time, and takes longer."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("monitor.spf.second_opinion.TIME_LIMIT_S", inf)
        yield


def both(resolver, address, sender):
    ours = check_host(
        resolver,
        client_ip=ip_address(address),
        reverse_path=sender,
        helo=HELO,
        identity=Identity.MAILFROM,
        now=NOW,
    )
    return ours, ask_pyspf(resolver, address, sender, HELO)


@given(zones, silent)
@settings(max_examples=150, deadline=None)
def test_of_plain_terms_both_say_the_same(zones, errors):
    """Of `ip4`, `ip6`, `a`, `mx`, `include`, `exists`, `redirect`, `all` only unreached terms' cost may differ."""
    resolver = ZoneResolver(zones, dict.fromkeys(errors, "timeout"))
    for address in ADDRESSES:
        ours, theirs = both(resolver, address, SENDERS[0])
        if ours.result != theirs.result:
            assert theirs.problem.startswith(LIMITS), (ours, theirs)
            assert known_difference(ours, theirs.result, theirs.problem) is not None


@given(st.integers(0, 2**32))
@settings(max_examples=150, deadline=None)
def test_of_any_terms_they_differ_only_by_what_is_known(seed):
    """Macros of every form, modifiers, broken terms, names: what differs is in the table, or one of us is wrong.

    Over the answers that our evaluation recorded pyspf says the same, or nothing where it would ask more; but for an
    explanation, which is not recorded and whose vain lookups it counts.
    """
    random = Random(seed)
    for _ in range(ZONES_OF_A_SEED):
        resolver = Everywhere(any_zones(random), any_trouble(random))
        ours, theirs = both(resolver, random.choice(ADDRESSES), random.choice(SENDERS))
        assert "on our side" not in (ours.problem or "")
        if theirs is None:
            continue  # an exception escaped from it
        known = None if ours.result == theirs.result else known_difference(ours, theirs.result, theirs.problem)
        assert known is not None or ours.result == theirs.result, (ours, theirs)
        recorded = second_opinion(ours)
        explained = theirs.problem.startswith("Void lookup limit")
        assert recorded is None or recorded.result == theirs.result or explained, (recorded, theirs)


@given(network_terms)
@settings(max_examples=500)
def test_an_address_term_is_read_as_pyspf_reads_it(term):
    judge = spf.query(i="192.0.2.1", s="a@example.org", h="mx.example")
    try:
        _, kind, _, prefix, result = judge.validate_mechanism(term)
    except spf.PermError:
        kind = None
    (ours,) = parse(f"v=spf1 {term}").terms
    assert (ours.error is None) is (kind is not None)
    if kind in ("ip4", "ip6"):
        assert (ours.name, ours.prefix) == (kind, prefix)
        assert {"pass": "+", "fail": "-", "softfail": "~", "neutral": "?"}[result] == ours.qualifier
