"""How a list's mail is signed and sent, by what arrived: which message speaks, and what it can say of the next one."""

from dataclasses import replace
from datetime import timedelta

import pytest

from monitor.evidence.mail_facts import facts_of_mail
from monitor.model.evidence import AuthResult, CanaryKind, CanaryMail, DmarcOutcome
from monitor.model.header import FromForm, OneClick
from monitor.model.mail_facts import NOTHING_KNOWN
from tests.builders import DOMAIN, NOW, a_list, a_signature, an_arrival

HOUR = timedelta(hours=1)
POST = CanaryMail(kind=CanaryKind.POST)


def dmarc(author=DOMAIN, result=AuthResult.PASS, *, spf=False, dkim=False, policy="none"):
    return DmarcOutcome(
        author_domain=author,
        policy_domain=author,
        policy=policy,
        spf_aligned=spf,
        dkim_aligned=dkim,
        result=result,
    )


def came(ago=HOUR, *, signed=(), **differs):
    return an_arrival(received_at=NOW - ago, dkim=tuple(a_signature(d, r) for d, r in signed), **differs)


def known(*mail, **differs):
    return facts_of_mail(mail, a_list(**differs), now=NOW)


def test_what_is_old_says_nothing():
    assert known(came(timedelta(days=2, seconds=1), dmarc=dmarc(), tls_version="TLSv1.3")) == NOTHING_KNOWN
    assert known() == NOTHING_KNOWN


def test_the_newest_message_tells_of_signing_and_tls_and_a_post_of_its_author():
    """A probe has no author but us: what DMARC says of posts, posts tell."""
    probe = came(dmarc=dmarc(), signed=[(DOMAIN, AuthResult.PASS)], tls_version="TLSv1.3")
    post = came(2 * HOUR, canary=POST, dmarc=dmarc("example.net", AuthResult.FAIL, policy="reject"))
    facts = known(probe, post)
    assert (facts.dkim, facts.tls) == (AuthResult.PASS, True)
    assert (facts.author_policy, facts.dmarc, facts.spf_aligned) == ("reject", AuthResult.FAIL, False)


@pytest.mark.parametrize(
    ("reverse_path", "outcome", "aligned"),
    [
        pytest.param(f"b@{DOMAIN}", dmarc(result=AuthResult.FAIL), True, id="the same domain, though SPF failed"),
        pytest.param("b@example.org", dmarc(spf=True), True, id="seen to align"),
        pytest.param("b@bounces.example.org", dmarc(result=AuthResult.FAIL), None, id="may align once SPF passes"),
        pytest.param("b@example.net", dmarc(), False, id="somebody else's domain"),
        pytest.param("", dmarc(), None, id="a null reverse-path"),
    ],
)
def test_alignment_of_the_reverse_path(reverse_path, outcome, aligned):
    """RFC 9989 section 4.4; what DMARC did not look at is not known."""
    assert known(came(reverse_path=reverse_path, dmarc=outcome)).spf_aligned is aligned


@pytest.mark.parametrize(
    ("signed", "outcome", "aligned"),
    [
        pytest.param([(DOMAIN, AuthResult.FAIL)], dmarc(result=AuthResult.FAIL), True, id="the same domain"),
        pytest.param([("example.org", AuthResult.PASS)], dmarc(dkim=True), True, id="the organisation's"),
        pytest.param([("example.org", AuthResult.FAIL)], dmarc(result=AuthResult.FAIL), None, id="not looked at"),
        pytest.param([(DOMAIN, AuthResult.PASS)], dmarc("example.net", dkim=True), False, id="unlike the author"),
        pytest.param(
            [("example.net", AuthResult.PASS)], dmarc("example.net", dkim=True), False, id="the author's own signature"
        ),
        pytest.param(
            [("example.org", AuthResult.PASS), ("author.example.org", AuthResult.PASS)],
            dmarc("author.example.org", dkim=True),
            None,
            id="whose signature aligned is not told",
        ),
        pytest.param([], dmarc(result=AuthResult.FAIL), False, id="unsigned"),
    ],
)
def test_alignment_of_the_lists_own_signature(signed, outcome, aligned):
    """The author's signature may survive this post and not be there in the next one."""
    assert known(came(canary=POST, signed=signed, dmarc=outcome)).dkim_aligned is aligned


