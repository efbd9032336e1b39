"""Without a receiver of ours: what is stated or given says how a list's mail is signed, its keys whether that holds."""

from dataclasses import replace
from datetime import timedelta

import pytest

from monitor.admission.rules import load_rules
from monitor.evidence.seen_mail import is_own
from monitor.evidence.signing import (
    aligned,
    believed,
    dkim_known,
    dkim_of_check,
    known_keys,
    signed_as,
    with_shown,
)
from monitor.evidence.source import ListEvidence
from monitor.model.evidence import AdmissionAction, AuthResult, CanaryKind, CanaryMail
from monitor.model.risk import RiskLevel
from monitor.model.signing import DkimKey, KeyOutcome, KeyState, KnownBy, Learnt, SignedAs
from monitor.operations.examine import Known, examine
from monitor.risk.judge import judge
from monitor.spf.check import Subject
from tests.builders import DOMAIN, HELO, NOW, V4, V6, a_list, a_signature, an_arrival, ledger_of
from tests.dkim_keys import IN_ORDER, REVOKED
from tests.fakes import ZoneResolver

RULES = load_rules()
S1, S2 = (DkimKey(domain=DOMAIN, selector=each) for each in ("s1", "s2"))
STATED = SignedAs(known_by=KnownBy.STATED, seen_at=None, key=S1)
LIST = a_list(dkim={"domain": DOMAIN, "selector": "s1"}, messages_per_day=12.0, subscribers={"gmail.com": 100})
OVER_IPV4_ALONE = "v=spf1 ip4:192.0.2.25 -all"
STEP = timedelta(minutes=15)


def a_post(key=S2, *, days_ago=1, known_by=KnownBy.POST):
    return SignedAs(known_by=known_by, seen_at=NOW - timedelta(days=days_ago), key=key)


def a_mail(*domains, days_ago=0, canary=False):
    """A probe, or a post to the canary, with signatures of these domains by the selector `s`."""
    return an_arrival(
        received_at=NOW - timedelta(days=days_ago),
        dkim=tuple(a_signature(each) for each in domains),
        canary=CanaryMail(kind=CanaryKind.POST) if canary else None,
    )


@pytest.mark.parametrize(
    ("mail", "learnt", "by", "selectors"),
    [
        pytest.param([], [], KnownBy.STATED, ["s1"], id="nothing but what is stated"),
        pytest.param([], [a_post()], KnownBy.POST, ["s2"], id="a post goes before what is stated"),
        pytest.param([], [a_post(), a_post(S1, days_ago=9)], KnownBy.POST, ["s2"], id="the newest post"),
        pytest.param([], [a_post(S1), a_post(S2)], KnownBy.POST, ["s1", "s2"], id="all signatures of one post"),
        pytest.param([], [a_post(None)], KnownBy.POST, [None], id="a post that is unsigned"),
        pytest.param([], [a_post(None, days_ago=31)], KnownBy.STATED, ["s1"], id="but not one that was given long ago"),
        pytest.param([], [a_post(days_ago=31)], KnownBy.POST, ["s2"], id="whose key can be looked up, unlike its lack"),
        pytest.param([a_mail(DOMAIN)], [a_post(days_ago=0)], KnownBy.ARRIVAL, ["s"], id="what arrived goes before all"),
        pytest.param([a_mail()], [a_post()], KnownBy.ARRIVAL, [None], id="also unsigned"),
        pytest.param([a_mail(days_ago=3)], [], KnownBy.STATED, ["s1"], id="what arrived unsigned long ago is past"),
        pytest.param([a_mail(DOMAIN, days_ago=3)], [], KnownBy.ARRIVAL, ["s"], id="a key that arrived long ago may be asked for"),
        pytest.param([a_mail(DOMAIN, days_ago=3)], [a_post()], KnownBy.POST, ["s2"], id="but not before a newer post"),
        pytest.param([], [a_post(days_ago=-300), a_post(S1)], KnownBy.POST, ["s1"], id="given while the clock ran ahead"),
        pytest.param([a_mail("author.example", DOMAIN, canary=True)], [], KnownBy.ARRIVAL, ["s"], id="an author's signature is not the list's"),
    ],
)  # fmt: skip
def test_the_newest_that_shows_it_is_believed(mail, learnt, by, selectors):
    said = signed_as(mail, Learnt(list_id="ops", seen=tuple(learnt)), LIST, now=NOW)
    assert {each.known_by for each in said} == {by}
    assert [each.key and each.key.selector for each in said] == selectors


