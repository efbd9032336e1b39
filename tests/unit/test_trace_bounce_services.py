"""Notices that providers and gateways write in forms of their own."""

import json

import pytest

from monitor.trace.bounce import read_bounce


def read(message):
    return [
        (each.final_recipient, each.action, each.diagnostic_code) for each in read_bounce(message.encode()).failures
    ]


BOUNCE = {
    "bounceType": "Permanent",
    "reportingMTA": "dns; a8.smtp-out.example.com",
    "bouncedRecipients": [
        {"emailAddress": "gone@club.example", "action": "failed", "status": "5.1.1", "diagnosticCode": "smtp; 550 5.1.1 user unknown"},
        {"emailAddress": "away@guild.example"},
    ],
}  # fmt: skip
SNS = "Return-Path: <0101@eu-west-1.amazonses.com>\nFrom: Bounces <no-reply@sns.amazonaws.com>\nSubject: AWS Notification Message\nx-amz-sns-message-id: 1\n\n"
FOOTER = "\n\n--\nIf you wish to stop receiving notifications, visit https://sns.example.com/unsubscribe\n"


@pytest.mark.parametrize(
    "notice",
    [
        pytest.param({"notificationType": "Bounce", "bounce": BOUNCE}, id="a notification"),
        pytest.param({"eventType": "Bounce", "bounce": BOUNCE, "mail": {}}, id="an event"),
        pytest.param({"Type": "Notification", "Message": json.dumps({"notificationType": "Bounce", "bounce": BOUNCE})}, id="in an envelope"),
    ],
)  # fmt: skip
def test_bounces_of_amazon_ses_are_read_from_json(notice):
    folded = json.dumps(notice).replace("user unknown", "user\n unknown")
    assert read(SNS + folded + FOOTER) == [
        ("gone@club.example", "failed", "550 5.1.1 user unknown"),
        ("away@guild.example", "failed", None),
    ]


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(json.dumps({"notificationType": "Complaint", "bounce": BOUNCE}), id="a complaint"),
        pytest.param(json.dumps({"notificationType": "Bounce", "bounce": {"bouncedRecipients": "all"}}), id="no list"),
        pytest.param(json.dumps({"notificationType": "Bounce", "bounce": [BOUNCE]}), id="no object"),
        pytest.param(json.dumps({"notificationType": "Bounce"}), id="no bounce"),
        pytest.param("[" * 5000, id="nested without end"),
        pytest.param('{"notificationType": "Bou', id="cut off"),
        pytest.param("hello", id="no JSON"),
    ],
)
def test_other_notices_of_amazon_are_no_bounces(body):
    assert read(SNS + body) == []


def test_only_amazon_speaks_so():
    notice = json.dumps({"notificationType": "Bounce", "bounce": BOUNCE})
    assert read(f"From: ann@example.net\nSubject: look at this\n\n{notice}") == []


