"""Fields about authentication, in the forms in which hosts write them."""

from ipaddress import ip_address

import pytest

from monitor.trace.boundary import trace_path
from monitor.trace.header import read_header, values
from monitor.trace.placing import read_authentication
from monitor.trace.received import read_hops

BORDER = b"Received: from mail.lists.example.org (mail.lists.example.org [2001:db8:25::25]) by mx.example.net with ESMTPS; Tue, 28 Apr 2026 07:12:33 +0000\r\n"
INSIDE = b"Received: from mx.example.net (mx.example.net [10.0.0.5]) by store.example.net with LMTP; Tue, 28 Apr 2026 07:12:34 +0000\r\n"


def read(octets):
    header = read_header(octets)
    return read_authentication(header, trace_path(read_hops(values(header, "received"))))


def one(field):
    """The result of one field that stands above the border's Received field."""
    return read(INSIDE + field + b"\r\n" + BORDER)[0]


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        pytest.param(b'Received-SPF: pass (mx.example.net: domain of a@lists.example.org designates 2001:db8:25::25 as permitted sender) receiver=mx.example.net; client-ip=2001:db8:25::25; envelope-from="a@lists.example.org"',
                     ("spf", "pass", "mx.example.net", "2001:db8:25::25", "lists.example.org"), id="RFC 7208 §9.1"),
        pytest.param(b"Received-SPF: Fail (mailfrom) identity=mailfrom; client-ip=2001:db8:25::25; helo=x; envelope-from=a@lists.example.org; receiver=<UNKNOWN>",
                     ("spf", "fail", None, "2001:db8:25::25", "lists.example.org"), id="pyspf, receiver unknown"),
        pytest.param(b"Authentication-Results: mx.example.net; spf=pass smtp.mailfrom=lists.example.org smtp.remote-ip=2001:db8:25::25",
                     ("spf", "pass", "mx.example.net", "2001:db8:25::25", "lists.example.org"), id="RFC 8601"),
        pytest.param(b"Authentication-Results: mx.example.net 1; dkim=fail (a comment; with = signs (and depth)) header.d=Example.org",
                     ("dkim", "fail", "mx.example.net", None, "example.org"), id="version and comments RFC 8601 §2.2"),
        pytest.param(b'Authentication-Results: mx.example.net; dkim=pass reason="a;b" header.i=@example.org',
                     ("dkim", "pass", "mx.example.net", None, "example.org"), id="quoted semicolon"),
        pytest.param(b"Authentication-Results: spf=softfail (sender IP is 2001:db8:25::25) smtp.mailfrom=lists.example.org; dkim=none",
                     ("spf", "softfail", None, "2001:db8:25::25", "lists.example.org"), id="Microsoft without authserv-id"),
        pytest.param(b"Authentication-Results: mx.example.net; spf=softfail (mx.example.net: domain of a@lists.example.org reports soft fail for 2001:db8:25::25) smtp.mailfrom=a@lists.example.org",
                     ("spf", "softfail", "mx.example.net", "2001:db8:25::25", "lists.example.org"), id="Stalwart's comment"),
        pytest.param(b"ARC-Authentication-Results: i=2; mx.example.net; spf=pass smtp.mailfrom=lists.example.org",
                     ("spf", "pass", "mx.example.net", None, "lists.example.org"), id="RFC 8617 §4.1.1"),
        pytest.param(b"X-Forefront-Antispam-Report: CIP:2001:db8:25::25;CTRY:DE;SFV:SPM;PTR:x;",
                     ("forefront", "spm", None, "2001:db8:25::25", None), id="X-Forefront-Antispam-Report"),
    ],
)  # fmt: skip
def test_a_field_is_read(field, expected):
    found = one(field)
    method, result, authserv_id, address, domain = expected
    assert (found.method, found.result, found.authserv_id, found.domain) == (method, result, authserv_id, domain)
    assert found.client_ip == (None if address is None else ip_address(address))