def test_only_a_post_shows_what_the_list_manager_writes_into_the_header():
    """A probe has no List-Unsubscribe, and its From is ours to write."""
    ours = {"one_click": OneClick.ABSENT, "from_form": FromForm.ONE}
    assert (known(came(**ours)).one_click, known(came(**ours)).from_form) == (None, None)
    post = came(2 * HOUR, canary=POST, one_click=OneClick.UNCOVERED, from_form=FromForm.SEVERAL_AUTHORS)
    assert (known(came(**ours), post).one_click, known(came(**ours), post).from_form) == (False, False)
    good = came(2 * HOUR, canary=POST, one_click=OneClick.COVERED, from_form=FromForm.ONE)
    assert (known(good).one_click, known(good).from_form) == (True, True)
    noted_by_nobody = came(2 * HOUR, canary=POST)
    assert (known(noted_by_nobody).one_click, known(noted_by_nobody).from_form) == (None, None)


@pytest.mark.parametrize(
    ("offered", "tls"),
    [(True, False), (False, None), (None, None)],
)
def test_without_a_certificate_of_ours_tls_is_not_known(offered, tls):
    assert known(came(tls_offered=offered)).tls is tls
    older = came(2 * HOUR, tls_version="TLSv1.3")
    assert known(came(tls_offered=offered), older).tls is not bool(offered), "older mail may tell"


def test_a_policy_under_test_is_the_next_weaker_one():
    outcome = replace(dmarc("example.net", AuthResult.FAIL, policy="reject"), testing=True)
    assert known(came(canary=POST, dmarc=outcome)).author_policy == "quarantine"


def a_post(author, result, ago):
    return came(timedelta(hours=ago), canary=POST, dmarc=dmarc(author, result))


def test_of_a_list_that_rewrites_from_for_some_a_post_in_its_own_name_tells_of_dmarc():
    """Receivers ask for DMARC of bulk, and that is what the list sends in its own name, whoever wrote last."""
    own = a_post(f"lists.{DOMAIN}", AuthResult.PASS, 5)
    for left in (AuthResult.FAIL, AuthResult.NONE):
        assert known(a_post("example.net", left, 1), own).dmarc is AuthResult.PASS
    long_ago = a_post(f"lists.{DOMAIN}", AuthResult.PASS, 100)
    assert known(a_post("example.net", AuthResult.FAIL, 1), long_ago).dmarc is None
    probe = came(dmarc=dmarc(DOMAIN, AuthResult.PASS))
    assert known(a_post("example.net", AuthResult.FAIL, 1), probe, long_ago).dmarc is AuthResult.PASS


def test_of_a_list_that_leaves_from_alone_the_authors_of_most_posts_tell():
    most = [a_post("example.com", AuthResult.PASS, each) for each in (2, 3)]
    assert known(a_post("example.net", AuthResult.FAIL, 1), *most).dmarc is AuthResult.PASS


@pytest.mark.parametrize(
    ("signs", "differs"),
    [
        pytest.param("esp.example", {"dkim": {"domain": "esp.example", "selector": "s1"}}, id="the domain stated"),
        pytest.param(f"lists.{DOMAIN}", {"reverse_path": "b@bounces.example.net"}, id="the list's address's domain"),
        pytest.param(f"m.lists.{DOMAIN}", {}, id="one below"),
    ],
)
def test_a_post_signed_by_what_counts_as_the_lists_own_is_not_unsigned(signs, differs):
    """The key of such a signature was looked at as the list's, while its mail was taken for unsigned."""
    post = came(canary=POST, signed=[(signs, AuthResult.PASS)], dmarc=dmarc())
    assert known(post, **differs).dkim is AuthResult.PASS
