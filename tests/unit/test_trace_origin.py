"""Who speaks: mail systems under many names, list software about a bounce, and postmasters who are people."""

from datetime import UTC, datetime

import pytest

from monitor.admission.data import load_rules
from monitor.trace.bounce import read_bounce
from monitor.trace.explain import explain

GATEWAY = """This is the mail server at mail.club.example.
It wasn't able to deliver your message to the following addresses.

Failed recipient(s):
a@club.example
b@club.example

Error message:
550 5.7.1 SPF check failed
"""
REPORT = """Content-Type: multipart/mixed; boundary=X

--X
Content-Type: text/plain

A bounce that nobody could place.
--X
Content-Type: message/rfc822

Return-Path: <>
From: MAILER-DAEMON@mail.example.org
Subject: Undelivered mail
Content-Type: multipart/report; report-type=delivery-status; boundary=Y

--Y
Content-Type: message/delivery-status

Reporting-MTA: dns; mail.example.org

Final-Recipient: rfc822; gone@club.example
Action: failed
Status: 5.1.1
--Y--
--X--
"""


def recipients(fields, body):
    """Of whom the message speaks as a bounce; a body that begins with fields of its own brings its empty line."""
    message = f"{fields}\nTo: dev-bounces@lists.example.org\n{body}".encode()
    return [each.final_recipient for each in read_bounce(message).failures]


@pytest.mark.parametrize("reverse_path", ["Return-Path: <>\n", "Return-Path: <postmaster@club.example>\n", ""])
@pytest.mark.parametrize("subject", ["Re: a post", "a post"])
def test_a_null_reverse_path_makes_no_bounce_less_of_one(reverse_path, subject):
    fields = f"{reverse_path}From: postmaster@club.example\nSubject: {subject}"
    assert recipients(fields, f"\n{GATEWAY}") == ["a@club.example", "b@club.example"]
    returned = (
        f"\n\n--X\nContent-Type: text/plain\n\n{GATEWAY}\n--X\nContent-Type: text/rfc822-headers\n\nFrom: x\n--X--\n"
    )
    mixed = f"Content-Type: multipart/mixed; boundary=X{returned}"
    assert recipients(fields, mixed) == ["a@club.example", "b@club.example"]


@pytest.mark.parametrize("subject", ["Uncaught bounce notification", "Bounce action notification"])
def test_list_software_that_passes_a_bounce_on_marks_its_notice_with_the_lists_name(subject):
    fields = f"Return-Path: <mailman-bounces@example.org>\nFrom: dev-owner@lists.example.org\nSubject: {subject}\nList-Id: <dev.lists.example.org>"
    assert recipients(f"{fields}\nX-List-Administrivia: yes", REPORT) == ["gone@club.example"]
    assert recipients(fields, REPORT) == []


@pytest.mark.parametrize("greeting", ["Hello,", "Dear list owner,", "Guten Tag,", "Bonjour,"])
def test_a_postmaster_who_greets_under_a_name_is_a_person(greeting):
    text = f"\n{greeting} mail could not be delivered to a@club.example since Monday: 550 5.7.1 SPF.\n\nAnn\n"
    subject = "Subject: question about undeliverable mail"
    assert recipients(f"From: Ann <postmaster@example.net>\n{subject}", text) == []
    assert recipients(f"From: Mail System <postmaster@example.net>\n{subject}", text) == ["a@club.example"]


@pytest.mark.parametrize(
    ("sender", "subject", "text"),
    [
        ("postmaster", "NDN: a post", "<a@club.example>\n550 5.7.1 SPF\n"),
        (
            "postmaster",
            "Benachrichtigung zum Übermittlungsstatus (Fehlgeschlagen)",
            "<a@club.example>\n550 5.7.1 SPF\n",
        ),
        ("postmaster", "Entrega fallida", "<a@club.example>\n550 5.7.1 SPF\n"),
        ("postmaster", "Nie dostarczono wiadomości", "<a@club.example>\n550 5.7.1 SPF\n"),
        ("postmaster", "Niet-bezorgbaar: a post", "<a@club.example>\n550 5.7.1 SPF\n"),
        ("postmaster", "a post", "Wiadomość nie mogła zostać dostarczona do:\n\na@club.example\n"),
        ("Mailer-Daemon", "Auto: rejected", "your message to a@club.example was rejected. 550 5.7.1 DMARC\n"),
        (
            "MailMarshal",
            "MailMarshal has detected Spam in your message",
            "MailMarshal has not delivered the message to: a@club.example\n",
        ),
    ],
)
def test_machines_call_their_notices_by_many_names(sender, subject, text):
    fields = (
        f"Return-Path: <>\nFrom: {sender}@club.example\nSubject: {subject}\nContent-Type: text/plain; charset=utf-8"
    )
    assert recipients(fields, f"\n{text}") == ["a@club.example"]


def test_a_byte_order_mark_in_front_is_no_part_of_the_message():
    message = b"From: author@example.net\nSubject: a post\n\ntext\n"
    now = datetime(2026, 11, 24, tzinfo=UTC)
    assert explain(b"\xef\xbb\xbf" + message, load_rules(), now=now) == explain(message, load_rules(), now=now)
