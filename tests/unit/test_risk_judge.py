"""From evidence to one assessment: findings move the level, DNS trouble does not, our own faults are named."""

from dataclasses import replace
from datetime import timedelta

import pytest

from monitor.admission.rules import load_rules
from monitor.evidence.source import ListEvidence
from monitor.incident.blindness import SENTENCES_OF_LIST
from monitor.model.dns import SpfResult
from monitor.model.evidence import AdmissionAction, AuthResult, ProbeState
from monitor.model.findings import Severity
from monitor.model.risk import RiskLevel
from monitor.risk.judge import UNCOUNTED, judge
from tests.builders import (
    DOMAIN,
    HELO,
    NOW,
    V6,
    a_check,
    a_finding,
    a_list,
    a_probe,
    a_signature,
    an_arrival,
    ledger_of,
)

RULES = load_rules()
GOOD, OLD = "v=spf1 ip4:192.0.2.25 ip6:2001:db8:25::25 -all", "v=spf1 ip4:192.0.2.25 -all"
LIST = a_list(messages_per_day=12.0)


def checked(record, *, minutes_ago=0, errors=None):
    return a_check(record, at=NOW - timedelta(minutes=minutes_ago), slot=minutes_ago + 1, errors=errors)


def arrival(*, spf=SpfResult.PASS, dkim=(), minutes_ago=0):
    seen = next(each for each in checked(GOOD).results if each.client_ip == V6)
    return an_arrival(
        probe_id=f"p{minutes_ago}",
        received_at=NOW - timedelta(minutes=minutes_ago),
        delay=timedelta(seconds=2),
        spf=(replace(seen, result=spf, lenient_result=spf),),
        dkim=tuple(a_signature(result=each) for each in dkim),
    )


def probe(state, *, ours=False):
    return a_probe(state, finished_at=NOW, deadline_at=NOW, reply="550 5.7.1 no", ours=ours)


def judged(*, checks=(), arrivals=(), probes=(), previous=None, receiver_silent=False, listed=LIST):
    reports = {"check": checks, "arrival": arrivals, "probe": probes}
    facts = {"previous": previous, "receivers": {"receiver": not receiver_silent}}
    return judge(ListEvidence(listed=listed, rules=RULES, now=NOW, reports=reports, ledger=ledger_of(reports), **facts))


def test_without_evidence_the_level_is_unknown():
    said = judged()
    assert said.level is RiskLevel.UNKNOWN
    assert said.reason == "There is no evidence yet."


def test_a_list_in_order_is_ok():
    said = judged(checks=[checked(GOOD)], arrivals=[arrival(dkim=[AuthResult.PASS])])
    assert said.level is RiskLevel.OK
    assert said.act_by is None


def test_the_story_of_2015_is_critical_with_a_date_and_the_record():
    said = judged(checks=[checked(OLD)], arrivals=[arrival(spf=SpfResult.FAIL)])
    assert said.level is RiskLevel.CRITICAL
    assert said.act_by == NOW + timedelta(days=4)  # the fifth failing day: Mailman 3's threshold of 5, a point a day
    assert said.findings[0].code == "spf.ipv6-not-covered"
    assert said.suggested_record == "v=spf1 ip6:2001:db8:25::25 ip4:192.0.2.25 -all"
    gmail = next(each for each in said.admission if each.receiver == "gmail" and each.client_ip == V6)
    assert gmail.action is AdmissionAction.REJECT


def test_a_level_that_holds_while_dns_is_away_holds_for_the_reason_it_had():
    arrivals, old = [arrival(spf=SpfResult.FAIL)], checked(OLD)
    before = judged(checks=[old], arrivals=arrivals)
    away = checked(OLD, errors={DOMAIN: "timeout"})
    said = judged(checks=[away, old], arrivals=arrivals, previous=before)
    assert (said.level, said.reason) == (RiskLevel.CRITICAL, before.reason)
    assert {each.severity for each in said.findings if each.code != "post.unsigned"} == {Severity.UNKNOWN}


def test_signed_mail_is_not_refused_for_its_spf():
    """Most receivers are content with DKIM; the record is to be mended all the same."""
    few = replace(LIST, subscribers={"gmail.com": 40, "outlook.com": 40})
    said = judged(checks=[checked(OLD)], arrivals=[arrival(spf=SpfResult.FAIL, dkim=[AuthResult.PASS])], listed=few)
    assert said.level is RiskLevel.WATCH
    assert {each.action for each in said.admission if each.client_ip == V6} == {AdmissionAction.ACCEPT}


def test_before_the_first_arrival_a_wrong_record_is_to_be_watched():
    """Whether the mail is signed is not known yet, so neither is what receivers do; the fault of the record is."""
    said = judged(checks=[checked(OLD)])
    assert said.level is RiskLevel.WATCH
    assert said.act_by is None


