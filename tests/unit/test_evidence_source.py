"""The seam of evidence: a new kind is one record, and one line in the catalogue."""

from datetime import UTC, datetime, timedelta

import pytest

from monitor.admission.rules import load_rules
from monitor.evidence import catalogue
from monitor.evidence.source import ListEvidence
from monitor.model.risk import Hit, RiskLevel
from monitor.risk.judge import judge
from monitor.store import keys
from tests.builders import a_ledger, a_list, entries_of
from tests.toy_evidence import COMPLAINTS, read_complaint

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
LIST = a_list(messages_per_day=1.0)


def complaint(number, *, at=NOW):
    return read_complaint(f"{number} gmail 6 {at:%Y-%m-%dT%H:%M:%S}".encode(), list_id="ops")


def evidence(*complaints):
    """As the store would keep them: the newest documents, and all of them in the ledger."""
    return ListEvidence(
        listed=LIST,
        rules=load_rules(),
        now=NOW,
        reports={"complaint": complaints[: COMPLAINTS.read]},
        ledger=a_ledger(*entries_of(COMPLAINTS, *complaints)),
    )


@pytest.fixture
def registered(monkeypatch):
    """The one line."""
    monkeypatch.setattr(catalogue, "SOURCES", (*catalogue.SOURCES, COMPLAINTS))


@pytest.mark.usefixtures("registered")
def test_a_new_kind_is_weighed_as_all_others_are():
    """What it entered is seen of a receiver, its findings move the level, and the sentence is its own."""
    told = evidence(*(complaint(n, at=NOW - n * timedelta(days=1)) for n in range(3)))
    said = judge(told)
    assert {each.code for each in said.findings} == {"complaint.postmaster", "replies.refused"}
    assert said.level in {RiskLevel.AT_RISK, RiskLevel.CRITICAL}
    (only,) = said.forecasts
    assert (only.receiver, only.seen.posts, only.seen.subscribers, only.seen.hit) == ("gmail", 3, 3, Hit.ALL)
    assert only.seen.reply == "We do not want this."


@pytest.mark.usefixtures("registered")
def test_its_findings_alone_are_something_to_watch():
    """A document that entered nothing."""
    said = judge(ListEvidence(listed=LIST, rules=load_rules(), now=NOW, reports={"complaint": (complaint(1),)}))
    assert (said.level, said.reason) == (RiskLevel.WATCH, "The postmaster of gmail wrote.")


def test_what_is_not_in_the_catalogue_says_nothing():
    told = ListEvidence(listed=LIST, rules=load_rules(), now=NOW, reports={"complaint": (complaint(1),)})
    assert judge(told).findings == ()


def test_every_kind_has_a_name_and_a_key_of_its_own():
    """Names are part of keys that an installation has: they stay."""
    named = [(each.name, each.stream and each.stream.name) for each in catalogue.SOURCES]
    assert named == [
        ("check", "checks"),
        ("probe", None),
        ("arrival", "arrivals"),
        ("canary", "canary"),
        ("canary-notice", "canary-notices"),
        ("bounce", "bounces"),
        ("dmarc-report", "dmarc-reports"),
        ("tls-report", "tls-reports"),
    ]
    others = {
        made("x") for name, made in vars(keys).items() if name in {"assessments", "tallies", "probes", "incidents_of"}
    }
    assert others.isdisjoint(keys.evidence(stream, "x") for _, stream in named if stream)
