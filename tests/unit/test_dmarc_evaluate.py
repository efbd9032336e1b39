"""DMARC at arrival: alignment relaxed and strict, DNS trouble, the author's domain (RFC 9989)."""

import pytest

from monitor.dmarc.evaluate import FIELD_OCTETS_MAX, author_domain, evaluate, from_form, from_list
from monitor.model.dns import Identity, SpfResult
from monitor.model.evidence import AuthResult
from monitor.model.header import FromForm
from tests.builders import a_signature, an_spf_outcome
from tests.fakes import ZoneResolver

RELAXED = {"_dmarc.example.org": {"TXT": ["v=DMARC1; p=reject; sp=quarantine"]}}
STRICT = {"_dmarc.example.org": {"TXT": ["v=DMARC1; p=reject; aspf=s; adkim=s"]}}


def spf(domain, result=SpfResult.PASS, identity=Identity.MAILFROM):
    return an_spf_outcome(result, identity=identity, domain=domain, reverse_path=f"x@{domain}", helo=domain)


@pytest.mark.parametrize(
    ("zones", "spfs", "dkims", "result"),
    [
        pytest.param(RELAXED, [spf("bounce.example.org")], [], "pass", id="SPF, relaxed §4.4.1"),
        pytest.param(RELAXED, [], [a_signature("mail.example.org")], "pass", id="DKIM, relaxed §4.4.1"),
        pytest.param(STRICT, [spf("bounce.example.org")], [a_signature("mail.example.org")], "fail", id="strict §4.4"),
        pytest.param(STRICT, [], [a_signature("lists.example.org")], "pass", id="strict, the same domain §4.4"),
        pytest.param(RELAXED, [spf("example.net")], [a_signature("example.net")], "fail", id="passes of others"),
        pytest.param(
            RELAXED, [spf("example.org", identity=Identity.HELO)], [], "fail", id="HELO does not count §4.4.2"
        ),
        pytest.param(RELAXED, [spf("example.org", SpfResult.FAIL)], [], "fail", id="aligned, but no pass"),
        pytest.param(RELAXED, [spf("example.org", SpfResult.TEMPERROR)], [], "temperror", id="aligned, but unknown"),
        pytest.param(RELAXED, [spf("example.net", SpfResult.TEMPERROR)], [], "fail", id="unknown, but not aligned"),
        pytest.param(
            RELAXED,
            [spf("example.org", SpfResult.TEMPERROR)],
            [a_signature("example.org")],
            "pass",
            id="one aligned pass is enough",
        ),
        pytest.param({}, [spf("lists.example.org")], [], "none", id="no record §4.10"),
    ],
)
def test_the_result_follows_rfc9989(zones, spfs, dkims, result):
    outcome = evaluate("lists.example.org", spf=spfs, dkim=dkims, resolver=ZoneResolver(zones))
    assert outcome.result == result
    assert outcome.policy_domain == ("example.org" if zones else None)


def test_dns_trouble_on_the_walk_is_unknown():
    """A gap would move the boundary of the organisation (section 4.10)."""
    trouble = ZoneResolver(RELAXED, {"_dmarc.lists.example.org": "servfail"})
    outcome = evaluate("lists.example.org", spf=[spf("example.org")], dkim=[], resolver=trouble)
    assert (outcome.result, outcome.policy) == (AuthResult.TEMPERROR, None)


@pytest.mark.parametrize(
    ("fields", "domain"),
    [
        pytest.param([b'"A, B" <a@Lists.Example.org>'], "lists.example.org", id="one mailbox"),
        pytest.param([b"a@example.org, b@example.org"], "example.org", id="two, one domain"),
        pytest.param([b"a@example.org, b@example.net"], None, id="two domains"),
        pytest.param([b"a@example.org", b"a@example.org"], None, id="two fields"),
        pytest.param(["a@bücher.example".encode()], "xn--bcher-kva.example", id="A-labels"),
        pytest.param([b"(" * 200_000 + b"a@example.org"], None, id="comments within comments without end"),
        pytest.param([b"nobody"], None, id="no domain"),
        pytest.param([], None, id="no field"),
    ],
)
def test_the_author_domain_is_that_of_from(fields, domain):
    assert author_domain(fields) == domain


