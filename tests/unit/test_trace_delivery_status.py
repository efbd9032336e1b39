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