def test_nothing_is_known_of_a_list_of_which_nothing_is_said():
    assert signed_as([], None, a_list(), now=NOW) == ()


@pytest.mark.parametrize(
    ("domain", "own"),
    [(DOMAIN, True), ("example.org", True), (f"mail.{DOMAIN}", True), ("author.example", False), ("xlists.example.org", False)],
)  # fmt: skip
def test_a_signature_is_the_lists_by_its_domain(domain, own):
    assert is_own(domain, a_list()) is own
    assert is_own("esp.example", a_list(dkim={"domain": "esp.example", "selector": "x"}))


def test_all_known_keys_are_looked_at_those_that_sign_now_first_and_no_more_than_eight():
    learnt = Learnt(list_id="ops", seen=tuple(a_post(DkimKey(domain=DOMAIN, selector=f"k{n}")) for n in range(20)))
    keys = known_keys((a_post(S2),), [a_mail(DOMAIN)], learnt, LIST)
    assert keys[:2] == (S2, S1)
    assert len(keys) == 8


def test_a_stated_key_in_order_goes_before_a_posts_key_that_has_gone():
    keys = [KeyOutcome(key=S2, state=KeyState.MISSING), KeyOutcome(key=S1, state=KeyState.IN_ORDER)]
    assert believed([a_post()], STATED, keys) == (STATED,)
    assert believed([a_post()], STATED, [replace(each, state=KeyState.UNKNOWN) for each in keys]) == (a_post(),)
    arrived = a_post(known_by=KnownBy.ARRIVAL)
    assert believed([arrived], STATED, keys) == (arrived,)
    assert believed([a_post(None)], STATED, keys) == (a_post(None),)


def test_each_key_is_learnt_once_by_the_newest_that_shows_it():
    before = Learnt(list_id="ops", seen=(a_post(S1, days_ago=5),))
    after = with_shown(before, [a_post(S1, days_ago=1), a_post(S2, days_ago=9)])
    assert [(each.key, each.seen_at) for each in after.seen] == [
        (S1, NOW - timedelta(days=1)),
        (S2, NOW - timedelta(days=9)),
    ]
    assert with_shown(after, [a_post(S1, days_ago=5)]) == after
    many = with_shown(before, [a_post(DkimKey(domain=DOMAIN, selector=f"k{n}")) for n in range(99)])
    assert len(many.seen) == 16


def checked(*records, previous=None, at=NOW, spf=OVER_IPV4_ALONE, trouble=False, listed=LIST, signed=(STATED,)):
    """A check of the list, whose key has these records."""
    zones = {
        DOMAIN: {"TXT": [spf]},
        HELO: {"A": [str(V4)], "AAAA": [str(V6)]},
        **{each.reverse_pointer: {"PTR": [HELO]} for each in listed.outbound},
        S1.name: {"TXT": list(records)},
    }
    subject = Subject(
        list_id="ops", domain=DOMAIN, reverse_path=listed.reverse_path, helo=HELO, outbound=listed.outbound
    )
    known = Known(previous=previous, signed=signed, stated=STATED, keys=(S1,))
    resolver = ZoneResolver(zones, {S1.name: "timeout"} if trouble else {})
    outcome, _ = examine(subject, known, resolver, None, RULES, now=at, slot=int(at.timestamp()))
    return outcome


