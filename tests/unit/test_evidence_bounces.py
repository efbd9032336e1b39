"""Bounces in quantity: which list, which post, which receiver, and no subscriber's address."""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from monitor.evidence.bounces.read import list_of, member_digest, sample
from monitor.evidence.bounces.source import BOUNCES
from monitor.model.evidence import AdmissionAction, BounceReport
from monitor.store.codec import decode, encode
from monitor.trace.bounce import read_bounce
from tests.builders import a_ledger, entries_of, reports_in

GOLDEN = Path(__file__).parents[1] / "golden" / "explain"
NOW = datetime(2026, 5, 4, tzinfo=UTC)


def reports_of(name):
    return reports_in((GOLDEN / f"{name}.eml").read_bytes(), now=NOW)


def test_a_soft_refusal_that_expired_is_a_deferral_over_ipv6():
    (report,) = reports_of("10-postfix-expired-450")
    assert (report.receiver, report.rule, report.kind) == ("microsoft-365", "ms.eop.v6.auth.4xx.4726", "policy")
    assert (report.action, report.family, report.about) == (AdmissionAction.DEFER, 6, "list")
    assert (report.recipients, report.domains) == (1, ("example.edu",))


def test_a_hard_refusal_is_a_rejection():
    (report,) = reports_of("11-exim-status-says-nothing")
    assert (report.receiver, report.action, report.family) == ("gmail", AdmissionAction.REJECT, 6)


def test_one_bounce_for_several_recipients_gives_a_report_a_cause():
    """Two refused at Yahoo for the author's domain, one who is not there (any more)."""
    found = {each.kind: each for each in reports_of("17-dmarc-several-recipients")}
    assert found["policy"].recipients == 2
    assert found["policy"].about == "author"
    assert found["address"].recipients == 1


@pytest.mark.parametrize("name", ["16-mailbox-full-delayed", "01-checked-again-inside"])
def test_neither_a_warning_nor_a_post_is_a_refusal(name):
    assert reports_of(name) == ()


@pytest.mark.parametrize("path", sorted(GOLDEN.glob("1*.eml")), ids=lambda path: path.stem)
def test_no_address_of_a_subscriber_is_kept(path):
    for report in reports_in(path.read_bytes(), now=NOW):
        kept = encode(report)
        assert b"@" not in kept
        for name in (b"someone", b"gone", b"three"):
            assert name not in kept
        assert decode(type(report), kept) == report


def test_the_same_bounce_has_the_same_id():
    assert [each.id for each in reports_of("13-qmail")] == [each.id for each in reports_of("13-qmail")]


def test_the_post_is_dated_by_the_header_in_the_bounce():
    bounce = (GOLDEN / "10-postfix-expired-450.eml").read_bytes()
    dated = bounce.replace(b"Subject: a post\n", b"Subject: a post\nDate: Tue, 28 Apr 2026 09:12:29 +0200\n")
    (report,) = reports_in(dated, now=NOW)
    assert report.at == datetime(2026, 4, 28, 7, 12, 29, tzinfo=UTC)


@pytest.mark.parametrize(
    ("to", "list_id"),
    [
        pytest.param("ipv6-ops-bounces@lists.example.org", "ops", id="plain"),
        pytest.param("ipv6-ops-bounces+someone=example.net@lists.example.org", "ops", id="VERP with plus"),
        pytest.param("<IPv6-Ops-Bounces-17-someone=example.net@LISTS.example.org>", "ops", id="VERP with hyphen, any case"),
        pytest.param("other-ipv6-ops-bounces@lists.example.org", None, id="another list whose name ends alike"),
        pytest.param("ipv6-ops-bounces@lists.example.org.evil.example", None, id="another domain that begins alike"),
    ],
)  # fmt: skip
def test_the_reverse_path_tells_the_list(to, list_id):
    assert list_of(read_bounce(f"To: {to}\n\n".encode()), {"ipv6-ops-bounces@lists.example.org": "ops"}) == list_id


TWO_FAMILIES = b"""From: Mail Delivery System <Mailer-Daemon@lists.example.org>
Subject: Mail delivery failed: returning message to sender
X-Failed-Recipients: one@example.net, two@example.com, three@example.edu

The following address(es) failed:

  one@example.net
    SMTP error from remote mail server after RCPT TO:<one@example.net>:
    host mx.example.net [192.0.2.1]: 550 5.7.1 no mail from you
  two@example.com
    SMTP error from remote mail server after RCPT TO:<two@example.com>:
    host mx.example.com [2001:db8::1]: 550 5.7.1 no mail from you
  three@example.edu
    SMTP error from remote mail server after RCPT TO:<three@example.edu>:
    host mx.example.edu [%s]: 550 5.7.1 no mail from you
"""


