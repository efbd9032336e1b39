"""What each check carries on is what the whole past says; what is counted check by check is what its spells say."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import groupby

from hypothesis import given
from hypothesis import strategies as st

from monitor.evidence.checks.outage import LASTING, LASTING_CHECKS, outages_of
from monitor.evidence.checks.sporadic import Spells, spells_in
from monitor.model.dns import DnsQuestion, SpfResult
from monitor.model.evidence import CheckOutcome
from monitor.model.findings import CheckStatus
from tests.builders import DOMAIN, V4, V6, an_spf_outcome

START = datetime(2026, 11, 16, tzinfo=UTC)
EVERY = timedelta(minutes=15)
SAW, FAILED, BLIND = "sfb"
SERVFAIL = (DnsQuestion(name=DOMAIN, rrtype="TXT", rcode="SERVFAIL"),)

# No more than three blind checks in a row: after an hour without a look it begins anew.
PASTS = st.lists(st.sampled_from([SAW, FAILED, FAILED, FAILED, BLIND]), max_size=60).filter(
    lambda past: BLIND * 4 not in "".join(past)
)


def check(kind, at, slot):
    met = {"result": SpfResult.TEMPERROR, "trace": SERVFAIL} if kind != SAW else {}
    results = tuple(an_spf_outcome(client_ip=each, evaluated_at=at, **met) for each in (V4, V6))
    return CheckOutcome(
        domain=DOMAIN,
        list_id="ops",
        slot=slot,
        evaluated_at=at,
        status=CheckStatus.OK,
        results=results,
        ours="We cannot see." if kind == BLIND else None,
    )


def lived(past, *, twice=frozenset()):
    """The checks of that past as they are recorded; those whose number is in `twice` are made again and thrown away."""
    checks, previous = [], None
    for number, kind in enumerate(past):
        outcome = check(kind, START + number * EVERY, number + 1)
        outcome = replace(outcome, outages=outages_of(outcome, previous, every=EVERY))
        if number in twice:
            later = replace(outcome, evaluated_at=outcome.evaluated_at + timedelta(minutes=1))
            assert outages_of(later, outcome, every=EVERY) == outcome.outages
        checks.append(outcome)
        previous = outcome
    return checks


@given(PASTS, st.sets(st.integers(0, 60)))
def test_the_state_is_what_the_whole_past_says(past, twice):
    for number, outcome in enumerate(lived(past, twice=twice)):
        looks = [(n, kind) for n, kind in enumerate(past[: number + 1]) if kind != BLIND]
        saw = [n for n, kind in looks if kind == SAW]
        run = [n for n, _ in looks if not saw or n > saw[-1]]
        assert [each.family for each in outcome.outages] == ([4, 6] if run else [])
        for each in outcome.outages:
            assert each.since == START + run[0] * EVERY
            assert each.until == START + run[-1] * EVERY
            assert each.checks == len(run)
            lasts = len(run) >= LASTING_CHECKS and (run[-1] - run[0]) * EVERY >= LASTING
            assert (each.proven_at is not None) is lasts


@given(PASTS)
def test_what_is_counted_are_the_spells_that_did_not_last(past):
    counted = sum(map(spells_in, lived(past)), Spells())
    looks = [(n, kind) for n, kind in enumerate(past) if kind != BLIND]
    runs = [[n for n, _ in run] for kind, run in groupby(looks, key=lambda look: look[1]) if kind == FAILED]
    passing = [run for run in runs if len(run) < LASTING_CHECKS or (run[-1] - run[0]) * EVERY < LASTING]
    failed = sum(map(len, passing))
    assert counted == Spells(seen=failed + sum(kind == SAW for _, kind in looks), failed=failed, spells=len(passing))