def gmail_over_ipv6(outcome):
    return next(each for each in outcome.admission if each.receiver == "gmail" and each.client_ip == V6)


def test_a_stated_key_in_order_lets_receivers_take_what_spf_does_not_cover():
    """Gmail asks for SPF or DKIM over IPv6; nothing has ever come to a receiver of ours."""
    said = gmail_over_ipv6(checked(IN_ORDER))
    assert "dkim=pass" in said.because
    assert said.action is not AdmissionAction.REJECT
    assert gmail_over_ipv6(checked(IN_ORDER, signed=())).action is AdmissionAction.UNKNOWN  # nobody said that it signs


@pytest.mark.parametrize("records", [(REVOKED,), (), ("v=DKIM1; p=AAAA",)])
def test_a_key_that_cannot_be_used_makes_them_refuse(records):
    said = gmail_over_ipv6(checked(*records))
    assert "dkim=permerror" in said.because
    assert said.action is AdmissionAction.REJECT


@pytest.mark.parametrize(
    ("records", "trouble", "result"),
    [((IN_ORDER, IN_ORDER), False, None), ((), True, None), ((IN_ORDER,), False, AuthResult.PASS)],
)
def test_what_is_not_clear_or_not_answered_is_unknown(records, trouble, result):
    assert dkim_of_check(checked(*records, trouble=trouble)) is result


def test_trouble_leaves_what_was_known_for_two_days():
    first = checked(IN_ORDER)
    later = checked(previous=first, at=NOW + STEP, trouble=True)
    assert dkim_of_check(later) is AuthResult.PASS
    much_later = checked(previous=later, at=NOW + timedelta(days=2, minutes=1), trouble=True)
    assert dkim_of_check(much_later) is None


def test_what_arrived_holds_until_its_key_has_gone():
    gone, there = checked(REVOKED), checked(IN_ORDER)
    assert dkim_known(AuthResult.PASS, gone) is AuthResult.PERMERROR
    assert dkim_known(AuthResult.PASS, there) is AuthResult.PASS
    assert dkim_known(AuthResult.NONE, there) is AuthResult.NONE
    assert dkim_known(None, there) is AuthResult.PASS
    assert dkim_known(None, None) is None


def test_alignment_is_that_of_the_key_that_signs_and_is_in_order():
    for said in (True, False, None):
        assert aligned(checked(IN_ORDER, signed=(replace(STATED, aligned=said),))) is said
        assert aligned(checked(REVOKED, signed=(replace(STATED, aligned=said),))) is None


def judged(*checks):
    """What is thought of the list; no receiver of ours is configured."""
    newest_first = checks[::-1]
    reports = {"check": newest_first}
    now = newest_first[0].evaluated_at
    return judge(ListEvidence(listed=LIST, rules=RULES, now=now, reports=reports, ledger=ledger_of(reports)))


def test_a_list_without_a_receiver_of_ours_gets_a_verdict_and_a_date_from_the_moment_its_key_is_revoked():
    """SPF has failed over IPv6 for three days, and DKIM has carried the mail; now the key is revoked."""
    days = [checked(IN_ORDER, at=NOW - timedelta(days=3) + n * timedelta(hours=6)) for n in range(12)]
    before = judged(*days)
    gmail = next(each for each in before.forecasts if each.receiver == "gmail")
    assert gmail.level is RiskLevel.OK
    assert before.act_by is None
    revoked = checked(REVOKED, previous=days[-1])
    assert {"dkim.key-revoked", "dkim.key-changed"} <= {each.code for each in judged(*days, revoked).findings}
    after = judged(*days, revoked, checked(REVOKED, previous=revoked, at=NOW + STEP))
    assert after.level is RiskLevel.CRITICAL
    # The fifth day of refusals: Mailman 3's threshold of 5. They began when the key was revoked, not with SPF.
    assert after.act_by == NOW + timedelta(days=4)
