"""Posts that receivers refuse for their authors' DMARC policies: their share is the chance that a post bounces."""

from dataclasses import replace
from datetime import timedelta

import pytest

from monitor.admission.rules import load_rules
from monitor.evidence.source import ListEvidence
from monitor.model.evidence import AdmissionAction, AuthResult, CanaryKind, CanaryMail, DmarcOutcome
from monitor.model.risk import RiskLevel
from monitor.risk.facts import facts_of
from monitor.risk.judge import judge
from monitor.risk.whatif import what_if
from tests.builders import DOMAIN, NOW, V6, a_check, a_list, a_signature, an_arrival, ledger_of

RULES = load_rules()
GOOD = "v=spf1 ip4:192.0.2.25 ip6:2001:db8:25::25 -all"
WITHOUT_IPV6 = "v=spf1 ip4:192.0.2.25 -all"
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
LIST = replace(a_list(), messages_per_day=2.0, subscribers={"gmail.com": 100, "outlook.com": 50, "t-online.de": 10})
ACCEPT, REJECT = AdmissionAction.ACCEPT, AdmissionAction.REJECT


def dmarc(author, result, policy, **aligned):
    usual = {"spf_aligned": False, "dkim_aligned": False}
    outcome = {"author_domain": author, "policy_domain": author, "policy": policy, "result": result, "testing": False}
    return DmarcOutcome(**{**usual, **outcome, **aligned})


def post(ago, *, result=AuthResult.PASS, policy="reject", author="a.example", **differs):
    usual = {
        "probe_id": None,
        "canary": CanaryMail(kind=CanaryKind.POST),
        "from_list": author == DOMAIN,
        "dkim": (a_signature(),),
        "dmarc": dmarc(author, result, policy),
    }
    return an_arrival(received_at=NOW - ago, **{**usual, **differs})


def posts(failed, *, of, policy="reject"):
    """So many in a week, the newest in order, those that fail spread among them."""
    step = 6 * DAY / of
    fails = {round((n + 0.5) * of / failed) for n in range(failed)} if failed else set()
    return [
        post(HOUR + n * step, policy=policy, result=AuthResult.FAIL if n in fails or failed == of else AuthResult.PASS)
        for n in range(of)
    ]


def evidence(mail, *, record=GOOD, probes=(), **settings):
    reports = {"check": [a_check(record, at=NOW, slot=1)], "canary": mail, "arrival": list(probes)}
    listed = replace(LIST, **settings)
    return ListEvidence(listed=listed, rules=RULES, now=NOW, reports=reports, ledger=ledger_of(reports))


def forecasts(assessment):
    return {each.receiver: each for each in assessment.forecasts}


def said(assessment, receiver):
    return {each.client_ip: each for each in assessment.admission if each.receiver == receiver}


def test_a_list_whose_posts_all_fail_under_p_reject_has_a_verdict_and_a_date():
    """It was "accepted" everywhere and to be watched, whatever receivers did with every post of it."""
    assessment = judge(evidence(posts(5, of=5)))
    assert assessment.level is RiskLevel.CRITICAL
    assert assessment.act_by is not None
    assert assessment.reason.startswith("All 5 posts that reached us in the last seven days fail DMARC of a.example")
    for receiver, rule in (("gmail", "goog.dmarc.5726"), ("outlook", "ms.olc.dmarc.57509")):
        for answer in said(assessment, receiver).values():
            assert (answer.action, answer.rule) == (REJECT, rule)
            assert "dmarc=fail" in answer.because
        found = forecasts(assessment)[receiver]
        assert (found.level, found.at_risk) == (RiskLevel.CRITICAL, found.subscribers)
        assert found.failure_rate.mean > 0.9
        assert found.failure_rates.keys() == found.actions.keys()
        assert {each.mean > 0.9 for each in found.failure_rates.values()} == {True}, "words are by family"
        assert "5 of 5 posts" in found.failure_rate.evidence[0]
        assert None not in (found.disabled_on, found.removed_on)
    assert forecasts(assessment)["t-online"].level is RiskLevel.OK, "no such demand of its own is known"


def test_since_when_each_post_was_refused_tells_the_date():
    """The first of them came six days ago: who gets two posts a day is disabled by now or within days."""
    new, old = (judge(evidence([post(HOUR + ago, result=AuthResult.FAIL) for ago in days])) for days in (
        (timedelta(0), HOUR), (timedelta(0), 4 * DAY)
    ))  # fmt: skip
    assert forecasts(new)["gmail"].failing_since == NOW - 2 * HOUR
    assert forecasts(old)["gmail"].disabled_on < forecasts(new)["gmail"].disabled_on


@pytest.mark.parametrize(
    ("failed", "of", "level"),
    [
        pytest.param(1, 200, RiskLevel.WATCH, id="one of two hundred"),
        pytest.param(0, 200, RiskLevel.OK, id="none"),
        pytest.param(50, 100, RiskLevel.CRITICAL, id="half of them"),
    ],
)
def test_some_posts_are_as_bad_as_their_share(failed, of, level):
    assessment = judge(evidence(posts(failed, of=of)))
    assert assessment.level is level
    if 2 * failed < of:
        assert {each.action for each in said(assessment, "gmail").values()} == {ACCEPT}
    rate = forecasts(assessment)["gmail"].failure_rate
    assert rate.low <= rate.mean <= rate.high
    assert rate.mean == pytest.approx(failed / of, abs=0.01)


