"""Which list a reverse-path is of, and what is left of it without its recipient."""

from time import process_time

import pytest

from monitor.managers.verp import CHARS_MAX, list_of, without_verp

FORMS = [
    pytest.param("dev-bounces@lists.example.org", "dev-bounces@lists.example.org", id="plain"),
    pytest.param("", "", id="null, RFC 5321 §4.5.5"),
    pytest.param("<>", "", id="null, written"),
    pytest.param("dev-bounces+a.b=club.example@lists.example.org", "dev-bounces@lists.example.org", id="Mailman, verp_format"),
    pytest.param("dev-bounces+a+tag=club.example@lists.example.org", "dev-bounces@lists.example.org", id="Mailman, a recipient with +"),
    pytest.param("dev-bounces+0123456789abcdef0123@lists.example.org", "dev-bounces@lists.example.org", id="Mailman, verp_probe_format"),
    pytest.param("Dev-Bounces+A=Club.Example@Lists.Example.Org", "dev-bounces@lists.example.org", id="Mailman, capitals"),
    pytest.param("bounce+a==a==club.example==dev@lists.example.org", "dev-owner@lists.example.org", id="Sympa"),
    pytest.param("bounce+a=b==a==club.example==dev-x@lists.example.org", "dev-x-owner@lists.example.org", id="Sympa, a recipient with ="),
    pytest.param("bounce+a==a==club.example==dev==w@lists.example.org", "dev-owner@lists.example.org", id="Sympa, welcome"),
    pytest.param("bounce+a==a==club.example==dev==17@lists.example.org", "dev-owner@lists.example.org", id="Sympa, tracking"),
    pytest.param("bounce+a==club.example==dev@lists.example.org", "dev-owner@lists.example.org", id="Sympa, without its a"),
    pytest.param("dev-owner@lists.example.org", "dev-owner@lists.example.org", id="Sympa, plain"),
    pytest.param("dev+bounces-123-a=club.example@lists.example.org", "dev+bounces@lists.example.org", id="mlmmj"),
    pytest.param("dev+bounces-probe-a=club.example-17@lists.example.org", "dev+bounces@lists.example.org", id="mlmmj, probe"),
    pytest.param("dev+bounces-123@lists.example.org", "dev+bounces@lists.example.org", id="mlmmj, number alone"),
    pytest.param("dev-bounces-123-a=club.example@lists.example.org", "dev-bounces@lists.example.org", id="mlmmj, delimiter -"),
    pytest.param("dev=bounces-123-a=club.example@lists.example.org", "dev=bounces@lists.example.org", id="mlmmj, delimiter ="),
    pytest.param("dev-return-123-a=club.example@lists.example.org", "dev-return@lists.example.org", id="ezmlm"),
    pytest.param("dev-return-123-a-b=club.example@lists.example.org", "dev-return@lists.example.org", id="ezmlm, a recipient with -"),
    pytest.param("dev-return-warn-1700000000.abcdef-a=club.example@lists.example.org", "dev-return@lists.example.org", id="ezmlm, warning"),
    pytest.param("dev-return-123-@lists.example.org", "dev-return@lists.example.org", id="ezmlm, as it is queued"),
    pytest.param("dev-return-123-@lists.example.org-@[]", "dev-return@lists.example.org", id="ezmlm, for qmail"),
    pytest.param("tax-return-help@lists.example.org", "tax-return-help@lists.example.org", id="a list with return in its name"),
    pytest.param("owner-dev*a**club.example@lists.example.org", "owner-dev@lists.example.org", id="LISTSERV"),
    pytest.param("OWNER-DEV*a**CLUB.EXAMPLE@LISTS.EXAMPLE.ORG", "owner-dev@lists.example.org", id="LISTSERV, capitals"),
    pytest.param("owner-dev=a=club.example@lists.example.org", "owner-dev@lists.example.org", id="LISTSERV, ="),
    pytest.param("owner-dev+a=club.example@lists.example.org", "owner-dev@lists.example.org", id="XVERP"),
    pytest.param("news+a=club.example@lists.example.org", "news@lists.example.org", id="XVERP, any prefix"),
    pytest.param("owner-dev-a=club.example@lists.example.org", "owner-dev@lists.example.org", id="XVERP -="),
    pytest.param("replies+verp-0123456789abcdef0123456789abcdef@forum.example", "replies@forum.example", id="Discourse"),
    pytest.param("bounce+0123abcd@news.example", "bounce@news.example", id="token"),
    pytest.param("bounces+123-ab-a=club.example@em.news.example", "bounces@em.news.example", id="SendGrid"),
    pytest.param("prvs=0123abcdef=dev-bounces+a=club.example@lists.example.org", "dev-bounces@lists.example.org", id="BATV"),
    pytest.param("SRS0=Ab12=XY=club.example=a@fwd.example", "srs0@fwd.example", id="SRS"),
    pytest.param("anna+news@club.example", "anna+news@club.example", id="a detail is no recipient, RFC 5233"),
    pytest.param("a" * CHARS_MAX + "@b.example", "", id="beyond reason"),
]  # fmt: skip


@pytest.mark.parametrize(("reverse_path", "plain"), FORMS)
def test_the_recipient_is_taken_out(reverse_path, plain):
    """Each manager's form leaves the address that all copies share; what is plain stays."""
    assert without_verp(reverse_path) == plain
    assert without_verp(plain) == plain


KNOWN = {
    "dev-bounces@lists.example.org": "dev",
    "dev@lists.example.org": "news",
    "dev-owner@lists.example.org": "sympa",
    "a+b@lists.example.org": "odd",
    "post-office@lists.example.org": "post",
}


@pytest.mark.parametrize(
    ("reverse_path", "list_id"),
    [
        pytest.param("DEV-bounces@LISTS.example.org", "dev", id="exact, without case"),
        pytest.param("dev-bounces+a=club.example@lists.example.org", "dev", id="without VERP"),
        pytest.param("bounce+x==a==club.example==dev@lists.example.org", "sympa", id="Sympa"),
        pytest.param("a+b@lists.example.org", "odd", id="exact before all forms"),
        pytest.param("a+b+x=club.example@lists.example.org", "odd", id="a known name that ends in a detail"),
        pytest.param("post-office-anna-lena=club.example@lists.example.org", "post", id="XVERP -=, a recipient with -"),
        pytest.param("dev+0123@lists.example.org", "news", id="a token behind a known name"),
        pytest.param("dev-request@lists.example.org", None, id="another address of the list"),
        pytest.param("dev-bounces@lists.example.net", None, id="another domain"),
        pytest.param("", None, id="null"),
    ],
)
def test_a_known_reverse_path_goes_before_every_form(reverse_path, list_id):
    """The configuration's own is looked up whole, then without VERP, then up to each delimiter."""
    assert list_of(reverse_path, KNOWN) == list_id


@pytest.mark.parametrize(
    "piece", ["=", "==", "+", "*", "-", "a==a==", "-return-", "bounces-", "a.b=", "prvs=a=", "@", "-@"]
)
def test_no_address_takes_long(piece):
    """However it is made up, an address as long as is looked at takes milliseconds."""
    started = process_time()
    for front in ("", "bounce+", "owner-x", "x-return-", "x+bounces-"):
        whole = (front + piece * CHARS_MAX)[: CHARS_MAX - 10]
        without_verp(whole)
        without_verp(whole + "@b.example")
        list_of(whole + "@b.example", KNOWN)
    assert process_time() - started < 0.5