@pytest.mark.parametrize(
    ("fields", "form"),
    [
        pytest.param([b"a@example.org"], FromForm.ONE, id="an address"),
        pytest.param([b'"A, B" <a@example.org> (c, d)'], FromForm.ONE, id="a quoted comma, a comment"),
        pytest.param(["A B via Ops <a@bücher.example>".encode()], FromForm.ONE, id="a name beyond ASCII"),
        pytest.param([], FromForm.MISSING, id="none §3.6"),
        pytest.param([b"a@example.org", b"a@example.org"], FromForm.SEVERAL_FIELDS, id="two fields §3.6"),
        pytest.param([b"a@example.org, b@example.org"], FromForm.SEVERAL_AUTHORS, id="two authors §3.6.2"),
        pytest.param([b"a@example.org, b@example.net"], FromForm.SEVERAL_AUTHORS, id="of two domains §11.5"),
        pytest.param([b"A, B <a@example.org>"], FromForm.UNREADABLE, id="a comma that is not quoted"),
        pytest.param([b"a@b.example via Ops <ops@example.org>"], FromForm.UNREADABLE, id="a name with an @ not quoted"),
        pytest.param([b"nobody"], FromForm.UNREADABLE, id="no domain"),
        pytest.param([b""], FromForm.UNREADABLE, id="nothing"),
        pytest.param([b"Undisclosed:;"], FromForm.UNREADABLE, id="an empty group"),
        pytest.param([b"<a@exa mple..org>"], FromForm.UNREADABLE, id="no name"),
        pytest.param([b"(" * FIELD_OCTETS_MAX], FromForm.UNREADABLE, id="comments without end"),
        pytest.param([b"a@example.org" + b" " * FIELD_OCTETS_MAX + b","], None, id="too long to be read is not known"),
    ],
)
def test_the_form_of_from(fields, form):
    """RFC 5322 sections 3.6 and 3.6.2, RFC 9989 section 11.5."""
    assert from_form(fields) is form


@pytest.mark.parametrize(
    ("author", "posting", "same"),
    [
        pytest.param(b"A via Ops <ops@lists.example.org>", b"<mailto:Ops@Lists.example.org>", True, id="case is the same"),
        pytest.param(b"ops@lists.example.org", b"<mailto:ops%40lists.example.org?subject=x>", True, id="escaped, with a query"),
        pytest.param(b"ops@lists.example.org", b"<https://x.example>, <mailto:ops@lists.example.org> (c)", True, id="another way beside it"),
        pytest.param(b"a@lists.example.org", b"<mailto:ops@lists.example.org>", False, id="an author of the list's domain"),
        pytest.param(b"ops@lists.example.org", b"NO", None, id="nobody posts RFC 2369 §3.4"),
        pytest.param(b"nobody", b"<mailto:ops@lists.example.org>", False, id="no author"),
        pytest.param(b"a@b.example, ops@lists.example.org", b"<mailto:ops@lists.example.org>", None, id="several authors"),
    ],
)  # fmt: skip
def test_from_is_the_lists_where_it_is_the_address_to_post_to(author, posting, same):
    assert from_list([author], [posting]) is same


def test_under_test_the_next_weaker_policy_is_applied():
    """RFC 9989 section 4.7, tag t."""
    zones = {"_dmarc.example.org": {"TXT": ["v=DMARC1; p=reject; t=y"]}}
    outcome = evaluate("example.org", spf=[], dkim=[], resolver=ZoneResolver(zones))
    assert (outcome.policy, outcome.applied) == ("reject", "quarantine")
