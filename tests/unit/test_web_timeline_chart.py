"""The picture of a list's past: which stretches it shows, and what it says in words."""

from datetime import UTC, datetime, timedelta
from ipaddress import ip_address

from monitor.model.dns import SpfResult
from monitor.model.risk import Assessment, RiskLevel
from monitor.web.views.addresses import addresses
from monitor.web.views.history import History, Run, runs
from monitor.web.views.timeline_chart import timeline
from tests import seed
from tests.builders import an_arrival, an_assessment

NOW = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
QUARTER, GAP = timedelta(minutes=15), timedelta(minutes=45)
OK, CRITICAL = RiskLevel.OK, RiskLevel.CRITICAL


def judged(minutes_ago: int, level: RiskLevel) -> Assessment:
    return an_assessment(level, assessed_at=NOW - timedelta(minutes=minutes_ago))


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


def test_what_began_before_the_window_is_cut():
    history = [judged(80, OK)]
    (run,) = runs(history, now=NOW, since=NOW - timedelta(minutes=60), gap=GAP)
    assert (run.begin, run.end) == (NOW - timedelta(minutes=60), NOW - timedelta(minutes=35))
    assert runs([judged(200, OK)], now=NOW, since=NOW - timedelta(minutes=60), gap=GAP) == ()


def test_the_picture_says_in_words_what_it_shows():
    empty = History()
    drawn = timeline(empty, window="7d", now=NOW, check_every=QUARTER)
    assert (
        "levels nothing known; 0 of 0 checks found something; 0 of 0 arrivals passed SPF; posts to 0 recipients were refused."
        in drawn
    )
    history = History(assessments=[judged(10, CRITICAL), judged(25, OK)])
    assert "levels OK, then Critical" in timeline(history, window="24h", now=NOW, check_every=QUARTER)
    assert "style=" not in timeline(history, window="24h", now=NOW, check_every=QUARTER)


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
