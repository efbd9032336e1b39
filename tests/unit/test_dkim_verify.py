"""DKIM verification: a published example, what RFC 6376 refuses, and time that grows with the message and no faster."""

import base64
import time
from datetime import timedelta
from hashlib import sha256

import nacl.signing
import pytest

from monitor.dkim.canonical import canonical_body, with_crlf
from monitor.dkim.verify import verify_all
from monitor.model.evidence import AuthResult
from monitor.trace.header import read_header
from tests.builders import NOW
from tests.fakes import ZoneResolver

# RFC 8463 appendix A: one message, signed twice.
RFC_8463 = b"""\
DKIM-Signature: v=1; a=ed25519-sha256; c=relaxed/relaxed;
 d=football.example.com; i=@football.example.com;
 q=dns/txt; s=brisbane; t=1528637909; h=from : to :
 subject : date : message-id : from : subject : date;
 bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;
 b=/gCrinpcQOoIfuHNQIbq4pgh9kyIK3AQUdt9OdqQehSwhEIug4D11Bus
 Fa3bT3FY5OsU7ZbnKELq+eXdp1Q1Dw==
DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed;
 d=football.example.com; i=@football.example.com;
 q=dns/txt; s=test; t=1528637909; h=from : to : subject :
 date : message-id : from : subject : date;
 bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;
 b=F45dVWDfMbQDGHJFlXUNB2HKfbCeLRyhDXgFpEL8GwpsRe0IeIixNTe3
 DhCVlUrSjV4BwcVcOF6+FF3Zo9Rpo1tFOeS9mPYQTnGdaSGsgeefOsk2Jz
 dA+L10TeYt9BgDfQNZtKdN1WO//KgIqXP7OdEFE4LjFYNcUxZQ4FADY+8=
From: Joe SixPack <joe@football.example.com>
To: Suzie Q <suzie@shopping.example.net>
Subject: Is dinner ready?
Date: Fri, 11 Jul 2003 21:00:37 -0700 (PDT)
Message-ID: <20030712040037.46341.5F8J@football.example.com>

Hi.

We lost the game.  Are you hungry yet?

Joe.
""".replace(b"\n", b"\r\n")
RFC_8463_RSA_KEY = (
    "MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDkHlOQoBTzWRiGs5V6NpP3idY6Wk08a5qhdR6wy5bdOKb2jLQiY/J16JYi0Qvx/byYzCNb3W91"
    "y3FutACDfzwQ/BC/e/8uBsCR+yz1Lxj+PL6lHvqMKrM3rG4hstT5QjvHO9PzoxZyVYLzBfO2EeC3Ip3G+2kryOTIKT+l/K4w3QIDAQAB"
)
RFC_8463_KEYS = ZoneResolver(
    {
        "brisbane._domainkey.football.example.com": {
            "TXT": ["v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="]
        },
        "test._domainkey.football.example.com": {"TXT": [f"v=DKIM1; k=rsa; p={RFC_8463_RSA_KEY}"]},
    }
)
KEY = nacl.signing.SigningKey(bytes(range(32)))
RESOLVER = ZoneResolver(
    {
        name: {"TXT": [f"v=DKIM1; k=ed25519; p={base64.b64encode(bytes(KEY.verify_key)).decode()}"]}
        for name in ("k._domainkey.a.example", "k._domainkey.xn--bcher-kva.example")
    }
)


def results(message, resolver=RESOLVER, *, now=NOW):
    return [each.result for each in verify_all(message, read_header(message), resolver, now=now)]


def signed(tags, *, body=b"", bh=None, last=b"b="):
    """A signature over From alone, made by hand from the text of RFC 6376 section 3.7."""
    bh = bh or base64.b64encode(sha256(body).digest())
    field = b"DKIM-Signature: v=1; a=ed25519-sha256; s=k; " + tags + b"; bh=" + bh + b"; "
    own = b"dkim-signature:" + field.partition(b": ")[2] + last
    digest = sha256(b"from:a@a.example\r\n" + own).digest()
    value = base64.b64encode(KEY.sign(digest).signature)
    return field + last.replace(b"b=", b"b=" + value) + b"\r\nFrom: a@a.example\r\n\r\n" + body


def test_the_published_example_passes_twice():
    assert results(RFC_8463, RFC_8463_KEYS) == [AuthResult.PASS, AuthResult.PASS]
    assert results(RFC_8463.replace(b"hungry", b"thirsty"), RFC_8463_KEYS) == [AuthResult.FAIL, AuthResult.FAIL]
    assert results(RFC_8463.replace(b"Is dinner", b"Is lunch"), RFC_8463_KEYS) == [AuthResult.FAIL, AuthResult.FAIL]
    assert results(RFC_8463.replace(b"  Are", b" \t Are "), RFC_8463_KEYS) == [AuthResult.PASS, AuthResult.PASS]


