"""At which step, and by which address, a receiver refused: from what mail servers print before and behind the reply."""

from datetime import UTC, datetime

import pytest

from monitor.admission.data import load_rules
from monitor.trace.bounce import read_bounce
from monitor.trace.diagnosis import diagnoses_of
from monitor.trace.remote_address import address_in_field, address_told
from monitor.trace.stage import stage_in_transcript, stage_told


@pytest.mark.parametrize(
    ("told", "stage"),
    [
        pytest.param("host mx.example.net[192.0.2.1] refused to talk to me: 554 5.7.1 no", "greeting", id="Postfix smtp_helo()"),
        pytest.param("host mx.example.net[192.0.2.1] said: 550 no (in reply to HELO command)", "helo", id="Postfix HELO"),
        pytest.param("host mx.example.net[192.0.2.1] said: 550 no (in reply to\n    MAIL FROM command)", "mail", id="Postfix MAIL, folded"),
        pytest.param("host mx.example.net[192.0.2.1] said: 550 no (in reply to RCPT TO command)", "rcpt", id="Postfix RCPT"),
        pytest.param("host mx.example.net[192.0.2.1] said: 550 no (in reply to end of DATA command)", "data", id="Postfix end of data"),
        pytest.param("host mx.example.net[192.0.2.1] said: 530 no (in reply to STARTTLS command)", "session", id="Postfix STARTTLS"),
        pytest.param("SMTP error from remote mail server after initial connection: 554 no", "greeting", id="Exim greeting"),
        pytest.param("SMTP error from remote mail server after EHLO lists.example.org: 550 no", "helo", id="Exim EHLO"),
        pytest.param("SMTP error from remote mail server after pipelined MAIL FROM:<a@example.org> SIZE=4711: 550 no", "mail", id="Exim MAIL"),
        pytest.param("SMTP error from remote mail server after RCPT TO:<a@mail.example>:\n host x [192.0.2.1]: 550 no", "rcpt", id="Exim RCPT"),
        pytest.param("SMTP error from remote mail server after end of data: 550 no", "data", id="Exim end of data"),
        pytest.param("SMTP error from remote server for TEXT command, host: mx.example.net", "data", id="GMX"),
        pytest.param("Connected to 192.0.2.1 but sender was rejected. Remote host said: 550 no", "mail", id="qmail MAIL"),
        pytest.param("Connected to 192.0.2.1 but my name was rejected.", "helo", id="qmail HELO"),
        pytest.param("192.0.2.1 does not like recipient. Remote host said: 550 no", "rcpt", id="qmail RCPT"),
        pytest.param("192.0.2.1 failed after I sent the message.", "data", id="qmail end of data"),
        pytest.param("550 no [RCPT_TO]", "rcpt", id="Yahoo"),
        pytest.param("550 5.7.1 after mail.example.net was asked", None, id="a name that begins as a command does"),
        pytest.param("550 5.7.1 no", None, id="not told"),
    ],
)  # fmt: skip
def test_the_stage_is_told(told, stage):
    assert stage_told(told) == stage


TRANSCRIPT = """   ----- Transcript of session follows -----
... while talking to mx.example.net.:
{sent}<<< 550 5.7.1 not you
554 5.0.0 Service unavailable
"""


@pytest.mark.parametrize(
    ("sent", "stage"),
    [
        pytest.param("", "greeting", id="before anything was sent"),
        pytest.param(">>> EHLO lists.example.org\n", "helo", id="EHLO"),
        pytest.param(">>> MAIL From:<a@example.org> SIZE=800\n", "mail", id="MAIL"),
        pytest.param(">>> RCPT To:<b@example.net>\n", "rcpt", id="RCPT"),
        pytest.param(">>> DATA\n", None, id="DATA: may be the answer to a pipelined RCPT, RFC 2920"),
    ],
)
def test_the_stage_stands_in_a_transcript(sent, stage):
    assert stage_in_transcript(TRANSCRIPT.format(sent=sent), "550 5.7.1 not you") == stage