def test_a_receiver_where_the_list_has_nobody_does_not_count():
    listed = replace(LIST, subscribers={"microsoft.com": 10})
    said = judged(checks=[checked(OLD)], arrivals=[arrival(spf=SpfResult.FAIL)], listed=listed)
    assert {each.receiver for each in said.admission} == {"microsoft-365"}
    assert said.level is RiskLevel.WATCH  # 450 over IPv6, and Postfix goes on over IPv4


def test_dns_trouble_is_unknown_and_named():
    """Whose fault it is the check tells: names of others were answered, or were not."""
    dark = checked(GOOD, errors={DOMAIN: "timeout", HELO: "timeout"})
    for check, blind in ((dark, ()), (replace(dark, ours="No name was answered."), ("resolver",))):
        said = judged(checks=[check])
        assert said.level is RiskLevel.UNKNOWN
        assert said.blind == blind
        assert all(each.severity is Severity.UNKNOWN for each in said.findings)


@pytest.mark.parametrize(
    ("evidence", "blind"),
    [
        pytest.param({"receiver_silent": True}, ("receiver",), id="our receiver is down"),
        pytest.param({"probes": [probe(ProbeState.LOST, ours=True)]}, ("submission",), id="we could not submit"),
    ],
)
def test_our_own_fault_is_named_and_moves_nothing(evidence, blind):
    said = judged(checks=[checked(GOOD)], arrivals=[arrival(dkim=[AuthResult.PASS])], **evidence)
    assert said.blind == blind
    assert said.level is RiskLevel.OK
    assert said.findings == ()


@pytest.mark.parametrize(
    ("state", "code", "level"),
    [
        pytest.param(ProbeState.LOST, "probe.lost", RiskLevel.WATCH, id="lost on the way"),
        pytest.param(ProbeState.BOUNCED, "probe.bounced", RiskLevel.WATCH, id="came back"),
        pytest.param(ProbeState.REJECTED, "probe.rejected", RiskLevel.OK, id="refused at submission says nothing"),
        pytest.param(ProbeState.ARRIVED, None, RiskLevel.OK, id="arrived"),
    ],
)
def test_how_the_newest_probe_ended_is_a_finding(state, code, level):
    said = judged(checks=[checked(GOOD)], arrivals=[arrival(dkim=[AuthResult.PASS])], probes=[probe(state)])
    assert [each.code for each in said.findings] == ([code] if code else [])
    assert said.level is level


NO_PTR = {(V6.reverse_pointer, "PTR"): "servfail"}


def test_without_reverse_dns_nothing_is_in_order():
    """A list whose reverse DNS was never seen is unknown; its SPF that passes says nothing of it."""
    said = judged(checks=[checked(GOOD, errors=NO_PTR)], arrivals=[arrival(dkim=[AuthResult.PASS])])
    assert said.level is RiskLevel.UNKNOWN
    assert "reverse DNS name (PTR)" in said.reason
    assert {each.code for each in said.findings} == {"ptr.temperror"}


def test_reverse_dns_that_fails_makes_unknown_what_was_in_order():
    good = checked(GOOD, minutes_ago=15)
    before = judged(checks=[good])
    said = judged(checks=[checked(GOOD, errors=NO_PTR), good], previous=before)
    assert (before.level, said.level) == (RiskLevel.OK, RiskLevel.UNKNOWN)
    assert before.reason == UNCOUNTED
    assert UNCOUNTED not in said.reason
    assert "not known now" in said.reason


def test_reverse_dns_that_fails_is_no_end_of_what_was_found_there():
    missing = replace(
        checked(GOOD, minutes_ago=15), findings=(a_finding("ptr.missing", evidence={"client_ip": str(V6)}),)
    )
    said = judged(checks=[checked(GOOD, errors=NO_PTR), missing], arrivals=[arrival(dkim=[AuthResult.PASS])])
    assert said.level is RiskLevel.WATCH
    assert said.reason == "Before DNS failed: About ptr.missing."
    spf = replace(checked(GOOD, minutes_ago=15), findings=(a_finding("spf.pass-all"),))
    mended = judged(checks=[checked(GOOD, errors=NO_PTR), spf], arrivals=[arrival(dkim=[AuthResult.PASS])])
    assert mended.level is RiskLevel.UNKNOWN, "SPF was seen, and is in order now"


def test_the_reason_of_an_unknown_level_is_what_makes_it_unknown():
    """A receiver of ours that is silent as well is no cause of it: named in `blind`, and not the reason."""
    said = judged(checks=[checked(GOOD, errors=NO_PTR)], receiver_silent=True)
    assert (said.level, said.blind) == (RiskLevel.UNKNOWN, ("receiver",))
    assert "reverse DNS name (PTR)" in said.reason
    nothing = replace(checked(GOOD, errors={DOMAIN: "timeout", HELO: "timeout"}), ours="No name was answered.")
    dark = judged(checks=[nothing], receiver_silent=True)
    assert dark.reason == SENTENCES_OF_LIST["resolver"]