@pytest.mark.parametrize(
    ("tags", "result"),
    [
        (b"d=a.example; c=relaxed/relaxed; h=from", AuthResult.PASS),
        (b"d=a.example; c=relaxed/relaxed; h=From:Subject:To", AuthResult.PASS),  # none of the others is there
        (b"d=a.example; c=relaxed/relaxed; h=from; i=@sub.a.example", AuthResult.PASS),
        (b"d=a.example; c=relaxed/relaxed; h=from; q=other:dns/txt", AuthResult.PASS),  # section 3.5
        (b"d=a.example; c=relaxed/relaxed; h=from; z=From:a=40b|X=3Bb=3D", AuthResult.PASS),
        ("d=bücher.example; c=relaxed/relaxed; h=from".encode(), AuthResult.PASS),  # RFC 8616 section 5
        (b"d=a.example; c=relaxed/relaxed; h=subject", AuthResult.PERMERROR),  # section 6.1.1: From is not signed
        (b"d=a.example; c=relaxed/relaxed; h=from; i=@b.example", AuthResult.PERMERROR),
        (b"d=a.example; c=relaxed/relaxed; h=from; i=@xa.example", AuthResult.PERMERROR),
        (b"d=a.example; c=relaxed/none; h=from", AuthResult.PERMERROR),
        (b"d=a.example; c=relaxed/relaxed; h=from; h=from", AuthResult.PERMERROR),
        (b"d=a.example; c=relaxed/relaxed; h=from; x=1", AuthResult.PERMERROR),
        (b"d=a.example; c=relaxed/relaxed; h=from; t=" + b"9" * 12, AuthResult.TEMPERROR),
        (b"d=a.example; c=relaxed/relaxed; h=from; t=" + b"9" * 5000, AuthResult.PERMERROR),
        (b"d=a.example; c=relaxed/relaxed; h=from; q=other", AuthResult.PERMERROR),
        (b"d=none.example; c=relaxed/relaxed; h=from", AuthResult.PERMERROR),  # no key there
        (b"d=" + b"a." * 200 + b"example; c=relaxed/relaxed; h=from", AuthResult.PERMERROR),
    ],
)
def test_a_signature_is_judged_by_its_tags(tags, result):
    assert results(signed(tags)) == [result]


def test_blanks_around_the_value_of_b_are_no_part_of_what_is_hashed():
    """RFC 6376 section 3.7: the value is deleted, "including all surrounding whitespace"."""
    tags = b"d=a.example; c=relaxed/relaxed; h=from"
    message = signed(tags, last=b"b=; x=9999999999")
    folded = message.replace(b"b=", b"b= ", 1).replace(b"; x=9", b"\r\n ; x=9", 1)
    assert results(message) == [AuthResult.PASS]
    assert results(folded) == [AuthResult.PASS]


def test_when_a_signature_was_made_and_ends_is_held_against_when_the_message_came():
    tags = f"d=a.example; c=relaxed/relaxed; h=from; t={int(NOW.timestamp())}; x={int(NOW.timestamp()) + 3600}"
    message = signed(tags.encode())
    assert results(message) == [AuthResult.PASS]
    assert results(message, now=NOW - timedelta(days=1)) == [AuthResult.TEMPERROR]  # whose clock is wrong is not known
    assert results(message, now=NOW + timedelta(days=1)) == [AuthResult.PERMERROR]


def test_a_header_that_does_not_end_is_verified_by_nobody():
    message = signed(b"d=a.example; c=relaxed/relaxed; h=from")
    assert results(message.replace(b"\r\n\r\n", b"\r\nX: " + b"a" * (1 << 20) + b"\r\n\r\n")) == [AuthResult.PERMERROR]


BLANKS = 1 << 20
HOSTILE = {
    "a body of blanks": (b"", b" " * BLANKS),
    "blanks in front of many line ends": (b"", b" \t \r\n" * (BLANKS // 5)),
    "empty lines": (b"", b"\r\n" * (BLANKS // 2)),
    "blanks in b=": (b"b=Zg" + b" " * BLANKS + b"!; ", b""),
    "folds in b=": (b"b=Zg" + b"\r\n " * (BLANKS // 3) + b"!; ", b""),
    "a long b=": (b"b=" + b"AAAA" * (BLANKS // 4) + b"; ", b""),
    "blanks in h=": (b"h=from" + b" " * BLANKS + b":a; ", b""),
    "a name in h= again and again": (b"h=from" + b":received" * (BLANKS // 9) + b"; ", b""),
}


@pytest.mark.parametrize("shape", HOSTILE)
def test_no_message_of_a_mebibyte_takes_long(shape):
    """A verifier that looks for line ends from each blank takes minutes, and holds the interpreter meanwhile."""
    hostile, body = HOSTILE[shape]
    tags = b"d=a.example; c=relaxed/relaxed; " + (b"" if hostile.startswith(b"h=") else b"h=from; ")
    rest = b"" if hostile.startswith(b"b=") else b"b=Zg==; "
    bh = base64.b64encode(sha256(canonical_body(with_crlf(body), b"relaxed")).digest())
    fields = b"DKIM-Signature: v=1; a=ed25519-sha256; s=k; " + tags + hostile + rest + b"bh=" + bh + b"\r\n"
    message = fields * (1 if hostile else 10) + b"From: a@a.example\r\n\r\n" + body
    began = time.process_time()
    assert AuthResult.PASS not in results(message)
    assert time.process_time() - began < 2.0


@pytest.mark.parametrize(
    ("services", "expected"),
    [
        pytest.param("email:tlsrpt", AuthResult.PASS, id="mail among others"),
        pytest.param("tlsrpt", AuthResult.PERMERROR, id="not mail"),
    ],
)
def test_a_key_may_serve_several_services(services, expected):
    """RFC 6376 section 3.6.1: s= is a list."""
    name = "brisbane._domainkey.football.example.com"
    record = f"v=DKIM1; k=ed25519; s={services}; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="
    keys = ZoneResolver({name: {"TXT": [record]}})
    assert results(RFC_8463, keys)[0] is expected
