"""The life of a probe: which step leads where, and which leaves it as it is."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address

import pytest

from monitor.errors import RelayUnavailable
from monitor.model.evidence import Attempt, ProbeState
from monitor.probe import life
from tests.builders import a_probe

AT = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
NOW = AT + timedelta(minutes=5)
DEADLINE = AT + timedelta(hours=6)

S = ProbeState
PROBE = a_probe(list_id="ipv6-ops", scheduled_at=AT, deadline_at=DEADLINE)

STEPS = {
    "submitted": lambda p: life.submitted(p, reply="250 2.0.0 Ok: queued", now=NOW),
    "deferred": lambda p: life.not_submitted(p, RelayUnavailable("450 4.7.1 later", reason="reply-4yz")),
    "unreachable": lambda p: life.not_submitted(p, RelayUnavailable("cannot be reached", reason="connect")),
    "rejected": lambda p: life.rejected(p, reply="550 5.7.1 no", now=NOW),
    "arrived": lambda p: life.arrived(p, now=NOW),
    "bounced": lambda p: life.bounced(p, diagnostic="smtp; 554 5.7.26", ours=False, now=NOW),
    "too early": lambda p: life.expired(p, receiver_was_down=False, now=NOW),
    "expired": lambda p: life.expired(p, receiver_was_down=False, now=DEADLINE),
}

#                 submitted    deferred    unreachable  rejected    arrived    bounced    too early    expired
TABLE = {
    S.SCHEDULED: (S.SUBMITTED, S.DEFERRED, S.SCHEDULED, S.REJECTED, S.ARRIVED, S.BOUNCED, S.SCHEDULED, S.LOST),
    S.DEFERRED: (S.SUBMITTED, S.DEFERRED, S.DEFERRED, S.REJECTED, S.ARRIVED, S.BOUNCED, S.DEFERRED, S.LOST),
    S.SUBMITTED: (S.SUBMITTED, S.SUBMITTED, S.SUBMITTED, S.SUBMITTED, S.ARRIVED, S.BOUNCED, S.SUBMITTED, S.LOST),
    S.ARRIVED: (S.ARRIVED,) * 8,
    S.REJECTED: (*(S.REJECTED,) * 4, S.ARRIVED, *(S.REJECTED,) * 3),
    S.BOUNCED: (*(S.BOUNCED,) * 4, S.ARRIVED, *(S.BOUNCED,) * 3),
    S.LOST: (*(S.LOST,) * 4, S.ARRIVED, *(S.LOST,) * 3),
}


@pytest.mark.parametrize(
    ("state", "step", "after"),
    [
        pytest.param(state, step, after, id=f"{state} {step}")
        for state, row in TABLE.items()
        for step, after in zip(STEPS, row, strict=True)
    ],
)
def test_each_step_leads_where_it_should(state, step, after):
    before = replace(PROBE, state=state, attempts=1)
    then = STEPS[step](before)
    assert then.state is after
    if after is state and step not in ("deferred", "unreachable"):
        assert then is before


def test_a_mail_server_that_quotes_our_receiver_is_not_at_fault():
    later = RelayUnavailable("mx said: 451 4.3.0 said the receiver", reason="reply-4yz")
    deferred = life.not_submitted(PROBE, later, quotes_us=True)
    assert (deferred.state, deferred.ours) == (S.DEFERRED, True)
    refused = life.rejected(deferred, reply="550 5.1.1 said the receiver", now=NOW, quotes_us=True)
    assert (refused.state, refused.ours) == (S.REJECTED, True)
    assert life.rejected(deferred, reply="550 5.7.1 no", now=NOW).ours is False


def test_a_probe_that_nobody_tried_says_why_and_accuses_nobody():
    waits = life.put_off(a_probe(ProbeState.SCHEDULED), reply="It is left alone.")
    assert (waits.state, waits.reply, waits.ours, waits.attempts) == (
        ProbeState.SCHEDULED,
        "It is left alone.",
        True,
        0,
    )
    sent = a_probe(ProbeState.SUBMITTED)
    assert life.put_off(sent, reply="It is left alone.") is sent


def test_what_is_ours_is_never_counted_against_the_list():
    unreachable = STEPS["unreachable"](PROBE)
    assert (unreachable.ours, unreachable.attempts) == (True, 1)
    assert life.expired(unreachable, receiver_was_down=False, now=DEADLINE).ours
    assert not STEPS["deferred"](unreachable).ours
    assert life.expired(PROBE, receiver_was_down=False, now=DEADLINE).ours, "never tried: our worker did not come to it"
    sent = STEPS["submitted"](unreachable)
    assert not sent.ours
    assert not life.expired(sent, receiver_was_down=False, now=DEADLINE).ours
    assert life.expired(sent, receiver_was_down=True, now=DEADLINE).ours


def test_a_late_arrival_mends_lost_and_keeps_the_times():
    lost = life.expired(STEPS["submitted"](PROBE), receiver_was_down=True, now=DEADLINE)
    mended = life.arrived(lost, now=DEADLINE + timedelta(hours=1))
    assert (mended.state, mended.submitted_at, mended.finished_at, mended.ours) == (
        S.ARRIVED,
        NOW,
        DEADLINE + timedelta(hours=1),
        False,
    )


def test_only_an_open_probe_keeps_its_list_waiting():
    assert {state for state in S if life.is_open(replace(PROBE, state=state))} == {S.SCHEDULED, S.DEFERRED, S.SUBMITTED}
    assert {state for state in S if life.is_unsent(replace(PROBE, state=state))} == {S.SCHEDULED, S.DEFERRED}


def test_a_flood_of_reply_text_is_cut():
    assert len(life.rejected(PROBE, reply="5" * 10_000, now=NOW).reply) == life.REPLY_OCTETS_MAX


def attempt(minutes, reply="450 4.7.26 later"):
    return Attempt(at=NOW + timedelta(minutes=minutes), client_ip=ip_address("2001:db8::25"), reply=reply)


def test_a_run_by_a_rule_notes_so_many_attempts_and_measures_the_retries():
    asked = replace(STEPS["submitted"](PROBE), as_rule="ms.eop.v6.auth.4xx.4726")
    first = life.refused_as_asked(asked, attempt(0), limit=2)
    second = life.refused_as_asked(first, attempt(5), limit=2)
    assert life.refused_as_asked(second, attempt(15), limit=2) is second, "the third is accepted"
    assert life.retries(second, arrived_at=NOW + timedelta(minutes=15)) == (timedelta(minutes=5), timedelta(minutes=10))
    assert life.retries(second) == (timedelta(minutes=5),)
    assert second.state is S.SUBMITTED


OUR_ONE, OUR_OTHER = ip_address("2001:db8:53::1"), ip_address("2001:db8:53::2")


@pytest.mark.parametrize(
    ("tries", "goes_on"),
    [
        pytest.param([], None, id="never refused"),
        pytest.param([(0, OUR_ONE), (300, OUR_ONE)], None, id="we have one address only"),
        pytest.param([(0, OUR_ONE), (1, OUR_OTHER)], True, id="at once"),
        pytest.param([(0, OUR_ONE), (300, OUR_ONE), (300, OUR_OTHER)], True, id="at once, later"),
        pytest.param([(0, OUR_ONE), (300, OUR_OTHER)], False, id="only when it retries"),
        pytest.param([(0, OUR_ONE), (1, OUR_ONE), (300, OUR_OTHER)], False, id="the same one twice is no going on"),
        pytest.param([(0, None), (1, OUR_OTHER)], None, id="noted before we knew"),
    ],
)
def test_who_goes_on_to_our_next_address_would_go_over_to_ipv4(tries, goes_on):
    """RFC 5321 section 5.1."""
    seen = tuple(replace(attempt(0), at=NOW + timedelta(seconds=s), server_ip=address) for s, address in tries)
    assert life.goes_on(replace(PROBE, as_rule="x", seen=seen)) is goes_on


def test_a_refusal_for_good_tells_nothing_of_going_on():
    seen = tuple(replace(attempt(0, "550 5.7.1 no"), server_ip=address) for address in (OUR_ONE, OUR_OTHER))
    assert life.goes_on(replace(PROBE, as_rule="x", seen=seen)) is None


def test_a_run_by_a_rule_never_counts_against_the_list():
    asked = replace(STEPS["submitted"](PROBE), as_rule="goog.v6.571")
    refused = life.refused_as_asked(asked, attempt(0, "550 5.7.1 no"), limit=None)
    assert (refused.state, refused.ours, refused.reply) == (S.BOUNCED, True, "550 5.7.1 no")
    assert life.expired(asked, receiver_was_down=False, now=DEADLINE).ours


def test_an_ordinary_probe_is_never_refused_on_purpose():
    assert life.refused_as_asked(PROBE, attempt(0), limit=None) is PROBE


def test_the_attempts_that_are_kept_are_bounded():
    asked = replace(PROBE, as_rule="x", seen=tuple(attempt(n) for n in range(life.SEEN_MAX)))
    seen = life.refused_as_asked(asked, attempt(life.SEEN_MAX), limit=None).seen
    assert (len(seen), seen[-1]) == (life.SEEN_MAX, attempt(life.SEEN_MAX))


def test_a_dsn_is_kept_and_only_failed_ends_the_probe():
    """RFC 3464 section 2.3.3: `delayed` is no end."""
    sent = STEPS["submitted"](PROBE)
    delayed = life.returned(sent, action="delayed", summary="delayed 4.4.1: …", now=NOW)
    assert (delayed.state, delayed.dsn) == (S.SUBMITTED, "delayed 4.4.1: …")
    failed = life.returned(delayed, action="failed", summary="failed 4.4.1: …", now=NOW)
    assert (failed.state, failed.dsn, failed.ours) == (S.BOUNCED, "failed 4.4.1: …", True)
    late = life.returned(STEPS["arrived"](sent), action="failed", summary="failed", now=NOW)
    assert (late.state, late.dsn) == (S.ARRIVED, "failed")


def test_a_probe_whose_submission_was_cut_short_ends_by_our_fault_and_is_mended_by_its_arrival():
    given_up = life.abandoned(PROBE, now=NOW)
    assert (given_up.state, given_up.ours) == (ProbeState.LOST, True)
    assert life.arrived(given_up, now=NOW).state is ProbeState.ARRIVED
    sent = life.submitted(PROBE, reply="250 2.0.0 Ok", now=NOW)
    assert life.abandoned(sent, now=NOW) == sent


def test_a_direct_probe_ends_at_once():
    """Either our receiver has said 250, and an arrival that it noted agrees, or it did not get through."""
    ended = life.taken(PROBE, reply="250 2.0.0 Recorded", now=NOW)
    assert (ended.state, ended.finished_at, ended.reply, ended.attempts) == (S.ARRIVED, NOW, "250 2.0.0 Recorded", 1)
    noted = life.taken(life.arrived(PROBE, now=AT), reply="250 2.0.0 Recorded", now=NOW)
    assert (noted.state, noted.finished_at) == (S.ARRIVED, AT)
    lost = life.cut_off(PROBE, reply="cannot be reached", ours=False, now=NOW)
    assert (lost.state, lost.ours, lost.finished_at) == (S.LOST, False, NOW)
    assert life.cut_off(noted, reply="the answer was lost", ours=False, now=NOW) == noted
