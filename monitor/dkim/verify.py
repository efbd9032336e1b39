"""DKIM signatures of an arrived message, each with its own result (RFC 6376 section 6).

Strangers write what is read here: each step takes time linear in the message's size, and what cannot be so, the
arithmetic of signatures, is bounded before.
"""

from datetime import datetime
from hashlib import sha256
from typing import Any, Final

from monitor.dkim.canonical import canonical_field
from monitor.dkim.key import read_key
from monitor.dkim.message import SignedMessage, read_signed
from monitor.dkim.signature import FIELD_OCTETS_MAX, NotYet, Signature, read_signature
from monitor.dkim.tags import read_names
from monitor.dns.answer import Resolver
from monitor.dns.name import a_label, is_valid
from monitor.errors import DnsUnavailable, Unparsable
from monitor.model.evidence import AuthResult, DkimSignature
from monitor.model.header import COVERABLE
from monitor.trace.header import Header, values

SIGNATURES_MAX: Final = 10  # RFC 6376 section 6.1 allows a limit: each costs a question and a hash of the body
NAME_CHARS_MAX: Final = 255  # RFC 1035 section 2.3.4; what is longer was no name
PROBLEM_CHARS_MAX: Final = 300


def verify_all(message: bytes, header: Header, resolver: Resolver, *, now: datetime) -> tuple[DkimSignature, ...]:
    """Every DKIM-Signature, topmost first, with the words of RFC 8601 section 2.7.1. Without one, an empty tuple.

    `header` is that of the message, as read_header gives it; `now` is when it came.

    `permerror` is a signature or key that can never be verified, `temperror` DNS trouble of anybody, or a wrong clock:
    unknown.
    """
    values_of_fields = values(header, "dkim-signature")[:SIGNATURES_MAX]
    if not values_of_fields:
        return ()
    try:
        signed = read_signed(message)
        fields = signed.named(b"dkim-signature")
    except Unparsable as error:
        return tuple(_signature(value, AuthResult.PERMERROR, str(error)) for value in values_of_fields)
    return tuple(
        _signature(value, *_result(signed, field, resolver, now))
        for value, field in zip(values_of_fields, fields, strict=False)
    )


def _signature(value: bytes, result: AuthResult, problem: str | None) -> DkimSignature:
    tags = read_names(value[:FIELD_OCTETS_MAX])
    signed = frozenset(tags.get("h", "").lower().split(":"))
    return DkimSignature(
        domain=tags.get("d", "").lower()[:NAME_CHARS_MAX],
        selector=tags.get("s", "").lower()[:NAME_CHARS_MAX],
        algorithm=tags.get("a", "")[:NAME_CHARS_MAX],
        result=result,
        problem=None if problem is None else problem[:PROBLEM_CHARS_MAX],
        covers=tuple(name for name in COVERABLE if name in signed),
        partial="l" in tags,
    )


def _result(message: SignedMessage, field: bytes, resolver: Resolver, now: datetime) -> tuple[AuthResult, str | None]:
    try:
        signature = read_signature(field, now=now)
        verify = read_key(_key_record(signature, resolver))
    except Unparsable as error:
        return AuthResult.PERMERROR, str(error)
    except (DnsUnavailable, NotYet) as error:
        return AuthResult.TEMPERROR, str(error)
    if message.body_hash(signature.body_form, signature.body_length) != signature.body_hash:
        return AuthResult.FAIL, "body hash mismatch"
    try:
        valid = verify(_header_hash(message, signature), signature.value)
    except Exception as error:  # noqa: BLE001 - of a key that is no key: zero, even; the arrival must not be lost
        return AuthResult.PERMERROR, f"{type(error).__name__}: {error}"
    return (AuthResult.PASS, None) if valid else (AuthResult.FAIL, "the signature does not verify")


def _header_hash(message: SignedMessage, signature: Signature) -> Any:
    """SHA-256 over the signed fields and the signature's own (section 3.7).

    From is taken once more than h= says: a second From that nobody signed makes the signature void (section 8.15).
    """
    hashed = sha256()
    for field in message.selected((*signature.names, b"from")):
        hashed.update(canonical_field(field, signature.header_form))
    hashed.update(signature.own_field)
    return hashed


def _key_record(signature: Signature, resolver: Resolver) -> bytes:
    """The record at the selector (section 3.6.2).

    Raises DnsUnavailable, or Unparsable where there is none.
    """
    name = signature.selector + b"._domainkey." + signature.domain
    owner = name[: 4 * NAME_CHARS_MAX].decode("utf-8", "replace")  # an octet may need four as an escape, none more
    if not owner.isascii():
        owner = a_label(owner)  # RFC 8616 section 5
    if not is_valid(owner):
        raise Unparsable("the key's name can be in no DNS")
    keys = resolver.lookup(owner, "TXT").texts
    if not keys:
        raise Unparsable(f"no key at {owner}")  # section 6.1.2, item 3
    return keys[0]  # several: undefined (section 3.6.2.2); the first is as good as any
