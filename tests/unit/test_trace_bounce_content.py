"""What is returned in a report, or attached to a post, is content: RFC 3464 section 2, RFC 6522 section 3."""

import time

import pytest

from monitor.trace.bounce import read_bounce

REPORT = """Return-Path: <>
From: Mail Delivery Subsystem <MAILER-DAEMON@mx.example.net>
To: dev-bounces@lists.example.org
Subject: Returned mail: see transcript for details
Message-Id: <report@mx.example.net>
Date: Mon, 2 Nov 2026 10:00:00 +0000
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="r"

--r
Content-Type: text/plain

<gone@club.example>: 550 5.1.1 User unknown

--r
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.net

Final-Recipient: rfc822; gone@club.example
Action: failed
Status: 5.1.1
Diagnostic-Code: smtp; 550 5.1.1 User unknown

--r
Content-Type: message/rfc822

{returned}

--r--
"""
POST = "From: author@example.net\nTo: dev@lists.example.org\nSubject: hello\nDate: Mon, 2 Nov 2026 09:00:00 +0000\n\nHello."
DIRECT = REPORT.replace("{returned}", POST)
INNER = DIRECT.replace("gone@club.example", "other@guild.example").replace('"r"', '"i"').replace("--r", "--i")
STATUS = (
    "Reporting-MTA: dns; mx.example.net\n\nFinal-Recipient: rfc822; gone@club.example\nAction: failed\nStatus: 5.1.1\n"
)


def wrapped(header, *parts, kind="mixed"):
    """A message with these parts, each as (Content-Type, body)."""
    body = "".join(f"--w\nContent-Type: {of}\n\n{content}\n\n" for of, content in parts)
    return f'{header}MIME-Version: 1.0\nContent-Type: multipart/{kind}; boundary="w"\n\n{body}--w--\n'.encode()


def recipients(message):
    return [each.final_recipient for each in read_bounce(message).failures]


PERSON = "Return-Path: <dev-bounces@lists.example.org>\nFrom: admin@example.net\nTo: dev@lists.example.org\nSubject: what does this mean?\n"
ADMIN = "Return-Path: <dev-bounces@lists.example.org>\nFrom: Ann <postmaster@example.net>\nTo: dev@lists.example.org\nSubject: Fwd: Undelivered Mail\n"
ASKED = ("text/plain", "I got the attached bounce. What does it mean?")


