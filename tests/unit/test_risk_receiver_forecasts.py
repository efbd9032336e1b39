"""From facts to level: the demonstration's stories, and what may never happen."""

from datetime import UTC, datetime, timedelta
from ipaddress import ip_address

import pytest

from monitor.config.settings import Settings
from monitor.errors import ConfigError
from monitor.model.dns import SpfResult
from monitor.model.evidence import Admission, AdmissionAction
from monitor.model.risk import RiskLevel, Thresholds
from monitor.mtas.parties import parties
from monitor.risk.facts import RiskFacts
from monitor.risk.level import DEFAULTS
from monitor.risk.receiver_forecasts import receiver_forecasts
from tests.builders import looks, reckoned_of

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
FOUR, SIX = ip_address("192.0.2.25"), ip_address("2001:db8:25::25")
REJECT, DEFER, ACCEPT, UNKNOWN = (
    AdmissionAction.REJECT,
    AdmissionAction.DEFER,
    AdmissionAction.ACCEPT,
    AdmissionAction.UNKNOWN,
)


def facts(
    six, four=ACCEPT, *, checks=2, failed=None, mta="postfix", previous=RiskLevel.OK, because=("spf=fail",), **more
):
    """A list whose checks over IPv6, newest first, failed or not; Microsoft defers what others reject."""
    receiver = "microsoft-365" if six is DEFER else "gmail"
    admission = [Admission(receiver=receiver, client_ip=SIX, action=six, because=because)]
    if four is not None:
        admission.append(Admission(receiver=receiver, client_ip=FOUR, action=four, because=("spf=pass",)))
    history = [six in {REJECT, DEFER}] * checks if failed is None else failed
    results = [None if six is UNKNOWN else SpfResult.FAIL if each else SpfResult.PASS for each in history]
    base = {"manager": "mailman3", "mta": mta, "messages_per_day": 12.0, "previous_level": previous}
    return RiskFacts(
        admission=tuple(admission),
        reckoned=reckoned_of(looks(results, until=NOW), receiver),
        outbound=(FOUR, SIX),
        **(base | more),
    )


def level(found):
    return receiver_forecasts(found, now=NOW)[1]


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        pytest.param(facts(ACCEPT), RiskLevel.OK, id="sound"),
        pytest.param(facts(ACCEPT, checks=1), RiskLevel.OK, id="sound and new"),
        pytest.param(facts(REJECT), RiskLevel.CRITICAL, id="rejected over IPv6, two checks"),
        pytest.param(facts(REJECT, None), RiskLevel.CRITICAL, id="rejected, no IPv4"),
        pytest.param(facts(REJECT, None, messages_per_day=1.0), RiskLevel.CRITICAL, id="a post a day is enough"),
        pytest.param(facts(DEFER), RiskLevel.WATCH, id="deferred over IPv6, Postfix goes on over IPv4"),
        pytest.param(facts(DEFER, mta="exim"), RiskLevel.WATCH, id="deferred, Exim goes on over IPv4"),
        pytest.param(facts(DEFER, mta="sendmail"), RiskLevel.AT_RISK, id="deferred, Sendmail stays with IPv6"),
        pytest.param(facts(DEFER, None), RiskLevel.AT_RISK, id="deferred, no IPv4"),
        pytest.param(facts(REJECT, mta="qmail"), RiskLevel.WATCH, id="qmail never uses IPv6"),
        pytest.param(
            facts(REJECT, manager="mailman3", bounce_policy={"process_bounces": False}),
            RiskLevel.AT_RISK,
            id="nobody is dropped but half of the posts do not arrive",
        ),
        pytest.param(facts(UNKNOWN, UNKNOWN, previous=RiskLevel.UNKNOWN), RiskLevel.UNKNOWN, id="nothing is known"),
    ],
)
def test_level_follows_the_story(found, expected):
    assert level(found) is expected


@pytest.mark.parametrize("previous", list(RiskLevel))
def test_unknown_moves_no_level(previous):
    assert level(facts(UNKNOWN, UNKNOWN, previous=previous)) is previous


@pytest.mark.parametrize("previous", [RiskLevel.CRITICAL, RiskLevel.AT_RISK, RiskLevel.WATCH])
def test_good_news_over_one_family_only_lifts_nothing(previous):
    """IPv6 unknown, IPv4 accepted: the danger over IPv6 may still be there."""
    assert level(facts(UNKNOWN, ACCEPT, previous=previous)) is previous


def test_no_evidence_gives_no_rate():
    (only,), _ = receiver_forecasts(facts(UNKNOWN, UNKNOWN), now=NOW)
    assert only.failure_rate is None
    assert only.disabled is None
    assert only.level is RiskLevel.UNKNOWN


def test_dates_follow_from_now():
    (only,), _ = receiver_forecasts(facts(REJECT, None), now=NOW)
    since = NOW - timedelta(minutes=15)  # the older of the two checks
    assert only.failing_since == since
    assert only.disabled_on == since + timedelta(days=4)
    assert only.removed_on == since + timedelta(days=25)
    assert only.post_bounces > 0.95


def test_thresholds_are_the_configurations():
    """[risk] moves the levels: a list is critical from one chance in a hundred on, where it says so."""
    found = facts(ACCEPT, failed=[i % 20 == 3 for i in range(100)], messages_per_day=12.0)
    strict = Thresholds(critical=0.001, at_risk=0.001, watch=0.001)
    assert receiver_forecasts(found, now=NOW)[1] is not RiskLevel.CRITICAL
    assert receiver_forecasts(found, now=NOW, thresholds=strict)[1] is RiskLevel.CRITICAL
    assert Settings().risk == DEFAULTS


def test_the_mtas_settings_stand_among_the_bounce_policys():
    """A queue of a day brings the tenth day forward to the sixth."""
    (only,), _ = receiver_forecasts(facts(DEFER, None, bounce_policy={"mta.queue_lifetime": "1d"}), now=NOW)
    assert only.disabled.median_days == 6
    (same,), _ = receiver_forecasts(facts(DEFER, None, bounce_policy={"mta": {"queue_lifetime": "1d"}}), now=NOW)
    assert same.disabled == only.disabled
    with pytest.raises(ConfigError) as caught:
        parties("mailman3", "exim", {"mta.queue_life": "1d"})
    assert [place for place, _ in caught.value.faults] == ["queue_life"]


def test_a_slip_among_many_raises_nothing():
    found = facts(ACCEPT, failed=[False] * 5 + [True] + [False] * 300)
    assert level(found) is RiskLevel.OK


def test_mended_is_seen_at_once():
    """After a long break three good checks bring the level down."""
    found = facts(ACCEPT, failed=[False] * 3 + [True] * 50, previous=RiskLevel.CRITICAL)
    assert level(found) is RiskLevel.OK


def test_doubt_about_the_rate_widens_the_dates(monkeypatch):
    """A tenth of sixty checks failed: with three rates instead of their mean some go sooner, and some later."""
    found = facts(ACCEPT, None, failed=[n % 10 == 3 for n in range(60)], messages_per_day=3.0)
    (doubtful,), _ = receiver_forecasts(found, now=NOW)
    monkeypatch.setattr("monitor.risk.worlds.WORTH_A_DOUBT", 2.0)
    (sure,), _ = receiver_forecasts(found, now=NOW)
    assert doubtful.disabled.p10_days < sure.disabled.p10_days
    assert doubtful.disabled.within["90d"] < sure.disabled.within["90d"]
