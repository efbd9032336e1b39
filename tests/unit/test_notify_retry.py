"""When a notice is tried again and when it is given up."""

from dataclasses import replace
from datetime import timedelta

import pytest

from monitor.model.incidents import DeliveryAttempt, NoticeState
from monitor.notify.retry import JITTER, SCHEDULE, TRIES, after, next_attempt
from tests.sample_notices import NOW, notice

FAILED = DeliveryAttempt(at=NOW, outcome="http-500")


@pytest.mark.parametrize("tries", range(1, TRIES))
def test_delays_follow_the_schedule_with_jitter(tries):
    delay = SCHEDULE[tries - 1]
    assert next_attempt(tries, FAILED, now=NOW, jitter=0.0) == NOW + delay
    assert next_attempt(tries, FAILED, now=NOW, jitter=0.5) == NOW + delay * (1 + JITTER / 2)


@pytest.mark.parametrize(
    ("tries", "outcome", "again"),
    [
        (TRIES, "http-500", False),
        (1, "http-410", False),
        (1, "http-404", True),
        (1, "http-302", True),
        (1, "smtp-550", False),
        (1, "smtp-450", True),
        (1, "relay-auth", True),
        (1, "refused-address", True),
        (1, "refused-url", False),
        (1, "no-endpoint", False),
        (1, "timeout", True),
    ],
)
def test_only_what_may_pass_is_tried_again(tries, outcome, again):
    due = next_attempt(tries, replace(FAILED, outcome=outcome), now=NOW, jitter=0)
    assert (due is not None) is again


@pytest.mark.parametrize(
    ("asked", "wait"),
    [
        (timedelta(seconds=1), timedelta(seconds=5)),
        (timedelta(hours=1), timedelta(hours=1)),
        (timedelta(days=30), timedelta(days=1)),
        (timedelta(days=-1), timedelta(seconds=5)),
    ],
    ids=["sooner than ours", "later than ours", "beyond the limit", "past"],
)
def test_retry_after_is_honoured_within_bounds(asked, wait):
    assert next_attempt(1, replace(FAILED, retry_at=NOW + asked), now=NOW, jitter=0) == NOW + wait


def test_a_notice_dies_after_its_round_and_a_replay_begins_another():
    one = notice("webhook")
    for count in range(TRIES):
        assert one.state is NoticeState.PENDING, count
        one = after(one, FAILED, now=NOW)
    assert (one.state, one.next_attempt_at, one.finished_at) == (NoticeState.DEAD, None, NOW)
    replayed = replace(one, state=NoticeState.PENDING, next_attempt_at=NOW, finished_at=None)
    again = after(replayed, FAILED, now=NOW)
    assert again.state is NoticeState.PENDING
    assert again.next_attempt_at - NOW < timedelta(seconds=6)


def test_the_record_of_tries_is_bounded_whatever_is_replayed():
    one = notice("webhook")
    for _ in range(20 * TRIES):
        one = after(replace(one, state=NoticeState.PENDING), FAILED, now=NOW)
    assert len(one.attempts) <= 4 * TRIES
    assert one.state is NoticeState.DEAD


def test_success_ends_it():
    done = after(notice(), DeliveryAttempt(at=NOW, outcome="delivered"), now=NOW)
    assert (done.state, done.next_attempt_at, done.finished_at) == (NoticeState.DELIVERED, None, NOW)
