"""Whose fault a failure is: rules first, then codes, then words."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from monitor.admission.data import load_rules
from monitor.trace.bounce import Bounce
from monitor.trace.diagnosis import REPLIES_CHARS_MAX, diagnose, diagnoses_of
from monitor.trace.failures import Failure

RULES = load_rules()
ON = date(2026, 11, 24)


def diagnosed(reply, *, status=None, action="failed", remote_mta=None, stage=None):
    failure = Failure(
        final_recipient="someone@example.net",
        action=action,
        status_code=status,
        diagnostic_code=reply,
        remote_mta=remote_mta,
        standard=True,
        stage=stage,
    )
    return diagnose(failure, RULES, on=ON)


@pytest.mark.parametrize(
    ("status", "reply", "kind"),
    [
        pytest.param("5.1.1", "550 5.1.1 <x@example.net>: Recipient address rejected: User unknown", "address", id="x.1.1 RFC 3463 §3.2"),
        pytest.param("5.0.0", "550 5.1.1 <x@example.net> unknown", "address", id="Exim's status says nothing, the reply does"),
        pytest.param("5.4.4", "Host or domain name not found. Name service error for name=gone.example type=MX: Host not found", "address", id="no such domain"),
        pytest.param("4.4.3", "Host or domain name not found. Name service error for name=x.example type=MX: Host not found, try again", "transient", id="DNS trouble is no dead domain"),
        pytest.param("5.4.4", "Name service error for name=mx.example type=A: Host found but no data record of requested type", "policy", id="no IPv6 on our side"),
        pytest.param("5.4.1", "550 5.4.1 Recipient address rejected: Access denied. AS(201806281)", "address", id="Microsoft's unknown recipient"),
        pytest.param("5.4.1", "541 5.4.1 Mail rejected by destination domain", "policy", id="x.4.1 without a word of the recipient"),
        pytest.param("5.1.3", "553 5.1.3 http://www.spamhaus.org/query/bl?ip=192.0.2.2", "policy", id="a block list under x.1.3"),
        pytest.param("5.1.1", "550 5.1.1 <spam@example.net>: no such user", "address", id="whatever the address is called"),
        pytest.param("4.2.1", "421 4.2.1 Service refused, please try later", "transient", id="a busy host under x.2.1"),
        pytest.param("4.0.0", "DNS Error: the domain doesn't receive email according to the administrator: returned null MX", "address", id="null MX RFC 7505"),
        pytest.param("5.0.0", "550 Unrouteable sender address", "policy", id="the sender's domain is not there"),
        pytest.param("5.2.2", "552 5.2.2 mailbox full", "mailbox", id="x.2.2"),
        pytest.param("5.7.13", "525 5.7.13 User account disabled", "mailbox", id="x.7.13 is about the account"),
        pytest.param("5.2.1", "550 5.2.1 Service unavailable, [contoso.example] does not accept email over IPv6", "policy", id="a policy under x.2.1"),
        pytest.param("5.1.0", "550 5.1.0 192.0.2.2 is not allowed to send from <example.org> per it's SPF Record. IB508", "policy", id="a policy under x.1.0"),
        pytest.param("5.2.0", "550 5.2.0 q1 Message rejected due to DMARC. Please see x", "policy", id="a policy under x.2.0"),
        pytest.param("5.1.8", "550 5.1.8 Sender address rejected: Domain not found", "policy", id="x.1.8 is about the reverse-path"),
        pytest.param("5.7.1", "550 5.7.1 <x@example.net>: Recipient address rejected: Access denied", "policy", id="boilerplate says nothing of the recipient"),
        pytest.param("5.7.1", "550 5.7.1 Unable to deliver, user unknown", "address", id="x.7.1 says little beside an unknown user"),
        pytest.param("4.7.1", "451 4.7.1 Greylisted, please try again later", "transient", id="greylisting RFC 6647"),
        pytest.param("5.7.28", "550 5.7.28 There is an unusual rate of unsolicited email originating from your IP address", "policy", id="rate, refused for good"),
        pytest.param("4.4.7", None, "transient", id="queue time ran out"),
        pytest.param("5.4.6", "554 5.4.6 Too many hops", "other", id="a loop"),
        pytest.param(None, "550 rejected", "other", id="nothing is said"),
        pytest.param(None, None, "other", id="nothing at all"),
        pytest.param("5.0.0", "550 unverifyable sending IP", "policy", id="words alone"),
    ],
)  # fmt: skip
def test_a_failure_has_a_class(status, reply, kind):
    assert diagnosed(reply, status=status).kind == kind


def test_a_deferral_that_expired_stays_soft_and_is_counted_wrongly():
    """Action failed with a status of 4.y.z: RFC 3464 section 2.3.4, RFC 7372 section 4."""
    found = diagnosed(
        "450 4.7.26 Service unavailable, message sent over IPv6 [2001:db8::25] must pass either SPF or DKIM validation",
        status="4.7.26",
        remote_mta="example-edu.mail.protection.outlook.com",
    )
    assert (found.kind, found.soft, found.receiver, found.counted_wrongly) == ("policy", True, "microsoft-365", True)


@pytest.mark.parametrize(
    ("reply", "action", "wrongly"),
    [
        pytest.param("550 5.7.26 Multiple authentication checks failed", "failed", True, id="policy"),
        pytest.param("550 5.7.26 Multiple authentication checks failed", "delayed", False, id="not yet given up"),
        pytest.param("550 5.1.1 user unknown", "failed", False, id="a dead address is counted rightly"),
        pytest.param("552 5.2.2 over quota", "failed", False, id="a full mailbox is the subscriber's own"),
        pytest.param(None, "delivered", False, id="no failure"),
    ],
)
def test_what_list_software_counts_wrongly(reply, action, wrongly):
    assert diagnosed(reply, action=action).counted_wrongly is wrongly


def test_the_provider_is_told_by_its_host_where_no_rule_knows_the_reply():
    assert diagnosed("550 5.1.1 no", remote_mta="gmail-smtp-in.l.google.com").receiver == "gmail"


WORDS = "550 the server said much and nothing, " + "at length and without any point, " * 40
LATE = f"{WORDS} This message does not pass authentication checks (SPF and DKIM both do not pass)."


def test_of_many_different_replies_the_last_are_read_by_their_beginnings():
    """What a bounce of a thousand long replies costs is bounded; what is read of each tells most."""
    failures = [
        replace(diagnosed(f"{LATE} {n}").failure, final_recipient=f"u{n}@example.net")
        for n in range(REPLIES_CHARS_MAX // len(LATE) + 50)
    ]
    found = diagnoses_of(Bounce(id="x", failures=tuple(failures)), RULES, now=datetime(2026, 11, 24, tzinfo=UTC))
    assert found[0].rule is not None
    assert found[-1].rule is None
    assert len(found) == len(failures)


def test_replies_that_are_alike_are_read_whole_however_many():
    failures = (replace(diagnosed(LATE).failure),) * 1000
    found = diagnoses_of(Bounce(id="x", failures=failures), RULES, now=datetime(2026, 11, 24, tzinfo=UTC))
    assert all(each.rule is not None for each in found)