def test_the_newest_of_two_hundred_is_as_good_as_any():
    """Which post happens to be the newest says nothing of the list."""
    mail = [post(HOUR, result=AuthResult.FAIL), *posts(0, of=199)[1:]]
    assessment = judge(evidence(mail))
    assert assessment.level is RiskLevel.WATCH
    assert {each.action for each in said(assessment, "gmail").values()} == {ACCEPT}
    assert "dmarc.post-reject" in {each.code for each in assessment.findings}


def test_posts_left_as_they_were_pass_by_their_authors_own_signature_for_bulk_too():
    """Neither SPF nor the list's signature aligns, and none needs to."""
    busy = judge(evidence(posts(0, of=10), messages_per_day=60.0))
    for answer in said(busy, "gmail").values():
        assert {"dmarc=pass", "bulk=yes"} <= set(answer.because)


def test_the_share_grows_the_chance_and_never_lessens_it():
    shares = [forecasts(judge(evidence(posts(failed, of=40))))["gmail"] for failed in (0, 1, 5, 20, 40)]
    bounces = [each.post_bounces for each in shares]
    assert bounces == sorted(bounces)
    within = [each.disabled.within["30d"] for each in shares]
    assert within == sorted(within)


def test_outlook_com_refuses_for_p_quarantine_too_and_others_file_it_as_spam():
    found = forecasts(judge(evidence(posts(5, of=5, policy="quarantine"))))
    assert (found["outlook"].level, found["gmail"].level) == (RiskLevel.CRITICAL, RiskLevel.OK)
    assert {each.action for each in said(judge(evidence(posts(5, of=5, policy="quarantine"))), "gmail").values()} == {
        ACCEPT
    }


@pytest.mark.parametrize(
    "mail",
    [
        pytest.param([post(HOUR, author=DOMAIN, policy="none"), post(DAY, result=AuthResult.FAIL)], id="From is replaced"),
        pytest.param([post(8 * DAY, result=AuthResult.FAIL)], id="over a week ago"),
        pytest.param([post(HOUR, result=AuthResult.TEMPERROR)], id="DNS trouble"),
        pytest.param([post(HOUR, result=AuthResult.FAIL, policy="none")], id="p=none"),
        pytest.param([], id="nothing seen"),
    ],
)  # fmt: skip
def test_what_is_over_unknown_or_harmless_refuses_nothing(mail):
    found = forecasts(judge(evidence(mail)))
    assert {each.level for each in found.values()} == {RiskLevel.OK}


def test_what_is_told_of_the_set_up_is_not_taken_for_what_is_told_of_posts():
    """The same posts pass SPF and PTR: "6 of 6 posts fail, 0 of 6 canary posts" would be read as a contradiction."""
    first, *others = forecasts(judge(evidence(posts(5, of=5))))["gmail"].failure_rates["6"].evidence
    assert first.startswith("5 of 5 posts")
    assert others
    assert all(each.startswith("for other reasons 0 of ") for each in others)


def test_nothing_is_reckoned_where_no_mail_of_the_list_goes():
    """Its mail leaves over IPv6 alone, and who is there has none: no way, no verdict."""
    assessment = judge(evidence(posts(5, of=5), outbound=(V6,)))
    assert forecasts(assessment)["gmail"].level is RiskLevel.CRITICAL
    assert "mail.ru" not in forecasts(assessment)


def test_rewriting_from_is_a_way_and_publishing_a_record_is_none():
    """What could be done tonight, tried on the same facts."""
    facts = facts_of(evidence(posts(5, of=5)))
    ways = {each.change: each.level for each in what_if(facts, now=NOW)}
    assert (ways["rewrite-from"], ways["publish"]) == (RiskLevel.OK, RiskLevel.CRITICAL)
    assert "rewrite-from" not in {each.change for each in what_if(facts_of(evidence([])), now=NOW)}


def own(result, *, policy="reject"):
    """A probe in the list's own name, unsigned, whose reverse-path aligns."""
    outcome = dmarc(DOMAIN, result, policy, spf_aligned=True)
    return an_arrival(received_at=NOW - HOUR, dkim=(), dmarc=outcome)


def test_the_lists_own_policy_is_judged_by_each_address_and_mended_by_its_record():
    """p=reject of its own, unsigned, and SPF covers IPv4 alone: over IPv6 it is refused, over IPv4 taken."""
    refused = evidence([], record=WITHOUT_IPV6, probes=[own(AuthResult.FAIL)])
    answers = {each.version: each_said for each, each_said in said(judge(refused), "outlook").items()}
    assert (answers[4].action, answers[6].action) == (ACCEPT, REJECT)
    assert answers[6].rule == "ms.olc.dmarc.57509"
    ways = {each.change: {f.receiver: f.level for f in each.forecasts} for each in what_if(facts_of(refused), now=NOW)}
    assert ways["publish"]["outlook"] is RiskLevel.OK
    assert "rewrite-from" not in ways
    mended = judge(evidence([], probes=[own(AuthResult.PASS)]))
    assert {each.action for each in said(mended, "outlook").values()} == {ACCEPT}