@pytest.mark.parametrize(
    "message",
    [
        pytest.param(wrapped(PERSON, ASKED, ("message/rfc822", DIRECT)), id="attached as a message"),
        pytest.param(wrapped(PERSON, ASKED, ("message/delivery-status", STATUS)), id="only its delivery status"),
        pytest.param(wrapped(PERSON, ("message/rfc822", DIRECT)), id="attached without a word"),
        pytest.param(
            wrapped(PERSON, ASKED, ('multipart/report; boundary="r"', DIRECT.partition("\n\n")[2])), id="its parts attached"
        ),
        pytest.param(wrapped(PERSON, ASKED, ("text/plain", DIRECT)), id="attached as text"),
        pytest.param(PERSON.encode() + b"\nLook:\n\n" + DIRECT.encode(), id="copied into the text"),
        pytest.param(
            PERSON.encode() + b"\nLook:\n\n" + b"".join(b"> " + line for line in DIRECT.encode().splitlines(keepends=True)),
            id="quoted in the text",
        ),
        pytest.param(wrapped(ADMIN, ASKED, ("message/rfc822", DIRECT)), id="a postmaster's post, sent on by a list"),
        pytest.param(
            wrapped("List-Id: <dev.lists.example.org>\n" + ADMIN.partition("\n")[2], ASKED, ("message/rfc822", DIRECT)),
            id="a postmaster's post, its reverse-path not kept",
        ),
        pytest.param(
            wrapped("Return-Path: <>\nFrom: dev-request@lists.example.org\nSubject: dev digest, Vol 1, Issue 2\n", ("message/rfc822", DIRECT), kind="digest"),
            id="in a digest RFC 2046 section 5.1.5",
        ),
        pytest.param(
            wrapped("Return-Path: <>\nFrom: ann@example.net\nAuto-Submitted: auto-replied\nSubject: Out of office\n", ("text/plain", "I am away until Monday, room 550 in building 4.")),
            id="an automatic answer",
        ),
        pytest.param(
            wrapped(PERSON.replace("dev-bounces@lists.example.org", "admin@example.net").replace("From: ", "From: Postmaster of X "), ASKED, ("message/rfc822", DIRECT)),
            id="from one who calls himself so",
        ),
        *(
            pytest.param(
                wrapped(f"Return-Path: <>\nFrom: ann@example.net\nSubject: {answer}: Undelivered Mail Returned to Sender\n", ("text/plain", "I am away.")),
                id=answer,
            )
            for answer in ("Automatic reply", "Re", "AW", "Fwd", "Auto-Reply", "Out of Office", "Abwesenheitsnotiz", "Réponse automatique", "返信")
        ),
        pytest.param(
            b"From: Parcels <no-reply@parcels.example>\nSubject: Delivery status of your parcel\n\nIt could not be delivered to you today.\n",
            id="a parcel",
        ),
        pytest.param(
            wrapped("Return-Path: <>\nFrom: postmaster@example.net\nSubject: Returned mail\n", ("message/disposition-notification", "Final-Recipient: rfc822; a@b.example\nDisposition: manual-action/MDN-sent-manually; displayed"), kind="report; report-type=disposition-notification"),
            id="a receipt RFC 8098",
        ),
        pytest.param(
            wrapped("Return-Path: <>\nFrom: fbl@example.net\nSubject: failure report\n", ("message/feedback-report", "Feedback-Type: abuse"), ("message/rfc822", DIRECT), kind="report; report-type=feedback-report"),
            id="a complaint RFC 5965",
        ),
    ],
)  # fmt: skip
def test_a_bounce_within_a_post_is_a_message(message):
    assert recipients(message) == []
    assert read_bounce(message).statuses == ()


@pytest.mark.parametrize(
    "returned",
    [
        pytest.param(INNER, id="a report"),
        pytest.param(wrapped(PERSON, ASKED, ("message/rfc822", INNER)).decode(), id="a post with a report"),
        pytest.param("X-Failed-Recipients: other@guild.example\nFrom: MAILER-DAEMON@x.example\n\n<other@guild.example>: 550 no", id="a bounce in words"),
    ],
)  # fmt: skip
def test_the_refused_message_is_no_report(returned):
    """Sendmail sends a postmaster what it could not return: a report of a report."""
    assert recipients(REPORT.replace("{returned}", returned).encode()) == ["gone@club.example"]


def test_words_are_of_the_bounce_and_not_of_the_report_that_it_returns():
    machine = "Return-Path: <>\nFrom: MAILER-DAEMON@mx.example.net\nSubject: failure notice\n"
    attached = wrapped(machine, ("text/plain", "<gone@club.example>:\n550 user unknown"), ("message/rfc822", INNER))
    copied = (
        f"{machine}\n<gone@club.example>:\n550 user unknown\n\n--- Below this line is a copy of the message.\n\n{INNER}"
    )
    for message in (attached, copied.encode()):
        (failure,) = read_bounce(message).failures
        assert (failure.final_recipient, failure.diagnostic_code) == ("gone@club.example", "550 user unknown")


