"""Mailbox files taken apart into messages."""

import io

import pytest

from monitor.trace.bounce import read_bounce
from monitor.trace.mailbox import LINE_OCTETS_MAX, MESSAGE_OCTETS_MAX, lines_of, split_mbox


def test_messages_are_taken_apart_at_their_from_lines():
    """RFC 4155: behind an empty line only; `>From ` is unquoted once."""
    file = b"""From a@b Tue Apr 28 07:12:29 2026
Subject: one

A paragraph.
From the second line of it on
>From quoted
>>From twice

From c@d Tue Apr 28 07:12:30 2026
Subject: two

"""
    one, two = split_mbox(file.splitlines(keepends=True))
    assert b"From quoted" in one
    assert b">From twice" in one
    assert b">From quoted" not in one
    assert two == b"Subject: two\n\n"


def test_a_paragraph_that_begins_with_from_parts_no_message():
    """Some do not quote it. A separator has a time (RFC 4155 appendix A), if the first one has."""
    text = b"Subject: one\n\nA paragraph.\n\nFrom here on it is another.\n\n"
    dated = b"From a@b Tue Apr 28 07:12:29 2026\n"
    assert list(split_mbox((dated + text + dated + text).splitlines(keepends=True))) == [text, text]
    assert len(list(split_mbox((b"From a@b\n" + text + b"From a@b\n" + text).splitlines(keepends=True)))) == 4


def test_what_is_no_mailbox_has_no_messages():
    alone = [b"Subject: one\n", b"\n", b"From here on\n", b">From there\n"]
    assert list(split_mbox([b"\n", *alone])) == [b"".join(alone)], "no mailbox, but one message"
    assert list(split_mbox([b"\n", b"\n"])) == []
    assert list(split_mbox([])) == []


def test_a_file_without_line_ends_is_read_in_pieces():
    """A piece is no line: a separator in its front is none."""
    long = b"x" * (LINE_OCTETS_MAX - 5) + b"From a long line\n"
    pieces = list(lines_of(io.BytesIO(long * 3)))
    assert b"".join(pieces) == long * 3
    assert max(map(len, pieces)) == LINE_OCTETS_MAX
    file = (
        b"From a@b Tue Apr 28 07:12:29 2026\nSubject: one\n\n"
        + long * 40
        + b"\nFrom a@b Tue Apr 28 07:12:29 2026\nSubject: two\n"
    )
    one, two = split_mbox(lines_of(io.BytesIO(file)))
    assert len(one) < MESSAGE_OCTETS_MAX + 2 * LINE_OCTETS_MAX
    assert two == b"Subject: two\n"


MACHINE = b"Return-Path: <>\nFrom: MAILER-DAEMON@mx.example.net\nSubject: failure notice\n"
BOUNCE = MACHINE + b"\n<gone@club.example>:\n550 user unknown\n"


@pytest.mark.parametrize(
    "malformed",
    [
        pytest.param(MACHINE + b"".join(b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (n, n) for n in range(2000)), id="parts in parts"),
        pytest.param(MACHINE + b"Content-Type: message/rfc822\n\n" * 3000, id="messages in messages"),
        pytest.param(MACHINE + b"Content-Type: multipart/digest; boundary=b\n\n" + b"--b\n\n" * 3000, id="a digest of nothing"),
        pytest.param(MACHINE + b"Content-Type: multipart/mixed; boundary=" + b'"' * 5000 + b"\n\n--\n", id="a boundary of quotation marks"),
        pytest.param(MACHINE + b"Content-Transfer-Encoding: base64\nContent-Type: text/plain; charset=punycode\n\n" + b"=" * 5000 + b"\n", id="base64 that is none"),
        pytest.param(MACHINE + b"\xff\xfe\x00\n" * 1000, id="no text"),
        pytest.param(b"\n", id="nothing"),
    ],
)  # fmt: skip
def test_one_malformed_message_costs_no_other(malformed):
    """Whatever stands between two bounces, both are read."""
    separator = b"From MAILER-DAEMON Tue Apr 28 07:12:29 2026\n"
    mailbox = b"".join(separator + each + b"\n" for each in (BOUNCE, malformed, BOUNCE))
    read = [read_bounce(each) for each in split_mbox(lines_of(io.BytesIO(mailbox)))]
    assert len(read) == 3
    for each in (read[0], read[2]):
        assert [(one.final_recipient, one.diagnostic_code) for one in each.failures] == [
            ("gone@club.example", "550 user unknown")
        ]
