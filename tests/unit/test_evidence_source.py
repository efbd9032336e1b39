"""The seam of evidence: a new kind is one record, and one line in the catalogue."""

from datetime import UTC, datetime, timedelta

import pytest

from monitor.admission.rules import load_rules
from monitor.evidence import catalogue
from monitor.evidence.source import ListEvidence
from monitor.model.risk import RiskLevel
from monitor.risk.facts import facts_of
from monitor.risk.failure_rate import estimate
from monitor.risk.judge import judge
from monitor.store import keys
from tests.builders import a_list
from tests.toy_evidence import COMPLAINTS, read_complaint

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
LIST = a_list()


def complaint(number, *, at=NOW):
    return read_complaint(f"{number} gmail 6 {at:%Y-%m-%dT%H:%M:%S}".encode(), list_id="ops")


def evidence(*complaints):
    return ListEvidence(listed=LIST, rules=load_rules(), now=NOW, reports={"complaint": complaints})


@pytest.fixture
def registered(monkeypatch):
    """The one line."""
    monkeypatch.setattr(catalogue, "SOURCES", (*catalogue.SOURCES, COMPLAINTS))


@pytest.mark.usefixtures("registered")
def test_a_new_kind_is_weighed_as_all_others_are():
    """Its observations make a failure rate that names it, its findings move the level, and the sentence is its own."""
    told = evidence(*(complaint(n, at=NOW - n * timedelta(hours=1)) for n in range(6)))
    said = judge(told)
    assert [each.code for each in said.findings] == ["complaint.postmaster"]
    assert said.reason == "The postmaster of gmail wrote."
    assert said.level is RiskLevel.WATCH
    rate = estimate(facts_of(told).observations, certain=False, now=NOW)
    assert rate.evidence == ("6 of 6 complaints, 100.0 %, 95 % between 65.2 and 100.0 %",)


@pytest.mark.usefixtures("registered")
def test_reports_speak_as_long_as_their_kind_says():
    told = evidence(complaint(1), complaint(2, at=NOW - timedelta(days=8)))
    assert [each.at for each in facts_of(told).observations] == [NOW]


def test_what_is_not_in_the_catalogue_says_nothing():
    told = evidence(complaint(1))
    assert facts_of(told).observations == ()
    assert judge(told).findings == ()


def test_every_kind_has_a_name_and_a_key_of_its_own():
    """Names are part of keys that an installation has: they stay."""
    named = [(each.name, each.stream and each.stream.name) for each in catalogue.SOURCES]
    assert named == [
        ("check", "checks"),
        ("probe", None),
        ("arrival", "arrivals"),
        ("canary", "canary"),
        ("bounce", "bounces"),
    ]
    others = {
        made("x") for name, made in vars(keys).items() if name in {"assessments", "tallies", "probes", "incidents_of"}
    }
    assert others.isdisjoint(keys.evidence(stream, "x") for _, stream in named if stream)
