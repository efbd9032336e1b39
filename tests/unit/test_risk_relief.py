"""Which change at the list manager gains the most time, and how much."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address

import pytest

from monitor.model.evidence import Admission, AdmissionAction
from monitor.model.risk import RiskLevel
from monitor.risk.facts import RiskFacts
from monitor.risk.receiver_forecasts import receiver_forecasts
from monitor.risk.reckoned import Reckoned, Stretch
from monitor.risk.relief import relief_of
from monitor.risk.whatif import changes

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
SIX = ip_address("2001:db8:25::25")
DAY = timedelta(days=1)


def facts(manager="mailman3", **differs):
    """A list of 48 at Gmail whose mail fails since a day, every message."""
    stretch = Stretch(since=NOW - DAY, looks=48, certain=True, first=True)
    usual = {
        "manager": manager,
        "mta": "postfix",
        "messages_per_day": 2.0,
        "subscribers": {"gmail": 48},
        "admission": (
            Admission(receiver="gmail", client_ip=SIX, action=AdmissionAction.REJECT, because=("spf=fail",)),
        ),
        "reckoned": {("gmail", 6): Reckoned(passed=0.0, failed=0.0, stretch=stretch, refusal=AdmissionAction.REJECT)},
        "outbound": (SIX,),
    }
    return RiskFacts(**usual | differs)


def relief(found):
    return relief_of(found, receiver_forecasts(found, now=NOW)[0], now=NOW)


@pytest.mark.parametrize("manager", ["mailman3", "mailman2", "sympa", "custom", "discourse", "ezmlm"])
def test_the_date_that_is_told_is_that_of_the_what_if(manager):
    """It is worked out by the same forecast, the later of the two changes, and later than doing nothing."""
    found = facts(manager)
    made = relief(found)
    if made is None:
        pytest.skip("nobody is disabled soon there")
    first = {
        each.word: min(
            (one.disabled_on for one in receiver_forecasts(each.facts, now=NOW)[0] if one.disabled_on), default=None
        )
        for each in changes(found)
        if each.word in ("threshold", "rest")
    }
    assert made.disabled_from == first[made.change]
    gained = [NOW + timedelta(days=9999) if at is None else at for at in first.values()]
    assert (made.disabled_from or NOW + timedelta(days=9999)) == max(gained)
    assert made.disabled_from is None or made.disabled_from - made.without >= DAY


def test_the_lever_has_the_managers_own_name_and_twice_its_value():
    made = relief(facts(messages_per_day=0.2))
    assert made is not None
    assert (made.change, made.setting, made.value) == ("threshold", "bounce_score_threshold", 10)


def test_nothing_is_promised_where_nobody_is_about_to_be_disabled_or_nothing_helps():
    assert relief(facts(manager="none")) is None
    assert relief(facts(subscribers={"gmx": 40})) is None
    forecasts, _ = receiver_forecasts(facts(), now=NOW)
    calm = tuple(replace(each, level=RiskLevel.WATCH) for each in forecasts)
    assert relief_of(facts(), calm, now=NOW) is None
