"""What posts and probes that arrived show to be mended: each at the manager and the mail server that this list has."""

from datetime import date, timedelta

import pytest

from monitor.admission.rules import load_rules
from monitor.evidence.post_findings import post_findings
from monitor.evidence.source import ListEvidence
from monitor.managers.catalogue import MANAGERS, kind_named
from monitor.model.evidence import AuthResult, CanaryKind, CanaryMail, DmarcOutcome
from monitor.model.findings import Severity
from monitor.model.header import COVERABLE, FromForm, OneClick
from monitor.risk.judge import judge
from tests.builders import DOMAIN, NOW, a_list, a_signature, an_arrival

RULES = load_rules()
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
SIGNED = (a_signature(covers=COVERABLE),)
WELL = {"one_click": OneClick.COVERED, "from_form": FromForm.ONE, "dkim": SIGNED, "tls_version": "TLSv1.3"}


def dmarc(author, result, policy, *, testing=False):
    return DmarcOutcome(
        author_domain=author,
        policy_domain=author,
        policy=policy,
        spf_aligned=False,
        dkim_aligned=False,
        result=result,
        testing=testing,
    )


def post(ago=HOUR, *, author="a.example", result=AuthResult.PASS, policy="reject", testing=False, **differs):
    outcome = dmarc(author, result, policy, testing=testing)
    usual = {**WELL, "probe_id": None, "canary": CanaryMail(kind=CanaryKind.POST), "from_list": False, "dmarc": outcome}
    return an_arrival(received_at=NOW - ago, **{**usual, **differs})


def munged(ago=HOUR, **differs):
    return post(ago, author=DOMAIN, policy="none", from_list=True, **differs)


def failed(ago=HOUR, **differs):
    return post(ago, **{"result": AuthResult.FAIL, **differs})


def found(*posts, probes=(), **listed):
    evidence = ListEvidence(listed=a_list(**listed), rules=RULES, now=NOW, reports={"canary": posts, "arrival": probes})
    return {each.code: each for each in post_findings(evidence)}


def test_posts_in_order_tell_nothing():
    assert found(post(), munged(2 * HOUR), probes=[an_arrival(**WELL)]) == {}
    assert found() == {}


@pytest.mark.parametrize("odd", [{"dkim": ()}, {"one_click": OneClick.ABSENT}])
def test_one_odd_post_is_no_habit_and_the_second_in_a_row_is(odd):
    assert found(post(HOUR, **odd), post(2 * HOUR)) == {}
    assert found(post(HOUR), post(2 * HOUR, **odd)) == {}
    assert len(found(post(HOUR, **odd), post(2 * HOUR, **odd))) == 1


@pytest.mark.parametrize(
    ("posts", "code", "severity"),
    [
        pytest.param([failed()], "dmarc.post-reject", Severity.CRITICAL, id="the only one"),
        pytest.param([failed(), post(2 * HOUR)], "dmarc.post-reject", Severity.CRITICAL, id="half of them"),
        pytest.param([failed(), post(), post()], "dmarc.post-reject", Severity.WARNING, id="one of three"),
        pytest.param([failed(policy="quarantine")], "dmarc.post-quarantine", Severity.WARNING, id="p=quarantine"),
        pytest.param([failed(policy="quarantine"), post(), post()], "dmarc.post-quarantine", Severity.INFO, id="seldom"),
        pytest.param([failed(testing=True)], "dmarc.post-quarantine", Severity.WARNING, id="p=reject; t=y §4.7"),
    ],
)  # fmt: skip
def test_posts_that_fail_dmarc_are_told_by_what_was_seen(posts, code, severity):
    """RFC 9989 section 7.4."""
    told = found(*posts)
    assert told.keys() == {code}
    assert (told[code].severity, told[code].reference) == (severity, "RFC 9989 section 7.4")
    assert "a.example" in told[code].message


def test_whether_the_list_changed_what_its_author_had_signed_is_told():
    broken = a_signature("a.example", AuthResult.FAIL)
    changed = found(failed(dkim=(*SIGNED, broken)))["dmarc.post-reject"]
    assert (changed.evidence["changed"], "signed before the list changed it" in changed.message) == (1, True)
    unsigned = found(failed())["dmarc.post-reject"]
    assert (unsigned.evidence["changed"], "before the list changed" in unsigned.message) == (0, False)


@pytest.mark.parametrize(
    "posts",
    [
        pytest.param([failed(result=AuthResult.TEMPERROR)], id="DNS trouble is unknown"),
        pytest.param([failed(result=AuthResult.NONE, policy=None)], id="no policy"),
        pytest.param([failed(policy="none")], id="p=none"),
        pytest.param([failed(policy="quarantine", testing=True)], id="p=quarantine; t=y is none §4.7"),
        pytest.param([failed(8 * DAY)], id="a week ago and more"),
        pytest.param([munged(HOUR), failed(2 * HOUR)], id="From is replaced since"),
        pytest.param([failed(dmarc=None)], id="no author that DMARC speaks of"),
    ],
)
def test_nothing_is_told_of_what_is_not_known_over_or_harmless(posts):
    assert found(*posts) == {}


def test_a_list_that_replaces_from_now_and_then_is_still_told():
    """As where it does so for p=reject alone: replaced before and after the post that fails."""
    assert found(munged(HOUR), failed(2 * HOUR, policy="quarantine"), munged(3 * HOUR)).keys() == {
        "dmarc.post-quarantine"
    }


