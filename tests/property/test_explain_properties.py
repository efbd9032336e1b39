"""Any octets are explained or refused with one named error; nothing of them reaches a terminal or JSON unmade."""

import io
import json
import re
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from monitor.admission.data import load_rules
from monitor.admission.replies import match, read_reply
from monitor.errors import Unparsable
from monitor.trace.explain import as_document, explain
from monitor.trace.mailbox import split_mbox
from tests.builders import reports_in
from tests.harness import nothing_raised

NOW = datetime(2026, 11, 24, tzinfo=UTC)
RULES = load_rules()
GOLDEN = [path.read_bytes() for path in sorted((Path(__file__).parents[1] / "golden" / "explain").glob("*.eml"))]

NAMES = st.sampled_from(
    [
        b"Received",
        b"Received-SPF",
        b"Authentication-Results",
        b"ARC-Authentication-Results",
        b"X-Forefront-Antispam-Report",
        b"Return-Path",
        b"Delivered-To",
        b"X-Original-To",
        b"ARC-Seal",
        b"From",
        b"Subject",
        b"To",
        b"Date",
        b"Content-Type",
        b"Content-Transfer-Encoding",
        b"X-Failed-Recipients",
        b"Final-Recipient",
        b"Action",
        b"Status",
        b"Diagnostic-Code",
    ]
)
WORDS = st.sampled_from(
    [b"from", b"by", b"with", b"mx.google.com", b"x.prod.outlook.com", b"(", b")", b"[2001:db8::1]", b"10.0.0.1", b";", b"=",
     b"spf=fail", b"dkim=pass", b"sender IP is 2603:10a6::1", b"CIP:::1", b"i=1;", b"multipart/report; boundary=x",
     b"message/delivery-status", b"message/global-delivery-status", b"message/rfc822", b"base64", b"charset=\xff", b"charset=punycode", b"charset=utf-7", b"charset=idna;", b"charset*=a\x00b''%ff", b"boundary*=punycode''%ff%fe;", b"<>", b"MAILER-DAEMON",
     b"Undelivered", b"550-5.7.26 no", b"failed", b"rfc822;", b"a@b.example", b'"', b"\\", b"\xff\xfe", b"\x00", b"2002:a05::", b"9" * 400,
     b"for <m@club.example>", b"lists.example.org", b"mx.club.example", b"x.outbound.protection.outlook.com", b"x.mail.protection.outlook.com", b"(40.95.6.9)", b"ESMTPSA", b"ESMTP/TLS/x", b"2 Nov 2026 10:00:00 +0000"]
)  # fmt: skip
VALUES = st.lists(WORDS, max_size=8).map(b" ".join)
HEADERS = st.lists(st.tuples(NAMES, VALUES), min_size=1, max_size=12).map(
    lambda fields: b"".join(name + b": " + value + b"\r\n" for name, value in fields)
)
BODIES = st.lists(
    st.one_of(HEADERS, st.sampled_from([b"--x\r\n", b"--x--\r\n", b"\r\n", b"<<< 550-a\n<<< 550 b\n"])), max_size=8
)
MESSAGES = st.tuples(HEADERS, BODIES).map(lambda parts: parts[0] + b"\r\n" + b"".join(parts[1]))


def explained(octets):
    document = json.dumps(as_document(explain(octets, RULES, now=NOW)), allow_nan=False)
    return json.loads(document)


@given(st.binary(max_size=2000))
def test_any_octets_are_explained_or_refused_by_name(octets):
    with nothing_raised(but=Unparsable):
        explained(octets)


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(MESSAGES)
def test_anything_in_the_shape_of_a_message_is_explained(octets):
    document = explained(octets)
    assert document["kind"] in {"message", "bounce"}
    assert (document["bounce"] is not None) == (document["kind"] == "bounce")
    assert sum(hop["boundary"] for hop in document["hops"]) <= 1
    assert all(
        each["fix"] is None or each["fix"]["type"] == "" for each in document["findings"]
    )  # no record from a message
    for result in document["authentication"]:
        assert result["where"] in {"boundary", "inside", "unknown"}
        assert result["hop"] is None or 1 <= result["hop"] <= len(document["hops"])


@settings(deadline=None)
@given(st.sampled_from(GOLDEN), st.data())
def test_a_damaged_message_is_explained_or_refused(octets, data):
    start = data.draw(st.integers(0, len(octets)))
    end = data.draw(st.integers(start, len(octets)))
    damaged = octets[:start] + data.draw(st.binary(max_size=20)) + octets[end:]
    with nothing_raised(but=Unparsable):
        explained(damaged)


@pytest.mark.parametrize(
    "parameter",
    [
        b"charset=\xff \x00",
        b"charset=punycode",
        b"charset=idna",
        b"charset*=a\x00b'en'x%ff",
        b"boundary*=punycode''%ff%fe",
        b"boundary*=a\x00b''%ff",
    ],
)
def test_no_codec_that_is_named_ends_the_reading(parameter):
    """Some of Python's codecs raise whatever they are told of errors, and some names are none."""
    head = b"From: MAILER-DAEMON@club.example\r\nSubject: failure notice\r\nContent-Type: text/plain; "
    document = explained(head + parameter + b"\r\n\r\n<gone@club.example>: 550 5.1.1 User unknown \xff\r\n")
    assert document["bounce"]["final_recipient"] == "gone@club.example"