@pytest.mark.parametrize(
    ("told", "address"),
    [
        pytest.param("host mx.example.net[2001:db8::1]:25 said: 550 no", "2001:db8::1", id="Postfix, port"),
        pytest.param("host mx.example.net[192.0.2.1] said: 550 5.7.1 Client host x.example[2001:db8::9] blocked", "192.0.2.1", id="Postfix"),
        pytest.param("connect to mx.example.net[2001:db8::1]:25: Connection timed out", "2001:db8::1", id="Postfix, no connection"),
        pytest.param("SMTP error from remote mail server after end of data: host mx.example.net [2001:db8::1]: 550 no", "2001:db8::1", id="Exim"),
        pytest.param("SMTP error from remote server for RCPT TO command, host: mx.example.net (192.0.2.1) reason: 550 no", "192.0.2.1", id="GMX"),
        pytest.param("192.0.2.1 does not like recipient.\nRemote host said: 550 no", "192.0.2.1", id="qmail"),
        pytest.param("<a@example.net>:\n192.0.2.1 does not like recipient.\nRemote host said: 550 no", "192.0.2.1", id="qmail, behind the recipient"),
        pytest.param("Connected to 2001:db8::1 but sender was rejected.", "2001:db8::1", id="qmail, MAIL"),
        pytest.param("Server at mx.example.net (2001:db8::1) returned '550 no'", "2001:db8::1", id="Exchange"),
        pytest.param("host mx.example.net[::ffff:192.0.2.1] said: 550 no", "192.0.2.1", id="mapped, RFC 4291 §2.5.5.2"),
        pytest.param("host mx.example.net[64:ff9b::192.0.2.1] said: 550 no", "192.0.2.1", id="behind NAT64, RFC 6052 §2.1"),
        pytest.param("550 5.7.1 Client host x.example[2001:db8::9] blocked", None, id="the client's address, in the reply"),
        pytest.param("550 5.7.1 mail from host x.example[2001:db8::9] refused", None, id="the receiver's own words"),
        pytest.param("host mx.example.net[not:an:address:at:all:] said: 550 no", None, id="no address"),
    ],
)  # fmt: skip
def test_the_address_stands_beside_the_host(told, address):
    found = address_told(told)
    assert (None if found is None else str(found)) == address


@pytest.mark.parametrize(
    ("value", "address"),
    [
        pytest.param("mx.example.net [2001:db8::1]", "2001:db8::1", id="behind the name"),
        pytest.param(
            "mx.example.net. (2001:db8::1, the server for the domain example.net.)", "2001:db8::1", id="Gmail"
        ),
        pytest.param("[192.0.2.1]", "192.0.2.1", id="alone"),
        pytest.param("mx.example.net (TCP|192.0.2.25|34042|192.0.2.1|25)", "192.0.2.1", id="Oracle: theirs, not ours"),
        pytest.param("mx.example.net", None, id="a name alone"),
    ],
)
def test_the_address_stands_in_remote_mta(value, address):
    found = address_in_field(value)
    assert (None if found is None else str(found)) == address


def test_each_recipient_has_its_own_stage_and_address():
    """As Exim writes of two recipients in one bounce."""
    bounce = """From: Mail Delivery System <Mailer-Daemon@lists.example.org>
Subject: Mail delivery failed: returning message to sender
X-Failed-Recipients: one@example.net, two@example.com

The following address(es) failed:

  one@example.net
    SMTP error from remote mail server after RCPT TO:<one@example.net>:
    host mx.example.net [192.0.2.1]: 550 no such user
  two@example.com
    SMTP error from remote mail server after end of data:
    host mx.example.com [2001:db8::1]: 550 5.7.1 refused
"""
    one, two = sorted(read_bounce(bounce.encode()).failures, key=lambda each: each.final_recipient)
    assert (one.stage, str(one.remote_address)) == ("rcpt", "192.0.2.1")
    assert (two.stage, str(two.remote_address)) == ("data", "2001:db8::1")


QMAIL = """From: MAILER-DAEMON@lists.example.org
Subject: failure notice

Hi. This is the qmail-send program at lists.example.org.
I'm afraid I wasn't able to deliver your message to the following addresses.
This is a permanent error; I've given up. Sorry it didn't work out.

<member@club.example>:
{said}
Remote host said: 550 5.1.1 unknown

--- Below this line is a copy of the message.
"""
POSTFIX = """From: MAILER-DAEMON@lists.example.org (Mail Delivery System)
Subject: Undelivered Mail Returned to Sender
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b

<member@club.example>: {said}

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; lists.example.org

Final-Recipient: rfc822; member@club.example
Action: failed
Status: 5.1.1
Remote-MTA: dns; mx.club.example
Diagnostic-Code: smtp; 550 5.1.1 unknown

--b--
"""
AT_HOST = "host mx.club.example[2001:db8::9]:25"


@pytest.mark.parametrize(
    ("bounce", "said", "kind", "stage", "family"),
    [
        pytest.param(QMAIL, "192.0.2.9 does not like recipient.", "address", "rcpt", 4, id="qmail, RCPT"),
        pytest.param(QMAIL, "Connected to 2001:db8::9 but sender was rejected.", "policy", "mail", 6, id="qmail, MAIL"),
        pytest.param(POSTFIX, f"{AT_HOST} said: 550 5.1.1\n unknown (in reply to RCPT TO command)", "address", "rcpt", 6, id="Postfix, RCPT"),
        pytest.param(POSTFIX, f"{AT_HOST} said: 550 5.1.1\n unknown (in reply to MAIL FROM command)", "policy", "mail", 6, id="Postfix, MAIL"),
        pytest.param(POSTFIX, f"{AT_HOST} refused to talk to me:\n 550 5.1.1 unknown", "policy", "greeting", 6, id="Postfix, greeting"),
    ],
)  # fmt: skip
def test_the_same_reply_means_another_thing_at_another_stage(bounce, said, kind, stage, family):
    (found,) = diagnoses_of(
        read_bounce(bounce.format(said=said).encode()), load_rules(), now=datetime(2026, 11, 24, tzinfo=UTC)
    )
    assert (found.kind, found.failure.stage, found.family) == (kind, stage, family)