RETURNED = (
    "Received: from mx.example.org by gw.example.net\nFrom: a@example.org\nTo: gone@mobile.example\nSubject: hi\n\nHi"
)


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        pytest.param(
            'Return-Path: <>\nFrom: no-reply@mobile.example\nSubject: Mail\nContent-Type: multipart/mixed; boundary="k"\n\n--k\n'
            "Content-Type: text/plain\n\nYour mail sent on: Thu, 29 Oct 2026 00:00:00 +0900\n     Could not be delivered to: <gone@mobile.example>\n"
            f"     As their mailbox is full.\n\n--k\nContent-Type: message/rfc822\n\n{RETURNED}\n\n--k--\n",
            [("gone@mobile.example", "failed", "Could not be delivered to: <gone@mobile.example> As their mailbox is full.")],
            id="KDDI, called nothing, under the null reverse-path",
        ),
        pytest.param(
            "From: no-reply@mobile.example\nSubject: =?utf-8?b?44Oh44O844Or44Ko44Op44O86YCa55+l?=\n\n"
            "Your mail could not be delivered to: <gone@mobile.example>\n     As their mailbox is full.\n",
            [("gone@mobile.example", "failed", "Your mail could not be delivered to: <gone@mobile.example> As their mailbox is full.")],
            id="KDDI, called so",
        ),
        pytest.param(
            "Return-Path: <>\nFrom: MMSC NDR Administrator <sysadmin@m01.mobile.example>\nSubject: Undeliverable Message\n\n"
            "Message could not be delivered to mobile.\nError: No valid recipients for this MM\n\n\nOriginal Message:\n"
            "From: Ann <a@example.org>\nTo: 5550100@mobile.example\nSubject: hi\n",
            [("5550100@mobile.example", "failed", "No valid recipients for this MM")],
            id="Verizon, who names the recipient in the message's fields alone",
        ),
        pytest.param(
            "From: post_master@mobile.example\nIn-Reply-To: <1@example.org>\nSubject: Re:hi\n\nError: Invalid user address\n\n"
            "Error message below:\n550 - Requested action not taken: no such user here\n\nMessage details:\n  Subject: hi\n"
            "  MAIL FROM: a@example.org\n  RCPT TO: 5550100@mobile.example\n  From: a@example.org\n  CC: recipient list not shown: ;\n",
            [("5550100@mobile.example", "failed", "550 - Requested action not taken: no such user here")],
            id="James",
        ),
        pytest.param(
            "From: postmaster@mx.example.net\nSubject: Re: hello\n\nHi. This is the James mail server at mx.example.net.\n"
            "I'm afraid I wasn't able to deliver your message to the following addresses.\nThis is a permanent error; I've given up.\n\n"
            "Failed recipient(s):\ngone@club.example\n\nError message:\n550 5.1.1 no such user\n",
            [("gone@club.example", "failed", "550 5.1.1 no such user")],
            id="James, of its own accord",
        ),
        pytest.param(
            "From: mailer-daemon@mail.zoho.example\nSubject: Mail Delivery Status Notification (Delay)\n\n"
            "This message was created automatically by mail delivery system.\n\nTHIS IS A WARNING MESSAGE ONLY.\n\n"
            "----- The following addresses had fatal errors -----\n[Status: Error, Address: <slow@club.example>, ResponseCode 421, , Host not reachable.]\n\n"
            "Message will be retried for 4 more day(s)\n",
            [("slow@club.example", "delayed", "ResponseCode 421, , Host not reachable.]")],
            id="Zoho, delayed",
        ),
        pytest.param(
            "From: mailer-daemon@mail.zoho.example\nSubject: Undelivered Mail Returned to Sender\n\n"
            "This message was created automatically by mail delivery software.\n\ngone@club.example, ERROR_CODE :550, ERROR_CODE :5.1.1 no such user\n"
            "full@guild.example, ERROR_CODE :552, ERROR_CODE :5.2.2 over quota\n",
            [
                ("gone@club.example", "failed", "ERROR_CODE :550, ERROR_CODE :5.1.1 no such user"),
                ("full@guild.example", "failed", "ERROR_CODE :552, ERROR_CODE :5.2.2 over quota"),
            ],
            id="Zoho, failed",
        ),
        pytest.param(
            "From: dev-admin@lists.example.net\nMessage-Id: <202611021000.FMLAAA12345.dev@lists.example.net>\n"
            "Subject: You ann@example.org are not member (dev ML)\n\nYou are not a member of this mailing list <dev@lists.example.net>.\n\n"
            "If you know the general guide of this list, please send mail to the address\n\n\tdev-ctl@lists.example.net\n",
            [("dev@lists.example.net", "failed", "You are not a member of this mailing list <dev@lists.example.net>.")],
            id="fml, to one who may not post",
        ),
        pytest.param(
            "Return-Path: <>\nFrom: postmaster@x400.example\nSubject: Delivery Report (failure) for gone@club.example\n\n"
            "This report relates to your message: Subject: hi\n  of Thu, 29 Oct 2026 10:00:00 +0000\n\nYour message was not delivered to\n"
            "   gone@club.example\n  for the following reason:\n   Recipient name unrecognised\n\n"
            "***** The following information is directed towards the local administrator\n* DR generated by: mta x in /ADMD=a/C=gb/\n",
            [("gone@club.example", "failed", "Recipient name unrecognised")],
            id="an X.400 gateway RFC 2156",
        ),
        pytest.param(
            "Return-Path: <>\nFrom: postmaster@x400.example\nSubject: Undeliverable: hi\n\nYour message was not delivered to:\n\n"
            "   /G=Ann/S=Gone/O=Club/PRMD=Guild/ADMD=400net/C=gb/@gw.example.net\n\nReason: unable to transfer; unrecognised O/R name\n",
            [("/G=Ann/S=Gone/O=Club/PRMD=Guild/ADMD=400net/C=gb/@gw.example.net", "failed", "unable to transfer; unrecognised O/R name")],
            id="an X.400 address in the clothes of an Internet one RFC 2156 section 4.2",
        ),
        pytest.param(
            "Return-Path: <>\nFrom: System Administrator <postmaster@example.net>\nSubject: Undeliverable: hi\n\nYour message did not reach "
            "the following recipient(s):\n\nc=gb;a=400net;p=guild;o=club;s=gone;g=ann; on Thu, 29 Oct 2026 10:00:00 +0000\n    The recipient name is not recognized\n",
            [("", "failed", "c=gb;a=400net;p=guild;o=club;s=gone;g=ann; on Thu, 29 Oct 2026 10:00:00 +0000 The recipient name is not recognized")],
            id="an X.400 name is no address",
        ),
        pytest.param(
            "Return-Path: <>\nFrom: Mail Delivery <mailer-daemon@example.net>\nSubject: Delivery Status Notification (Success)\n\n"
            "Your message was successfully delivered to:\n\nann@club.example\n",
            [],
            id="a success is no failure",
        ),
    ],
)  # fmt: skip
def test_notices_of_providers_and_gateways_are_read(message, expected):
    assert read(message) == expected
