"""Mailbox files taken apart into messages."""

from monitor.trace.mailbox import split_mbox


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


def test_what_is_no_mailbox_has_no_messages():
    alone = [b"Subject: one\n", b"\n", b"From here on\n", b">From there\n"]
    assert list(split_mbox([b"\n", *alone])) == [b"".join(alone)], "no mailbox, but one message"
    assert list(split_mbox([b"\n", b"\n"])) == []
    assert list(split_mbox([])) == []
