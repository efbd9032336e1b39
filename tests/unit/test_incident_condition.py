"""One cause, one incident for the host: what is shared, when we are blind, and what the administrators are told."""

from dataclasses import replace
from datetime import timedelta

import pytest

from monitor.config.settings import Settings
from monitor.incident.blindness import GAP, WATCH, WATCH_BEGAN, watched_since
from monitor.incident.cause import cause_of, causes_of, shared
from monitor.incident.condition import Condition, condition_shared, conditions_now, over
from monitor.incident.decision import decide
from monitor.incident.notify_reason import NotifyReason
from monitor.incident.silence import make
from monitor.model.findings import Severity
from monitor.model.incidents import IncidentState, IncidentSubject
from monitor.model.risk import RiskLevel
from monitor.notify.notices_for import notices_of_installation
from monitor.operations.incident_policy import policy_of_installation
from monitor.operations.silent_parts import blind_parts
from tests.builders import a_check, a_finding
from tests.sample_notices import NO_PTR, NOT_COVERED, NOW, assessment, mailing_list

PTR = ("ptr.missing", "2001:db8:25::25")
CRIT, RISK = RiskLevel.CRITICAL, RiskLevel.AT_RISK
MINUTE = timedelta(minutes=1)
ADMINS = Settings.model_validate(
    {"notices": {"administrators": ["host@example.org", "two@example.org"]}, "list": [mailing_list()]}, by_alias=True
)


def test_the_same_finding_about_the_same_address_is_one_cause():
    about = replace(NO_PTR, evidence={"client_ip": "2001:db8:25::25"})
    assert cause_of(about) == cause_of(replace(about, message="other words")) == PTR
    assert cause_of(NO_PTR) == ("ptr.missing", NO_PTR.fix.name), "without evidence the record to publish tells"
    assert cause_of(replace(about, severity=Severity.UNKNOWN)) is None
    alone = a_finding("canary.silent")
    assert cause_of(alone) is None, "what is about the list alone is shared by none"
    assessed = assessment(CRIT, about, NOT_COVERED, alone)
    assert causes_of(assessed, ("ptr.missing",)) == (PTR,)


def test_a_fault_of_a_domains_record_is_one_cause_also_where_no_record_may_be_shown():
    """Without a record to publish it was about nobody, and a hundred lists of one domain were a hundred causes."""
    (wide,) = a_check("v=spf1 ip4:192.0.0.0/3 ip6:2001::/16 -all", at=NOW).findings
    assert wide.fix is None
    assert cause_of(wide) == ("spf.too-wide", "lists.example.org")
    falters = a_finding("dns.sporadic", evidence={"name": "_spf.example.net"})
    assert cause_of(falters) == ("dns.sporadic", "_spf.example.net"), "one include of somebody else's under many lists"


def test_a_cause_is_shared_from_a_number_of_lists_on_and_until_half_of_them_are_left():
    lists = {f"list-{n}": (CRIT if n == 3 else RISK, [PTR, ("spf.none", f"d{n}.example")]) for n in range(5)}
    (one,) = shared(lists, least=5)
    assert (one.cause, one.level, one.lists[0], len(one.lists)) == (PTR, CRIT, "list-3", 5)
    fewer = {name: lists[name] for name in list(lists)[:3]}
    assert shared(fewer, least=5) == ()
    assert len(shared(fewer, least=5, known=[PTR])) == 1
    assert shared({"list-0": lists["list-0"]}, least=5, known=[PTR]) == ()


def host(lists):
    having = {f"list-{n}": (RISK, [PTR]) for n in range(lists)}
    return condition_shared(shared(having, least=1)[0], replace(NO_PTR, evidence={"client_ip": PTR[1]}))


def decided(current, condition, *, now=NOW, **more):
    facts = ([condition.level], condition.assessment(now=now), policy_of_installation(ADMINS))
    out = decide(current, *facts, now=now, **more)
    return out, notices_of_installation(out, condition, ADMINS, now=now)


