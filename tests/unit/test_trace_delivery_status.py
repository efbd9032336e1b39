"""Delivery status notifications as MTAs write them."""

import base64
import quopri

import pytest

from monitor.trace.bounce import read_bounce

# As Postfix 3.7 writes it; the diagnostic folded.
POSTFIX = b"""From: MAILER-DAEMON@mail.lists.example.org
Content-Type: multipart/report; report-type=delivery-status; boundary="b"
MIME-Version: 1.0

--b
Content-Type: text/plain

I'm sorry to have to inform you ...
--b
Content-Description: Delivery report
Content-Type: message/delivery-status

Reporting-MTA: dns; mail.lists.example.org
X-Postfix-Queue-ID: 4XyZ
Arrival-Date: Sun,  1 Mar 2026 12:00:00 +0000 (UTC)

Final-Recipient: rfc822; token@v6.probe.example.org
Original-Recipient: rfc822;token@v6.probe.example.org
Action: failed
Status: 5.7.26
Remote-MTA: dns; receiver.example.org
Diagnostic-Code: smtp; 550 5.7.26 Service unavailable, message sent over IPv6
    must pass either SPF or DKIM validation

--b
Content-Type: message/rfc822

Subject: returned

--b--
"""

# As Exim 4.96 writes it: Action first, Status always 5.0.0, the code only in the diagnostic.
EXIM = b"""Content-Type: multipart/report; report-type=delivery-status; boundary=x

--x
Content-type: message/delivery-status

Reporting-MTA: dns; exim.example

Action: failed
Final-Recipient: rfc822;a@example.net
Status: 5.0.0
Diagnostic-Code: smtp; 450 4.7.26 later: retry timeout exceeded

Action: delayed
Final-Recipient: rfc822;b@example.net
Status: 4.0.0

--x--
"""


@pytest.mark.parametrize(
    ("message", "statuses"),
    [
        pytest.param(
            POSTFIX,
            [
                (
                    "token@v6.probe.example.org",
                    "failed",
                    "5.7.26",
                    "550 5.7.26 Service unavailable, message sent over IPv6 must pass either SPF or DKIM validation",
                    "receiver.example.org",
                    "mail.lists.example.org",
                )
            ],
            id="Postfix",
        ),
        pytest.param(
            EXIM,
            [
                ("a@example.net", "failed", "5.0.0", "450 4.7.26 later: retry timeout exceeded", "", "exim.example"),
                ("b@example.net", "delayed", "4.0.0", "", "", "exim.example"),
            ],
            id="Exim, two recipients",
        ),
        pytest.param(b"Subject: Undelivered\n\nno report\n", [], id="no report"),
        pytest.param(b"Content-Type: message/delivery-status\n\n", [], id="an empty report"),
        pytest.param(b"Content-Type: message/rfc822\n\n" * 20_000, [], id="messages within messages without end"),
    ],
)
def test_each_recipient_is_read(message, statuses):
    """RFC 3464 section 2.3."""
    assert [
        (one.final_recipient, one.action, one.status, one.diagnostic_code, one.remote_mta, one.reporting_mta)
        for one in read_bounce(message).statuses
    ] == statuses


UTF8 = "Reporting-MTA: dns; x\n\nFinal-Recipient: utf-8; jürgen@exämple.de\nAction: failed\nStatus: 5.1.1\n".encode()
GLOBAL = b"Content-Type: message/global-delivery-status\n"


@pytest.mark.parametrize(
    ("message", "recipient"),
    [
        pytest.param(GLOBAL + b"\n" + UTF8, "jürgen@exämple.de", id="as it is"),
        pytest.param(
            GLOBAL + b"Content-Transfer-Encoding: base64\n\n" + base64.encodebytes(UTF8),
            "jürgen@exämple.de",
            id="base64",
        ),
        pytest.param(
            b"Content-Type: message/delivery-status\nContent-Transfer-Encoding: quoted-printable\n\n"
            + quopri.encodestring(UTF8),
            "jürgen@exämple.de",
            id="quoted-printable",
        ),
        pytest.param(
            b"Content-Type: message/delivery-status\n\n\nFinal-Recipient: utf-8; j\\x{FC}rgen@example.de\nAction: failed\n",
            "jürgen@example.de",
            id="utf-8-addr-xtext",
        ),
        pytest.param(
            b"Content-Type: message/delivery-status\n\n\nFinal-Recipient: utf-8; \\x{D800}\\x{FFFFFF}\nAction: failed\n",
            "\ufffd\ufffd",
            id="no characters",
        ),
        pytest.param(
            GLOBAL + b"Content-Transfer-Encoding: base64\n\nAction: failed\nFinal-Recipient: rfc822; a@b\n",
            "a@b",
            id="called base64 and not it",
        ),
    ],
)
def test_an_internationalised_report_is_read_however_it_is_encoded(message, recipient):
    """RFC 6533 sections 3 and 4."""
    (status,) = read_bounce(message).statuses
    assert status.final_recipient == recipient
    assert status.action == "failed"


A, B = "Final-Recipient: rfc822; a@club.example\n", "Final-Recipient: rfc822; b@guild.example\n"
FAILED, LATE = "Action: failed\nStatus: 5.1.1\n", "Action: delayed\nStatus: 4.4.1\n"
ORIGINAL_A, ORIGINAL_B = (f"Original-Recipient: rfc822; {name}\n" for name in ("aa@club.example", "bb@guild.example"))


