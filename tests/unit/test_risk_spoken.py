"""What is thought of a list is said in whole messages: in a language of wide letters no plain word is left."""

import re
from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

import monitor.tongue.voice
from monitor.admission.rules import UNDECIDED, load_rules
from monitor.managers.catalogue import MANAGERS, kind_named
from monitor.model.evidence import AdmissionAction
from monitor.model.risk import FailureRate, Hit, ReceiverForecast, RiskLevel, SeenRefusals
from monitor.mtas.catalogue import MTAS
from monitor.mtas.parties import mta_of
from monitor.risk.judge import reason
from monitor.risk.seen_findings import seen_findings
from monitor.tongue.voice import Voice
from tests.builders import NOW
from tests.pseudo import Pseudo, Source

REFUSED = SeenRefusals(
    first=datetime(2026, 11, 24, 23, 30, tzinfo=UTC),
    last=NOW,
    posts=5,
    sent=8.0,
    recipients=110,
    subscribers=22,
    share=1.0,
    hit=Hit.ALL,
    action=AdmissionAction.REJECT,
    families=(6,),
    rule="goog.dmarc.5726",
    reply="550 5.7.26 no",
)
FORECAST = ReceiverForecast(
    receiver="gmail",
    failure_rate=FailureRate(mean=0.05, low=0.01, high=0.1),
    post_bounces=0.05,
    disabled=None,
    removed=None,
    subscribers=22,
    level=RiskLevel.WATCH,
    disabled_on=NOW,
)
OVER = {"over_since": NOW, "disabled": 3, "disabled_at": NOW}


@pytest.fixture(autouse=True)
def wide(monkeypatch):
    monkeypatch.setattr(monitor.tongue.voice, "catalogue", lambda _language: Pseudo())


def plain_in(*said):
    """The sentences that keep plain words in that language, but for code."""
    texts = (re.sub(r"`[^`]*`", "", Voice("de")(each)) for each in said)
    return Source("here", tuple(texts)).bypassing(frozenset())


@pytest.mark.parametrize(
    "differs",
    [
        pytest.param({}, id="all of them"),
        pytest.param({"families": (), "reply": ""}, id="nothing but that"),
        pytest.param({"action": AdmissionAction.DEFER}, id="put off"),
        pytest.param({"contradicts": True}, id="against its rules"),
        pytest.param({"contradicts": True, "action": AdmissionAction.DEFER}, id="put off against its rules"),
        pytest.param({"hit": Hit.PART, "subscribers": 7}, id="some of them"),
        pytest.param({"hit": Hit.POSTS}, id="some posts"),
        pytest.param({"hit": Hit.ONCE}, id="one post"),
        pytest.param({"hit": Hit.ONCE, "action": AdmissionAction.DEFER}, id="one post put off"),
        pytest.param({"hit": Hit.ADDRESSES, "subscribers": 1}, id="one address"),
        pytest.param({"hit": Hit.ADDRESSES, "families": ()}, id="a few addresses"),
        pytest.param({"subscribers": 3000}, id="an estimate"),
        pytest.param({"disabled": 22, "disabled_at": NOW}, id="disabled"),
        pytest.param({"disabled": 1, "disabled_at": NOW}, id="one of them disabled"),
        pytest.param({"at_next_post": True}, id="at the next post"),
        pytest.param(OVER, id="over"),
        pytest.param({**OVER, "removed_on": NOW}, id="over, and removed"),
        pytest.param({**OVER, "removed_on": datetime(2027, 1, 1, tzinfo=UTC)}, id="over, and removed some day"),
    ],
)
@pytest.mark.parametrize("there", [None, 0, 1, 22, 3001])
def test_what_was_seen_to_be_refused(differs, there):
    forecast = replace(FORECAST, subscribers=there, seen=replace(REFUSED, **differs))
    (one,) = seen_findings([forecast], load_rules(), manager="GNU Mailman 3", now=NOW)
    assert not plain_in(one.message, *((one.fix.name, one.fix.value) if one.fix else ()))


def test_plain_words_would_be_found():
    assert plain_in("refuses mail", "550 5.7.26") == ["refuses mail"]


def test_its_days_are_where_the_reader_is():
    (one,) = seen_findings([replace(FORECAST, seen=REFUSED)], load_rules(), manager="GNU Mailman 3", now=NOW)
    assert "24 November 2026" in one.message
    assert "25.\xa0November 2026" in Voice("de", ZoneInfo("Europe/Berlin"))(one.message)


@pytest.mark.parametrize(
    ("level", "forecasts"),
    [(RiskLevel.UNKNOWN, ()), (RiskLevel.OK, ()), (RiskLevel.WATCH, ()), (RiskLevel.WATCH, (FORECAST,))],
)
def test_why_a_list_has_its_level(level, forecasts):
    assert not plain_in(reason(level, (), (), forecasts=forecasts, name=load_rules().receiver_name))


def test_those_without_a_name_are_called_in_the_readers_language_and_others_by_their_names():
    name = load_rules().receiver_name
    assert not plain_in(name("generic"))
    assert Voice("de")(name("t-online")) == "T-Online"


def test_what_receivers_ask_and_what_managers_and_servers_are_told():
    topics = {rule.topic for rule in load_rules().rules}
    told = [kind_named(each).remedies for each in MANAGERS]
    assert not plain_in(*UNDECIDED.values(), *(each.about for each in topics), *(each.remedy for each in topics))
    assert not plain_in(*(each.rewrite_from for each in told), *(each.one_click for each in told))
    assert not plain_in(*(each.restore for each in told), *(each.signing("lists.example.org") for each in told))
    assert not plain_in(*(mta_of(each, {}).tls for each in MTAS))
