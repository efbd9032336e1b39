"""A failure common to many unrelated domains is ours, and is told once."""

import pytest

from monitor.dns.health import Health, is_ours


@pytest.mark.parametrize(
    ("failed", "ours"),
    [
        pytest.param([], False, id="nothing asked"),
        pytest.param([True], False, id="one domain says nothing of us"),
        pytest.param([True] * 3, True, id="all of three"),
        pytest.param([True] * 8 + [False] * 2, True, id="most"),
        pytest.param([True] * 5 + [False] * 5, False, id="half"),
    ],
)
def test_whose_fault(failed, ours):
    assert is_ours({str(number): one for number, one in enumerate(failed)}) is ours


def test_our_trouble_is_told_and_passes():
    health = Health()
    for name in ("a.example", "b.example", "mail.c.example"):
        health.failed(name, "timeout", 100.0)
    assert "3 of 3 unrelated domains" in health.trouble(101.0)
    assert "(timeout)" in health.trouble(101.0)
    assert health.trouble(400.0) is None, "long ago"
    health.answered("a.example", 102.0)
    assert health.trouble(103.0) is None, "one answers again"


def test_one_domain_that_fails_often_is_its_own_fault():
    health = Health()
    for number in range(20):
        health.failed(f"h{number}.a.example", "servfail", 100.0)
    assert health.trouble(101.0) is None


def test_only_the_last_questions_are_remembered():
    health = Health()
    for number in range(1000):
        health.answered(f"d{number}.example", 100.0)
    for number in range(600):
        health.failed(f"e{number}.example", "network", 100.0)
    assert "512 of 512" in health.trouble(101.0)


OURS = ("a.example", "7.113.0.203.in-addr.arpa")


@pytest.mark.parametrize(
    ("asked", "together"),
    [
        pytest.param([], False, id="nothing failed"),
        pytest.param(["a 10 timeout"], False, id="alone"),
        pytest.param(["a 10 timeout", *(f"{name} 10.2 timeout" for name in "bcd")], True, id="all at once"),
        pytest.param(["a 10 timeout", *(f"{name} 10.2 timeout" for name in "bc")], False, id="two others are too few"),
        pytest.param(
            [*(f"{name} 5 " for name in "bcd"), "a 10 timeout", *(f"{name} 9.5 timeout" for name in "bcd")],
            True,
            id="it began: others had answered before",
        ),
        pytest.param(
            ["a 10 timeout", *(f"{name} 10 timeout" for name in "bcd"), *(f"{name} 11 " for name in "abcd")],
            True,
            id="it ended: others answer again",
        ),
        pytest.param(
            ["a 10 timeout", *(f"{name} 10 timeout" for name in "bcd"), *(f"{name} 10 " for name in "efg")],
            False,
            id="others answered all the time",
        ),
        pytest.param(["a 1 timeout", *(f"{name} 1 timeout" for name in "bcd"), "a 10 "], False, id="before this check"),
    ],
)
def test_what_fails_together_with_others_is_told_from_what_fails_alone(asked, together):
    health = Health()
    for line in asked:
        label, when, reason = line.split(" ")
        name = f"mail.{label}.example"
        health.failed(name, reason, float(when)) if reason else health.answered(name, float(when))
    assert health.failed_beside(OURS, since=4.0) is together


@pytest.mark.parametrize(
    ("answered_at", "shown"),
    [
        pytest.param(10.5, True, id="while it was asked"),
        pytest.param(9.9, False, id="before: an outage may have begun in between"),
        pytest.param(14.9, False, id="as it was given up: an outage may have ended in between"),
    ],
)
def test_that_we_saw_is_shown_by_who_answered_just_then(answered_at, shown):
    health = Health()
    health.answered("mail.b.example", answered_at)
    health.failed("a.example", "timeout", 15.0, asked_at=10.0)
    assert health.answered_beside(("a.example",), since=9.0) is shown
    assert not health.answered_beside(("b.example",), since=9.0), "nothing was asked for in vain"


@pytest.mark.parametrize(
    ("witnessed", "shown"),
    [
        pytest.param(["gmail.com 10 10.5 "], True, id="it sees"),
        pytest.param(["gmail.com 10 10.5 ", "yahoo.com 11 13 timeout"], False, id="an outage of ours began meanwhile"),
        pytest.param(["gmail.com 10 10.5 ", "yahoo.com 14 16 servfail"], False, id="and lasted longer"),
        pytest.param(["gmail.com 10 10.5 ", "yahoo.com 15.5 17 timeout"], True, id="an outage of ours began later"),
        pytest.param(["gmail.com 10 10.5 ", "yahoo.com 11 12.5 "], False, id="it began, and was over soon"),
        pytest.param(["gmail.com 10 10.5 ", "yahoo.com 11 11.1 refused"], True, id="who refuses is seen"),
        pytest.param(["gmail.com 10 12 timeout"], False, id="nobody at all"),
    ],
)
def test_a_witness_without_an_answer_shows_that_we_were_blind(witnessed, shown):
    health = Health()
    for line in witnessed:
        name, asked_at, at, reason = line.split(" ")
        health.witnessed(f"x.{name}", reason, float(at), asked_at=float(asked_at))
    health.failed("a.example", "timeout", 15.0, asked_at=10.0)
    assert health.answered_beside(("a.example",), since=9.0) is shown


def test_others_may_be_slow_or_fail_by_themselves():
    health = Health()
    health.witnessed("x.gmail.com", "", 10.5, asked_at=10.0)
    health.answered("b.example", 12.5, asked_at=11.0)
    health.failed("c.example", "timeout", 13.0, asked_at=11.0)
    health.failed("a.example", "timeout", 15.0, asked_at=10.0)
    assert health.answered_beside(("a.example",), since=9.0)


def test_witnesses_that_never_answer_do_not_make_us_blind():
    """A house without the world's DNS has its own name servers only."""
    health = Health()
    for name in ("gmail.com", "outlook.com", "yahoo.com"):
        health.witnessed(f"x.{name}", "timeout", 10.0, asked_at=8.0)
    health.answered("b.example", 8.5, asked_at=8.2)
    health.failed("a.example", "timeout", 10.0, asked_at=8.0)
    assert health.trouble(11.0) is None
    assert health.answered_beside(("a.example",), since=7.0)


def test_a_name_where_witnesses_are_can_fail_like_any_other():
    """The most usual include of all is below outlook.com."""
    health = Health()
    name = "spf.protection.outlook.com"
    health.failed(name, "servfail", 10.0, asked_at=10.0)
    health.witnessed("x.outlook.com", "", 10.2, asked_at=10.1)
    assert not health.answered_beside((name,), since=9.0), "it is no unrelated domain"
    health.witnessed("x.gmail.com", "", 10.9, asked_at=10.8)
    assert health.answered_beside((name,), since=9.0)