def test_parts_within_parts_without_end_are_no_bounce():
    """Python's parser goes down by recursion; how deep a stranger nests is not ours to choose."""
    nested = b"From: a@b.example\r\n" + b"".join(
        b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n) for n in range(3000)
    )
    assert explained(nested)["kind"] == "message"


@given(st.text(max_size=600))
def test_any_text_is_read_as_a_reply(text):
    read = read_reply(text)
    assert "\n" not in read.text
    assert read.code is None or read.text.startswith(str(read.code))
    with nothing_raised():
        match(RULES, text, on=date(2026, 11, 24), remote_host=text[:80])


HEAD = b"Return-Path: <>\r\nFrom: MAILER-DAEMON@x.example\r\nSubject: failure notice\r\n\r\n"
STATUS = b"Content-Type: multipart/report; boundary=x\r\n\r\n--x\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: x\r\n\r\n"


@pytest.mark.parametrize(
    "octets",
    [
        pytest.param(HEAD + b"550 a\n" * 200_000, id="replies"),
        pytest.param(HEAD + b"".join(b"<u%d@example.net>:\n" % n for n in range(40_000)), id="recipients"),
        pytest.param(HEAD + b"a@" * 500_000, id="half addresses"),
        pytest.param(HEAD + b"x\n\n" + b"From: a\n" * 130_000, id="header after header"),
        pytest.param(STATUS + b"Diagnostic-Code: smtp; 550 " + b"server said: " * 80_000, id="quotations within quotations"),
        pytest.param(STATUS + b"".join(b"Final-Recipient: rfc822; u%d@e.example\r\n\r\n" % n for n in range(13_000)), id="a report of thousands"),
        pytest.param((b"Received-SPF: fail (domain of " + b"a." * 4_000 + b"\r\n") * 100, id="domains without end"),
        pytest.param(HEAD[:-2] + b"Content-Type: multipart/mixed; boundary=x\r\n\r\n" + b"--x\r\n\r\ny\r\n" * 100_000, id="parts without end"),
        pytest.param(HEAD[:-2] + b"".join(b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (n, n) for n in range(200)) + b"a\n" * 400_000, id="lines under many boundaries"),
        pytest.param(HEAD[:-2] + b"Content-Type: text/plain" + b";" * 900_000 + b"\r\n\r\n550 a", id="parameters without end"),
        pytest.param(HEAD[:-2] + b"A: b\r\n" * 150_000, id="fields without end"),
        pytest.param(HEAD.replace(b"failure notice", b"=?a?b?" * 150_000), id="a subject of half words"),
        pytest.param(HEAD + b"".join(b" " * (n % 200) + b"<u%d@example.net>\n" % n for n in range(8_000)), id="deeper and deeper"),
        pytest.param(HEAD[:-2] + b"Content-Type: text/html\r\n\r\n" + b"<style <a href=" * 60_000, id="tags without end"),
        pytest.param(HEAD + b"to a@b.c (to error " * 50_000, id="one line of labels"),
        pytest.param(HEAD + b"From: a\nTo: b\n\n" * 60_000, id="headers in the text"),
        pytest.param(STATUS + (b"Final-Recipient: rfc822;a@b\nDiagnostic-Code: x; " + b"!" * 4000 + b"a\n\n") * 200, id="diagnostics of marks"),
        pytest.param(HEAD[:-2] + b"Content-Type: text/html\r\n\r\n" + b" \n \xc2\xa0" * 180_000, id="a page of spaces"),
        pytest.param(HEAD.replace(b"\r\n", b"\r") + b"\r" * 900_000, id="empty lines of an old Mac"),
    ],
)  # fmt: skip
@pytest.mark.timeout(20)
def test_a_megabyte_of_malice_is_read_in_seconds(octets):
    """Every bound of the readers together: what is not read within the time limit is a hole."""
    assert explained(octets)["kind"] in {"message", "bounce"}


@given(st.binary(max_size=1000))
def test_any_octets_are_taken_apart_as_a_mailbox_and_give_reports_without_addresses(octets):
    for message in split_mbox(io.BytesIO(b"From x\n" + octets)):
        for report in reports_in(message, now=NOW):
            assert "@" not in report.id
            assert not any("@" in domain for domain in report.domains)


@given(st.lists(MESSAGES, max_size=4))
def test_a_mailbox_gives_back_its_messages(messages):
    """RFC 4155, mboxrd: what was quoted on the way in is unquoted on the way out."""
    unixed = [message.replace(b"\r\n", b"\n").rstrip(b"\n") + b"\n" for message in messages]
    quoted = [re.sub(rb"(?m)^(>*From )", rb">\1", message) for message in unixed]
    mailbox = b"".join(b"From x Tue Apr 28 07:12:29 2026\n" + message + b"\n" for message in quoted)
    assert [each.removesuffix(b"\n") for each in split_mbox(io.BytesIO(mailbox))] == unixed