@pytest.mark.parametrize(
    ("policy", "severity"),
    [("reject", Severity.CRITICAL), ("quarantine", Severity.WARNING), ("none", Severity.INFO)],
)
def test_mail_from_the_lists_own_domain_that_fails_is_a_matter_of_signing(policy, severity):
    """A probe speaks for it, as its From is the list's; no author is blamed, and no From is to be replaced."""
    probe = an_arrival(**{**WELL, "dmarc": dmarc(DOMAIN, AuthResult.FAIL, policy)})
    told = found(probes=[probe])
    assert told.keys() == {"post.unaligned"}
    assert (told["post.unaligned"].severity, f"d={DOMAIN}" in told["post.unaligned"].fix.value) == (severity, True)
    assert found(probes=[an_arrival(**{**WELL, "dmarc": dmarc(DOMAIN, AuthResult.TEMPERROR, None)})]) == {}


@pytest.mark.parametrize(
    ("dkim", "code", "severity"),
    [
        pytest.param((), "post.unsigned", Severity.INFO, id="unsigned"),
        pytest.param((a_signature("a.example"),), "post.unsigned", Severity.INFO, id="by the author alone"),
        pytest.param((a_signature(result=AuthResult.FAIL, problem="body hash mismatch"),), "post.signature-fails", Severity.WARNING, id="broken"),
        pytest.param((a_signature(result=AuthResult.PERMERROR, problem="no key"),), "post.signature-fails", Severity.WARNING, id="without a key"),
    ],
)  # fmt: skip
def test_a_signature_that_lacks_or_breaks_is_told(dkim, code, severity):
    told = found(post(dkim=dkim))
    assert told.keys() == {code}
    assert told[code].severity is severity
    assert all(each.problem is None or each.problem in told[code].message for each in dkim)
    assert found(post(dkim=(a_signature(result=AuthResult.TEMPERROR),))) == {}, "DNS trouble"
    assert found(post(3 * DAY, dkim=dkim)) == {}, "too old to speak of today's signatures"


@pytest.mark.parametrize(
    ("click", "code", "section"),
    [
        (OneClick.ABSENT, "post.one-click-missing", "3.1"),
        (OneClick.MALFORMED, "post.one-click-malformed", "3.1"),
        (OneClick.UNCOVERED, "post.one-click-uncovered", "4"),
    ],
)
def test_one_click_is_told_of_posts_alone(click, code, section):
    told = found(post(one_click=click))
    assert told.keys() == {code}
    assert told[code].reference == f"RFC 8058 section {section}"
    assert found(post(one_click=None)) == found(probes=[an_arrival(**{**WELL, "one_click": click})]) == {}


@pytest.mark.parametrize("form", [each for each in FromForm if each is not FromForm.ONE])
def test_a_from_that_receivers_cannot_go_by_is_told(form):
    told = found(post(from_form=form, dmarc=None), post(2 * HOUR))
    assert told.keys() == {"post.from-malformed"}
    severity = Severity.INFO if form is FromForm.SEVERAL_AUTHORS else Severity.WARNING
    assert (told["post.from-malformed"].severity, told["post.from-malformed"].evidence["odd"]) == (severity, 1)
    assert found(post(from_form=None)) == {}


def test_mail_without_tls_is_told_where_it_was_offered_and_somebody_asks_for_it():
    plain = {"tls_version": None, "tls_offered": True}
    told = found(probes=[an_arrival(**{**WELL, **plain})], mta="postfix")
    assert told.keys() == {"post.without-tls"}
    assert "smtp_tls_security_level" in told["post.without-tls"].fix.value
    assert found(probes=[an_arrival(**{**WELL, "tls_version": None, "tls_offered": False})]) == {}
    assert found(probes=[an_arrival(**{**WELL, "tls_version": None})]) == {}, "noted by an older version"
    before = ListEvidence(
        listed=a_list(), rules=RULES, now=NOW.replace(year=2010), reports={"arrival": [an_arrival(**{**WELL, **plain, "received_at": NOW.replace(year=2010)})]}
    )  # fmt: skip
    asking = [each for each in RULES.receivers if any(d.needs == "tls" and date(2010, 11, 23) in d.span for d in each.demands)]  # fmt: skip
    assert (asking, list(post_findings(before))) == ([], [])


BUSY = {"messages_per_day": 20, "subscribers": {"gmail.com": 1000}}  # 20,000 a day at Gmail; it asks from 5,000 on


@pytest.mark.parametrize(
    ("sends", "severity"),
    [
        pytest.param(BUSY, Severity.WARNING, id="bulk"),
        pytest.param({**BUSY, "messages_per_day": 1}, Severity.INFO, id="no bulk"),
        pytest.param({}, Severity.INFO, id="not counted"),
    ],
)
def test_what_receivers_ask_of_bulk_is_a_warning_once_the_list_is_known_to_send_it(sends, severity):
    """Judged by posts a day and subscribers there."""
    bad = post(dkim=(), one_click=OneClick.ABSENT, tls_version=None, tls_offered=True)
    evidence = ListEvidence(listed=a_list(**sends), rules=RULES, now=NOW, reports={"canary": [bad]})
    codes = {"post.unsigned", "post.one-click-missing", "post.without-tls"}
    told = judge(evidence).findings
    assert {each.code: each.severity for each in told if each.code in codes} == dict.fromkeys(codes, severity)


@pytest.mark.parametrize("name", MANAGERS)
def test_the_setting_is_that_of_the_lists_own_manager(name):
    """And the words of no other one are among them."""
    told = found(failed(one_click=OneClick.ABSENT), manager=name)
    values = (told["dmarc.post-reject"].fix.value, told["post.one-click-missing"].fix.value)
    assert values == (kind_named(name).remedies.rewrite_from, kind_named(name).remedies.one_click)