def test_refusals_over_two_families_are_two_reports():
    """The address that the mail server was connected to tells the family, each recipient's own."""
    found = {each.family: each.recipients for each in reports_in(TWO_FAMILIES % b"2001:db8::2", now=NOW)}
    assert found == {4: 1, 6: 2}
    assert len({each.id for each in reports_in(TWO_FAMILIES % b"2001:db8::2", now=NOW)}) == 2


def test_a_recipient_whose_family_nothing_tells_goes_with_the_others():
    """It was one post; where the others were of both families it stays by itself."""
    one_family = TWO_FAMILIES.replace(b"2001:db8::1", b"192.0.2.2") % b"not told"
    assert {each.family: each.recipients for each in reports_in(one_family, now=NOW)} == {4: 3}
    assert {each.family: each.recipients for each in reports_in(TWO_FAMILIES % b"not told", now=NOW)} == {
        4: 1,
        6: 1,
        None: 1,
    }


def cells(*reports):
    """(receiver, family) → (posts, recipients of each post anew) of all that these reports enter."""
    ledger = a_ledger(*entries_of(BOUNCES, *reports))
    return {
        (key.receiver, key.family): (cell.posts.number, cell.recipients.number)
        for day in ledger.days
        for key, cell in day.replies.items()
    }


def test_one_post_is_one_post_a_receiver_however_many_bounced():
    """VERP: a bounce each of three recipients, the first of them twice."""
    octets = (GOLDEN / "10-postfix-expired-450.eml").read_bytes()
    (before,) = reports_in(octets, now=NOW)
    assert before.domains == ("example.edu",)
    recipient = re.search(rb"Final-Recipient: rfc822; ?(\S+)@example.edu", octets)[1]
    three = [reports_in(octets.replace(recipient, b"no-%d" % n), now=NOW)[0] for n in (1, 2, 3, 1)]
    assert cells(*three) == {("microsoft-365", 6): (1, 3)}


def test_a_receiver_nobody_knows_is_nobody_in_particular():
    untold = (GOLDEN / "13-qmail.eml").read_bytes().replace(b"192.0.2.77", b"The receiver")
    (nobody,) = reports_in(untold, now=NOW)
    assert (nobody.receiver, nobody.family) == (None, None)
    assert cells(nobody) == {("generic", 0): (1, 1)}


def test_what_is_wrong_with_an_address_is_no_refusal_of_the_list():
    policy, address = (
        next(each for each in reports_of("17-dmarc-several-recipients") if each.kind == kind)
        for kind in ("policy", "address")
    )
    assert len(entries_of(BOUNCES, policy)[0].replies[0].members) == 2
    assert entries_of(BOUNCES, address) == ()


def test_a_report_of_an_older_version_counts_its_recipients():
    """It has neither post nor members: two of them at one time are one post, of different recipients."""
    usual = {"list_id": "ops", "at": NOW, "kind": "policy", "receiver": "gmail", "rule": None, "about": None}
    usual |= {"action": AdmissionAction.REJECT, "family": 6}
    old = [BounceReport(id=f"b{n}", recipients=2, **usual) for n in (1, 2)]
    assert cells(*old, *old) == {("gmail", 6): (1, 4)}


def test_recipients_are_digests_that_only_this_installation_can_make():
    one = member_digest(b"key", "Someone@Example.edu")
    assert one == member_digest(b"key", "someone@example.edu")
    assert one != member_digest(b"another key", "someone@example.edu")
    assert one != member_digest(b"key", "other@example.edu")


def test_a_reply_is_kept_in_one_line_without_addresses():
    said = sample("550 5.7.1  <one@example.net>\r\n refused; write to two@example.com " + "x" * 300)
    assert said.startswith("550 5.7.1 <address> refused; write to <address> xxx")
    assert len(said) == 200


def test_a_reply_is_kept_without_the_recipients_name():
    """Its domain is kept beside it, and both together would be the address."""
    assert sample('550 unknown user: "Three"', {"three"}) == '550 unknown user: "<address>"'
    assert sample("550 three.x is not threefold", {"three", "three.x"}) == "550 <address> is not threefold"


