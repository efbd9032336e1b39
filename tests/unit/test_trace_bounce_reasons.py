"""Bounces in words for people: whole addresses, and reasons wherever they stand."""

import pytest

from monitor.trace.bounce import read_bounce


def told(text):
    """What a mail system's notification says: (recipient, reply), one each."""
    message = (
        f"From: MAILER-DAEMON@mail.example.org\nTo: dev-bounces@lists.example.org\nSubject: Undelivered mail\n\n{text}"
    )
    return [(each.final_recipient, each.diagnostic_code) for each in read_bounce(message.encode()).failures]


@pytest.mark.parametrize(
    "domain",
    [
        "club.example",
        "club.google",
        "club.paris",
        "club.london",
        "club.tel",
        "club.travel",
        "club.casino",
        "club.amsterdam",
    ],
)
def test_an_address_is_never_cut_for_the_words_behind_it(domain):
    """Its last letters may be a word: le, is, on, el, no, am."""
    text = f"The following recipients failed:\n\n gone@{domain} Over quota\n m@{domain} SPF check failed\n n@{domain} DNS loop\n"
    assert told(text) == [
        (f"gone@{domain}", "Over quota"),
        (f"m@{domain}", "SPF check failed"),
        (f"n@{domain}", "DNS loop"),
    ]


@pytest.mark.parametrize(
    "behind",
    [
        "Please reply to postmaster@club.example\nif you feel this message to be in error.",
        "Thank you.",
        "Mit freundlichen Grüßen",
        "Cordialement",
        "Received: from mail.example.net by mx.club.example",
    ],
)
@pytest.mark.parametrize(
    "reason",
    ["The user account is temporarily over quota.", "Host dead.example not found.", "5.7.1 SPF check failed"],
)
def test_a_reason_in_front_stays_one_whatever_is_said_behind(reason, behind):
    text = f"This message could not be delivered for the following reason:\n\n{reason}\n\n<full@club.example>\n\n{behind}\n"
    assert told(text) == [("full@club.example", reason)]


def test_a_reason_behind_goes_before_one_in_front():
    text = "Unknown users and full mailboxes are not delivered to.\n\n<m@club.example>\n\nSPF check failed for the sender.\n"
    assert told(text) == [("m@club.example", "SPF check failed for the sender.")]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "It could not be delivered because the mailbox is full:\n\n  full@club.example\n",
            [("full@club.example", "It could not be delivered because the mailbox is full:")],
        ),
        (
            "user unknown:\n a@club.example\nmailbox full:\n b@club.example\nSPF check failed:\n c@club.example\n",
            [
                ("a@club.example", "user unknown:"),
                ("b@club.example", "mailbox full:"),
                ("c@club.example", "SPF check failed:"),
            ],
        ),
        ("The following addresses failed:\n\n  a@club.example\n", [("a@club.example", None)]),
    ],
)
def test_a_line_that_ends_in_a_colon_may_be_the_reason(text, expected):
    assert told(text) == expected