@pytest.mark.parametrize(
    ("fields", "originals"),
    [
        pytest.param(A + FAILED + B + LATE, ("", ""), id="the least"),
        pytest.param(ORIGINAL_A + A + FAILED + ORIGINAL_B + B + LATE, ("aa@club.example", "bb@guild.example"), id="in the order of RFC 3464 §2.3"),
        pytest.param(A + ORIGINAL_A + FAILED + B + ORIGINAL_B + LATE, ("aa@club.example", "bb@guild.example"), id="Postfix"),
        pytest.param("Action: failed\n" + A + "Status: 5.1.1\nAction: delayed\n" + B + "Status: 4.4.1\n", ("", ""), id="Exim"),
        pytest.param(A + FAILED + ORIGINAL_B + B + LATE, ("", "bb@guild.example"), id="only the second has an original"),
        pytest.param(ORIGINAL_A + A + FAILED + B + LATE, ("aa@club.example", ""), id="only the first has an original"),
        pytest.param("Reporting-MTA: dns; mx.example.net\n" + A + FAILED + B + LATE, ("", ""), id="the message's own fields in front"),
        pytest.param(A + FAILED + "Diagnostic-Code: smtp; 550 1\nDiagnostic-Code: x-local; 2\nStatus: 5.1.1\n" + B + LATE, ("", ""), id="a field twice"),
        pytest.param(A + FAILED + "\n" + B + LATE, ("", ""), id="with an empty line RFC 3464 §2.1.2"),
        pytest.param(A + FAILED + " \t\n" + B + LATE, ("", ""), id="with a line of spaces"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("encoding", ["7bit", "base64"])
def test_recipients_are_parted_without_an_empty_line_too(fields, originals, encoding):
    """Each with its own action and status."""
    content = fields.encode() if encoding == "7bit" else base64.encodebytes(fields.encode())
    header = f"Content-Type: message/delivery-status\nContent-Transfer-Encoding: {encoding}\n\n".encode()
    statuses = read_bounce(header + content).statuses
    assert [(one.final_recipient, one.action, one.status) for one in statuses] == [
        ("a@club.example", "failed", "5.1.1"),
        ("b@guild.example", "delayed", "4.4.1"),
    ]
    assert tuple(one.original_recipient for one in statuses) == originals


def told(fields, words="", header=""):
    """What a report with these fields and words says of its one recipient."""
    report = f"Content-Type: multipart/report; boundary=x\n{header}\n--x\n\n{words}\n--x\nContent-Type: message/delivery-status\n\n\n{fields}\n--x--\n"
    (failure,) = read_bounce(report.encode()).failures
    return failure.final_recipient, failure.action, failure.diagnostic_code


@pytest.mark.parametrize(
    ("fields", "words", "expected"),
    [
        pytest.param(
            A + FAILED + "Diagnostic-Code: X-Unix; 77\n", "<a@club.example>\n   (reason: Insufficient permission)\n\n550 5.0.0 <a@club.example>... Insufficient permission\n",
            ("a@club.example", "failed", "550 5.0.0 <a@club.example>... Insufficient permission"), id="a program's exit status is no reply",
        ),
        pytest.param(
            "Final-Recipient: rfc822; |/usr/bin/deliver x\nAction: failed\nStatus: 5.0.0\n", "  pipe to |/usr/bin/deliver x\n    generated by a@club.example\n    local delivery failed\n",
            ("a@club.example", "failed", "generated by a@club.example local delivery failed"), id="a pipe is nobody's address (Exim)",
        ),
        pytest.param(
            "Original-Recipient: rfc822; a@club.example\nFinal-Recipient: rfc822; @mx.example.net:a@server\n" + FAILED, "",
            ("a@club.example", "failed", None), id="nor is a route",
        ),
        pytest.param(
            "Final-Recipient: x400; /G=a/S=b/C=gb/\nOriginal-Recipient: rfc822; a@club.example\n" + FAILED, "",
            ("a@club.example", "failed", None), id="nor is an X.400 name",
        ),
        pytest.param("Final-Recipient: rfc822; a@club.example\nAction: undeliverable\nStatus: 5.1.1\n", "", ("a@club.example", "failed", None), id="Postfix, asked with -bv"),
        pytest.param("Final-Recipient: rfc822; a@club.example\nAction: deliverable\nStatus: 2.1.5\n", "", ("a@club.example", "delivered", None), id="Postfix, asked with -bv, in order"),
        pytest.param("Final-Recipient: rfc822; a@club.example\nAction: Failed; (permanent)\nStatus: 5.1.1\n", "", ("a@club.example", "failed", None), id="an action with a remark"),
        pytest.param(
            A + FAILED, "Unable to deliver.\n\nFinal-Recipient: rfc822; other@guild.example\nDiagnostic-Code: smtp; 550 not yours\n",
            ("a@club.example", "failed", None), id="fields in the text are no words",
        ),
    ],
)  # fmt: skip
def test_what_a_report_leaves_out_is_taken_from_its_words(fields, words, expected):
    assert told(fields, words) == expected