@pytest.mark.parametrize(
    "message",
    [
        pytest.param(
            wrapped("From: Mail Delivery <MAILER-DAEMON@mx.example.org>\nSubject: failure notice\n", ("text/plain", "See the attachment."), ("message/rfc822", DIRECT)),
            id="by a mail system",
        ),
        pytest.param(
            wrapped("Return-Path: <>\nFrom: lists@example.org\nTo: dev-owner@example.org\nSubject: Fwd: Returned mail\n", ("message/rfc822", DIRECT)),
            id="by a role's alias, under the null reverse-path RFC 5321 section 4.5.5",
        ),
        pytest.param(
            wrapped("Return-Path: <postmaster@example.org>\nFrom: postmaster@example.org\nTo: dev-owner@lists.example.org\nSubject: Fwd: Returned mail\n", ("text/plain", ""), ("message/rfc822", DIRECT)),
            id="by a postmaster",
        ),
        pytest.param(
            wrapped("Return-Path: <mailman-bounces@lists.example.org>\nFrom: mailman@lists.example.org\nSubject: Bounce action notification\nX-List-Administrivia: yes\n", ("text/plain", "List: dev\nMember: gone@club.example\nAction: disabled"), ("message/rfc822", DIRECT)),
            id="by list software, to the owner",
        ),
        pytest.param(
            wrapped("From: robot@example.org\nAuto-Submitted: auto-generated\nSubject: bounce\n", ("message/rfc822", DIRECT)),
            id="by a program RFC 3834 section 5",
        ),
        pytest.param(
            wrapped("Return-Path: <>\nFrom: x@example.org\nSubject: Fwd\n", ("message/rfc822", wrapped("Return-Path: <>\nFrom: y@example.org\nSubject: Fwd\n", ("message/rfc822", DIRECT)).decode().replace('"w"', '"v"').replace("--w", "--v"))),
            id="twice",
        ),
        pytest.param(
            b"From: MAILER-DAEMON@mx.example.org\nSubject: Undelivered Mail\n\nI'm sorry to have to inform you of this.\n\n----\n" + DIRECT.encode(),
            id="in the text",
        ),
    ],
)  # fmt: skip
def test_a_bounce_that_a_mail_system_passes_on_is_the_bounce(message):
    """It counts once, however it came, and for the list whose reverse-path it went to."""
    bounce, direct = read_bounce(message), read_bounce(DIRECT.encode())
    assert bounce.failures == direct.failures != ()
    assert (bounce.id, bounce.dated, bounce.post_dated) == (direct.id, direct.dated, direct.post_dated)
    assert "dev-bounces@lists.example.org" in bounce.addressed_to


def test_a_footer_that_a_list_puts_around_a_report_makes_no_post_of_it():
    header = "Return-Path: <staff-bounces@example.org>\nList-Id: <staff.example.org>\nFrom: MAILER-DAEMON@mx.example.net\nSubject: Returned mail\n"
    body = DIRECT.partition("\n\n")[2]
    assert recipients(
        wrapped(header, ('multipart/report; boundary="r"', body), ("text/plain", "staff mailing list"))
    ) == ["gone@club.example"]


def test_a_refusal_that_names_nobody_is_the_bounce_itself():
    """What it returns may be a report, or carry one."""
    machine = "Return-Path: <>\nFrom: MAILER-DAEMON@mx.example.net\nSubject: failure notice\nMessage-Id: <own@mx.example.net>\n"
    said = ("text/plain", "Your message was refused.\n\n550 5.7.1 Too many hops for this list")
    for returned in (
        INNER,
        wrapped(PERSON, ASKED, ("message/rfc822", INNER)).decode().replace('"w"', '"v"').replace("--w", "--v"),
    ):
        bounce = read_bounce(wrapped(machine, said, ("message/rfc822", returned)))
        assert [(each.final_recipient, each.diagnostic_code) for each in bounce.failures] == [
            ("", said[1].partition("\n\n")[2])
        ]
        assert bounce.id != read_bounce(INNER.encode()).id


DEEP = b"".join(b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (n, n) for n in range(3000))


@pytest.mark.parametrize(
    "returned",
    [
        pytest.param(DEEP.decode(), id="multipart in multipart"),
        pytest.param("Content-Type: message/rfc822\n\n" * 5000, id="message in message"),
        pytest.param("Content-Type: multipart/mixed; boundary=b\n\n--b\n" * 3000, id="one boundary for all"),
        pytest.param("Content-Type: multipart/mixed; boundary=b\n\n" + "--b\n\nx\n" * 20_000, id="many parts"),
        pytest.param("Content-Type: text/plain; a=b" + ";" * 200_000 + "\n\nx", id="many parameters"),
        pytest.param("A: b\n" * 40_000 + "\nx", id="many fields"),
    ],
)
def test_what_is_returned_may_be_malformed_as_it_likes(returned):
    """Python's parser goes down by recursion, and tries every boundary on every line."""
    began = time.process_time()
    assert recipients(REPORT.replace("{returned}", returned).encode()) == ["gone@club.example"]
    assert time.process_time() - began < 5
