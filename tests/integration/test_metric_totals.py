"""Counts: written together with what they count, so that what happens twice under one name counts once."""

from dataclasses import replace
from datetime import timedelta

import pytest

from monitor import metrics
from monitor.evidence.checks.source import CHECKS
from monitor.metrics import CHECK_DURATION, NOTICE_ATTEMPTS, NOTICES, PROBES, PROBES_BEGUN, outcome_label
from monitor.model.evidence import ProbeState
from monitor.model.findings import CheckStatus
from monitor.model.incidents import DeliveryAttempt, NoticeState
from monitor.notify.retry import counts_of
from monitor.probe import life
from tests import seed


def test_a_check_that_is_recorded_twice_counts_once(store):
    outcome = replace(seed.check(seed.NOW), list_id="gardening", slot=7, status=CheckStatus.OK)
    for _ in range(2):
        store.evidence.record(CHECKS, outcome, counts=CHECK_DURATION.one(0.3))
    counts = store.metric_totals.all()
    assert counts[metrics.CHECKS.field("ok")] == 1
    assert counts[CHECK_DURATION.sum_field] == 0.3
    assert sum(counts.get(field, 0) for field in CHECK_DURATION.fields) == 1
    assert counts[CHECK_DURATION.fields[3]] == 1  # at most half a second
    assert store.metric_totals.successes() == {("check", "gardening"): outcome.evaluated_at}


def test_a_check_without_an_answer_is_no_success(store):
    """The time of the last success stays: never a stale 1, and never a new time for nothing."""
    good = replace(seed.check(seed.NOW), list_id="gardening", slot=1, status=CheckStatus.CRITICAL)
    store.evidence.record(CHECKS, good)
    store.evidence.record(
        CHECKS, replace(good, slot=2, status=CheckStatus.UNKNOWN, evaluated_at=seed.NOW + timedelta(hours=1))
    )
    assert store.metric_totals.successes() == {("check", "gardening"): good.evaluated_at}
    assert store.metric_totals.all()[metrics.CHECKS.field("unknown")] == 1


def test_a_probe_counts_at_its_beginning_and_its_end(store):
    seed.fill(store)
    probe = next(iter(store.probes.of_list("gardening", 1)))
    begun = store.metric_totals.all()[PROBES_BEGUN.field()]
    store.probes.open(probe, now=seed.NOW)  # a second delivery of the same task
    assert store.metric_totals.all()[PROBES_BEGUN.field()] == begun
    open_one = replace(probe, id="another", state=ProbeState.SCHEDULED, finished_at=None)
    assert store.probes.open(open_one, now=seed.NOW)
    for _ in range(2):
        store.probes.change("another", lambda one: life.arrived(one, now=seed.NOW))
    before = sum(one.state == "arrived" for name in seed.LEVELS for one in store.probes.of_list(name))
    assert store.metric_totals.all()[PROBES.field("arrived")] == before


def test_a_try_and_the_end_of_a_notice_are_counted(store):
    seed.fill(store)
    notice = store.notices.get("inc-ipv6-ops-webhook")
    dead = replace(
        notice, state=NoticeState.DEAD, attempts=(*notice.attempts, DeliveryAttempt(at=seed.NOW, outcome="http-410"))
    )
    store.notices.save(dead, counts=counts_of(dead))
    counts = store.metric_totals.all()
    assert counts[NOTICE_ATTEMPTS.field("webhook", "http-4xx")] == 1
    assert counts[NOTICES.field("webhook", "dead")] == 1


def test_whatever_came_of_a_delivery_has_a_label():
    words = {
        "delivered": "delivered",
        "http-503": "http-5xx",
        "http-302": "http-3xx",
        "http-101": "other",
        "smtp-450": "smtp-4yz",
        "smtp-5yz": "smtp-5yz",
        "relay-tls": "tls",
        "relay-auth": "auth",
        "unsayable": "other",
        "no-owner": "other",
        "": "other",
    }
    for outcome, label in words.items():
        assert outcome_label(outcome) == label
        NOTICE_ATTEMPTS.field("mail", outcome_label(outcome))


def test_a_label_that_nobody_knows_is_a_mistake_of_ours():
    with pytest.raises(ValueError, match="splendid"):
        metrics.CHECKS.field("splendid")