NOTICE = b"""\
From: MAILER-DAEMON@mail.lists.example.org
To: ops-bounces+reader=gmail.com@lists.example.org
Subject: Undelivered Mail Returned to Sender
Content-Type: multipart/report; report-type=delivery-status; boundary=b

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mail.lists.example.org

Final-Recipient: rfc822; reader@gmail.com
Action: failed
Status: 5.7.1
Remote-MTA: dns; gmail-smtp-in.l.google.com
Diagnostic-Code: smtp; 550 5.7.1 not accepted by policy

--b
Content-Type: %s

%sFrom: ops-bounces@lists.example.org
To: %s
Subject: %s
Message-ID: <1@lists.example.org>

Your subscription has been disabled.
--b--
"""
DISABLED = b"Your subscription for Ops mailing list has been disabled"


@pytest.mark.parametrize(
    ("kind", "marks", "to", "subject", "reports"),
    [
        pytest.param(b"message/rfc822", b"", b"reader@gmail.com", DISABLED, 0, id="a notice of Mailman 3"),
        pytest.param(b"text/rfc822-headers", b"", b"reader@gmail.com", DISABLED, 0, id="its header alone"),
        pytest.param(
            b"message/rfc822", b"X-List-Administrivia: yes\n", b"reader@gmail.com", b"Welcome", 0, id="by its mark"
        ),
        pytest.param(b"message/rfc822", b"", b"ops@lists.example.org", DISABLED, 1, id="a post about such a notice"),
        pytest.param(b"message/rfc822", b"In-Reply-To: <0@x>\n", b"reader@gmail.com", DISABLED, 1, id="a reply to one"),
        pytest.param(b"message/rfc822", b"", b"ops@lists.example.org", b"IPv6 disabled", 1, id="a post"),
    ],
)
def test_what_comes_back_of_the_list_managers_own_notices_is_no_refused_post(kind, marks, to, subject, reports):
    """Who is disabled is written to at once, and that is refused as well: one more each day would be no post."""
    assert len(reports_in(NOTICE % (kind, marks, to, subject), now=NOW)) == reports


@pytest.mark.parametrize(
    "reply",
    [
        "550 5.7.23 SPF fail. See http://www.openspf.net/Why?s=mfrom;id=ops-bounces%2Breader%3Dgmail.com%40lists.example.org",
        '550 5.7.1 "Jane Reader"@gmail.com is not taken',
        "550 5.7.1 reader@[192.0.2.7] is not taken",
        "550 5.7.1 rcpt_reader refused",
        "550 5.7.1 reader%40gmail.com refused",
    ],
)
def test_no_form_of_the_recipient_stays_in_the_reply_that_is_kept(reply):
    assert "reader" not in sample(reply, {"reader"}).lower()


def test_one_post_is_one_post_though_each_recipients_copy_has_a_message_id_of_its_own():
    """Listmonk makes one for each mail."""
    copies = [
        NOTICE.replace(b"<1@", b"<%d@" % n)
        % (b"message/rfc822", b"Date: Mon, 23 Nov 2026 09:30:00 +0000\n", b"reader@gmail.com", b"News")
        for n in range(3)
    ]
    posts = {report.post for each in copies for report in reports_in(each, now=NOW)}
    assert len(posts) == 1


def test_a_dsn_of_a_post_to_five_hundred_is_read_whole():
    """Each reply stands there twice, and receivers say much."""
    said = "550 5.7.26 " + "Your email has been blocked because the sender is unauthenticated. " * 6
    status = "\n\n".join(
        f"Final-Recipient: rfc822; reader{n}@gmail.com\nAction: failed\nStatus: 5.7.26\n"
        f"Remote-MTA: dns; gmail-smtp-in.l.google.com\nDiagnostic-Code: smtp; {said}"
        for n in range(500)
    )
    words = "\n\n".join(f"<reader{n}@gmail.com>: host gmail-smtp-in.l.google.com said: {said}" for n in range(500))
    octets = (
        "From: MAILER-DAEMON@mail.lists.example.org\nTo: ops-bounces@lists.example.org\nSubject: Undelivered Mail\n"
        "Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n--b\nContent-Type: text/plain\n\n"
        f"{words}\n\n--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mail\n\n{status}\n\n--b--\n"
    ).encode()
    assert sum(each.recipients for each in reports_in(octets, now=NOW)) == 500