@pytest.mark.parametrize(
    "field",
    [b"Authentication-Results: mx.example.net; none", b"Authentication-Results:", b"Received-SPF:", b"ARC-Authentication-Results: i=1"],
)  # fmt: skip
def test_a_field_without_results_has_none(field):
    assert read(INSIDE + field + b"\r\n" + BORDER) == ()


RESULT = b"Authentication-Results: mx.example.net; spf=fail smtp.mailfrom=lists.example.org\r\n"


@pytest.mark.parametrize(
    ("header", "placed"),
    [
        pytest.param(INSIDE + RESULT + BORDER, (1, "boundary", True, False), id="above the border's Received"),
        pytest.param(RESULT + INSIDE + BORDER, (2, "inside", True, False), id="above an inside one"),
        pytest.param(INSIDE + BORDER + RESULT, (1, "unknown", False, False), id="directly below: a filter's, or the sender's"),
        pytest.param(INSIDE + BORDER + b"Subject: x\r\n" + RESULT, (None, "unknown", False, True), id="below: it came with the message"),
        pytest.param(INSIDE + RESULT.replace(b"mx.example.net", b"mx.example.com") + BORDER, (1, "unknown", False, False), id="in a stranger's name RFC 8601 §5"),
        pytest.param(RESULT, (None, "unknown", False, False), id="no Received at all"),
    ],
)  # fmt: skip
def test_the_place_in_the_header_decides_whom_to_believe(header, placed):
    (found,) = read(header)
    assert (found.hop, found.where, found.trusted, found.forged) == placed


def test_the_address_in_a_field_tells_its_hop_where_the_place_does_not():
    """A filter behind the border writes about the border's client: that is no check of an inside address."""
    (found,) = read(b"Received-SPF: pass client-ip=2001:db8:25::25; receiver=mx.example.net\r\n" + INSIDE + BORDER)
    assert (found.hop, found.where) == (1, "boundary")


def test_a_check_of_an_inside_address_is_inside():
    (found,) = read(b"Received-SPF: softfail client-ip=10.0.0.5; receiver=store.example.net\r\n" + INSIDE + BORDER)
    assert (found.hop, found.where) == (2, "inside")


def test_who_writes_above_does_not_write_below():
    """With the domain's own results above its Received field, those below came with the message."""
    genuine, left_over = read(INSIDE + RESULT + BORDER + RESULT.replace(b"fail", b"pass"))
    assert (genuine.trusted, genuine.forged) == (True, False)
    assert (left_over.trusted, left_over.forged, left_over.where) == (False, True, "unknown")


def test_a_filter_of_postfix_is_known_by_the_address_it_names():
    """Rspamd and opendkim write below the Received field of their own Postfix; nobody forges his own failure."""
    field = b"Authentication-Results: mx.example.net; spf=softfail (mx.example.net: 2001:db8:25::25 is neither permitted nor denied by domain of a@lists.example.org) smtp.mailfrom=a@lists.example.org\r\n"
    (found,) = read(INSIDE + BORDER + field)
    assert (found.hop, found.where, found.trusted, found.unproven) == (1, "boundary", False, True)


def test_a_receiver_behind_a_gateway_may_look_past_it():
    """The field was written inside, about the client of the gateway: it is believed, and is about that border."""
    gateway = b"Received: from gw.gateway.example (gw.gateway.example [203.0.113.9]) by mx.example.net with ESMTPS; Tue, 28 Apr 2026 07:12:34 +0000\r\n"
    entry = b"Received: from mail.lists.example.org (x [2001:db8:25::25]) by gw.gateway.example with ESMTPS; Tue, 28 Apr 2026 07:12:33 +0000\r\n"
    field = b"Received-SPF: fail client-ip=2001:db8:25::25; receiver=mx.example.net\r\n"
    (found,) = read(field + gateway + entry)
    assert (found.hop, found.where, found.trusted) == (1, "boundary", True)
