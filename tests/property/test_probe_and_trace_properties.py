"""Whatever the text: no token is forged, and every Received field is read."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from monitor.errors import InvalidToken
from monitor.model.evidence import Hop
from monitor.probe.token import TokenKind, issue, list_tag, make_probe_id, verify
from monitor.trace.bounce import read_bounce
from monitor.trace.received import read_hops

KEY = bytes(range(32))
NOW = datetime(2026, 3, 1, tzinfo=UTC)
ALPHABET = "abcdefghijklmnopqrstuvwxyz234567"


@given(list_id=st.text(min_size=1), slot=st.integers(0, 2**40), days=st.integers(1, 3650))
def test_every_issued_token_is_verified_for_its_list(list_id, slot, days):
    probe_id = make_probe_id(KEY, list_id, slot)
    local_part = issue(KEY, list_id=list_id, probe_id=probe_id, expires_at=NOW + timedelta(days=days))
    claims = verify(KEY, local_part.swapcase(), now=NOW)
    assert (claims.probe_id, claims.kind) == (probe_id, TokenKind.PROBE)
    assert claims.list_tag == list_tag(KEY, list_id) != list_tag(KEY, list_id + "x")


@given(at=st.integers(0, 57), put=st.sampled_from(ALPHABET))
def test_no_other_character_anywhere_is_accepted(at, put):
    good = issue(KEY, list_id="a", probe_id=make_probe_id(KEY, "a", 1), expires_at=NOW + timedelta(days=1))
    assume(good[at] != put)
    with pytest.raises(InvalidToken):
        verify(KEY, good[:at] + put + good[at + 1 :], now=NOW)


@given(st.one_of(st.text(max_size=80), st.text(ALPHABET + ALPHABET.upper(), min_size=50, max_size=66)))
def test_no_invented_text_is_accepted(local_part):
    with pytest.raises(InvalidToken) as refused:
        verify(KEY, local_part, now=NOW)
    assert refused.value.reason in {"malformed", "forged"}


WORDS = st.sampled_from(
    [
        "from",
        "by",
        "with",
        "for",
        "id",
        "ESMTPS",
        "(",
        ")",
        "[",
        "]",
        "[IPv6:::1]",
        "::1",
        ";",
        "\r\n\t",
        "1.2.3.4",
        "\x00",
        "é",
        "Tue, 28 Apr 2015 07:12:29 -0000",
        "Tue, 99 Apr 99999 99:99:99 +9999",
        "Apr 28",
        "2 Nov 102 ٣:٣٣",
        "10:00:03.5 AM",
        "GMT+٩٩",
        "2026-11-02T10:00:03",
        "(version=TLS1_3 cipher=x",
        "ESMTP/TLS/",
        "HELO ?10.0.0.1?",
    ]
)


@given(st.lists(st.one_of(st.text(), st.binary(), st.lists(WORDS, max_size=20).map(" ".join)), max_size=8))
def test_any_received_fields_give_hops(fields):
    hops = read_hops(fields)
    assert len(hops) == len(fields)
    assert all(isinstance(hop, Hop) and (hop.at is None or hop.at.tzinfo is not None) for hop in hops)


REPORT = st.sampled_from(
    [
        *(
            b"Content-Type: message/delivery-status\n",
            b"Content-Type: multipart/report; boundary=x\n",
            b"--x\n",
            b"--x--\n",
        ),
        *(b"Content-Transfer-Encoding: quoted-printable\n", b"Content-Type: message/global-delivery-status\n"),
        *(b"Final-Recipient: utf-8; \\x{FC}\\x{D800}\\x{FFFFFF}@b\n", b"=C3=BC=\n", b"QWN0aW9uOiBmYWlsZWQK\n"),
        *(b"Content-Transfer-Encoding: base64\n", b"Content-Type: message/rfc822\n", b"\n", b"\r\n", b" ", b"\xff\x00"),
        *(
            b"Final-Recipient: rfc822; a@b\n",
            b"Action: failed\n",
            b"Status: 5.1.1 (x)\n",
            b"Diagnostic-Code: ;;\n",
            b";",
        ),
        *(
            b"Return-Path: <>\n",
            b"From: MAILER-DAEMON@x.example\n",
            b"Subject: =?iso-2022-jp?b?GyRCJSglaSE8?=\n",
            b"X-Failed-Recipients: a@b.example,",
        ),
        *(
            b"<a@b.example>: 550 no\n",
            b"550-5.1.1 a@b.example\n",
            b"<<< 550 c@d.example\n",
            b"  (generated from c@d.example)\n",
            b"c@d.example\n",
        ),
        *(
            b"x-amz-sns-message-id: 1\n",
            b'{"notificationType": "Bounce", "bounce": {"bouncedRecipients": [{"emailAddress": "\\ud800"}, 1]}}\n',
        ),
        *(
            b"Content-Type: multipart/digest; boundary=x\n",
            b"Content-Type: text/html\n",
            b"<style ",
            b"Content-Type: multipart/report; boundary*0=x\n",
        ),
    ]
)


@given(st.one_of(st.binary(), st.lists(REPORT, max_size=30).map(b"".join)))
def test_any_message_has_statuses_or_none(message):
    bounce = read_bounce(message)
    for status in bounce.statuses:
        assert status.action == status.action.lower()
        (status.final_recipient + status.diagnostic_code).encode()  # it can be stored
    for failure in bounce.failures:
        assert failure.action
        f"{failure.final_recipient}{failure.diagnostic_code}{failure.remote_mta}{bounce.addressed_to}".encode()
