"""The picture of a list's past: which stretches it shows, and what it says in words."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address

from monitor.model.dns import SpfResult
from monitor.model.evidence import ProbeState
from monitor.model.level_run import LevelRun, run_of
from monitor.model.risk import RiskLevel
from monitor.model.tally import LOST_AT, PLACES, Tally
from monitor.tongue.voice import Voice
from monitor.web.views.addresses import addresses
from monitor.web.views.history import History, Run, runs
from monitor.web.views.timeline_chart import timeline
from tests import seed
from tests.builders import a_probe, an_arrival, an_assessment

NOW = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
QUARTER, GAP = timedelta(minutes=15), timedelta(minutes=45)
OK, CRITICAL = RiskLevel.OK, RiskLevel.CRITICAL


def judged(minutes_ago: int, level: RiskLevel) -> LevelRun:
    return run_of(an_assessment(level, assessed_at=NOW - timedelta(minutes=minutes_ago)))


def test_equal_levels_make_one_run():
    history = [judged(10, CRITICAL), judged(25, OK), judged(40, OK)]
    assert runs(history, now=NOW, since=NOW - timedelta(hours=1), gap=GAP) == (
        Run(level=OK, begin=NOW - timedelta(minutes=40), end=NOW - timedelta(minutes=10)),
        Run(level=CRITICAL, begin=NOW - timedelta(minutes=10), end=NOW),
    )


def test_a_silence_of_ours_is_a_gap_and_no_level():
    history = [judged(10, OK), judged(300, OK)]
    made = runs(history, now=NOW, since=NOW - timedelta(hours=24), gap=GAP)
    assert [(run.end - run.begin) for run in made] == [GAP, timedelta(minutes=10)]


def test_a_run_of_equal_assessments_is_a_stretch_from_its_first_to_its_last():
    long = replace(judged(10, OK), since=NOW - timedelta(minutes=100), times=7)
    history = [long, judged(115, CRITICAL)]
    assert runs(history, now=NOW, since=NOW - timedelta(hours=3), gap=GAP) == (
        Run(level=CRITICAL, begin=NOW - timedelta(minutes=115), end=NOW - timedelta(minutes=100)),
        Run(level=OK, begin=NOW - timedelta(minutes=100), end=NOW),
    )


def test_probes_that_went_wrong_are_marked_by_bars_and_where_no_bar_counts_them_one_by_one():
    """Of a quarter of a year only counts are kept, and of versions before only the probes themselves."""
    counts = tuple(3 if place == LOST_AT else 0 for place in range(PLACES))
    history = History(
        tallies=[Tally(begin=NOW.replace(hour=6, minute=0) - timedelta(days=10), counts=counts)],
        probes=[
            a_probe(ProbeState.LOST, scheduled_at=NOW - timedelta(days=10)),
            a_probe(ProbeState.BOUNCED, scheduled_at=NOW - timedelta(days=20)),
        ],
    )
    drawn = timeline(history, window="90d", now=NOW, check_every=QUARTER, voice=Voice(now=NOW))
    assert drawn.count('class="cross"') == 2
    assert "probes lost from 14 November, 00:00 UTC: 3" in drawn
    assert "probe bounced, 4 November, 09:30 UTC" in drawn


def test_what_began_before_the_window_is_cut():
    history = [judged(80, OK)]
    (run,) = runs(history, now=NOW, since=NOW - timedelta(minutes=60), gap=GAP)
    assert (run.begin, run.end) == (NOW - timedelta(minutes=60), NOW - timedelta(minutes=35))
    assert runs([judged(200, OK)], now=NOW, since=NOW - timedelta(minutes=60), gap=GAP) == ()


def test_the_picture_says_in_words_what_it_shows():
    empty = History()
    drawn = timeline(empty, window="7d", now=NOW, check_every=QUARTER, voice=Voice(now=NOW))
    assert (
        "levels nothing known; 0 of 0 checks found something; 0 of 0 arrivals passed SPF; posts to 0 recipients were refused."
        in drawn
    )
    history = History(levels=[judged(10, CRITICAL), judged(25, OK)])
    assert "levels OK, then Critical" in timeline(
        history, window="24h", now=NOW, check_every=QUARTER, voice=Voice(now=NOW)
    )
    assert "style=" not in timeline(history, window="24h", now=NOW, check_every=QUARTER, voice=Voice(now=NOW))


def test_declared_observed_and_authorised_are_compared():
    declared, strange = ip_address("192.0.2.25"), ip_address("2001:db8::99")
    arrival = an_arrival(probe_id=None, received_at=NOW, client_ip=strange)
    newest = seed.check(NOW, (seed.spf(declared, SpfResult.PASS, SpfResult.PASS, NOW),))
    found = addresses((declared,), (arrival,), newest)
    assert [(one.ip, one.declared, one.observed_at, one.authorised) for one in found] == [
        (strange, False, NOW, None),
        (declared, True, None, True),
    ]
    doubtful = seed.check(NOW, (seed.spf(declared, SpfResult.TEMPERROR, SpfResult.TEMPERROR, NOW),))
    assert addresses((declared,), (), doubtful)[0].authorised is None
