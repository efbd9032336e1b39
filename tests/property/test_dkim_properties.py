"""DKIM verification against dkimpy, known to be right and slow: the same canonical forms, the same verdicts."""

import base64
from datetime import UTC, datetime

import dkim
import nacl.encoding
import nacl.signing
import pytest
from dkim import canonicalization
from hypothesis import assume, given
from hypothesis import strategies as st

from monitor.dkim.canonical import RELAXED, SIMPLE, canonical_body, canonical_field, with_crlf
from monitor.dkim.message import read_signed
from monitor.dkim.verify import verify_all
from monitor.errors import Unparsable
from monitor.model.evidence import AuthResult
from monitor.trace.header import read_header
from tests.fakes import ZoneResolver

SIGNING_KEY = nacl.signing.SigningKey(bytes(range(32)))
RECORD = f"v=DKIM1; k=ed25519; p={base64.b64encode(bytes(SIGNING_KEY.verify_key)).decode()}"
RESOLVER = ZoneResolver({"k._domainkey.a.example": {"TXT": [RECORD]}})
FORMS = (SIMPLE, RELAXED)
PIECES = st.sampled_from(
    [b" ", b"  ", b"\t", b"\r\n", b"\n", b"\r", b"a", b"b.", b"\x0b", b"\xff", b" \r\n", b"\r\n\r\n"]
)
BODIES = st.lists(PIECES, max_size=40).map(b"".join)
# Of a field: folded anywhere, with blanks of every kind.
VALUES = st.lists(
    st.sampled_from([b" ", b"  ", b"\t", b"\r\n ", b"\n\t", b"a", b"B;", b"c=d", b"\xe4", b"\x0c"]), max_size=12
).map(b"".join)
NAMES = st.sampled_from([b"Subject", b"subject", b"X-Odd", b"To", b"Received", b"From"])
FIELDS = st.lists(st.tuples(NAMES, VALUES), max_size=6)
SIGNED_NAMES = st.lists(st.sampled_from([b"from", b"subject", b"x-odd", b"to", b"received"]), max_size=8)


def judged_by_dkimpy(message):
    """Its verdict on the first signature, which is `pass` or is not."""
    try:
        return dkim.DKIM(message).verify(dnsfunc=lambda *_, **__: RECORD.encode())
    except (dkim.DKIMException, IndexError, ValueError):
        return False


def judged(message):
    return next(iter(verify_all(message, read_header(message), RESOLVER, now=datetime.now(UTC))), None)


def passes(message):
    found = judged(message)
    return found is not None and found.result is AuthResult.PASS


def signed(content, *, forms=FORMS, names=(b"from",), length=False):
    key = SIGNING_KEY.encode(nacl.encoding.Base64Encoder)
    signer = dkim.DKIM(content, signature_algorithm=b"ed25519-sha256")
    field = signer.sign(b"k", b"a.example", key, canonicalize=forms, include_headers=list(names), length=length)
    return field + content


@given(BODIES)
def test_a_body_is_written_down_as_dkimpy_writes_it(body):
    lines = with_crlf(body)
    assert canonical_body(lines, SIMPLE) == canonicalization.Simple.canonicalize_body(lines)
    assert canonical_body(lines, RELAXED) == canonicalization.Relaxed.canonicalize_body(lines)


@given(NAMES, VALUES)
def test_a_field_is_written_down_as_dkimpy_writes_it(name, value):
    value = with_crlf(value) + b"\r\n"
    ((relaxed_name, relaxed),) = canonicalization.Relaxed.canonicalize_headers([(name, value)])
    assert canonical_field(name + b":" + value, RELAXED) == relaxed_name + b":" + relaxed
    assert canonical_field(name + b":" + value, SIMPLE) == name + b":" + value


@given(st.lists(st.one_of(PIECES, st.sampled_from([b"From: a\r\n", b"X:b\n", b":", b"From \r\n"])), max_size=20))
def test_a_message_is_taken_apart_as_dkimpy_takes_it(pieces):
    message = b"".join(pieces) + b"\r\n"  # as every message comes over SMTP
    assume(b" :" not in message and b"\t:" not in message)  # RFC 5322 section 4.5 has such; dkimpy refuses the message
    try:
        fields, body = dkim.rfc822_parse(message)
        unnamed = any(b":" in name for name, _ in fields)  # RFC 5322 section 2.2; dkimpy takes ":a" for a name
    except (dkim.MessageFormatError, IndexError):
        unnamed = True
    if unnamed:
        with pytest.raises(Unparsable):
            read_signed(message)
        return
    ours = read_signed(message)
    assert ours.body == body
    assert ours.fields == tuple((name.lower(), name + b":" + value) for name, value in fields)


@given(FIELDS, BODIES, SIGNED_NAMES, st.tuples(st.sampled_from(FORMS), st.sampled_from(FORMS)), st.booleans())
def test_what_dkimpy_signed_passes_and_what_was_changed_behind_it_fares_as_with_dkimpy(
    fields, body, names, forms, length
):
    header = b"".join(name + b":" + value + b"\r\n" for name, value in fields if value.strip() or b"\n" not in value)
    content = b"From: a@a.example\r\n" + header + b"\r\n" + body
    try:
        message = signed(content, forms=forms, names=(*names, b"from"), length=length)
    except (dkim.DKIMException, IndexError):
        return
    assert passes(message) == judged_by_dkimpy(message)
    for changed in (
        message.replace(b"\r\n", b"\n"),
        message.replace(b"a", b"b", 1),
        message + b"\r\n \r\n",
        message + b"more",
        message.replace(b" ", b"  "),
        message.replace(b"From:", b"FROM :"),
        b"From: second@a.example\r\n" + message,
    ):
        if b"FROM :" not in changed:  # RFC 5322 section 4.5 allows it; to dkimpy the whole message is broken
            assert passes(changed) == judged_by_dkimpy(changed), changed


def test_most_of_what_is_signed_here_passes():
    """The comparison above would also hold where nothing ever passed."""
    content = b"From: a@a.example\r\nSubject:  folded\r\n\tthere \r\n\r\nTwo  blanks \r\n\r\n\r\n"
    for header_form in FORMS:
        for body_form in FORMS:
            for length in (False, True):
                message = signed(content, forms=(header_form, body_form), names=(b"from", b"subject"), length=length)
                assert passes(message)
    assert passes(signed(content, forms=(RELAXED, RELAXED)).replace(b"Two  blanks", b"Two \t blanks "))
    assert judged(signed(content, forms=(RELAXED, SIMPLE)).replace(b"Two  blanks", b"Two blanks")).result == "fail"
