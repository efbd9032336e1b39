"""How due notices are sorted before they are tried: what goes alone, what goes together, what waits."""

from dataclasses import replace
from datetime import timedelta

import pytest

from monitor.config.settings import Settings
from monitor.model.incidents import DeliveryAttempt
from monitor.notify.notice import DIGEST, FAILED, TEST, WEEKLY
from monitor.operations.plan_deliveries import gathered_at, order, paused_by, sort, told_as_new_at
from tests.sample_notices import NOW, notice

TRIED = (DeliveryAttempt(at=NOW, outcome="timeout"),)


@pytest.mark.parametrize(
    ("channel", "changes", "stage"),
    [
        pytest.param("mail", {}, "of_lists", id="a new mail about a list may be told with others"),
        pytest.param("mail", {"type": "list.risk.reminder"}, "of_lists", id="a reminder likewise"),
        pytest.param("mail", {"attempts": TRIED}, "begun", id="a mail that was tried goes as it is"),
        pytest.param("mail", {"type": DIGEST}, "begun", id="a digest under way goes as it is"),
        pytest.param("mail", {"type": WEEKLY}, "alone", id="the week"),
        pytest.param("mail", {"type": "host.risk.raised"}, "alone", id="about the installation"),
        pytest.param("mail", {"type": FAILED}, "alone", id="another way fails"),
        pytest.param("mail", {"type": TEST}, "alone", id="a test"),
        pytest.param("webhook", {}, "calls", id="a call"),
        pytest.param("webhook", {"attempts": TRIED}, "calls", id="a call that was tried"),
    ],
)
def test_each_notice_belongs_to_one_stage(channel, changes, stage):
    one = replace(notice(channel), **changes)
    due = sort([one])
    assert {name for name in ("begun", "of_lists", "alone", "calls") if getattr(due, name) == (one,)} == {stage}
    assert sum(len(getattr(due, name)) for name in ("begun", "of_lists", "alone", "calls")) == 1


def test_calls_are_tried_last_because_endpoints_may_be_slow():
    due = sort([notice("webhook"), notice("mail"), replace(notice("mail"), id="again", attempts=TRIED)])
    assert order(due.begun, due.of_lists, due.alone, due.calls) == ["again", notice("mail").id, notice("webhook").id]


def test_a_pause_covers_the_list_that_the_mail_is_about_or_all_of_many():
    assert paused_by(notice("mail")) == "ipv6-ops"
    assert {paused_by(replace(notice("mail"), type=kind)) for kind in (DIGEST, WEEKLY)} == {"*"}


def test_mails_wait_for_the_last_list_to_meet_the_cause_but_for_half_an_hour_at_most():
    first, second = notice("mail"), replace(notice("mail"), created_at=NOW + timedelta(minutes=5))
    often = Settings.model_validate({"schedule": {"check_every": "10m"}})
    assert gathered_at([second, first], often) == NOW + timedelta(minutes=11)
    seldom = Settings.model_validate({"schedule": {"check_every": "6h"}})
    assert gathered_at([first], seldom) == NOW + timedelta(minutes=30)


@pytest.mark.parametrize(
    ("first", "told_at"),
    [
        pytest.param({"ipv6-ops": -60, "old": -9999}, None, id="none is new"),
        pytest.param({"ipv6-ops": None, "old": -9999}, None, id="nor where nothing is kept of it"),
        pytest.param({"ipv6-ops": -1, "old": -9999}, 1, id="new, among old ones"),
        pytest.param({"ipv6-ops": -3, "other": -1}, 1, id="with another that is newer"),
        pytest.param({"ipv6-ops": -5, "other": -4}, -2, id="all of them have been confirmed"),
        pytest.param({"ipv6-ops": -5, "other": None}, 1, id="one was not looked at yet"),
        pytest.param({"ipv6-ops": 9, "other": -1}, None, id="of a time to come"),
    ],
)
def test_the_mail_of_a_list_that_is_new_waits_until_all_were_looked_at(first, told_at):
    """In minutes from now. Nothing befell it just now that would befall others, too."""
    minutes = {each: None if at is None else NOW + timedelta(minutes=at) for each, at in first.items()}
    told = told_as_new_at([notice("mail")], minutes, now=NOW)
    assert told == (None if told_at is None else NOW + timedelta(minutes=told_at))
