"""Two lists of one organisation that together send bulk, through the store: each is judged by what both send."""

from dataclasses import replace
from datetime import timedelta

import pytest

from monitor.admission.rules import load_rules
from monitor.config.settings import Settings
from monitor.evidence.arrivals.source import ARRIVALS
from monitor.evidence.checks.source import CHECKS
from monitor.model.evidence import AdmissionAction
from monitor.model.risk import RiskLevel
from monitor.model.sending import Sending
from monitor.operations.forget import forget
from monitor.operations.known import known_of
from monitor.operations.reassess import assess_now, reassess
from monitor.operations.services import Services
from monitor.store import keys
from tests.builders import NOW, a_check, an_arrival
from tests.sample_notices import mailing_list

GOOD = "v=spf1 ip4:192.0.2.25 ip6:2001:db8:25::25 -all"
HALF = {"messages_per_day": 6.0, "subscribers": {"gmail.com": 600}}  # 3,600 a day


def a_document(list_id, domain, **settings):
    return mailing_list(id=list_id, address=f"{list_id}@{domain}", webhook=[], **{**HALF, **settings})


@pytest.fixture
def services(store):
    document = {
        "list": [a_document("ops", "lists.example.org"), a_document("talk", "talk.example.org")],
        "notices": {"from": "staysub@example.net", "relay": "smtp://[::1]:1"},
    }
    settings = Settings.model_validate(document, by_alias=True)
    for list_id in ("ops", "talk"):
        store.evidence.record(CHECKS, replace(a_check(GOOD, at=NOW, slot=1), list_id=list_id))
        store.evidence.record(ARRIVALS, an_arrival(list_id=list_id, probe_id=f"p-{list_id}", received_at=NOW))
    return Services(settings=lambda: settings, store=store, rules=load_rules(), now=lambda: NOW)


def gmail(assessment):
    return {each.action for each in assessment.admission if each.receiver == "gmail"}


def test_two_lists_in_one_name_become_bulk_together_and_stop_when_one_goes(services):
    """Each alone sends 3,600 messages a day to Gmail, unsigned; together they are told what bulk is told."""
    store = services.store
    reassess(services, services.watched("ops"), cause="check:1")
    assert gmail(store.outcomes.assessment("ops")) == {AdmissionAction.ACCEPT}
    reassess(services, services.watched("talk"), cause="check:1")
    reassess(services, services.watched("ops"), cause="check:2")
    for list_id in ("ops", "talk"):
        assessment = store.outcomes.assessment(list_id)
        assert gmail(assessment) == {AdmissionAction.REJECT}
        assert {each.rule for each in assessment.admission if each.receiver == "gmail"} == {"goog.bulk.dkim.5730"}
        assert assessment.level in {RiskLevel.AT_RISK, RiskLevel.CRITICAL}
    known = known_of(services.watched("ops"), store, services.rules, now=NOW, every=timedelta(minutes=15))
    assert ("gmail", True) in known.mail.bulk, "the check tells another story than the assessment"
    forget(services, "talk")
    assert gmail(assess_now(services, services.watched("ops"))[0]) == {AdmissionAction.ACCEPT}


def test_one_small_field_a_list_is_written_and_only_when_it_changes(services, monkeypatch):
    """Judging a list reads nothing of the others but that; judged again, it writes nothing."""
    store, listed, written = services.store, services.watched("ops"), []
    hset = store.client.hset
    monkeypatch.setattr(store.client, "hset", lambda *given: (written.append(given[0]), hset(*given)))
    for turn in range(3):
        reassess(services, listed, cause=f"check:{turn}")
    kept = store.client.hgetall(keys.SENDINGS)
    assert kept == {b"ops": b'[{"example.org":{"outlook":0,"gmail":3600,"yahoo":0}},true]'}
    assert written.count(keys.SENDINGS) == 1


def test_what_a_list_sends_now_counts_at_once_without_reading_all_lists_again(services, monkeypatch):
    """With counted posts it changes from check to check: of 10,000 lists each reading is a megabyte."""
    store, read = services.store, []
    store.sendings.all()
    hgetall = store.client.hgetall
    monkeypatch.setattr(store.client, "hgetall", lambda key: (read.append(key), hgetall(key))[1])
    for messages in range(20):
        store.sendings.note("talk", Sending(a_day={"example.org": {"gmail": messages}}, counted=True))
    assert store.sendings.all().of_others("ops", "example.org", "gmail") == 19
    assert keys.SENDINGS not in read
