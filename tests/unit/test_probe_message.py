"""The probe message: well-formed, marked, and plain to a stray reader."""

from datetime import UTC, datetime
from email import message_from_bytes
from email.policy import SMTP

import pytest

from monitor.dns.name import a_label_if_any
from monitor.probe.message import compose, list_label, make_message_id

AT = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def composed(**changes):
    facts = {
        "list_address": "ipv6-ops@lists.example.org",
        "forward_path": "a" * 58 + "@v6.probe.example.org",
        "probe_id": "abcdefghijklmnop",
        "message_id": make_message_id("abcdefghijklmnop", "v6.probe.example.org"),
        "contact": "postmaster@probe.example.org",
        "at": AT,
    } | changes
    return compose(**facts)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        pytest.param("From", "Staysub probe <ipv6-ops@lists.example.org>", id="From RFC 5322 §3.6.2"),
        pytest.param("Date", "Sun, 01 Mar 2026 12:00:00 +0000", id="Date RFC 5322 §3.6.1"),
        pytest.param("Message-ID", "<probe.abcdefghijklmnop@v6.probe.example.org>", id="Message-ID RFC 5322 §3.6.4"),
        pytest.param("Auto-Submitted", "auto-generated", id="Auto-Submitted RFC 3834 §5"),
        pytest.param("List-Id", "Staysub probe <ipv6-ops.lists.example.org>", id="List-Id RFC 2919 §3"),
        pytest.param("List-Owner", "<mailto:postmaster@probe.example.org>", id="List-Owner RFC 2369 §3.5"),
        pytest.param("X-Staysub-Probe", "abcdefghijklmnop", id="probe id"),
        pytest.param("Content-Type", 'text/plain; charset="utf-8"', id="plain text"),
    ],
)
def test_each_field_is_there_once(name, value):
    assert message_from_bytes(composed(), policy=SMTP).get_all(name) == [value]


def test_the_message_keeps_the_limits_of_rfc5322():
    """Sections 2.1 and 2.1.1: CRLF ends every line, none has more than 998 octets, and ASCII alone is used."""
    message = composed()
    assert message.isascii()
    assert message.count(b"\n") == message.count(b"\r\n") == message.count(b"\r")
    assert max(map(len, message.split(b"\r\n"))) <= 998
    assert message.endswith(b"\r\n")


def test_a_stray_reader_learns_what_it_is_and_whom_to_tell():
    body = message_from_bytes(composed(), policy=SMTP).get_content()
    for said in (
        "automatic test message",
        "ipv6-ops@lists.example.org",
        "postmaster@probe.example.org",
        "abcdefghijklmnop",
    ):
        assert said in body


def test_domains_become_a_labels_and_ascii_is_kept():
    """RFC 5891 section 4.4."""
    message = composed(list_address="liste@bücher.example", contact="post@bücher.example")
    assert message.isascii()
    assert b"liste@xn--bcher-kva.example" in message
    assert message_from_bytes(message, policy=SMTP)["List-Id"] == "Staysub probe <liste.xn--bcher-kva.example>"


def test_a_local_part_beyond_ascii_stays():
    """RFC 6531: nobody but the domain may rewrite it; the message then is UTF-8 (RFC 6532)."""
    assert "From: Staysub probe <überlegung@lists.example.org>".encode() in composed(
        list_address="überlegung@lists.example.org"
    )


@pytest.mark.parametrize(
    ("address", "label"),
    [
        pytest.param("ipv6-ops@lists.example.org", "ipv6-ops.lists.example.org", id="dot-atom"),
        pytest.param("a.b+c@example.org", "a-b-c.example.org", id="other characters"),
        pytest.param('"odd name"@example.org', "odd-name.example.org", id="quoted"),
        pytest.param("+@example.org", "list.example.org", id="nothing left"),
    ],
)
def test_a_list_label_is_dot_atom_text(address, label):
    """RFC 2919 section 2."""
    assert list_label(address) == label


def test_what_is_no_domain_is_left_for_the_next_hop_to_refuse():
    assert a_label_if_any("bü..cher") == "bü..cher"