def test_four_hundred_lists_are_one_notice_to_each_administrator():
    out, notices = decided(None, host(400))
    assert out.reason is NotifyReason.FIRST
    assert [(one.channel, one.target, one.type) for one in notices] == [
        ("mail", "host@example.org", "host.risk.raised"),
        ("mail", "two@example.org", "host.risk.raised"),
    ]
    assert '"lists_more":300' in notices[0].payload
    assert len(notices[0].payload) < 18_000
    again, notices = decided(out.incident, host(399), now=NOW + MINUTE)
    assert (again.reason, notices) == (NotifyReason.KNOWN, ())
    end, notices = decided(again.incident, over(again.incident.subject), now=NOW + 2 * MINUTE)
    assert (end.reason, end.incident.state) == (NotifyReason.RESOLVED, IncidentState.RESOLVED)
    assert {one.type for one in notices} == {"host.risk.resolved"}
    assert decided(None, over(IncidentSubject("@x")))[0].incident is None


def test_a_condition_and_a_list_are_told_apart_by_their_subject():
    condition = host(9).subject
    assert (condition.is_installation, condition.cause) == (True, PTR)
    assert (condition.text, condition.name) == ("@ptr.missing:2001:db8:25::25", "ptr.missing:2001:db8:25::25")
    listed = IncidentSubject("ipv6-ops")
    assert (listed.is_installation, listed.name) == (False, "ipv6-ops")


def test_a_silence_of_the_finding_holds_for_the_host_as_well():
    hush = make(
        list_id=None,
        receiver=None,
        finding="ptr.missing",
        by="ann",
        reason="",
        now=NOW,
        until=NOW + timedelta(days=1),
    )
    assert decided(None, host(9), silences=[hush])[0].reason is NotifyReason.SILENCED


def test_what_is_no_longer_the_matter_is_judged_as_over():
    here, gone = IncidentSubject("@a:b"), IncidentSubject("@c:d")
    one = Condition(subject=here, level=RISK, reason="")
    assert [(each.subject, each.level) for each in conditions_now([one], [here, gone])] == [
        (here, RISK),
        (gone, RiskLevel.OK),
    ]


BEATS = {"worker": NOW, "beat": NOW, "resolver": NOW, WATCH: NOW, WATCH_BEGAN: NOW - timedelta(days=1)}


@pytest.mark.parametrize(
    ("changes", "parts"),
    [
        pytest.param({}, [], id="all well"),
        pytest.param({"resolver": NOW - 29 * MINUTE}, [], id="not long enough"),
        pytest.param({"resolver": NOW - 50 * MINUTE}, ["resolver"], id="the resolver"),
        pytest.param({"resolver": None}, ["resolver"], id="never heard since the watch began"),
        pytest.param({"resolver": None, WATCH_BEGAN: NOW - 10 * MINUTE}, [], id="the watch is young"),
        pytest.param(
            {"worker": NOW - 40 * MINUTE, "resolver": NOW - 90 * MINUTE}, ["worker"], id="no worker, so nobody asks DNS"
        ),
    ],
)
def test_we_are_blind_after_a_time_that_the_configuration_names(changes, parts):
    beats = {part: at for part, at in {**BEATS, **changes}.items() if at is not None}
    assert [one.part for one in blind_parts(beats, ADMINS, watching=True, now=NOW)] == parts


def test_blindness_is_never_told_where_nobody_wants_to_hear_of_it():
    never = ADMINS.model_copy(update={"incidents": ADMINS.incidents.model_copy(update={"blind_after": timedelta(0)})})
    assert blind_parts({WATCH_BEGAN: NOW - timedelta(days=9)}, never, watching=True, now=NOW) == ()


def test_a_watch_after_a_gap_begins_anew_so_that_a_night_switched_off_is_no_blindness():
    assert watched_since(BEATS, now=NOW + MINUTE) == BEATS[WATCH_BEGAN]
    assert watched_since(BEATS, now=NOW + GAP + MINUTE) == NOW + GAP + MINUTE
    assert watched_since({}, now=NOW) == NOW
