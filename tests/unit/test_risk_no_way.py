"""What a receiver's rules say to mail that never goes there is no answer: not on a page, in a command or in a mail."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from monitor.admission.rules import load_rules
from monitor.config.settings import Settings
from monitor.evidence.source import ListEvidence
from monitor.model.evidence import AdmissionAction
from monitor.model.lists import MailingList
from monitor.risk.judge import judge
from monitor.risk.no_way import no_way
from monitor.web.views.outlook import outlook
from tests.builders import V4, V6, a_check, a_list

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
FORGOTTEN = "v=spf1 ip4:192.0.2.25 -all"
AT_WHOM = {"charter.net": 10, "gmail.com": 40}  # Spectrum takes no mail over IPv6, Gmail does


def evidence(listed: MailingList) -> ListEvidence:
    return ListEvidence(listed=listed, rules=load_rules(), now=NOW, reports={"check": (a_check(FORGOTTEN, at=NOW),)})


@pytest.fixture
def thought():
    listed = a_list(subscribers=AT_WHOM, messages_per_day=1.0)
    return judge(evidence(listed)), evidence(listed)


def test_a_rule_that_asks_nothing_over_ipv6_accepts_what_nobody_there_can_get(thought):
    """So it is told that it "accepts", which the forecast of the same receiver knows better."""
    assessment, _ = thought
    told = {(each.receiver, each.client_ip): each.action for each in assessment.admission}
    assert told["spectrum", V6] is AdmissionAction.ACCEPT
    assert no_way(assessment.admission, assessment.forecasts) == {("spectrum", V6)}


def test_the_page_shows_no_answer_there(thought):
    assessment, about = thought
    shown = outlook(about, assessment, Settings(), word="")
    addresses = {
        each.forecast.receiver: {ip for answer in each.answers for ip in answer.addresses} for each in shown.prospects
    }
    assert addresses == {"spectrum": {V4}, "gmail": {V4, V6}}


def test_without_a_forecast_nothing_is_left_out(thought):
    assessment, _ = thought
    assert no_way(assessment.admission, ()) == frozenset()
    only = [replace(each, actions={}) for each in assessment.forecasts if each.receiver == "gmail"]
    assert no_way(assessment.admission, only) == {("gmail", V4), ("gmail", V6)}, "no way at all"
