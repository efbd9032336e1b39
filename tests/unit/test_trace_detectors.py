"""What flufl.bounce is given to read: enough to know the forms that it knows, too little to take long."""

import base64
from email.message import Message

import pytest

from monitor.trace import detectors, failures
from monitor.trace.bounce import read_bounce
from monitor.trace.detectors import LINE_CHARS_MAX, LINES_MAX, MARKS_MAX, TEXT_CHARS_MAX, recipients_detected
from monitor.trace.mime import read_message
from tests.hostile.bounces import BOUNCES
from tests.hostile.shape import DAEMON, PARTS

SMAIL = "failed addresses follow:\n  ---- u@e.example ... unknown\nmessage text follows:\n"
FOUND = frozenset({"u@e.example"})


def given_of(octets: bytes, monkeypatch: pytest.MonkeyPatch) -> Message:
    """The message that the library is given for these octets."""
    seen: list[Message] = []
    monkeypatch.setattr(detectors, "all_failures", lambda message: (seen.append(message), ((), ()))[1])
    recipients_detected(read_message(octets))
    return seen[0]


@pytest.mark.parametrize(
    "octets",
    [
        pytest.param(DAEMON + b"\r\n" + SMAIL.encode(), id="text"),
        pytest.param(DAEMON + b"\r\n" + SMAIL.replace("\n", "\r\n").encode(), id="CRLF"),
        pytest.param(
            DAEMON + b"Content-Transfer-Encoding: base64\r\n\r\n" + base64.encodebytes(SMAIL.encode()), id="base64"
        ),
        pytest.param(
            DAEMON + b"Content-Type: text/plain; charset=utf-16\r\nContent-Transfer-Encoding: base64\r\n\r\n"
            + base64.encodebytes(SMAIL.encode("utf-16")),
            id="UTF-16",
        ),
        pytest.param(PARTS + b"--x\r\n\r\nSorry.\r\n--x\r\n\r\n" + SMAIL.encode() + b"\r\n--x--\r\n", id="second part"),
        pytest.param(
            DAEMON + b"\r\nfailed addresses follow: " + b"a word " * 100 + b"u@e.example\n", id="far behind in a line"
        ),
    ],
)  # fmt: skip
def test_a_form_is_known_however_it_is_written(octets):
    """The library gets text as people read it, whatever its encoding, and no address is lost in a long line."""
    assert recipients_detected(read_message(octets)) == (frozenset(), FOUND)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        pytest.param("u\u00fc@e.example", frozenset(), id="UTF-8"),
        pytest.param("u\u4e2d@e.example", frozenset(), id="no Latin"),
        pytest.param("<a><b><c>, u@e.example", FOUND, id="some marks"),
    ],
)
def test_an_address_is_given_whole_or_not_at_all(text, found):
    """What the library cannot tell faithfully it does not tell: an address beyond ASCII (RFC 6531) is none to it."""
    octets = DAEMON + b"\r\n" + f"failed addresses follow:\n{text}\n".encode()
    assert recipients_detected(read_message(octets))[1] == found


@pytest.mark.parametrize(
    "name", [each for each in BOUNCES if "phrases" in each or each.startswith(("texts of", "a line of"))]
)
def test_the_library_is_given_little(name, monkeypatch):
    """Its patterns take the square of a line's length, on some lines the cube: 16,000 blanks took seven seconds."""
    given = given_of(BOUNCES[name](1 << 18), monkeypatch)
    lines = [each for part in given.walk() if not part.is_multipart() for each in part.get_payload().split("\n")]
    decoded = [
        each for part in given.walk() if not part.is_multipart() for each in part.get_payload(decode=True).split(b"\n")
    ]
    for seen in (lines, decoded):
        assert len(seen) <= LINES_MAX + detectors.PARTS_MAX
        assert sum(map(len, seen)) <= TEXT_CHARS_MAX + LINES_MAX
        assert max(map(len, seen)) <= LINE_CHARS_MAX
    assert max(each.count("<") + each.count(",") for each in lines) <= MARKS_MAX


def test_the_fields_that_the_library_is_given_are_those_that_it_reads(monkeypatch):
    """Of a report neither its fields nor what it returns: both are read before, by readers of ours."""
    octets = PARTS.replace(b"\r\n\r\n", b"\r\nX-Long: " + b"a" * 9000 + b"\r\n\r\n") + (
        b"--x\r\n\r\nSorry.\r\n--x\r\nContent-Type: message/delivery-status\r\n\r\nAction: failed\r\n\r\n"
        b"--x\r\nContent-Type: message/rfc822\r\n\r\nTo: u@e.example\r\n\r\nHello.\r\n--x--\r\n"
    )
    given = given_of(octets, monkeypatch)
    assert set(given.keys()) == {"From", "Content-Type"}
    assert [(each.get_content_type(), each.get_payload().strip()) for each in given.get_payload()] == [
        ("text/plain", "Sorry."),
        ("message/delivery-status", ""),
    ]


def test_a_message_is_looked_at_once(monkeypatch):
    """What the library says is of the whole message: five texts that say nothing ask it no five times."""
    asked = []
    nothing = frozenset(), frozenset()
    monkeypatch.setattr(failures, "recipients_detected", lambda message: (asked.append(message), nothing)[1])
    read_bounce(PARTS + b"".join(b"--x\r\n\r\nSorry %d.\r\n" % number for number in range(5)) + b"--x--\r\n")
    assert len(asked) == 1
